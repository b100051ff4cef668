"""Several solutions of one problem, from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mathcli.cli.effort import Effort, StrategyOption
from mathcli.errors import UsageError
from mathcli.history import History
from mathcli.models import card_named
from tests.cli.commands.test_solve import TINY_LONG
from tests.cli.conftest import Run
from tests.random_model import write_random_model

QUADRATIC = "Solve x^2 - 5x + 6 = 0"
ODD = "Blorp 17 with 26 and 9, then zork the 4th of 58 by 33."  # no two solutions are alike


# -- what makes sense together -----------------------------------------------------------------


def test_one_solution_unless_more_are_asked_for() -> None:
    nano = card_named("nano")
    assert (Effort().name, Effort().samples_with(nano)) == ("once", 1)
    assert Effort(samples=1).name == "once"
    assert (Effort(samples=5).name, Effort(samples=5).samples_with(nano)) == ("vote", 5)
    voting = Effort(strategy=StrategyOption.VOTE)
    assert voting.samples_with(card_named("qwen2.5-math")) == 8  # the card's
    assert (Effort(paraphrase=3).name, Effort(paraphrase=3).samples_with(nano)) == ("vote", 4)


@pytest.mark.parametrize(
    ("effort", "temperature", "hint"),
    [
        (Effort(samples=8), 0.0, "--temperature 0.7"),
        (Effort(min_agreement=0.5), None, "--samples 8"),
        (Effort(budget=100), None, "--max-tokens"),
        (Effort(samples=3, paraphrase=3), None, "--samples 4"),
        (Effort(strategy=StrategyOption.BEST, paraphrase=3), None, "leave out --paraphrase"),
        (Effort(confidence=0.8), None, "leave out --confidence"),
    ],
)
def test_what_makes_no_sense_says_what_to_type(
    effort: Effort, temperature: float | None, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        effort.check_sense(temperature)
    assert hint in (caught.value.hint or "")


def test_a_batch_takes_fewer_problems_at_once_where_each_is_solved_often() -> None:
    asked = (Effort(), Effort(samples=8), Effort(samples=8, confidence=1.0), Effort(samples=64))
    assert [effort.problems_at_once for effort in asked] == [16, 4, 2, 4]


def test_rewordings_differ_at_temperature_0_too() -> None:
    Effort(paraphrase=2).check_sense(0.0)


def test_a_usage_error_comes_before_anything_is_loaded(mathcli: Run) -> None:
    done = mathcli("solve", "-m", "/no/such.gguf", "--samples", "8", "--temperature", "0", "1+1")
    assert (done.code, done.out) == (2, "")
    assert "at temperature 0 all solutions are the same" in done.err


# -- votes -------------------------------------------------------------------------------------


def test_eight_samples_vote(mathcli: Run) -> None:
    done = mathcli("solve", "--json", "--samples", "8", QUADRATIC)
    record = json.loads(done.out)
    assert done.code == 0
    assert record["answer"]["text"] == "2, 3"
    assert (record["strategy"], record["evidence"]) == ("vote", "voted")
    assert record["sampling"]["samples"] == 8
    assert record["sampling"]["temperature"] == card_named("nano").votes.temperature
    assert 4 <= len(record["samples"]) <= 8
    assert sum(vote["count"] for vote in record["votes"]) <= len(record["samples"])


def test_the_answer_alone(mathcli: Run) -> None:
    done = mathcli("solve", "-q", "--samples", "4", QUADRATIC)
    assert (done.code, done.out, done.err) == (0, "2, 3\n", "")


def test_a_line_for_each_sample_then_the_chosen_solution(mathcli: Run) -> None:
    done = mathcli("solve", "--samples", "3", "--confidence", "1", QUADRATIC)
    first = sorted(done.out.splitlines()[:3])
    assert first == [f"sample {number} of 3: 2, 3, computed" for number in (1, 2, 3)]
    assert "│ print(solve(x**2 - 5*x + 6, x))" in done.out
    assert "answer: 2, 3\n(3 of 3 samples agree;" in done.out


def test_too_little_agreement_needs_a_human(mathcli: Run) -> None:
    words = ("--samples", "12", "--confidence", "1", "--temperature", "2", "--min-agreement", "1")
    done = mathcli("solve", "-q", *words, ODD)
    assert (done.code, done.out) == (3, "\n")
    assert done.err.startswith("mathcli: needs a human: ")
    assert "of 12 samples agree on" in done.err
    assert "fewer than 100 %" in done.err


def test_enough_agreement_is_an_answer(mathcli: Run) -> None:
    done = mathcli("solve", "-q", "--samples", "4", "--min-agreement", "0.25", QUADRATIC)
    assert (done.code, done.out, done.err) == (0, "2, 3\n", "")


def test_a_batch_votes_and_leaves_out_what_needs_a_human(mathcli: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    votes = ("--samples", "6", "--confidence", "1", "--temperature", "1.5")
    words = ("batch", "-", "-q", "-o", str(out), *votes, "--min-agreement", "0.99")
    done = mathcli(*words, stdin=f"What is 3 + 4?\n{ODD}\n")
    assert done.code == 0
    assert done.out.splitlines()[1] == ""
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [record["prediction"] for record in records] == done.out.split("\n")[:2]
    assert records[1].get("needs_human", True) is True
    assert len(records[0]["samples"]) == 6
    again = mathcli("batch", "-", "-o", str(out), "--samples", "7", stdin="What is 3 + 4?\n")
    assert again.code == 2  # another number of samples is another run
    assert "--fresh" in again.err


# -- time and signals --------------------------------------------------------------------------


def test_time_is_up(mathcli: Run) -> None:
    done = mathcli("solve", "--json", "--samples", "8", "--timeout", "0.001", QUADRATIC)
    assert done.code in (5, 6)  # not even begun, or begun
    assert "answer" not in json.loads(done.out) or json.loads(done.out)["answer"] is None


def test_an_interrupt_keeps_the_solutions_that_had_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    words = ["solve", "--samples", "64", "--temperature", "1", "--confidence", "1"]
    words.append("Tom has 3 dozen eggs and eats 5 each day for 4 days. How many are left?")
    child = subprocess.Popen(
        [sys.executable, "-m", "mathcli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline().startswith(b"sample ")
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert b"of 64 solutions had come to their end and are kept" in err
    record = History().find("last").read()
    assert record is not None
    assert 1 <= len(record["samples"]) < 64
    assert (record["finish"], record["answer"], record["strategy"]) == ("stopped", None, "vote")


def test_an_interrupt_leaves_no_process_behind(tmp_path: Path) -> None:
    path = write_random_model(tmp_path / "long.gguf", TINY_LONG)
    words = ["solve", "-m", str(path), "--samples", "4", "--confidence", "1"]
    words += ["--temperature", "1", "--max-tokens", "1000000", "--context", "30000", "hi"]
    child = subprocess.Popen(
        [sys.executable, "-m", "mathcli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stderr is not None
    assert b"long.gguf" in child.stderr.readline()  # it is loaded
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert err.endswith(b"mathcli: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)
