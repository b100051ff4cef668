"""What `solve` prints of proofs and parts, and the exit codes; what is refused before all work."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mathcli.cli.commands.solve import Shape, SolveResult
from mathcli.cli.embedded_limits import beyond_its_limits
from mathcli.cli.problem import check_problem
from mathcli.errors import Exit, NoProblem
from mathcli.solving.transcript import Transcript
from tests.cli.conftest import Run
from tests.rendering.test_proofs_and_parts import BOTH, PROOF, part, parts, proof

MISSING = parts(part("a", "3"), part("b", None))


def result(transcript: Transcript) -> SolveResult:
    return SolveResult(transcript, None, None, Shape(answer_only=True))


@pytest.mark.parametrize(
    ("transcript", "printed", "code"),
    [
        (proof(), PROOF + "\n", Exit.OK),
        (proof(proof="Two\nlines."), "Two\nlines.\n", Exit.OK),
        (proof(proof=None, finish="max_tokens"), "\n", Exit.NO_ANSWER),
        (proof(proof=None, finish="timeout"), "\n", Exit.STOPPED),
        (BOTH, "a: sqrt(3)/2\nb: 12\n", Exit.OK),
        (MISSING, "a: 3\nb:\n", Exit.NO_ANSWER),
        (parts(part("a", "3"), part("b", "5"), needs_human=True), "\n", Exit.NO_ANSWER),
    ],
)
def test_what_is_printed(transcript: Transcript, printed: str, code: Exit) -> None:
    found = result(transcript)
    assert (found.text(), found.exit_code) == (printed, code)


def test_a_proof_cannot_drive_a_terminal() -> None:
    assert result(proof(proof="So\x1b[2J it is.")).text() == "So\\x1b[2J it is.\n"


@pytest.mark.parametrize(
    "text", ["hello", "write a poem", "???", "Traceback (most recent call last):"]
)
def test_what_is_no_problem_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(NoProblem) as raised:
        check_problem(text)
    assert raised.value.exit_code == Exit.NO_ANSWER
    assert raised.value.hint is None
    assert len(raised.value.message) < 120


@pytest.mark.parametrize("text", ["π", "17!", "x", "hi", "what is 3+4", "Show that 2 is prime."])
def test_what_may_be_one_is_not(text: str) -> None:
    check_problem(text)


def test_the_embedded_model_says_that_it_writes_no_proofs() -> None:
    none: dict[str, Any] = {"proof": None, "finish": "no_answer", "segments": ()}
    assert "writes no proofs" in (beyond_its_limits(proof(**none)) or "")


def test_parts_in_a_record_and_against_a_key(mathcli: Run) -> None:
    problem = "(a) What is 2+3? (b) What is 4*5?"
    done = mathcli("solve", "--json", "--expect", "b=20; a=5", problem)
    record = json.loads(done.out)
    assert (done.code, record["kind"], record["expect"]["verdict"]) == (0, "parts", "correct")
    assert [(one["label"], one["answer"]["text"]) for one in record["parts"]] == [
        ("a", "5"), ("b", "20"),
    ]  # fmt: skip
    assert record["answer"]["text"] == "a: 5; b: 20"


def test_no_problem_as_json(mathcli: Run) -> None:
    done = mathcli("solve", "--json", "hello")
    assert (done.code, json.loads(done.out)["error"]["code"]) == (3, "no_problem")
