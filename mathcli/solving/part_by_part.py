"""Solves a problem in parts for a family trained on problems with one answer: each part becomes a
problem of its own, preceded by the text that all parts share."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import astuple, replace
from typing import Literal

from mathcli.errors import TimeUp
from mathcli.problems import Part, ProblemForm
from mathcli.solving.answering import answer_of_parts
from mathcli.solving.options import Listener, SolveOptions
from mathcli.solving.resources import Resources
from mathcli.solving.transcript import (
    Evidence,
    PartAnswer,
    Segment,
    TokenCounts,
    Transcript,
)
from mathcli.solving.unsolved import unsolved

Solve = Callable[[str, SolveOptions, Listener], Awaitable[Transcript]]
"""How one problem is solved: `Solver.solve`."""

_WEAKEST: Sequence[Evidence] = ("guessed", "reasoned", "voted", "agreed", "computed", "checked")


async def solve_apart(
    solve: Solve,
    resources: Resources,
    problem: str,
    form: ProblemForm,
    options: SolveOptions,
    listener: Listener,
) -> Transcript:
    """Solve the parts one after the other; parts for which no time is left have no answer.

    Raises:
        As `solve` does; `TimeUp` where the first part could not begin.
    """
    began = time.perf_counter()
    solved: list[Transcript] = []
    segments: list[Segment] = []
    for part in form.parts:
        heading = Segment("text", f"**({part.label})** {part.text}\n", 0.0, 0)
        listener.delta("text", heading.text)
        listener.segment(heading)
        text, own = _alone(form.stem, part, options, began)
        try:
            found = await solve(text, own, listener)
        except TimeUp:
            if not solved:
                raise
            found = unsolved(resources, text, own, kind=_kind(part), finish="timeout")
        segments += [heading, *found.segments]
        solved.append(found)
    return _joined(problem, form, solved, segments, began)


def _alone(stem: str, part: Part, options: SolveOptions, began: float) -> tuple[str, SolveOptions]:
    """A part as a problem of its own, and its options with the time that is left."""
    left = options.timeout and options.timeout - (time.perf_counter() - began)
    own = replace(options, kind=_kind(part), timeout=left and max(0.001, left))
    return f"{stem} {part.text}".strip(), own


def _kind(part: Part) -> Literal["question", "proof"]:
    return "proof" if part.proof else "question"


def _joined(
    problem: str,
    form: ProblemForm,
    solved: Sequence[Transcript],
    segments: Sequence[Segment],
    began: float,
) -> Transcript:
    pairs = list(zip(form.parts, solved, strict=True))
    found = {part.label: one.answer for part, one in pairs if one.answer is not None}
    counts = TokenCounts(*map(sum, zip(*(astuple(one.counts) for one in solved), strict=True)))
    unfinished = next((one.finish for one in solved if not one.complete), None)
    untrusted = {part.label: one.withheld for part, one in pairs if one.withheld is not None}
    evidence = {one.evidence for one in solved if one.evidence is not None}
    return replace(
        solved[0],
        problem=problem,
        kind="parts",
        parts=tuple(_part(part, one) for part, one in pairs),
        proof=None,
        segments=tuple(segments),
        answer=answer_of_parts(found, form.labels),
        finish=unfinished or "answer",
        evidence=next((one for one in _WEAKEST if one in evidence), None),
        attempts=(),
        samples=(),
        votes=(),
        agreement=None,
        needs_human=any(one.needs_human for one in solved) or None,
        check=None,
        confidence=None,
        least_probability=None,
        faithfulness=None,
        trust=min(one.trust or 0.0 for one in solved if one.withheld) if untrusted else None,
        trust_basis=None,
        withheld=answer_of_parts(untrusted, form.labels),
        counts=counts,
        timing=replace(solved[0].timing, total_ms=round(1000 * (time.perf_counter() - began), 3)),
    )


def _part(part: Part, found: Transcript) -> PartAnswer:
    return PartAnswer(
        label=part.label,
        problem=part.text,
        answer=found.answer,
        kind=_kind(part),
        evidence=found.evidence if found.answer else None,
        agreement=found.agreement,
        trust=found.trust if found.answer else None,
        proof=found.proof,
        finish=found.finish,
    )
