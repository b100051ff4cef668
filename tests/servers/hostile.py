"""A server on loopback that sends what it is told, down to the bytes: nothing of it is true."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from typing import Any

Chunks = Iterator[bytes]
Answer = Callable[[], tuple[int, Mapping[str, str], Chunks]]


def plain(value: Any, status: int = 200, **headers: str) -> Answer:
    """JSON, or a text or bytes as they are."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return lambda: (status, headers, iter([data]))


def endless(*chunks: bytes, status: int = 200, **headers: str) -> Answer:
    """The first chunks once, the last for ever."""

    def sent() -> Chunks:
        yield from chunks[:-1]
        yield from repeat(chunks[-1])

    return lambda: (status, headers, sent())


def slow(chunk: bytes, pause: float, status: int = 200, **headers: str) -> Answer:
    """A chunk now and then, for ever; a server that ends stops the waiting."""

    def sent() -> Chunks:
        while True:
            yield chunk
            if _ending.wait(pause):
                return

    return lambda: (status, headers, sent())


def event(value: Any) -> bytes:
    """One event of a stream."""
    return f"data: {value if isinstance(value, str) else json.dumps(value)}\n\n".encode()


def stream(*events: Any) -> Answer:
    """A stream of events that ends as it should."""
    data = b"".join(map(event, events)) + event("[DONE]")
    return lambda: (200, {"Content-Type": "text/event-stream"}, iter([data]))


_ending = threading.Event()


@contextmanager
def hostile(answers: Mapping[str, Answer]) -> Iterator[str]:
    """The address of a server with an answer for each path; 404 for others."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.answer()

        def answer(self) -> None:
            found = answers.get(self.path.partition("?")[0], plain({}, 404))
            status, headers, chunks = found()
            with suppress(OSError):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                for chunk in chunks:
                    self.wfile.write(chunk)

        def log_message(self, *_: object) -> None:
            pass

    _ending.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        _ending.set()
        server.shutdown()
        server.socket.close()
        thread.join()
