"""A server on loopback that passes everything on to a real one, and fails as it is told."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Body = dict[str, Any]


@dataclass
class Faulty:
    """What goes wrong next, and what was asked.

    `refusals` are the status codes and headers of the coming answers to completions; `cuts` the
    numbers of text events after which coming streams break off (`None`: none). A `gate` holds
    streams back after their first `before_gate` texts until it is set. `answers` take the place
    of what the real server has at a path; `rewrite` changes a completion's body before it is
    passed on, and `event` each event of its stream.
    """

    url: str = ""
    refusals: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    cuts: deque[int | None] = field(default_factory=deque)
    gate: threading.Event | None = None
    before_gate: int = 1
    answers: dict[str, Callable[[Body], Body]] = field(default_factory=dict)
    rewrite: Callable[[Body], Body] = lambda body: body
    event: Callable[[Body, int], Body] = lambda event, number: event
    requests: list[Body] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    gone: int = 0  # streams that the client closed


@contextmanager
def faulty(upstream: str) -> Iterator[Faulty]:
    """A faulty server in front of the one at `upstream`."""
    state = Faulty()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state, urlsplit(upstream).netloc))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        if state.gate is not None:
            state.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: Faulty, upstream: str) -> type[BaseHTTPRequestHandler]:  # noqa: C901 (a class of small methods)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.handle_any(None)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self.handle_any(json.loads(self.rfile.read(length)))

        def handle_any(self, body: Body | None) -> None:
            state.keys.append(self.headers.get("Authorization"))
            path = self.path.partition("?")[0]
            if path in state.answers:
                self.answer(200, json.dumps(state.answers[path](body or {})).encode())
            elif path == "/v1/completions" and body is not None:
                self.complete(body)
            else:
                self.pass_on(body)

        def complete(self, body: Body) -> None:
            with lock:
                state.requests.append(body)
                refusal = state.refusals.popleft() if state.refusals else None
                cut = state.cuts.popleft() if state.cuts and refusal is None else None
                state.at_once += 1
                state.most_at_once = max(state.most_at_once, state.at_once)
            try:
                if refusal is not None:
                    self.answer(refusal[0], b'{"error": {"message": "not now"}}', refusal[1])
                elif body.get("stream"):
                    self.stream(state.rewrite(dict(body)), cut)
                else:
                    self.pass_on(state.rewrite(dict(body)))
            finally:
                with lock:
                    state.at_once -= 1

        def stream(self, body: Body, cut: int | None) -> None:
            connection = self.upstream(body)
            response = connection.getresponse()
            self.send_response(response.status)
            self.send_header("Content-Type", response.headers["Content-Type"])
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.close_connection = True
            texts = 0
            try:
                for line in response:
                    if line.startswith(b"data: {"):
                        if texts == cut:
                            return
                        texts += 1
                        event = state.event(json.loads(line[6:]), texts)
                        line = b"data: " + json.dumps(event).encode() + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    if texts == state.before_gate and not line.strip() and state.gate:
                        state.gate.wait(120)
                self.wfile.write(b"0\r\n\r\n")
            except OSError:
                with lock:
                    state.gone += 1
            finally:
                connection.close()

        def pass_on(self, body: Body | None) -> None:
            connection = self.upstream(body)
            response = connection.getresponse()
            self.answer(response.status, response.read())
            connection.close()

        def upstream(self, body: Body | None) -> HTTPConnection:
            connection = HTTPConnection(upstream, timeout=120)
            data = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json"}
            connection.request(self.command, self.path, data, headers)
            return connection

        def answer(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            length = {"Content-Type": "application/json", "Content-Length": str(len(data))}
            for name, value in (length | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
