"""A server on loopback that sends bytes as they are: HTTP as nobody should speak it."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from itertools import repeat
from typing import Any


class Act(Enum):
    """What a connection does besides sending."""

    RESET = "reset"  # at once, with what was sent perhaps lost
    HALF = "half"  # no more is sent; the rest of the script is waited for
    KEEP = "keep"  # the next request comes on the same connection


@dataclass(frozen=True)
class Pause:
    """Nothing for so many seconds, or until the server ends."""

    seconds: float = 60.0


Step = bytes | Act | Pause
Script = Callable[[], Iterable[Step]]


def says(*steps: Step) -> Script:
    """These, and the connection is closed."""
    return lambda: steps


def for_ever(*steps: Step) -> Script:
    """The first steps once, the last one without end."""
    return lambda: (step for part in (steps[:-1], repeat(steps[-1])) for step in part)


def dripping(first: bytes, drop: bytes, pause: float = 0.05) -> Script:
    """`first`, and then a little now and then without end."""

    def steps() -> Iterator[Step]:
        yield first
        while True:
            yield drop
            yield Pause(pause)

    return steps


def in_turn(*scripts: Script) -> Script:
    """Another one for each request; the last one from then on."""
    left = list(scripts)
    return lambda: (left.pop(0) if len(left) > 1 else left[0])()


def head(*lines: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    """The head of an answer."""
    return "\r\n".join([status, *lines, "", ""]).encode("latin-1")


def body(value: Any) -> bytes:
    """JSON; bytes as they are."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def answer(value: Any, *lines: str, status: str = "HTTP/1.1 200 OK", keep: bool = True) -> Script:
    """A sound answer, but for what is asked otherwise."""
    data = body(value)
    length = f"Content-Length: {len(data)}"
    return says(head(length, *lines, status=status) + data, *([Act.KEEP] if keep else []))


def chunks(*parts: bytes) -> bytes:
    """Parts of a chunked body, and its end."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def event(value: Any) -> bytes:
    """One event of a stream."""
    return b"data: " + (value.encode() if isinstance(value, str) else body(value)) + b"\n\n"


SSE = head("Content-Type: text/event-stream", "Connection: close")


def stream(*values: Any, done: bool = True) -> Script:
    """Events of a stream up to its end; bytes as they are."""
    sent = [one if isinstance(one, bytes) else event(one) for one in values]
    return says(SSE + b"".join(sent) + (event("[DONE]") if done else b""))


@contextmanager
def raw(scripts: Mapping[str, Script]) -> Iterator[str]:
    """The address of a server with a script for each path, and 404 for others.

    The script of the path `""` comes before anything is read.
    """
    ending = threading.Event()
    missing = answer({}, status="HTTP/1.1 404 Not Found")

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError, ValueError):
            connection.settimeout(10)
            if not follow(connection, scripts.get("", says(Act.KEEP))):
                return
            with connection.makefile("rb") as reader:
                while (path := _request(reader)) is not None:
                    if not follow(connection, scripts.get(path, missing)):
                        return

    def follow(connection: socket.socket, script: Script) -> bool:
        for step in script():
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, Pause):
                if ending.wait(step.seconds):
                    return False
            elif step is Act.KEEP:
                return True
            elif step is Act.HALF:
                connection.shutdown(socket.SHUT_WR)
            else:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise OSError("reset")
        return False

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ending.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _request(reader: Any) -> str | None:
    """Read one request; its path, `None` where the client has gone."""
    first = reader.readline().decode("latin-1").split()
    if len(first) < 2:
        return None
    length = 0
    while (line := reader.readline().strip().lower()) != b"":
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    reader.read(length)
    return str(first[1]).partition("?")[0]
