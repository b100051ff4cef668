"""Standard streams that are closed, full or no longer read, and other locales."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rendering.samples import sample

MATHCLI = f"{sys.executable} -m mathcli"
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
SOLVE = "solve --no-history 'What is 3 times 4?'"


def shell(command: str, **environment: str) -> tuple[int, str, str]:
    """What a command in a shell comes to; `exit ${PIPESTATUS[0]}` gives a pipe's own code."""
    done = subprocess.run(
        ["bash", "-c", command.replace("mathcli", MATHCLI, 1)],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
        env=os.environ | environment,
    )  # fmt: skip
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in out + err
    assert "internal error" not in out + err
    return done.returncode, out, err


@pytest.mark.parametrize("words", ["", "check 1 1", "--version", "--help", "solve --help", SOLVE])
@pytest.mark.parametrize("where", [">/dev/full", ">&-"])
def test_output_that_is_lost_is_said(words: str, where: str) -> None:
    if where == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    code, out, err = shell(f"mathcli {words} {where}")
    assert (code, out) == (6, "")
    assert err.startswith("mathcli: standard output cannot be written: ")
    assert len(err.splitlines()) <= 2


@pytest.mark.parametrize(
    "words",
    [
        "grade wide.csv", "grade --totals students wide.csv", "grade --json wide.csv",
        "batch -q problems.txt", "eval --json --from out.jsonl",
        "eval --compare out.jsonl out.jsonl",
        "replay kept.jsonl", f"{SOLVE} --json", f"{SOLVE} --markdown", "run program.py",
        "check --json 1 2", "models list", "models list --json", "models recommend",
        "history list --json", "config --json", "doctor --json",
    ],
)  # fmt: skip
def test_every_command_says_it(words: str, tmp_path: Path) -> None:
    record = {"key": "k", "run": "0" * 16, "index": 0, "problem": "3 times 4", "method": "tir"}
    record |= {"prediction": "12", "expected_answer": "12", "input": {}, "segments": []}
    (tmp_path / "out.jsonl").write_text(f"{json.dumps(record)}\n")
    (tmp_path / "kept.jsonl").write_text(f"{json.dumps(sample().record())}\n")
    (tmp_path / "wide.csv").write_text("student,q1,q2\nkey,4,5\nann,4,6\n")
    (tmp_path / "problems.txt").write_text("What is 3 times 4?\n")
    (tmp_path / "program.py").write_text("print(42)\n")
    code, out, err = shell(f"cd {tmp_path} && exec mathcli {words} >&-")
    assert (code, out) == (6, "")
    assert err.count("mathcli: standard output cannot be written: it is closed\n") == 1
    assert "Exception" not in err


@pytest.mark.parametrize("words", ["--help", SOLVE, "doctor", "history path"])
def test_a_reader_that_goes_ends_it_in_silence(words: str) -> None:
    assert shell(f"mathcli {words} | true; exit ${{PIPESTATUS[0]}}") == (0, "", "")


def test_a_batch_ends_with_its_reader(tmp_path: Path) -> None:
    """While other problems are being solved: the engine is closed after them."""
    problems = tmp_path / "p.txt"
    problems.write_text("What is 1 + 3?\n" * 12)
    for _ in range(3):
        code, out, err = shell(f"mathcli batch {problems} | head -1; exit ${{PIPESTATUS[0]}}")
        assert (code, len(out.splitlines())) == (0, 1), err
        assert "crashed" not in err


def test_standard_error_that_is_closed_or_full_changes_nothing() -> None:
    for where in ("2>&-", "2>/dev/full"):
        code, out, _ = shell(f"mathcli check 1 2 {where}")
        assert (code, bool(out)) == (1, True)


def test_standard_input_that_is_closed_is_empty() -> None:
    code, _, err = shell("mathcli solve - <&-")
    assert (code, err.splitlines()[0]) == (2, "mathcli: there is no problem to solve")
    assert shell("mathcli batch -q - <&-")[0] == 0


def test_a_problem_piped_to_no_command_is_understood() -> None:
    code, out, err = shell("echo '2x = 10' | mathcli")
    assert (code, out.startswith("mathcli solves"), err[-16:]) == (2, True, "mathcli solve -\n")


def test_all_of_them_closed() -> None:
    assert shell("mathcli check 1 1 <&- >&- 2>&-")[0] == 6


def test_words_are_utf8_whatever_the_locale_says() -> None:
    assert shell("mathcli check √16 4", **ASCII)[0] == 0
    code, out, _ = shell("mathcli check --json '√2' '√3'", **ASCII)
    assert code == 1
    assert r'"\u221a2"' in out or '"first"' not in out
