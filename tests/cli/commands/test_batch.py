from __future__ import annotations

import io
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

from mathcli.batches import Outcome, Problem
from mathcli.cli.commands.batch import Files, _Batch
from mathcli.errors import EngineError
from tests.cli.conftest import Run

PROBLEMS = [
    {"problem": "Solve x^2 - 5x + 6 = 0", "answer": "{3, 2}", "teacher": "Noether"},
    {"problem": "What is the derivative of x^3?", "answer": "3x^2"},
    {"question": "What is 2 + 3?", "id": "sum", "answer": "6"},
]


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def many(count: int) -> list[dict[str, Any]]:
    return [{"problem": f"What is {n} + {n + 7}?", "id": n} for n in range(count)]


def start(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mathcli", "batch", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def test_every_problem_is_solved_graded_and_kept_with_its_fields(
    mathcli: Run, tmp_path: Path
) -> None:
    source, out = write_jsonl(tmp_path / "in.jsonl", PROBLEMS), tmp_path / "out.jsonl"
    done = mathcli("batch", str(source), "-o", str(out))
    assert (done.code, done.out) == (0, "")
    rows = read_jsonl(out)
    assert [row["index"] for row in rows] == [0, 1, 2]
    assert [row["prediction"] for row in rows] == ["2, 3", "3*x**2", "5"]
    assert [row["verdict"] for row in rows] == ["correct", "correct", "incorrect"]
    assert rows[0]["input"]["teacher"] == "Noether"
    assert rows[2]["id"] == "sum"
    assert "3/3 problems, 3 answered, 2 correct" in done.err
    graded = mathcli("grade", str(out), "--require-all")
    assert graded.code == 1


def test_a_table_with_tabs_is_solved_and_graded(mathcli: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "in.tsv", tmp_path / "out.jsonl"
    source.write_text("question\tanswer\tteacher\nSolve x^2 - 5x + 6 = 0\t3, 2\tNoether\n")
    assert mathcli("batch", str(source), "-o", str(out)).code == 0
    [row] = read_jsonl(out)
    assert (row["prediction"], row["verdict"]) == ("2, 3", "correct")
    assert row["input"]["teacher"] == "Noether"


def test_answers_line_up_with_their_problems(mathcli: Run) -> None:
    problems = "Solve x^2 - 5x + 6 = 0\n\nWhat is 2 + 3?\nWhat is 10 * 10?\n"
    done = mathcli("batch", "--answer-only", "-", stdin=problems)
    assert (done.code, done.out) == (0, "2, 3\n\n5\n100\n")


def test_records_on_standard_output_are_in_input_order(mathcli: Run) -> None:
    done = mathcli("batch", "-", stdin="What is 5 + 4?\nWhat is 2 + 3?\n")
    assert [json.loads(line)["prediction"] for line in done.out.splitlines()] == ["9", "5"]


def test_answers_come_while_the_stream_is_still_open() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "mathcli", "batch", "-q", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    for problem, answer in ((b"What is 2 + 3?\n", b"5\n"), (b"What is 5 + 4?\n", b"9\n")):
        child.stdin.write(problem)
        child.stdin.flush()
        assert child.stdout.readline() == answer
    child.communicate(timeout=60)
    assert child.returncode == 0


def test_a_batch_started_again_does_nothing_twice(mathcli: Run, tmp_path: Path) -> None:
    source, out = write_jsonl(tmp_path / "in.jsonl", PROBLEMS), tmp_path / "out.jsonl"
    assert mathcli("batch", str(source), "-o", str(out)).code == 0
    first = out.read_bytes()
    assert mathcli("batch", str(source), "-o", str(out)).code == 0
    assert out.read_bytes() == first
    write_jsonl(source, [*many(2), *PROBLEMS])
    assert mathcli("batch", str(source), "-o", str(out)).code == 0
    rows = read_jsonl(out)
    assert [row["index"] for row in rows[:2]] == [0, 1]
    assert out.read_bytes().endswith(first)  # the old results, byte for byte


def test_other_settings_are_refused(mathcli: Run, tmp_path: Path) -> None:
    source, out = write_jsonl(tmp_path / "in.jsonl", PROBLEMS[:1]), tmp_path / "out.jsonl"
    assert mathcli("batch", str(source), "-o", str(out)).code == 0
    done = mathcli("batch", str(source), "-o", str(out), "--method", "cot")
    assert done.code == 2
    assert "--fresh" in done.err
    assert mathcli("batch", str(source), "-o", str(out), "--method", "cot", "--fresh").code == 0
    assert read_jsonl(out)[0]["method"] == "cot"


def test_bad_lines_are_reported_and_set_the_exit_code(mathcli: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"problem": "What is 2 + 3?"}\n{oops\n{"no": 1}\n')
    done = mathcli("batch", str(source), "-o", str(out))
    assert done.code == 6
    assert "line 2 is skipped: it is not JSON" in done.err
    assert len(read_jsonl(out)) == 1
    errors = read_jsonl(tmp_path / "out.jsonl.errors.jsonl")
    assert [row["line"] for row in errors] == [2, 3]


def test_a_problem_that_is_too_long_is_its_own_error(mathcli: Run, tmp_path: Path) -> None:
    rows = [{"problem": "1 + " * 3000}, {"problem": "What is 2 + 3?"}]
    source, out = write_jsonl(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl"
    assert mathcli("batch", str(source), "-o", str(out)).code == 0
    first, second = read_jsonl(out)
    assert first["error"]["code"] == "context"
    assert second["prediction"] == "5"


@pytest.mark.parametrize(
    ("words", "code"),
    [([], 2), (["/no/such/file"], 2), (["-", "--fresh"], 2), (["-", "--width", "0"], 2)],
)
def test_wrong_words(mathcli: Run, words: list[str], code: int) -> None:
    assert mathcli("batch", *words).code == code


def test_an_empty_input_is_done_at_once(mathcli: Run) -> None:
    done = mathcli("batch", "-q", "-", stdin="")
    assert (done.code, done.out) == (0, "")


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", many(300))
    command = f"{sys.executable} -m mathcli batch -q {source} | head -n 1"
    began = time.monotonic()
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=120)
    assert done.stdout == b"7\n"
    assert b"Traceback" not in done.stderr
    assert time.monotonic() - began < 60


def test_two_batches_on_one_file_the_second_refuses(mathcli: Run, tmp_path: Path) -> None:
    source, out = write_jsonl(tmp_path / "in.jsonl", many(3000)), tmp_path / "out.jsonl"
    first = start(str(source), "-o", str(out))
    try:
        wait_for_lines(out, 1)
        done = mathcli("batch", str(source), "-o", str(out))
        assert done.code == 2
        assert "another batch is writing" in done.err
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()


def test_one_interrupt_finishes_what_is_in_work(tmp_path: Path) -> None:
    source, out = write_jsonl(tmp_path / "in.jsonl", many(400)), tmp_path / "out.jsonl"
    child = start(str(source), "-o", str(out))
    wait_for_lines(out, 3)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert b"finishing the current problems" in err
    assert f"is kept in {out}; the same command goes on" in err.decode()
    rows = read_jsonl(out)
    assert 3 <= len(rows) < 400
    assert all(row["finish"] == "answer" for row in rows)


@pytest.mark.parametrize("answer_only", [False, True])
def test_results_that_wait_for_others_are_printed_at_an_early_end(
    capsys: pytest.CaptureFixture[str], answer_only: bool
) -> None:
    source = io.BytesIO(b"1+1\n1+2\n1+3\n1+4\n1+5\n")
    work = _Batch(Files(file="p.txt", answer_only=answer_only), source, None)
    problems = [row for row in work.known or () if isinstance(row, Problem)]
    for at in (0, 3, 1):  # the third was being solved, and so was the fifth
        outcome = Outcome(problems[at], None, EngineError("it broke"))
        work.put_out(outcome, {"index": at})
    work.end()
    printed = capsys.readouterr().out.splitlines()
    if answer_only:
        assert printed == ["", "", "", ""]
    else:
        assert [json.loads(line)["index"] for line in printed] == [0, 1, 3]


def test_two_interrupts_end_at_once(tmp_path: Path) -> None:
    source, out = write_jsonl(tmp_path / "in.jsonl", many(400)), tmp_path / "out.jsonl"
    child = start(str(source), "-o", str(out))
    wait_for_lines(out, 3)
    child.send_signal(signal.SIGINT)
    time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert b"Traceback" not in err
    read_jsonl(out)  # whole lines only


@pytest.mark.slow
def test_kills_at_any_moment_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    source, out = write_jsonl(tmp_path / "in.jsonl", many(200)), tmp_path / "out.jsonl"
    moments = random.Random(7)
    finished: dict[str, str] = {}
    kills = 0
    while True:
        child = start(str(source), "-o", str(out))
        if kills < 20:
            time.sleep(moments.uniform(0.3, 1.8))
            os.killpg(child.pid, signal.SIGKILL)
            kills += 1
        child.communicate(timeout=300)
        if out.exists():
            whole = [
                line for line in out.read_text().splitlines(keepends=True) if line[-1:] == "\n"
            ]
            now = {json.loads(line)["key"]: line for line in whole}
            assert finished.items() <= now.items()  # byte for byte: not solved again
            finished = now
        if child.returncode == 0:
            break
    rows = read_jsonl(out)
    assert [row["index"] for row in rows] == list(range(200))
    assert len({row["key"] for row in rows}) == 200


def wait_for_lines(path: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)
