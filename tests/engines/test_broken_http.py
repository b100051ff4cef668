"""A server whose bytes are wrong at every place of HTTP and of its connections."""

from __future__ import annotations

import gzip

import pytest

from mathcli.errors import EngineError
from tests.engines.broken import (
    BROKEN,
    CHUNKED,
    END,
    FIRST,
    FOUR,
    LLAMA,
    MODELS,
    MODELS_BODY,
    NO_HTTP,
    NO_SERVER,
    NO_TALK,
    PLAIN,
    QUICK,
    REDIRECTS,
    RESET,
    RIGHT,
    SILENT,
    TOKENIZE,
    WRITE,
    listing,
    outcome,
    text,
)
from tests.servers import using
from tests.servers.raw import (
    SSE,
    Act,
    Pause,
    Script,
    answer,
    chunks,
    dripping,
    event,
    for_ever,
    head,
    in_turn,
    raw,
    says,
    stream,
)

HTTP: dict[str, tuple[dict[str, Script], str]] = {
    "HTTP/1.0": ({MODELS: says(head(status="HTTP/1.0 200 OK") + MODELS_BODY)}, RIGHT),
    "no length": ({MODELS: says(PLAIN)}, RIGHT),
    "bytes one by one": ({MODELS: says(*(bytes([one]) for one in PLAIN))}, RIGHT),
    "a hint before": ({MODELS: says(head(status="HTTP/1.1 103 Early Hints") * 3 + PLAIN)}, RIGHT),
    "hints without end": ({MODELS: for_ever(head(status="HTTP/1.1 100 Continue"))}, SILENT),
    "hints instead of a stream": ({WRITE: for_ever(head(status="HTTP/1.1 102 Wait"))}, SILENT),
    "hints drop by drop": ({WRITE: dripping(b"", head(status="HTTP/1.1 102 Wait"))}, SILENT),
    "other protocols": ({MODELS: answer({}, status="HTTP/1.1 101 Switching")}, NO_HTTP),
    "no content": ({MODELS: says(head(status="HTTP/1.1 204 None"), Act.KEEP)}, NO_SERVER),
    "part of it": ({MODELS: answer(listing(), status="HTTP/1.1 206 Part")}, RIGHT),
    "not changed": ({MODELS: says(head(status="HTTP/1.1 304 Not Modified"))}, REDIRECTS),
    "many choices": ({MODELS: answer({}, status="HTTP/1.1 300 Choose")}, REDIRECTS),
    "a redirection of a text": (
        {WRITE: answer({}, "Location: http://127.0.0.2/", status="HTTP/1.1 308 There")},
        REDIRECTS,
    ),
    "a status of letters": ({MODELS: says(head(status="HTTP/1.1 abc") + MODELS_BODY)}, NO_HTTP),
    "a status of four digits": ({MODELS: says(head(status="HTTP/1.1 2000 OK"))}, NO_HTTP),
    "another protocol": ({MODELS: says(head(status="ICY 200 OK") + MODELS_BODY)}, NO_HTTP),
    "HTTP/2": ({MODELS: says(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")}, NO_HTTP),
    "a status line without end": ({MODELS: for_ever(b"HTTP/1.1 200 " + b"O" * 65536)}, NO_HTTP),
    "another service": ({FIRST: says(b"SSH-2.0-OpenSSH_9.6\r\n", Pause(0.05))}, NO_TALK),
    "an alert of TLS": ({FIRST: says(b"\x15\x03\x01\x00\x02\x02\x46", Pause(0.05))}, NO_TALK),
    "a strange reason": ({MODELS: says(b"HTTP/1.1 200 \xff\xfe\r\n\r\n" + MODELS_BODY)}, RIGHT),
    "a huge header": ({MODELS: says(head("X: " + "x" * 1_000_000) + MODELS_BODY)}, NO_HTTP),
    "headers without end": ({MODELS: for_ever(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n")}, NO_HTTP),
    "headers drop by drop": ({MODELS: dripping(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n")}, SILENT),
    "a stream's head drop by drop": ({WRITE: dripping(b"HTTP/1.1 200 O", b"K")}, SILENT),
    "a refusal drop by drop": (
        {WRITE: dripping(head(status="HTTP/1.1 400 Bad Request"), b"x")},
        SILENT,
    ),
    "a header without a colon": ({MODELS: says(head("nonsense") + MODELS_BODY)}, NO_HTTP),
    "a NUL in a header": ({MODELS: says(head("X: a\0b") + MODELS_BODY)}, NO_HTTP),
    "a folded header": ({MODELS: says(head("X: a\r\n b") + MODELS_BODY)}, RIGHT),
    "a header of other letters": ({MODELS: says(head("X: \xe9\xff") + MODELS_BODY)}, RIGHT),
    "two lengths": (
        {MODELS: says(head("Content-Length: 5", "Content-Length: 6") + MODELS_BODY)},
        NO_HTTP,
    ),
    "a negative length": ({MODELS: says(head("Content-Length: -1") + MODELS_BODY)}, NO_HTTP),
    "a length of letters": ({MODELS: says(head("Content-Length: x") + MODELS_BODY)}, NO_HTTP),
    "a length too long": ({MODELS: says(head("Content-Length: 999") + MODELS_BODY)}, BROKEN),
    "a length too short": ({MODELS: says(head("Content-Length: 9") + MODELS_BODY)}, NO_HTTP),
    "a length beyond all": (
        {MODELS: dripping(head("Content-Length: 999999999999999999"), b" ")},
        SILENT,
    ),
    "chunks and a length": (
        {MODELS: says(CHUNKED[:-2] + b"Content-Length: 3\r\n\r\n" + chunks(MODELS_BODY))},
        NO_HTTP,  # RFC 9112, 6.3: somebody on the way may read it in the other way
    ),
    "chunks of one byte": (
        {MODELS: says(CHUNKED + chunks(*(bytes([one]) for one in MODELS_BODY)))},
        RIGHT,
    ),
    "a chunk of letters": ({MODELS: says(CHUNKED + b"xyz\r\n" + MODELS_BODY)}, NO_HTTP),
    "a chunk beyond all": ({MODELS: says(CHUNKED + b"f" * 16 + b"\r\n" + MODELS_BODY)}, BROKEN),
    "a chunk's size without end": ({MODELS: for_ever(CHUNKED, b"f" * 4096)}, NO_HTTP),
    "a chunk without its end": (
        {MODELS: says(CHUNKED + b"5\r\n" + MODELS_BODY + b"0\r\n\r\n")},
        NO_HTTP,
    ),
    "an extension without end": ({MODELS: for_ever(CHUNKED + b"5;x=", b"x" * 4096)}, SILENT),
    "trailers": (
        {MODELS: says(CHUNKED + chunks(MODELS_BODY)[:-2] + b"X: x\r\n\r\n")},
        RIGHT,
    ),
    "trailers without end": (
        {MODELS: for_ever(CHUNKED + chunks(MODELS_BODY)[:-2], b"X: x\r\n" * 1000)},
        NO_HTTP,
    ),
    "another coding": ({MODELS: says(head("Transfer-Encoding: gzip, chunked"))}, NO_HTTP),
    "gzip unasked": (
        {MODELS: answer(gzip.compress(MODELS_BODY), "Content-Encoding: gzip")},
        RIGHT,
    ),
    "half of a gzip": (
        {MODELS: answer(gzip.compress(MODELS_BODY)[:-12], "Content-Encoding: gzip")},
        NO_SERVER,
    ),
    "cookies": (
        {
            MODELS: answer(listing(), *(f"Set-Cookie: c{n}={'x' * 900}" for n in range(90))),
            WRITE: in_turn(
                *(answer({}, *(f"Set-Cookie: d{n}={'x' * 900}" for n in range(90)),
                         "Retry-After: 0", status="HTTP/1.1 503 Later"),) * 3,
                FOUR,
            ),
        },
        RIGHT,
    ),
}  # fmt: skip

CONNECTIONS: dict[str, tuple[dict[str, Script], str]] = {
    "closed before it reads": ({FIRST: says()}, BROKEN),
    "reset before it reads": ({FIRST: says(Act.RESET)}, RESET),
    "half closed before it reads": ({FIRST: says(Act.HALF, Pause(0.05))}, BROKEN),
    "it never reads": ({FIRST: says(Pause())}, SILENT),
    "reset before an answer": ({MODELS: says(Act.RESET)}, BROKEN),
    "reset in the head": ({MODELS: says(b"HTTP/1.1 200", Act.RESET)}, BROKEN),
    "reset in the body": ({MODELS: says(PLAIN[:-3], Act.RESET)}, BROKEN),
    "half closed in the body": (
        {MODELS: says(head("Content-Length: 99") + b"{", Act.HALF, Pause(0.05))},
        BROKEN,
    ),
    "half closed and whole": ({MODELS: says(PLAIN, Act.HALF, Pause(0.05))}, RIGHT),
    "reset before a stream": ({WRITE: says(Act.RESET)}, BROKEN),
    "reset in a stream": ({WRITE: says(SSE, Act.RESET)}, BROKEN),
    "reset in an event": ({WRITE: says(SSE + b"data: {", Act.RESET)}, BROKEN),
    "silence in an event": ({WRITE: says(SSE + b"data: {", Pause())}, SILENT),
    "silence after a text": (
        {WRITE: in_turn(says(SSE + event(text("4")), Pause()), stream(END))},
        RIGHT,
    ),
    "a reset, then sound": ({WRITE: in_turn(says(Act.RESET), FOUR)}, RIGHT),
    "resets in a row, then sound": (
        {FIRST: in_turn(*[says(Act.RESET)] * 3, says(Act.KEEP))},
        RIGHT,
    ),
    "closed after each answer": ({**LLAMA, TOKENIZE: answer({"tokens": [1]}, keep=False)}, RIGHT),
    "closed a little after": (
        {**LLAMA, TOKENIZE: says(head("Content-Length: 15") + b'{"tokens": [1]}', Pause(0.001))},
        RIGHT,
    ),
    "two answers to one request": (
        {MODELS: says(*[head(f"Content-Length: {len(MODELS_BODY)}") + MODELS_BODY] * 2, Act.KEEP)},
        f"4|{NO_SERVER}",  # the second may answer the next request
    ),
    "an answer before any request": (
        {FIRST: says(head(f"Content-Length: {len(MODELS_BODY)}") + MODELS_BODY, Act.KEEP)},
        "",
    ),
    "a text that ends after a token": ({WRITE: stream(text("ab"), done=False)}, "^(ab){20}$"),
    "a text that ends after half a letter": (
        {WRITE: says(SSE + event(text("4")) + 'data: {"choices": [{"text": "é'.encode()[:-1])},
        "^4{20}$",
    ),
    "a lone surrogate before the end": (
        {WRITE: in_turn(stream(text("4\ud800"), done=False), stream(END))},
        r"^4\?$",
    ),
}  # fmt: skip


def test_tls_where_there_is_none() -> None:
    refusal = says(head(status="HTTP/1.1 400 Bad Request"))
    with raw({FIRST: refusal}) as url, pytest.raises(EngineError, match="is its address http://"):
        using.run(url.replace("http:", "https:"), backoff=QUICK)


@pytest.mark.parametrize("mode", HTTP)
def test_its_http_is_wrong(mode: str) -> None:
    outcome(*HTTP[mode])


@pytest.mark.parametrize("mode", CONNECTIONS)
def test_its_connections_are_wrong(mode: str) -> None:
    outcome(*CONNECTIONS[mode])
