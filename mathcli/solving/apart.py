"""A problem in parts, for a family that was trained on problems with one answer: each part is
solved by itself, after what stands before all of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import TYPE_CHECKING, Literal

from mathcli.errors import TimeUp
from mathcli.problems import Part, Request
from mathcli.solving.answering import answer_of_parts
from mathcli.solving.options import Listener, SolveOptions
from mathcli.solving.transcript import (
    Evidence,
    PartAnswer,
    Segment,
    TokenCounts,
    Transcript,
)
from mathcli.solving.unsolved import unsolved

if TYPE_CHECKING:
    from mathcli.solving.solver import Solver

_WEAKEST: Sequence[Evidence] = ("guessed", "reasoned", "voted", "agreed", "computed", "checked")


async def solve_apart(
    solver: Solver, problem: str, request: Request, options: SolveOptions, listener: Listener
) -> Transcript:
    """Solve the parts one after the other; a part for which no time is left has no answer.

    Raises:
        As `Solver.solve` does; `TimeUp` where the first part could not begin.
    """
    began = time.perf_counter()
    solved: list[Transcript] = []
    segments: list[Segment] = []
    for part in request.parts:
        heading = Segment("text", f"**({part.label})** {part.text}\n", 0.0, 0)
        listener.delta("text", heading.text)
        listener.segment(heading)
        found = await _solved(solver, request.stem, part, options, listener, began, bool(solved))
        segments += [heading, *found.segments]
        solved.append(found)
    return _joined(problem, request, solved, segments, began)


async def _solved(
    solver: Solver,
    stem: str,
    part: Part,
    options: SolveOptions,
    listener: Listener,
    began: float,
    others: bool,
) -> Transcript:
    text = f"{stem} {part.text}".strip()
    kind: Literal["question", "proof"] = "proof" if part.proof else "question"
    left = options.timeout and options.timeout - (time.perf_counter() - began)
    own = replace(options, kind=kind, timeout=left and max(0.001, left))
    try:
        return await solver.solve(text, own, listener)
    except TimeUp:
        if not others:
            raise
        return unsolved(solver, text, own, kind=kind, finish="timeout")


def _joined(
    problem: str,
    request: Request,
    solved: Sequence[Transcript],
    segments: Sequence[Segment],
    began: float,
) -> Transcript:
    pairs = list(zip(request.parts, solved, strict=True))
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
        answer=answer_of_parts(found, request.labels),
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
        withheld=answer_of_parts(untrusted, request.labels),
        counts=counts,
        timing=replace(solved[0].timing, total_ms=round(1000 * (time.perf_counter() - began), 3)),
    )


def _part(part: Part, found: Transcript) -> PartAnswer:
    return PartAnswer(
        label=part.label,
        problem=part.text,
        answer=found.answer,
        kind="proof" if part.proof else "question",
        evidence=found.evidence if found.answer else None,
        agreement=found.agreement,
        trust=found.trust if found.answer else None,
        proof=found.proof,
        finish=found.finish,
    )
