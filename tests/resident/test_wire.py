"""Frames: whatever is sent comes back, whatever else comes is refused or the end."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.engines import Completion, Counts, Piece, Sampling, Token
from mathcli.engines.past import Generated, Past
from mathcli.errors import ContextFull, EngineError, SandboxError
from mathcli.resident import messages, wire
from mathcli.resident.identity import About, EngineIdentity
from mathcli.sandbox import Execution, Limits, Semantics

TEXTS = st.text(max_size=30)
NUMBERS = st.integers(-(2**60), 2**60)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
PIECES = st.lists(st.builds(Piece, TEXTS, st.booleans()), max_size=4)
IDS = st.lists(st.integers(0, 300_000), max_size=6)


def read_all(data: bytes, most: int = 1 << 16) -> list[Any]:
    """Every message of a stream that ends; a broken one as the last."""

    async def go() -> list[Any]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        found: list[Any] = []
        try:
            while (message := await wire.read(reader, most)) is not None:
                found.append(message)
        except wire.Broken as error:
            found.append(error)
        return found

    return asyncio.run(go())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(TEXTS, VALUES, max_size=4), max_size=4))
def test_messages_come_as_they_were_sent(sent: list[dict[str, Any]]) -> None:
    assert read_all(b"".join(wire.frame(one) for one in sent)) == sent


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=3), st.data())
def test_a_stream_that_ends_within_a_frame_ends(sent: dict[str, Any], data: st.DataObject) -> None:
    whole = wire.frame(sent)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert read_all(whole + whole[:cut]) == [sent]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_messages_or_refused(data: bytes) -> None:
    for found in read_all(data):
        assert isinstance(found, (dict, wire.Broken))


@pytest.mark.parametrize(
    "body", [b"[1]", b"{", b"\xff", b'{"a": NaN}', b"[" * 5000, b'{"a":' * 500 + b"1" + b"}" * 500]
)
def test_what_is_no_object_is_refused(body: bytes) -> None:
    assert isinstance(read_all(len(body).to_bytes(4, "big") + body)[0], wire.Broken)


def test_a_length_beyond_the_bound_is_refused_before_anything_is_read() -> None:
    assert isinstance(read_all((1 << 20).to_bytes(4, "big"))[0], wire.Broken)
    with pytest.raises(wire.Broken):
        wire.frame({"a": "x" * wire.LONGEST})


# -- what they hold --------------------------------------------------------------------------


def sent(value: Any) -> Any:
    """A value as the other side gets it."""
    [message] = read_all(wire.frame({"value": value}))
    return message["value"]


SAMPLINGS = st.builds(
    Sampling, st.floats(0, 3), st.floats(0.01, 1), st.integers(0, 100), st.floats(0, 1),
    st.floats(0.5, 2), st.integers(0, 2**63),
)  # fmt: skip


STEPS = st.lists(st.builds(Generated, IDS.map(tuple), TEXTS) | PIECES, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.builds(Past, PIECES, SAMPLINGS, STEPS, st.integers(0, 1000), IDS))
def test_a_past_arrives_whole(past: Past) -> None:
    assert messages.past(sent(messages.from_past(past))) == past


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(Token, st.binary(max_size=4), st.floats(0, 1)), max_size=4), TEXTS)
def test_a_completion_arrives_whole(drawn: list[Token], text: str) -> None:
    completion = Completion(text, "stop", "\n", 7, 12.5, 3.25, tuple(drawn))
    assert messages.completion(sent(messages.from_completion(completion))) == completion


def test_programs_executions_and_counts_arrive_whole() -> None:
    asked = ("print(1)", ["x = 1"], Semantics(limit=None, stderr=True), Limits(wall_seconds=2))
    assert messages.program(sent(messages.from_program(*asked))) == asked
    execution = Execution("print(1)", "stopped", "1\n", None, "E: \x00é", 1, 5, "time", False)
    assert messages.execution(sent(vars(execution))) == execution
    counts = Counts(1, 2, 3, 4)
    assert messages.counts(sent(messages.from_counts(counts))) == counts


@pytest.mark.parametrize(
    "error",
    [ContextFull("long", "shorten"), EngineError("no"), SandboxError("no", "yes"), ValueError("v")],
)
def test_errors_keep_their_kind_words_and_hint(error: Exception) -> None:
    found = messages.error(sent(messages.from_error(error)))
    assert type(found) is type(error)
    assert str(found) == str(error)
    assert getattr(found, "hint", None) == getattr(error, "hint", None)


READERS = [
    messages.past, messages.pieces, messages.sampling, messages.completion, messages.counts,
    messages.program, messages.execution, messages.ids, EngineIdentity.read, About.read,
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(READERS), st.dictionaries(TEXTS, VALUES, max_size=3) | VALUES)
def test_nothing_that_is_wrong_gets_further_than_a_value_error(reader: Any, value: Any) -> None:
    if reader in (messages.past, messages.program) and not isinstance(value, dict):
        return  # they are given messages
    with contextlib.suppress(ValueError):
        reader(value)


@pytest.mark.parametrize("field", [one.name for one in fields(Sampling)])
def test_a_field_of_another_kind_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        messages.sampling({field: "1"})
