"""Recorded programs in the real executor."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mathcli.evaluation.rerun import Rerun, Tallied, rerun
from mathcli.models import Card, card_named
from mathcli.sandbox import Executor
from tests.evaluation.samples import record, sample


def again(card: Card, *records: dict[str, Any]) -> list[list[list[Rerun]]]:
    async def run() -> list[list[list[Rerun]]]:
        async with Executor(workers=2) as executor:
            return [found async for _, found in rerun(records, executor, card)]

    return asyncio.run(run())


def wrote(*pairs: tuple[str, str | None]) -> list[dict[str, Any]]:
    segments: list[dict[str, Any]] = []
    for program, output in pairs:
        segments.append({"kind": "code", "text": program})
        if output is not None:
            segments.append({"kind": "output", "text": output})
    return segments


def test_every_way_to_come_out() -> None:
    tora = card_named("tora").replace(program_seconds=2.0)
    programs = wrote(
        ("print(6 * 7)", "42  \n"),
        ("print(6 * 7)", "41"),
        ("print(x)", "NameError: name 'x' is not defined"),
        ("print(x)", "5"),
        ("while True: pass", "1"),
        ("while True: pass", "Timeout Error"),
        ("import os; os.fork()", "1"),
        ("print(1)", None),
    )
    one = record("1", "1", segments=programs)
    ((found,),) = again(tora, one)
    outcomes = [run.outcome for run in found]
    assert outcomes[:6] == ["same", "differs", "same", "raised", "timed_out", "same"]
    assert outcomes[6] in ("stopped", "raised")
    assert outcomes[7] == "unrecorded"
    tallied = Tallied()
    for run in found:
        tallied.add("a", run)
    counted = tallied.record()
    assert counted["programs"] == 8
    assert counted["same"] == 3
    assert sum(counted[name] for name in ("differs", "raised", "timed_out", "stopped")) == 4
    assert len(counted["examples"]) == 4


@pytest.mark.parametrize(
    ("card", "outcome"), [("tora", "raised"), ("openmath1", "same"), ("deepseek-math", "same")]
)
def test_what_running_means_is_the_cards(card: str, outcome: str) -> None:
    programs = wrote(("y = 4", None), ("print(y + 1)", "5"))
    ((found,),) = again(card_named(card), record("1", "1", segments=programs))
    assert found[1].outcome == outcome


def test_samples_come_in_order() -> None:
    many = [
        record("1", "1", index=n, samples=[
            sample("1", segments=wrote((f"print({n})", str(n)))),
            sample("1", segments=wrote((f"print({n})", "x"))),
        ])
        for n in range(12)
    ]  # fmt: skip
    found = again(card_named("tora"), *many)
    assert [[[run.outcome for run in one] for one in samples] for samples in found] == [
        [["same"], ["differs"]]
    ] * 12
    assert [samples[0][0].now for samples in found] == [str(n) for n in range(12)]
