"""A sequence that is made again goes on as it would have gone."""

from __future__ import annotations

import asyncio

import pytest

from mathcli.engines import Piece, Sampling
from mathcli.engines.llamacpp import LlamaEngine
from mathcli.engines.local_sequence import sequence_of
from mathcli.engines.past import Generated, Past

PROMPT = [Piece("<|user|>\n", markup=True), Piece("What is 3 + 4?"), Piece("\n", markup=True)]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_it_has_the_same_tokens_counts_and_draws(nano: LlamaEngine, temperature: float) -> None:
    sampling = Sampling(temperature=temperature, seed=5)

    async def both() -> None:
        first = await nano.open(PROMPT, sampling)
        base = len(first.tokens)
        wrote = await first.generate(max_tokens=12, stop=("\n",), keep_stop=False)
        past = Past(PROMPT, sampling, [Generated(tuple(first.tokens[base:]), wrote.text)])
        past.randoms = first.randoms
        added = [Piece("\nSo")]
        await first.append(added)
        past.steps.append(added)
        again = sequence_of(nano, past)
        assert (again.tokens, again.text) == (first.tokens, first.text)
        assert (again.counts.prompt, again.counts.generated, again.counts.length) == (
            first.counts.prompt, first.counts.generated, first.counts.length,
        )  # fmt: skip
        base = len(first.tokens)
        whole = await first.generate(max_tokens=20)
        same = await again.generate(max_tokens=20)
        assert (same.text, same.finish, same.tokens) == (whole.text, whole.finish, whole.tokens)
        past.begun = first.tokens[base : base + 7]
        resumed = sequence_of(nano, past)
        rest = await resumed.generate(max_tokens=20)
        assert (rest.text, rest.finish, rest.tokens) == (whole.text, whole.finish, whole.tokens)
        for one in (first, again, resumed):
            await one.close()

    asyncio.run(both())


def test_what_was_drawn_already_is_written_whatever_the_draws_are(nano: LlamaEngine) -> None:
    async def go() -> tuple[str, str]:
        sequence = await nano.open(PROMPT, Sampling())
        base = len(sequence.tokens)
        await sequence.append("a most unlikely text")
        ids = sequence.tokens[base:]
        text = sequence.text
        await sequence.close()
        again = sequence_of(nano, Past(PROMPT, Sampling(), begun=ids))
        told: list[str] = []
        steps = nano.scheduler.steps
        wrote = await again.generate(max_tokens=len(ids), on_text=told.append)
        await again.close()
        assert "".join(told) == wrote.text
        assert nano.scheduler.steps - steps <= 3  # not one after the other
        return text, wrote.text

    text, wrote = asyncio.run(go())
    assert wrote == text
