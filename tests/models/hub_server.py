"""A hub on loopback: its API, its redirects to a store on another port, Range, and its troubles."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "c0ffee" * 6 + "c0ff"


@dataclass
class Request:
    """What was asked, and how much of a file was sent for it."""

    port: int
    path: str
    token: str | None
    start: int = 0
    sent: int = 0


@dataclass
class FakeHub:
    """The state of the server: its repositories and what goes wrong next.

    `cuts` are the numbers of bytes after which the coming answers of the store break off;
    `refusals` the status codes of the coming answers to anything, with headers, and
    `file_refusals` those to questions for a file. `pause` are seconds after each 16 KiB; a `gate`
    lets no more than the first of these through until it is set.
    """

    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    cuts: deque[int] = field(default_factory=deque)
    refusals: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    file_refusals: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    flip: bool = False
    ranges: bool = True
    shorter: int = 0
    pause: float = 0.0
    gate: threading.Event | None = None
    gated: bool = False
    sizes: bool = True
    endpoint: str = ""
    store: str = ""

    def add(self, repository: str, name: str, data: bytes) -> str:
        """Publish a file; return its digest."""
        self.repositories.setdefault(repository, {})[name] = data
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return digest

    @property
    def transfers(self) -> list[Request]:
        """Requests for the contents of files."""
        return [one for one in self.requests if one.path.startswith("/blob/")]


@contextmanager
def serving() -> Iterator[FakeHub]:
    hub = FakeHub()
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub)) for _ in range(2)]
    hub.endpoint, hub.store = (f"http://127.0.0.1:{one.server_address[1]}" for one in servers)
    threads = [threading.Thread(target=one.serve_forever, args=(0.02,)) for one in servers]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


def _handler(hub: FakeHub) -> type[BaseHTTPRequestHandler]:  # noqa: C901 (a class of small methods)
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            token = self.headers.get("Authorization")
            request = Request(self.server.server_address[1], self.path, token)  # type: ignore[index]
            hub.requests.append(request)
            if hub.refusals:
                status, headers = hub.refusals.popleft()
                self.answer(status, b"no", headers)
                return
            path = self.path.partition("?")[0]
            if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path):
                self.info(found.group(1), found.group(2))
            elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                self.resolve(found.group(1), found.group(3), token)
            elif found := re.fullmatch(r"/blob/(\w+)", path):
                self.blob(request, found.group(1))
            else:
                self.answer(404, b"")

        def do_HEAD(self) -> None:
            self.do_GET()

        def info(self, repository: str, revision: str | None) -> None:
            files = hub.repositories.get(repository)
            if files is None:
                self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})
            elif revision not in (None, "main", COMMIT):
                self.answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
            else:
                siblings = [_sibling(name, data) for name, data in files.items()]
                if not hub.sizes:
                    siblings = [{"rfilename": name} for name in files]
                body: dict[str, Any] = {"id": repository, "sha": COMMIT, "siblings": siblings}
                self.answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

        def resolve(self, repository: str, name: str, token: str | None) -> None:
            data = hub.repositories.get(repository, {}).get(name)
            if hub.file_refusals:
                status, headers = hub.file_refusals.popleft()
                self.answer(status, b"no", headers)
            elif hub.gated and token is None:
                self.answer(401, b"", {"X-Error-Code": "GatedRepo"})
            elif data is None:
                self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            else:
                digest = hashlib.sha256(data).hexdigest()
                headers = {
                    "Location": f"{hub.store}/blob/{digest}?signature=secret",
                    "X-Repo-Commit": COMMIT,
                    "X-Linked-Etag": f'"{digest}"',
                    "X-Linked-Size": str(len(data)),
                }
                self.answer(302, b"", headers)

        def blob(self, request: Request, digest: str) -> None:
            data = hub.blobs[digest]
            if hub.flip:
                data = data[:-1] + bytes([data[-1] ^ 1])
            data = data[: len(data) - hub.shorter]
            wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            headers = {"ETag": f'"{digest}"'}
            status = 200
            if wanted and hub.ranges:
                request.start = int(wanted.group(1))
                if request.start >= len(data):
                    self.answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
                    return
                last = len(data) - 1
                headers["Content-Range"] = f"bytes {request.start}-{last}/{len(data)}"
                status = 206
            body = data[request.start :]
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(key, value)
            self.end_headers()
            allowed = hub.cuts.popleft() if hub.cuts else len(body)
            self.send_some(request, body[:allowed])
            self.close_connection = allowed < len(body)

        def send_some(self, request: Request, body: bytes) -> None:
            try:
                for at in range(0, len(body), 16384):
                    self.wfile.write(body[at : at + 16384])
                    request.sent += len(body[at : at + 16384])
                    time.sleep(hub.pause)
                    if hub.gate is not None:
                        hub.gate.wait(60)
            except OSError:  # the client has gone
                self.close_connection = True

        def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _sibling(name: str, data: bytes) -> dict[str, Any]:
    lfs = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
    return {"rfilename": name, "size": len(data), "blobId": "0" * 40, "lfs": lfs}
