"""Ollama's registry, ModelScope and a plain file server, in their own protocols, on loopback."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Registries:
    """What they hold, and what goes wrong: `cuts` are bytes after which answers break off,
    `statuses` the status codes of the coming answers."""

    tags: dict[str, Any] = field(default_factory=dict)  # "library/name:tag" → manifest
    blobs: dict[str, bytes] = field(default_factory=dict)
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    listing: Any = None
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    host: str = ""

    def publish(self, tag: str, *layers: tuple[str, bytes]) -> None:
        """Put a model into Ollama's registry: layers of a kind (`model`, `license`) with bytes."""
        described = []
        for kind, data in layers:
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            self.blobs[digest] = data
            described.append(
                {
                    "mediaType": f"application/vnd.ollama.image.{kind}",
                    "digest": digest,
                    "size": len(data),
                }
            )
        self.tags[tag] = {"schemaVersion": 2, "config": {}, "layers": described}


@contextmanager
def registries() -> Iterator[Registries]:
    state = Registries()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.host = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: Registries) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.asked.append(self.path)
            parts = urlsplit(self.path)
            path, query = unquote(parts.path), parse_qs(parts.query)
            if state.statuses:
                self.send(state.statuses.pop(0), b"no")
            elif found := re.fullmatch(r"/v2/(.+)/manifests/(.+)", path):
                manifest = state.tags.get(":".join(found.groups()))
                self.send(200 if manifest else 404, json.dumps(manifest).encode())
            elif found := re.fullmatch(r"/v2/.+/blobs/(.+)", path):
                self.send_part(state.blobs.get(found.group(1)))
            elif found := re.fullmatch(r"/api/v1/models/(.+)/repo/files", path):
                self.send_listing(found.group(1))
            elif found := re.fullmatch(r"/api/v1/models/(.+)/repo", path):
                files = state.repositories.get(found.group(1), {})
                self.send_part(files.get(query["FilePath"][0]))
            else:
                self.send_part(state.files.get(path))

        def send_listing(self, repository: str) -> None:
            files = [
                {
                    "Path": name,
                    "Size": len(data),
                    "Sha256": hashlib.sha256(data).hexdigest(),
                    "Type": "blob",
                }
                for name, data in state.repositories.get(repository, {}).items()
            ]
            body = {"Code": 200, "Data": {"Files": [{"Path": "d", "Type": "tree"}, *files]}}
            if repository not in state.repositories:
                self.send(404, b'{"Code": 10010205001}')
            else:
                self.send(200, json.dumps(state.listing or body).encode())

        def send_part(self, data: bytes | None) -> None:
            if data is None:
                self.send(404, b"")
                return
            wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(wanted.group(1)) if wanted else 0
            span = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
            self.send(206 if wanted else 200, data[start:], span if wanted else {})

        def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                self.send_header(key, value)
            self.end_headers()
            allowed = state.cuts.pop(0) if state.cuts and len(body) > 1000 else len(body)
            with suppress(OSError):
                self.wfile.write(body[:allowed])
            self.close_connection = allowed < len(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
