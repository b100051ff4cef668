"""Many problems at once: what happens to one does not happen to the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from mathcli.batches import BatchRunner, Outcome, Problem
from mathcli.engines import Piece, Sampling
from mathcli.errors import ContextFull
from mathcli.models import card_named
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver
from tests.scripted import ScriptedEngine, ScriptedSequence

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "nano")


class Awkward(ScriptedEngine):
    """Takes no problem that is `long`, and never begins with one that is `slow`."""

    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> ScriptedSequence:
        text = "".join(piece.text for piece in prompt)
        if "long" in text:
            raise ContextFull("too long")
        if "slow" in text:
            await asyncio.Event().wait()
        self.script = ["\\boxed{1}"]
        return await super().open(prompt, sampling)


def solved(texts: Sequence[str], *, width: int, timeout: float | None) -> list[Outcome]:
    problems = [Problem(at, at, str(at), text, None, None, {}) for at, text in enumerate(texts)]

    async def stream() -> AsyncIterator[Problem]:
        for problem in problems:
            yield problem

    async def run() -> list[Outcome]:
        async with Executor(workers=1) as executor:
            solver = Solver(Awkward(), executor, card_named("nano"), MODEL)
            runner = BatchRunner(solver, SolveOptions(timeout=timeout), width=width)
            return [outcome async for outcome in runner.outcomes(stream())]

    return sorted(asyncio.run(run()), key=lambda outcome: outcome.problem.index)


def test_a_problem_without_time_or_room_is_its_own_error() -> None:
    found = solved(["fine", "long", "slow", "fine"], width=2, timeout=0.2)
    assert [outcome.answer for outcome in found] == ["1", "", "", "1"]
    codes = [outcome.error.code if outcome.error else None for outcome in found]
    assert codes == [None, "context", "timeout", None]
    assert found[2].record()["error"]["code"] == "timeout"


def test_what_is_no_problem_is_not_solved_and_parts_are_one_line() -> None:
    found = solved(["hello", "Prove that 2 is prime.", "(a) What is 1? (b) What is 1+0?"], width=1,
                   timeout=None)  # fmt: skip
    kinds = [outcome.record()["kind"] for outcome in found]
    assert kinds == ["none", "proof", "parts"]
    assert [outcome.answer for outcome in found] == ["", "", "a: 1; b: 1"]
    assert found[0].record()["counts"]["generated_tokens"] == 0
