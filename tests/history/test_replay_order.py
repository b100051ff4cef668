"""Recorded programs, replayed in any order and beside any others, print what they printed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

from mathcli.answers import Grader
from mathcli.cli.commands.replay import _in_order, _TranscriptToReplay
from mathcli.models import card_named
from mathcli.sandbox import Executor, Limits, feedback
from mathcli.solving.program_runs import ProgramRunner
from mathcli.solving.transcript import Segment, Transcript
from tests.rendering.samples import sample
from tests.sandbox.test_alike import ATTRIBUTES, STATE, generated

PATIENT = Limits(wall_seconds=120, cpu_seconds=120)


def recorded(programs: list[str]) -> list[Transcript]:
    """A transcript for each, as a solution records them."""

    async def one(number: int, executor: Executor) -> Transcript:
        runner = ProgramRunner(executor, card_named(sample().model.card))
        shown = feedback(await runner.run(programs[number], []), runner.semantics)
        segments = (Segment("code", programs[number], 0.1, 9), Segment("output", shown, 0.2, 0))
        return replace(sample(), id=str(number), segments=segments)

    async def all_of_them() -> list[Transcript]:
        async with Executor(workers=2, limits=PATIENT) as executor:
            return [*await asyncio.gather(*[one(i, executor) for i in range(len(programs))])]

    return asyncio.run(all_of_them())


def outputs_that_differ(transcripts: list[Transcript]) -> list[tuple[str, str, str]]:
    """What `mathcli replay` would say of outputs."""

    async def all_of_them() -> list[tuple[str, str, str]]:
        async with Executor(workers=2, limits=PATIENT) as executor:
            with Grader() as grader:
                given = [_TranscriptToReplay(one, None) for one in transcripts]
                return [
                    (done.id, difference.recorded, difference.now)
                    async for done in _in_order(given, executor, grader)
                    for difference in done.differences
                    if difference.what.startswith("output")
                ]

    return asyncio.run(all_of_them())


def check(count: int, seed: int) -> None:
    """Record, shuffle, replay."""
    programs = [*ATTRIBUTES, *STATE, *generated(seed=seed, count=count)][:count]
    transcripts = recorded(programs)
    random.Random(seed).shuffle(transcripts)
    assert outputs_that_differ(transcripts) == []


def test_in_any_order() -> None:
    check(40, seed=7)
