"""Recorded programs, run again under confinement: do they still print what they printed?"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from mathcli.evaluation.results import samples_of
from mathcli.models import Card
from mathcli.sandbox import Execution, Executor, Semantics, feedback
from mathcli.solving.calls import recorded_program
from mathcli.solving.program_runs import ProgramRunner

Outcome = Literal["same", "differs", "raised", "timed_out", "stopped", "unrecorded"]
_SHOWN = 400  # characters of an output that are kept


@dataclass(frozen=True)
class Rerun:
    """One program that ran again.

    `outcome` is `same` where its output is the recorded one, even if that is an error. Else:
    `raised` an exception, `timed_out`, was `stopped` by another limit, or ran to its end and
    `differs`, or there is no recorded output to compare with.
    """

    outcome: Outcome
    recorded: str | None
    now: str
    seconds: float


@dataclass
class Tallied:
    """How many programs had each outcome, and the first ones whose output was not the same."""

    programs: int = 0
    same: int = 0
    differs: int = 0
    raised: int = 0
    timed_out: int = 0
    stopped: int = 0
    unrecorded: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, one: Rerun) -> None:
        """Count one more program.

        Args:
            name: of the problem, for the examples.
        """
        self.programs += 1
        setattr(self, one.outcome, getattr(self, one.outcome) + 1)
        if one.outcome not in ("same", "unrecorded") and len(self.examples) < 10:
            self.examples.append({"id": name, **asdict(one)})

    def record(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return asdict(self)


async def rerun(
    records: Iterable[Mapping[str, Any]], executor: Executor, card: Card
) -> AsyncIterator[tuple[Mapping[str, Any], list[list[Rerun]]]]:
    """Each record with its programs run again, sample by sample, in the order of the records.

    Args:
        card: how a program is run, and how its output was shown to the model.

    Raises:
        SandboxError: programs cannot be confined.
    """
    runner = ProgramRunner(executor, card)

    async def one(record: Mapping[str, Any]) -> list[list[Rerun]]:
        return [await _sample(sample, runner, card) for sample in samples_of(record)]

    running: deque[tuple[Mapping[str, Any], asyncio.Task[list[list[Rerun]]]]] = deque()
    try:
        for record in records:
            running.append((record, asyncio.create_task(one(record))))
            if len(running) >= 2 * executor.workers:
                first, task = running[0]
                yield first, await task
                running.popleft()
        while running:
            first, task = running[0]
            yield first, await task
            running.popleft()
    finally:
        for _, task in running:
            task.cancel()


async def _sample(sample: Mapping[str, Any], runner: ProgramRunner, card: Card) -> list[Rerun]:
    """One sample's programs, one after the other: a later one may need the earlier."""
    ran: list[Execution] = []
    reruns = []
    for program, recorded in _programs(sample.get("segments", ())):
        text = recorded_program(program, card.code)
        if text is None:
            continue
        done = await runner.run(text, ran)
        ran.append(done)
        reruns.append(_compared(done, recorded, runner.semantics))
    return reruns


def _programs(segments: Sequence[Mapping[str, Any]]) -> list[tuple[str, str | None]]:
    """Every program, and the output that is recorded right after it."""
    following = [*segments[1:], {}]
    return [
        (str(one["text"]), str(two["text"]) if two.get("kind") == "output" else None)
        for one, two in zip(segments, following, strict=True)
        if one.get("kind") == "code"
    ]


def _compared(done: Execution, recorded: str | None, semantics: Semantics) -> Rerun:
    now = feedback(done, semantics)
    if recorded is not None and _bare(now) == _bare(recorded):
        outcome: Outcome = "same"
    elif done.stopped_by in ("time", "cpu"):
        outcome = "timed_out"
    elif done.status == "stopped":
        outcome = "stopped"
    elif done.status == "raised":
        outcome = "raised"
    else:
        outcome = "unrecorded" if recorded is None else "differs"
    kept = None if recorded is None else recorded[:_SHOWN]
    return Rerun(outcome, kept, now[:_SHOWN], round(done.seconds, 3))


def _bare(text: str) -> str:
    """A text without spaces at the ends of its lines: they are invisible, and files lose them."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
