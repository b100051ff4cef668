from __future__ import annotations

import asyncio
import time

import pytest

from mathcli.engines.retries import Attempts, Backoff, Unavailable
from mathcli.errors import EngineError


def test_waits_double_up_to_the_longest_and_are_jittered() -> None:
    backoff = Backoff(first=0.5, longest=10)
    for failures, step in ((1, 0.5), (2, 1), (3, 2), (5, 8), (6, 10), (500, 10)):
        waits = {backoff.delay(failures) for _ in range(200)}
        assert all(step / 2 <= wait <= step for wait in waits)
        assert len(waits) > 100


def wait_until_given_up(backoff: Backoff, trouble: Unavailable) -> EngineError:
    async def go() -> None:
        attempts = Attempts("http://here", backoff)
        while True:
            await attempts.wait(trouble)

    with pytest.raises(EngineError) as caught:
        asyncio.run(go())
    return caught.value


def test_patience_ends_with_the_reason_and_the_next_step() -> None:
    backoff = Backoff(patience=0.2, first=0.02, longest=0.05)
    error = wait_until_given_up(backoff, Unavailable("connection refused"))
    assert "http://here does not answer: connection refused (tried " in error.message
    assert error.hint is not None
    assert "resumes where it stopped" in error.hint
    assert error.exit_code == 5


def test_without_patience_the_first_failure_is_the_last() -> None:
    error = wait_until_given_up(Backoff(patience=0), Unavailable("busy"))
    assert "tried once" in error.message


def test_a_server_that_asks_for_more_time_than_there_is_gets_none() -> None:
    began = time.monotonic()
    error = wait_until_given_up(Backoff(patience=60), Unavailable("busy", after=3600))
    assert "it asks to wait 3600 s" in error.message
    assert time.monotonic() - began < 30


def test_an_answer_makes_patience_begin_anew() -> None:
    async def go() -> None:
        attempts = Attempts("http://here", Backoff(patience=0.01, first=0.02, longest=0.02))
        for _ in range(5):
            await attempts.wait(Unavailable("busy"))
            attempts.succeeded()

    asyncio.run(go())
