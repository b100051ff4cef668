"""Runs a transcript's programs again and compares the results with the recorded ones."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mathcli.models import Card, card_named
from mathcli.sandbox import Execution, Executor, feedback
from mathcli.solving.answering import answer_in, answers_to_parts
from mathcli.solving.program_runs import ProgramRunner
from mathcli.solving.transcript import AnswerInfo, Check, Segment, Transcript

if TYPE_CHECKING:
    from mathcli.answers import Grader
from mathcli.answers.keys import judged


@dataclass(frozen=True)
class ReplayDifference:
    """A difference: `what` differs, its `recorded` value, and its value `now`."""

    what: str
    recorded: str
    now: str


@dataclass(frozen=True)
class Replay:
    """The result of a replay: how many programs ran again, and the differences."""

    id: str
    programs: int
    answer: str | None
    differences: tuple[ReplayDifference, ...]

    @property
    def stands(self) -> bool:
        """Is everything as recorded?"""
        return not self.differences


async def replay(
    transcript: Transcript,
    executor: Executor,
    grader: Grader,
    expect: Mapping[str, Any] | None = None,
) -> Replay:
    """Run the programs of a transcript again, compare outputs, and grade its answer again.

    Args:
        executor: runs the programs, with the semantics of the transcript's card.
        expect: the `expect` object of a record: the expected answer, and the recorded verdict.

    Raises:
        ModelError: there is no card with the transcript's card name.
        SandboxError: programs cannot be confined.
    """
    card = card_named(transcript.model.card)
    executions, differences = await _run(transcript.segments, executor, card)
    programs = len(executions)
    for name, segments in _beside(transcript):
        more, different = await _run(segments, executor, card, f"{name}, ")
        programs += len(more)
        differences += different
    if transcript.check is not None and transcript.check.program:
        programs += 1
        differences += await _check(transcript.check, executor, card)
    said = transcript.answer.text if transcript.answer else None
    if not transcript.votes:  # a vote's answer may be another sample's wording
        differences += await asyncio.to_thread(_answer, transcript, card, executions, grader)
    if expect is not None and said is not None:
        differences += await asyncio.to_thread(_verdict, said, expect, grader)
    return Replay(transcript.id, programs, said, tuple(differences))


def _beside(transcript: Transcript) -> Iterator[tuple[str, Sequence[Segment]]]:
    """The solutions other than the chosen one, which is itself among the samples."""
    for name, solutions in (("sample", transcript.samples), ("attempt", transcript.attempts)):
        for number, solution in enumerate(solutions, 1):
            if solution.segments != transcript.segments:
                yield f"{name} {number}", solution.segments


async def _check(check: Check, executor: Executor, card: Card) -> list[ReplayDifference]:
    """Compare the output of a check's program; not possible if it continues other programs."""
    runner = ProgramRunner(executor, card)
    if check.kind == "substitution":  # it was made here, and is run as it is
        execution = await executor.run(check.program)
    elif runner.semantics.earlier == "ignored":
        execution = await runner.run(check.program, ())
    else:
        return []
    now = (execution.stdout or execution.value or execution.error or "").strip()
    return [] if now == check.output else [ReplayDifference("check", check.output, now)]


async def _run(
    segments: Sequence[Segment], executor: Executor, card: Card, name: str = ""
) -> tuple[list[Execution], list[ReplayDifference]]:
    runner = ProgramRunner(executor, card)
    executions: list[Execution] = []
    differences: list[ReplayDifference] = []
    for program, output in _programs(segments):
        execution = await runner.run(program, executions)
        executions.append(execution)
        shown = feedback(execution, runner.semantics)
        if shown != output.text:
            differences.append(
                ReplayDifference(f"{name}output {len(executions)}", output.text, shown)
            )
    return executions, differences


def _programs(segments: Sequence[Segment]) -> list[tuple[str, Segment]]:
    """Every program that ran, with its output."""
    pairs = itertools.pairwise(segments)
    return [(one.text, two) for one, two in pairs if (one.kind, two.kind) == ("code", "output")]


def _answer(
    transcript: Transcript, card: Card, executions: list[Execution], grader: Grader
) -> list[ReplayDifference]:
    """Compare the answer with the one read from the words and the new outputs."""
    if transcript.kind in ("proof", "none") or transcript.withheld is not None:
        return []
    if transcript.kind == "parts":
        return _part_answers(transcript, card, executions, grader)
    found = answer_in(
        transcript.segments,
        executions,
        method=transcript.chose or transcript.method,
        ended=transcript.finish in ("answer", "no_answer"),
        convention=card.answer,
    )
    return _different("answer", transcript.answer, found.text if found else None, grader)


def _part_answers(
    transcript: Transcript, card: Card, executions: list[Execution], grader: Grader
) -> list[ReplayDifference]:
    """Compare the answer to each part, for a solution that gives them all. Parts that were solved
    separately have no common solution to read them from."""
    asked = [part.label for part in transcript.parts if part.kind != "proof"]
    if any(part.finish is not None for part in transcript.parts):
        return []
    found = answers_to_parts(
        transcript.segments, executions, asked,
        ended=transcript.finish in ("answer", "no_answer"), convention=card.answer,
    )  # fmt: skip
    said = {label: answer.text for label, answer in found.items()}
    return [
        difference
        for part in transcript.parts
        if part.label in asked
        for difference in _different(
            f"answer ({part.label})", part.answer, said.get(part.label), grader
        )
    ]


def _equal(grader: Grader, now: str, recorded: str) -> bool:
    return grader.compare(now, recorded).verdict.value == "correct"


def _different(
    what: str, before: AnswerInfo | None, now: str | None, grader: Grader
) -> list[ReplayDifference]:
    """The difference between two answers, if any."""
    recorded = before.text if before else None
    if now == recorded or (now and recorded and _equal(grader, now, recorded)):
        return []
    return [ReplayDifference(what, recorded or "none", now or "none")]


def _verdict(answer: str, expect: Mapping[str, Any], grader: Grader) -> list[ReplayDifference]:
    recorded = str(expect.get("verdict", ""))
    now = judged(answer, str(expect.get("expected", "")), grader).verdict.value
    return [] if now == recorded else [ReplayDifference("verdict", recorded, now)]
