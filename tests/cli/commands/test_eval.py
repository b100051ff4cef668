"""`mathcli eval` as a user runs it, with the embedded model."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done, Run

FEW = [
    {"problem": "What is 2 + 3?", "answer": 5, "subject": "sums", "level": "Level 1"},
    {"problem": "What is 5 + 4?", "answer": 9, "subject": "sums", "level": "Level 1"},
    {"problem": "What is 2 + 2?", "answer": 5, "subject": "sums", "level": "Level 2"},
    {"problem": "Solve x^2 - 5x + 6 = 0", "answer": "{3, 2}", "subject": "equations", "level": 2},
]
GSM8K = {"question": "What is 2 + 3?", "answer": "<<2+3=5>>5\n#### 5"}
PROGRAM = "```python\nprint({})\n```\n```output\n{}\n```\nThe answer is $\\boxed{{{}}}$."


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def many(count: int) -> list[dict[str, Any]]:
    return [{"problem": f"What is {n} + {n + 7}?", "answer": 2 * n + 7} for n in range(count)]


def measures(done: Done) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_a_dataset_is_solved_and_measured(mathcli: Run, tmp_path: Path) -> None:
    out, html = tmp_path / "out.jsonl", tmp_path / "out.html"
    words = ["eval", str(write(tmp_path / "few.jsonl", FEW)), "-o", str(out), "--html", str(html)]
    done = mathcli(*words)
    assert done.code == 0
    assert "accuracy   75.0 %  (95 %: 30.1 to 95.4)" in done.out
    assert "code rate  100.0 %" in done.out
    assert "\x1b" not in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert [row["verdict"] for row in read(out)] == ["correct", "correct", "incorrect", "correct"]
    summary = json.loads((tmp_path / "out.jsonl.summary.json").read_text())
    assert summary["accuracy"]["count"] == 3
    assert summary["by_subject"]["sums"]["total"] == 3
    assert summary["by_level"]["2"] == summary["by_level"]["2"] | {"count": 1, "total": 2}
    assert summary["model"]["card"] == "nano"
    assert summary["executions"] >= 4
    assert summary["tokens"]["generated"] > 0
    assert "What is 2 + 2?" in html.read_text()

    again = mathcli(*words, "--json")  # nothing is solved again, the measures are the same
    assert "(4 skipped)" in again.err
    assert measures(again) == summary


def test_gsm8k_is_recognised(mathcli: Run, tmp_path: Path) -> None:
    done = mathcli("eval", str(write(tmp_path / "test.jsonl", [GSM8K])), "--json")
    found = measures(done)
    assert (done.code, found["layout"], found["accuracy"]["value"]) == (0, "gsm8k", 1.0)
    assert found["complete"] is True


def test_samples_are_measured_at_k(mathcli: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    source = write(tmp_path / "few.jsonl", FEW)
    done = mathcli("eval", str(source), "--samples", "4", "--temperature", "0.3", "-o", str(out))
    assert done.code == 0
    assert "pass@k" in done.out
    summary = json.loads((tmp_path / "out.jsonl.summary.json").read_text())
    assert set(summary["pass@k"]) == set(summary["maj@k"]) == {"1", "2", "4"}
    passed = [summary["pass@k"][k]["value"] for k in ("1", "2", "4")]
    assert passed == sorted(passed)
    assert passed[0] >= 0.5
    assert summary["samples"] == 4
    assert all(len(row["verdicts"]) == len(row["samples"]) == 4 for row in read(out))


def test_a_part_of_the_dataset_and_more_of_it_later(mathcli: Run, tmp_path: Path) -> None:
    source, out = write(tmp_path / "set.jsonl", many(12)), tmp_path / "out.jsonl"
    assert measures(mathcli("eval", str(source), "--limit", "5", "-o", str(out), "--json"))[
        "problems"
    ] == 5  # fmt: skip
    done = mathcli("eval", str(source), "--limit", "8", "-o", str(out), "--json")
    assert measures(done)["problems"] == 8
    assert "(5 skipped)" in done.err
    drawn = mathcli("eval", str(source), "--sample", "4", "--seed", "3", "--json")
    assert measures(drawn)["problems"] == 4


def test_other_settings_need_another_file(mathcli: Run, tmp_path: Path) -> None:
    source, out = write(tmp_path / "few.jsonl", FEW[:1]), tmp_path / "out.jsonl"
    assert mathcli("eval", str(source), "-o", str(out)).code == 0
    done = mathcli("eval", str(source), "-o", str(out), "--method", "cot")
    assert done.code == 2
    assert "--fresh" in done.err


def test_lines_that_are_no_problems_make_it_partial(mathcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "set.jsonl"
    source.write_text('{"problem": "What is 2 + 3?", "answer": 5}\n{"problem": "Why?"}\n')
    done = mathcli("eval", str(source), "-o", str(tmp_path / "out.jsonl"), "--json")
    assert done.code == 6
    assert "line 2 is skipped: it has no right answer" in done.err
    assert measures(done)["problems"] == 1
    assert len(read(tmp_path / "out.jsonl.errors.jsonl")) == 1


def test_a_problem_that_is_too_long_is_wrong(mathcli: Run, tmp_path: Path) -> None:
    rows = [{"problem": "1 + " * 3000, "answer": 1}, FEW[0]]
    done = mathcli("eval", str(write(tmp_path / "set.jsonl", rows)), "--json")
    found = measures(done)
    assert (found["accuracy"]["count"], found["unanswered"]) == (1, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a dataset"),
        (["no.jsonl"], "cannot read"),
        (["a.jsonl", "--from", "b.jsonl"], "cannot be used together"),
        (["a.jsonl", "--rerun"], "--from"),
        (["a.jsonl", "--fresh"], "-o"),
        (["a.jsonl", "--limit", "1", "--sample", "1"], "--sample"),
        (["--from", "a.jsonl", "--sample", "1"], "--sample has no effect"),
        (["--from", "a.jsonl", "--samples", "4", "--strategy", "best"], "--samples and --strategy"),
        (["--from", "a.jsonl", "--server", "http://localhost"], "--server has no effect"),
        (["--from", "a.jsonl", "--temperature=0"], "--temperature has no effect"),
        (["--from", "a.jsonl", "-m", "nano", "--fresh"], "--fresh and --model have no effect"),
        (["--from", "a.jsonl", "--seed", "0"], "--seed has no effect"),  # the default, yet asked
        (["--from", "a.jsonl", "--sandbox", "basic"], "--sandbox has no effect"),
        (["--compare", "a.jsonl", "b.jsonl", "--limit", "3"], "--limit has no effect"),
        (["--compare", "a.jsonl"], "2 arguments"),
        (["--compare", "a.jsonl", "b.jsonl"], "cannot read"),
        (["--compare", "a.jsonl", "b.jsonl", "--html", "x.html"], "--json"),
        (["a.jsonl", "--html", "/no/such/folder/x.html"], "no folder"),
        (["--from", "no.jsonl"], "cannot read"),
    ],
)
def test_wrong_words(mathcli: Run, words: list[str], said: str) -> None:
    done = mathcli("eval", *words)
    assert done.code == 2
    assert said in done.err


def test_defaults_for_solving_do_not_disturb_what_solves_nothing(
    mathcli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config" / "mathcli"
    config.mkdir(parents=True)
    page = tmp_path / "page.html"
    text = f'samples = 4\n[eval]\nstrategy = "best"\nhtml = "{page}"\n'
    (config / "config.toml").write_text(text)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    source = write(tmp_path / "tora.jsonl", [recorded(1, [1])])
    scored = mathcli("eval", "--from", str(source), "--rerun", "--card", "tora", "--sandbox=basic")
    assert scored.code == 0, scored.err
    compared = mathcli("eval", "--compare", str(source), str(source))
    assert compared.code == 0, compared.err
    done = mathcli("eval", "--from", str(source), "--method", "cot")
    assert done.code == 2
    assert "solves nothing: --method has no effect" in done.err
    assert "leave it out, or name a dataset in the place of --from" in done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_page_that_cannot_be_written_costs_no_measures(mathcli: Run, tmp_path: Path) -> None:
    source = write(tmp_path / "few.jsonl", FEW[:1])
    done = mathcli("eval", str(source), "--html", "/dev/full", "--json")
    assert done.code == 6
    assert "/dev/full cannot be written" in done.err
    assert measures(done)["accuracy"]["count"] == 1


def test_one_interrupt_tells_what_is_done(tmp_path: Path) -> None:
    source, out = write(tmp_path / "set.jsonl", many(400)), tmp_path / "out.jsonl"
    child = start(str(source), "-o", str(out), "--json")
    wait_for_lines(out, 3)
    child.send_signal(signal.SIGINT)
    told, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert b"Traceback" not in err
    found = json.loads(told)
    assert found["complete"] is False
    assert 3 <= found["problems"] == len(read(out)) < 400


@pytest.mark.slow
def test_kills_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    source, out = write(tmp_path / "set.jsonl", many(120)), tmp_path / "out.jsonl"
    moments = random.Random(11)
    finished: dict[str, str] = {}
    kills = 0
    while True:
        child = start(str(source), "-o", str(out), "--json")
        if kills < 8:
            time.sleep(moments.uniform(0.5, 2.5))
            os.killpg(child.pid, signal.SIGKILL)
            kills += 1
        told, _ = child.communicate(timeout=200)
        if out.exists():
            lines = out.read_text().splitlines(keepends=True)
            now = {json.loads(line)["key"]: line for line in lines if line[-1:] == "\n"}
            assert finished.items() <= now.items()  # byte for byte: not solved again
            finished = now
        if child.returncode == 0:
            break
    rows = read(out)
    assert [row["index"] for row in rows] == list(range(120))
    summary = json.loads(told)
    assert summary["problems"] == 120
    assert summary["accuracy"]["count"] == sum(row["verdict"] == "correct" for row in rows)


def test_two_runs_are_compared(mathcli: Run, tmp_path: Path) -> None:
    right = [recorded(n, [n]) for n in range(40)]
    wrong = [recorded(n, [n if n % 2 else -1]) for n in range(40)]
    first, second = write(tmp_path / "a.jsonl", wrong), write(tmp_path / "b.jsonl", right)
    done = mathcli("eval", "--compare", str(first), str(second))
    assert done.code == 0
    assert "40 problems in both" in done.out
    assert "+50.0" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    found = measures(mathcli("eval", "--compare", str(first), str(second), "--json"))
    real = [one["measure"] for one in found["differences"] if one["more_than_noise"]]
    assert real[0] == "accuracy"
    assert "code rate" not in real
    same = measures(mathcli("eval", "--compare", str(first), str(first), "--json"))
    assert not any(one["more_than_noise"] for one in same["differences"])


def recorded(number: int, answers: list[int], **more: Any) -> dict[str, Any]:
    return {
        "idx": number, "question": f"What is {number}?", "gt": str(number),
        "type": ["Algebra", "Geometry"][number % 2],
        "code": [PROGRAM.format(a, a, a) for a in answers], "pred": [str(a) for a in answers],
        "report": ["Done" for _ in answers], "score": [a == number for a in answers],
    } | more  # fmt: skip


def test_recorded_outputs_are_scored(mathcli: Run, tmp_path: Path) -> None:
    rows = [
        recorded(1, [1, 1, 7, 7], pred_score=[0.1, 0.2, 0.9, 0.3]),  # a tie: the first seen wins
        recorded(2, [9, 2, 9, 9], pred_score=[0.1, 0.9, 0.3, 0.2]),
    ]
    source, out = write(tmp_path / "tora.jsonl", rows), tmp_path / "scored.jsonl"
    html = tmp_path / "scored.html"
    done = mathcli(
        "eval", "--from", str(source), "--json", "-o", str(out), "--html", str(html)
    )  # fmt: skip
    assert done.code == 0
    found = measures(done)
    assert found["accuracy"]["value"] == found["maj@k"]["4"]["value"] == 0.5
    assert found["pass@k"]["1"]["value"] == pytest.approx(3 / 8)
    assert found["pass@k"]["4"]["value"] == 1.0
    assert found["rm@k"]["4"]["value"] == 0.5
    assert found["executions"] == 8
    assert found["recorded_verdicts"] == {"total": 8, "only_here": 0, "only_there": 0}
    assert read(out)[0]["verdicts"] == ["correct", "correct", "incorrect", "incorrect"]
    assert html.stat().st_size > 10_000
    again = measures(mathcli("eval", "--from", str(out), "--json"))  # what it wrote, it reads
    assert again["maj@k"] == found["maj@k"]


def test_recorded_programs_run_again(mathcli: Run, tmp_path: Path) -> None:
    rows = [recorded(n, [n]) for n in range(6)]
    rows[2]["code"] = [PROGRAM.format("2 + 1", 2, 2)]
    rows[3]["code"] = [PROGRAM.format("x", 3, 3)]
    source = write(tmp_path / "tora.jsonl", rows)
    assert mathcli("eval", "--from", str(source), "--rerun").code == 2
    done = mathcli("eval", "--from", str(source), "--rerun", "--card", "tora", "--json")
    assert done.code == 0
    found = measures(done)["rerun"]
    assert (found["programs"], found["same"], found["differs"], found["raised"]) == (6, 4, 1, 1)
    text = mathcli("eval", "--from", str(source), "--rerun", "--card", "tora").out
    assert "the same output" in text
    assert "NameError" in text


def test_selection_accuracy_of_auto(mathcli: Run, tmp_path: Path) -> None:
    def run(name: str, method: str, right: set[int], chose: dict[int, str] | None = None) -> Path:
        rows = [
            {
                "key": f"k{n}", "run": "r", "index": n, "problem": "?", "method": method,
                "segments": [], "answer": None, "prediction": "1", "expected_answer": "1",
                "verdict": "correct" if n in right else "incorrect", "input": {},
                **({"chose": chose[n]} if chose else {}),
            }
            for n in range(4)
        ]  # fmt: skip
        return write(tmp_path / name, rows)

    cot, tir = run("cot.jsonl", "cot", {0, 1}), run("tir.jsonl", "tir", {1, 2})
    auto = run("auto.jsonl", "auto", {0}, {0: "cot", 1: "cot", 2: "cot", 3: "tir"})
    words = ["eval", "--from", str(auto), "--forced", str(cot), "--forced", str(tir), "--json"]
    found = measures(mathcli(*words))
    assert found["selection_accuracy"] == found["selection_accuracy"] | {"count": 1, "total": 2}
    assert found["by_method"]["cot"]["total"] == 3


def test_outputs_of_a_batch_are_scored_too(mathcli: Run, tmp_path: Path) -> None:
    source, out = write(tmp_path / "few.jsonl", FEW), tmp_path / "out.jsonl"
    assert mathcli("batch", str(source), "-o", str(out)).code == 0
    assert measures(mathcli("eval", "--from", str(out), "--json"))["accuracy"]["count"] == 3


def start(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mathcli", "eval", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def wait_for_lines(path: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("option", "name", "hint"), [("-o", "r.csv", "r.jsonl"), ("--html", "r.pdf", "r.html")]
)
def test_scores_get_no_name_of_another_format(
    mathcli: Run, tmp_path: Path, option: str, name: str, hint: str
) -> None:
    recorded = tmp_path / "recorded.jsonl"
    recorded.write_text('{"question": "1+1", "gt": "2", "pred": ["2"]}\n')
    done = mathcli("eval", "--from", str(recorded), option, str(tmp_path / name))
    assert (done.code, (tmp_path / name).exists()) == (2, False)
    assert "says another format" in done.err
    assert hint in done.err
