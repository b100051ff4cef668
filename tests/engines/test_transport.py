"""HTTP to a server: proxies of the environment, and connections that break beside a request."""

from __future__ import annotations

import asyncio
import gc
import logging
import os

import pytest

from mathcli.engines.connection import ServerConnection
from mathcli.engines.retries import Unavailable
from mathcli.errors import EngineError, UsageError
from tests.servers.raw import Act, Pause, answer, event, head, raw, says

CHUNKED = head("Content-Type: text/event-stream", "Transfer-Encoding: chunked")
EVENT = event({"choices": [{"text": "4"}]})


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


async def first_words(url: str) -> str:
    connection = ServerConnection(url)
    try:
        found = await connection.get("/v1/models")
        return str(found and found["who"])
    finally:
        await connection.close()


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_proxy_of_the_environment_is_used_for_other_machines(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    # A proxy is asked for a whole address, so that its path is the server's and its own.
    with raw({"http://gpu.example/v1/models": answer({"who": "proxy"})}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.removeprefix(scheme))
        assert asyncio.run(first_words("http://gpu.example")) == "proxy"


@pytest.mark.parametrize("exempt", [{}, {"NO_PROXY": "*"}])
def test_a_proxy_has_no_business_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, exempt: dict[str, str]
) -> None:
    with raw({"/v1/models": answer({"who": "server"})}) as url:
        for name, value in {"ALL_PROXY": "http://127.0.0.1:1", **exempt}.items():
            monkeypatch.setenv(name, value)
        assert asyncio.run(first_words(url)) == "server"


def test_a_proxy_of_another_kind_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    with pytest.raises(UsageError, match="not supported: socks5"):
        asyncio.run(first_words("http://gpu.example"))


def test_bytes_in_the_middle_of_a_stream_that_are_no_http() -> None:
    """It is said at once, not when the silence has lasted."""

    async def read(url: str) -> None:
        connection = ServerConnection(url, silence=60.0)
        try:
            async with connection.events("/v1/completions", {}) as events:
                async for _ in events:
                    pass
        finally:
            await connection.close()

    chunk = b"%x\r\n%s\r\n" % (len(EVENT), EVENT)
    script = says(CHUNKED + chunk, Pause(0.1), b"no chunk\r\n", Pause())
    with raw({"/v1/completions": script}) as url, pytest.raises(Unavailable, match="no HTTP"):
        asyncio.run(asyncio.wait_for(read(url), 10))


def test_an_idle_connection_that_is_reset_is_nothing_to_tell(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def ask_and_wait(url: str) -> None:
        connection = ServerConnection(url)
        await connection.get("/v1/models")
        await asyncio.sleep(0.2)  # it is reset meanwhile
        assert await connection.get("/v1/models") == {"who": "server"}
        await connection.close()
        gc.collect()

    # In two parts, so that the connection is known while the second is waited for.
    parts = head("Content-Length: 17"), Pause(0.02), b'{"who": "server"}'
    with raw({"/v1/models": says(*parts, Pause(0.05), Act.RESET)}) as url:
        asyncio.run(ask_and_wait(url))
        gc.collect()
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


def test_events_that_are_there_come_together() -> None:
    async def read(url: str) -> list[int]:
        connection = ServerConnection(url)
        try:
            async with connection.events("/v1/completions", {}) as events:
                return [len(some) async for some in events]
        finally:
            await connection.close()

    stream = head("Content-Type: text/event-stream") + EVENT * 5 + event("[DONE]")
    with raw({"/v1/completions": says(stream)}) as url:
        assert asyncio.run(read(url)) == [5]


def test_events_before_an_error_in_the_same_part_are_not_lost() -> None:
    seen: list[int] = []

    async def read(url: str) -> None:
        connection = ServerConnection(url)
        try:
            async with connection.events("/v1/completions", {}) as events:
                async for some in events:
                    seen.append(len(some))
        finally:
            await connection.close()

    stream = head("Content-Type: text/event-stream") + EVENT * 2 + event({"error": "no memory"})
    with (
        raw({"/v1/completions": says(stream)}) as url,
        pytest.raises(EngineError, match="no memory"),
    ):
        asyncio.run(read(url))
    assert seen == [2]
