"""What a hostile program could touch, watched from outside."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import pytest


class Outside:
    """A folder with a secret, sockets that listen, and a process: all must stay as they are."""

    def __init__(self, folder: Path) -> None:
        self.secret = "SECRET" + secrets.token_hex(8)
        self._folder = folder
        self._canary = folder / "canary"
        self._canary.write_text(self.secret)
        (folder / "planted.py").write_text("raise SystemExit('planted code ran')")
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._unix = socket.socket(socket.AF_UNIX)
        self._unix.bind(str(folder / "s"))
        self._unix.listen()
        for one in (self._tcp, self._udp, self._unix):
            one.setblocking(False)
        self._victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(10**6)"])
        self._before = self._look()

    def names(self, parent: int) -> str:
        """What stands before each program, so that it knows what to attack."""
        return (
            f"CANARY = {str(self._canary)!r}; FOLDER = {str(self._folder)!r}; "
            f"TCP = {self._tcp.getsockname()[1]}; UDP = {self._udp.getsockname()[1]}; "
            f"UNIX = {str(self._folder / 's')!r}; VICTIM = {self._victim.pid}; "
            f"PARENT = {parent}; TOOL = {os.getpid()}\n"
        )

    def assert_untouched(self) -> None:
        """Nothing was read from, written to, connected to or killed."""
        assert self._look() == self._before
        assert self._canary.read_text() == self.secret
        self._before = self._look()
        for listening in (self._tcp, self._unix):
            with pytest.raises(BlockingIOError):
                listening.accept()
        with pytest.raises(BlockingIOError):
            self._udp.recv(1)
        assert self._victim.poll() is None
        for traces in ("/tmp/mathcli-was-here", "/dev/shm/mathcli-was-here", "/made", "/x"):
            assert not Path(traces).exists()

    def close(self) -> None:
        """Give everything back."""
        self._victim.kill()
        self._victim.wait()
        for one in (self._tcp, self._udp, self._unix):
            one.close()

    def _look(self) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for path in [self._folder, *sorted(self._folder.iterdir())]:
            seen = path.lstat()
            times = (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_atime_ns)
            found.append((path.name, seen.st_mode, seen.st_size, seen.st_nlink, seen.st_uid, times))
            found.append(tuple(os.listxattr(path)))
        return found
