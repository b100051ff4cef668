"""A server of vLLM's shape that writes the same two texts for every problem, as fast as it is told:
a program, and after its output, or where it is asked to reason in words, a sentence.

    python -m tests.servers.fast PORT TOKENS_PER_SECOND [TOKENS]

It stands in for a large cluster, to see what a client costs: all streams share the rate evenly, a
token is an event, as vLLM sends them, and nothing is computed. Each of the texts has so many TOKENS
of words before it (by default none).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

PROGRAM = [
    "Add", " the", " two", " numbers", ".\n", "```", "python\n", "from", " sym", "py", " import",
    " *\n", "a", ",", " b", " =", " ", "3", ",", " ", "4", "\n", "print", "(", "a", " +", " b",
    ")\n", "```", "output",
]  # fmt: skip
ANSWER = ["\n", "The", " sum", " of", " the", " two", " numbers", " is", " \\", "boxed", "{", "7",
          "}", "."]  # fmt: skip
_STEP = 0.005  # seconds between two decodings


def words(count: int) -> list[str]:
    """Tokens of words that never repeat themselves, as no endless loop does."""
    return [f" {number}" if number % 2 else ", then" for number in range(1, count + 1)]


def events(tokens: list[str], stop: str | None) -> list[bytes]:
    """The chunks of an answer's stream, in the shape of vLLM 0.32."""
    chunks = []
    for number, text in enumerate(tokens, 1):
        last = number == len(tokens)
        choice = {
            "index": 0, "text": text, "logprobs": _logprobs(text),
            "finish_reason": "stop" if last else None, "stop_reason": stop if last else None,
            "prompt_token_ids": None, "token_ids": None,
        }  # fmt: skip
        if last and stop is not None:
            choice["text"] = ""
        chunks.append(_event({"choices": [choice], "usage": _usage(number)}))
    details = {"prompt_tokens_details": {"cached_tokens": 16}}
    rest = _event({"choices": [], "usage": _usage(len(tokens)) | details})
    chunks[-1] += rest + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"
    return chunks


def _logprobs(text: str) -> dict[str, Any]:
    """Always, as if they were asked for: mathcli does."""
    likely = {"token_logprobs": [-0.125], "top_logprobs": [{text: -0.125}]}
    return {"text_offset": [0], "tokens": [text], **likely}


def _usage(written: int) -> dict[str, Any]:
    return {"prompt_tokens": 40, "total_tokens": 40 + written, "completion_tokens": written}


def _event(more: dict[str, Any]) -> bytes:
    about = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "nano"}
    return _chunk(b"data: " + json.dumps({**about, **more}).encode() + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


_program, _answer = events(PROGRAM, "```output"), events(ANSWER, None)
_MODEL = {
    "id": "nano",
    "object": "model",
    "owned_by": "vllm",
    "root": "nano",
    "max_model_len": 4096,
}
_PLAIN = {
    "/v1/models": {"object": "list", "data": [_MODEL]},
    "/version": {"version": "0.32.0"},
    "/tokenize": {
        "count": 20,
        "max_model_len": 4096,
        "tokens": list(range(20)),
        "token_strs": None,
    },
}
_STREAM = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)

_streams: dict[asyncio.Transport, Iterator[bytes]] = {}


class Client(asyncio.Protocol):
    """One connection; requests come one after another."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.data = transport, b""

    def connection_lost(self, _: Exception | None) -> None:
        _streams.pop(self.transport, None)

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, found, rest = self.data.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line[15:])
        if len(rest) < length:
            return
        self.data = rest[length:]
        path = head.split(b" ", 2)[1].decode()
        if path == "/v1/completions":
            self.transport.write(_STREAM)
            in_words = b"step by step" in rest[:length] or b"```output\\n" in rest[:length]
            _streams[self.transport] = iter(_answer if in_words else _program)
            return
        body = json.dumps(_PLAIN.get(path, {})).encode()
        status = b"200 OK" if path in _PLAIN else b"404 Not Found"
        self.transport.write(
            b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )


async def decode(rate: float) -> None:
    """Give every stream a token in turn, as many a second as the rate allows."""
    allowed, before = 0.0, time.monotonic()
    while True:
        await asyncio.sleep(_STEP)
        now = time.monotonic()
        allowed = min(allowed + rate * (now - before), rate * 0.1)  # what nobody wanted is gone
        before = now
        while allowed >= 1 and _streams:
            for transport in list(_streams):
                if allowed < 1:
                    break
                allowed -= 1
                stream = _streams.pop(transport)  # back to the end of the queue
                chunk = next(stream, None)
                if chunk is not None:
                    transport.write(chunk)
                    _streams[transport] = stream


async def main(port: int, rate: float) -> None:
    server = await asyncio.get_running_loop().create_server(Client, "127.0.0.1", port)
    async with server:
        await decode(rate)


if __name__ == "__main__":
    port, rate, *more = sys.argv[1:]
    before = words(int(more[0]) if more else 0)
    _program, _answer = events(before + PROGRAM, "```output"), events(before + ANSWER, None)
    asyncio.run(main(int(port), float(rate)))
