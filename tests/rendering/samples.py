"""Transcripts that rendering is tested with."""

from __future__ import annotations

from typing import Any

from mathcli.solving.transcript import (
    AnswerInfo,
    Check,
    ModelInfo,
    Sample,
    SamplingInfo,
    Segment,
    Timing,
    TokenCounts,
    Transcript,
    Vote,
)

WORDS = (
    r"**Step 1.** The roots of $x^2-5x+6=0$ are given by"
    "\n"
    r"\[x=\frac{-b\pm\sqrt{b^2-4ac}}{2a}\]"
    "\n"
    "so let us compute them. 解方程，得到两个根 $x_1<x_2$。\n"
)
PROGRAM = "from sympy import *\nx = symbols('x')\nprint(solve(x**2 - 5*x + 6, x))"
AGAIN = "The rest is division by two.\n"
PROGRAM_2 = "print(1/0)"
LAST = r"The matrix $\begin{pmatrix}1&2\\3&4\end{pmatrix}$ is not needed: \boxed{\{2, 3\}}."


def sample(**changes: Any) -> Transcript:
    """A solution with words, mathematics, two programs, an error, and an answer."""
    record: dict[str, Any] = {
        "id": "00c0ffee00c0ffee",
        "problem": "Solve $x^2 - 5x + 6 = 0$ <b>now</b>",
        "model": ModelInfo("a model", "a.gguf", "0" * 64, "Q4_K_M", "an engine", "nano"),
        "method": "tir",
        "sampling": SamplingInfo(0.0, 1.0, 0, 1),
        "segments": (
            Segment("text", WORDS, 1200.0, 0),
            Segment("code", PROGRAM, 300.0, 90),
            Segment("output", "[2, 3]", 165.0, 6),
            Segment("text", AGAIN, 200.0, 0),
            Segment("code", PROGRAM_2, 100.0, 12),
            Segment("output", "ZeroDivisionError: division by zero", 3.0, 9, error="ZeroDivision"),
            Segment("text", LAST, 400.0, 20),
        ),
        "answer": AnswerInfo("\\{2, 3\\}", "\\{2, 3\\}", None),
        "finish": "answer",
        "counts": TokenCounts(30, 122, 150, 2),
        "timing": Timing(150.0, 4.0, 2400.0, 90.5),
        "evidence": "computed",
    }
    return Transcript(**(record | changes))


def one_of_several(answer: str | None, **changes: Any) -> Sample:
    """One of several solutions: a program, its output, and an answer in a box."""
    segments = (
        Segment("code", f"print({answer})", 10.0, 8),
        Segment("output", str(answer), 20.0, 3),
        Segment("text", f"It is \\boxed{{{answer}}}.", 30.0, 9),
    )
    record: dict[str, Any] = {
        "method": "tir",
        "seed": 0,
        "segments": segments,
        "answer": AnswerInfo(answer, answer) if answer else None,
        "evidence": "computed" if answer else None,
        "finish": "answer" if answer else "no_answer",
        "generated_tokens": 17,
    }
    return Sample(**(record | changes))


def voted(**changes: Any) -> Transcript:
    """Five solutions, of which three agree; one more was given up."""
    samples = (
        one_of_several("42"),
        one_of_several("41", evidence="reasoned"),
        one_of_several("42"),
        one_of_several(None),
        one_of_several("42", problem="How much is six times seven?"),
    )
    record: dict[str, Any] = {
        "strategy": "vote",
        "segments": samples[0].segments,
        "answer": samples[0].answer,
        "evidence": "voted",
        "samples": samples,
        "attempts": (one_of_several("40", finish="stopped"),),
        "votes": (Vote("42", 3), Vote("41", 1)),
        "agreement": 0.6,
        "sampling": SamplingInfo(0.7, 0.95, 0, 8),
    }
    return sample(**(record | changes))


def split(**changes: Any) -> Transcript:
    """Six solutions with five answers, one with none: the one that is shown came first."""
    samples = tuple(one_of_several(answer) for answer in ("42", "41", "40", "39", "38", None))
    votes = tuple(Vote(answer, 1) for answer in ("42", "41", "40", "39", "38"))
    record: dict[str, Any] = {"samples": samples, "votes": votes, "agreement": 1 / 6}
    return voted(**(record | changes))


def outvoted(**changes: Any) -> Transcript:
    """Six solutions of which the best one stands alone against three that agree."""
    samples = tuple(one_of_several(answer) for answer in ("41", "41", "1/2", "41", None, None))
    record: dict[str, Any] = {
        "strategy": "best",
        "samples": samples,
        "segments": samples[2].segments,
        "answer": AnswerInfo("1/2", "\\frac{1}{2}"),
        "votes": (Vote("41", 3), Vote("1/2", 1)),
        "agreement": 1 / 6,
        "evidence": "computed",
        "scored_by": "execution",
    }
    return voted(**(record | changes))


CONTRADICTED = Check("second program", "print(6 * 8)", "48", False)
