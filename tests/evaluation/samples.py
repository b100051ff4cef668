"""Results and records that the tests of evaluation are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mathcli.evaluation.results import GradedSample, Programs, Result


def solved(number: int, correct: bool | Sequence[bool] = True, **changes: Any) -> Result:
    """A problem's result; several values are several samples, the first of which counts."""
    values = [correct] if isinstance(correct, bool) else list(correct)
    samples = tuple(
        GradedSample("correct" if one else "incorrect", 0 if one else 1, None, ran=False)
        for one in values
    )
    record: dict[str, Any] = {
        "key": f"k{number}",
        "id": None,
        "problem": f"problem {number}",
        "expected": "1",
        "subject": None,
        "level": None,
        "verdict": samples[0].verdict,
        "answer": "1",
        "method": "tir",
        "chose": None,
        "samples": samples,
        "independent": True,
        "voted": True,
        "programs": Programs(),
        "generated": None,
        "evaluated": None,
        "ms": None,
    }
    return Result(**(record | changes))


def record(answer: str | None, expected: str, **more: Any) -> dict[str, Any]:
    """A record as a run writes it, before it is graded."""
    return {
        "key": "k",
        "index": 0,
        "problem": "?",
        "method": "tir",
        "segments": [],
        "answer": {"text": answer, "latex": answer} if answer else None,
        "prediction": answer or "",
        "expected_answer": expected,
        "input": {"problem": "?"},
    } | more


def sample(answer: str | None, **more: Any) -> dict[str, Any]:
    """One of several samples of a record."""
    said = {"text": answer, "latex": answer} if answer else None
    return {"seed": 0, "segments": [], "answer": said, "finish": "answer"} | more


def program(output: str | None = "1", error: str | None = None) -> list[dict[str, Any]]:
    """Segments of a program and its output."""
    ran: list[dict[str, Any]] = [{"kind": "code", "text": "print(1)", "ms": 1, "tokens": 3}]
    if output is not None:
        shown: dict[str, Any] = {"kind": "output", "text": output, "ms": 1, "tokens": 1}
        ran.append(shown | ({"error": error} if error else {}))
    return ran
