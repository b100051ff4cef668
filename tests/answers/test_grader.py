from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from mathcli.answers import Comparison, Grader, Policy, Verdict
from mathcli.answers.grader import WorkerLost, _Worker
from tests.busy import busy_core

SLOW = (r"\sum_{k=1}^{10^{9}} \frac{1}{k^3}", "1")
FOR_LIBRARY = (r"\sum_{k=1}^{n} k", r"\frac{n(n+1)}{2}")
NEEDS_WORKER = (r"\sin(\pi/3)", r"\frac{\sqrt{3}}{2}")


@pytest.fixture
def grader() -> Iterator[Grader]:
    with Grader() as grader:
        yield grader


def idle_worker(grader: Grader) -> _Worker | None:
    worker = grader._idle.get()
    grader._idle.put(worker)
    return worker


def test_easy_pairs_start_no_process(grader: Grader) -> None:
    for first, second in [("1/2", "0.5"), ("2, 3", "{3, 2}"), ("(1, 2)", "(2, 1)"), ("x>2", "2<x")]:
        grader.compare(first, second)
    assert idle_worker(grader) is None


def test_a_worker_is_kept_and_ends_with_the_grader(grader: Grader) -> None:
    assert grader.compare(*NEEDS_WORKER).verdict is Verdict.CORRECT
    worker = idle_worker(grader)
    assert worker is not None
    grader.compare(r"\sin 1", r"\sin 2")
    assert idle_worker(grader) is worker
    grader.close()
    assert worker.process.returncode is not None
    assert idle_worker(grader) is None


def test_a_grader_works_again_after_it_was_closed(grader: Grader) -> None:
    grader.close()
    assert grader.compare(*NEEDS_WORKER).verdict is Verdict.CORRECT


def test_a_comparison_that_takes_too_long_is_undecided_and_killed() -> None:
    with Grader(timeout=20) as grader:
        grader.compare(*FOR_LIBRARY)  # so that the library is loaded
        worker = idle_worker(grader)
        assert worker is not None
        grader.timeout = 0.2
        found = grader.compare(*SLOW)
        assert found == Comparison(Verdict.UNDECIDED, "no result within 0.2 s")
        assert worker.process.returncode is not None
        grader.timeout = 20
        assert grader.compare(*NEEDS_WORKER).verdict is Verdict.CORRECT


def test_a_library_that_loads_slowly_is_there_for_the_next_comparison() -> None:
    with Grader(timeout=20) as grader:
        grader.compare(r"\sin 1", r"\sin 2")  # so that the process has started
        grader.timeout = 0.001
        assert "no result within" in grader.compare(*FOR_LIBRARY).reason
        grader.timeout = 30
        assert grader.compare(*FOR_LIBRARY).verdict is Verdict.CORRECT


def test_the_next_comparison_after_a_kill_has_a_worker_of_its_own() -> None:
    with Grader(timeout=20) as grader:
        grader.compare(r"\sin 1", r"\sin 2")
        before = idle_worker(grader)
        assert before is not None
        grader.timeout = 0.5
        assert grader.compare(*SLOW).verdict is Verdict.UNDECIDED
        grader.timeout = 20
        assert grader.compare(r"\sin 1", r"\sin 2").verdict is Verdict.INCORRECT
        after = idle_worker(grader)
        assert after is not None
        assert after.process.pid != before.process.pid


def test_a_worker_that_dies_costs_one_comparison_at_most(grader: Grader) -> None:
    grader.compare(*NEEDS_WORKER)
    worker = idle_worker(grader)
    assert worker is not None
    worker.process.kill()
    worker.process.wait()
    first = grader.compare(*NEEDS_WORKER)
    assert first.verdict in (Verdict.CORRECT, Verdict.UNDECIDED)
    assert grader.compare(*NEEDS_WORKER).verdict is Verdict.CORRECT


def test_a_dead_worker_says_so() -> None:
    worker = _Worker({"timeout": 2.0, "policy": Policy().as_settings()})
    worker.process.kill()
    with pytest.raises(WorkerLost):
        worker.compare("e", "e^2", 5.0)
    assert not worker.alive


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who waits")
def test_a_comparison_that_waits_for_a_core_is_not_late() -> None:
    settings = {"timeout": 2.0, "policy": Policy().as_settings()}
    worker = _Worker(settings)
    product = (r"\prod_{k=2}^{n} \frac{k^2-1}{k^2}", r"\frac{n+1}{2n}")
    try:
        expected = worker.compare(*product, 20.0)  # which loads what it needs
        with busy_core(4) as core:
            os.sched_setaffinity(worker.process.pid, {core})
            began = time.monotonic()
            assert worker.compare(*product, 0.9) == expected
            assert time.monotonic() - began > 0.9  # else it did not have to wait
    finally:
        worker.kill()


def test_a_huge_power_is_compared_at_once(grader: Grader) -> None:
    assert grader.compare("10^{10^{10}}", "10^{10^{10}}").verdict is Verdict.CORRECT
    assert grader.compare("10^{10^{10}}", "7").verdict is Verdict.INCORRECT
    assert "no result within" not in grader.compare("9^{9^{9^{9}}}", "2").reason
    assert "no result within" not in grader.compare("factorial(10**30)", "2").reason


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch pwned')",
        "().__class__.__bases__[0].__subclasses__()",
        "exec(chr(112))",
        r"\input{/etc/passwd}",
        r"\write18{touch pwned}",
        "lambda: 1",
        "open('/etc/passwd').read()",
    ],
)
def test_no_part_of_an_answer_is_run(
    grader: Grader, text: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    monkeypatch.chdir(tmp_path)
    for other in ("1", r"\int_0^1 x\,dx", text + "+1"):
        assert grader.compare(text, other).verdict is not Verdict.CORRECT
    assert list(tmp_path.iterdir()) == []


def test_a_module_in_the_current_folder_is_not_imported(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    for name in ("random", "mpmath", "mathcli", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from here')")
    monkeypatch.chdir(tmp_path)
    with Grader() as grader:
        assert grader.compare(*NEEDS_WORKER).verdict is Verdict.CORRECT


def test_many_pairs_come_back_in_order() -> None:
    pairs = [(f"{n}", f"{n % 7}") for n in range(60)] + [
        (f"e^{{{n}}}", f"exp({n % 3})") for n in range(30)
    ]
    with Grader(workers=2) as grader:
        found = [comparison.verdict for comparison in grader.compare_many(iter(pairs))]
        assert found == [grader.compare(*pair).verdict for pair in pairs]
    assert found[:8] == [Verdict.CORRECT] * 7 + [Verdict.INCORRECT]


def test_compare_many_may_be_left_early() -> None:
    with Grader(workers=2) as grader:
        verdicts = grader.compare_many((f"e^{{{n}}}", "e") for n in range(1000))
        assert next(verdicts).verdict is Verdict.INCORRECT
        verdicts.close()  # type: ignore[attr-defined]
        assert grader.compare("e", "exp(1)").verdict is Verdict.CORRECT


def test_threads_may_share_a_grader() -> None:
    found: list[Verdict] = []
    with Grader(workers=2) as grader:

        def work(n: int) -> None:
            found.append(grader.compare(f"e^{{{n}}}", f"exp({n})").verdict)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(2, 10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [Verdict.CORRECT] * 8


def test_the_tolerance_is_for_decimals_only() -> None:
    with Grader(tolerance=0.01) as loose, Grader(tolerance=0.0) as exact:
        assert loose.compare("0.33", "1/3").verdict is Verdict.CORRECT
        assert loose.compare(r"\pi", "3.14").verdict is Verdict.CORRECT
        assert loose.compare("1000", "1001").verdict is Verdict.INCORRECT
        assert loose.compare(r"\pi", "22/7").verdict is Verdict.INCORRECT
        assert exact.compare("0.3333333333", "1/3").verdict is Verdict.INCORRECT
        assert exact.compare("0.5", "1/2").verdict is Verdict.CORRECT


def test_a_percentage_is_a_decimal_where_that_is_asked_for() -> None:
    with Grader(percent=True) as grader:
        assert grader.compare("75%", "0.75").verdict is Verdict.CORRECT
        assert grader.compare("3/4", r"75\%").verdict is Verdict.CORRECT
        assert grader.compare("75", "7500").verdict is Verdict.INCORRECT
        assert grader.compare("75", "0.75").verdict is Verdict.INCORRECT


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"workers": 0}, {"tolerance": 1.0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Grader(**wrong)  # type: ignore[arg-type]


def test_a_long_text_is_not_taken_for_an_answer(grader: Grader) -> None:
    long = "x + " * 20_000
    assert grader.compare(long, long).verdict is Verdict.CORRECT
    assert grader.compare(long, "5").verdict is Verdict.UNDECIDED
    assert grader.compare("(" * 3000, "5").verdict is Verdict.UNDECIDED
    assert grader.compare(r"\frac" * 900, "5").verdict is not Verdict.CORRECT


@pytest.mark.parametrize(
    "answer",
    [
        r"\sum_{i=1}^{2000}\sum_{j=1}^{2000}\sum_{k=1}^{2000} 1",
        r"\prod_{i=1}^{1999}\prod_{j=1}^{1999}\sum_{k=1}^{1999} 1/k",
        r"\prod_{k=1}^{2000} 1/k^{10000}",
        r"\sum_{k=1}^{2000} 1/k^{2000}",
        "(" + ",".join(["±1"] * 60) + ")",
        "{" + ",".join(["±1"] * 60) + "}",
        "(" + ",".join(["(±1, 2±3)"] * 20) + ")",
    ],
)
def test_what_would_take_billions_of_steps_is_left_out(answer: str, grader: Grader) -> None:
    """In this very process, which has no time limit of its own."""
    assert grader.compare(answer, "3").verdict is not Verdict.CORRECT


def test_sums_in_sums_are_worked_out(grader: Grader) -> None:
    assert grader.compare(r"\sum_{i=1}^{10}\sum_{j=1}^{10} i j", "3025").verdict is Verdict.CORRECT
    assert grader.compare("(±1, 2)", "(1, 2), (-1, 2)").verdict is Verdict.CORRECT


def test_without_another_process_a_comparison_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    with Grader(timeout=20) as grader:
        monkeypatch.setattr("mathcli.answers.grader.subprocess.Popen", refused)
        for _ in range(2 * grader.workers):  # no place may be lost
            assert grader.compare(r"\sin(x)^2 + \cos(x)^2", "1").verdict is Verdict.UNDECIDED
        monkeypatch.undo()
        assert grader.compare(r"\sin(x)^2 + \cos(x)^2", "1").verdict is Verdict.CORRECT
