"""Where a resident process is found: a socket in a folder that is this user's alone.

The folder is `mathcli` in the user's runtime folder (`XDG_RUNTIME_DIR`). Whoever could write there
could stand in for the engine, so a folder of somebody else's, or one that others may enter, is
not used. Both sides ask the kernel who is at the other end.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.errors import EngineError, UsageError

if TYPE_CHECKING:
    from filelock import BaseFileLock

_LONGEST_PATH = 100  # bytes: what every system takes for a socket's name
_CREDENTIALS = struct.Struct("3i")  # process, user, group
_LOCAL_PEERCRED = 1  # macOS
_XUCRED = struct.Struct("=II")  # version, user: the beginning of it


@dataclass(frozen=True)
class Place:
    """The folder, and what is in it."""

    folder: Path

    @property
    def socket(self) -> Path:
        """Where the process listens."""
        return self.folder / "engine.sock"

    @property
    def lock(self) -> Path:
        """Held by whoever starts a process."""
        return self.folder / "starting.lock"

    @property
    def owner(self) -> Path:
        """Locked by the process that listens, as long as it lives."""
        return self.folder / "engine.lock"

    @property
    def log(self) -> Path:
        """What a process that runs in the background has to say."""
        return self.folder / "engine.log"

    @property
    def exists(self) -> bool:
        """May anybody be listening?"""
        return os.path.lexists(self.socket)


def place() -> Place:
    """Where this user's resident process is, or would be."""
    import warnings

    import platformdirs

    with warnings.catch_warnings():  # it finds another folder where XDG_RUNTIME_DIR is not set
        warnings.simplefilter("ignore")
        return Place(Path(platformdirs.user_runtime_path("mathcli", appauthor=False)))


def prepared(at: Place) -> Place:
    """The place, with its folder there and this user's alone.

    Raises:
        EngineError: it cannot be.
    """
    try:
        at.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        check(at)
    except OSError as error:
        raise EngineError(
            f"{at.folder} cannot be made: {error.strerror}", "name another with XDG_RUNTIME_DIR"
        ) from None
    return at


def check(at: Place) -> None:
    """Refuse a folder in which somebody else could put a socket.

    Raises:
        EngineError: it is no folder, somebody else's, or open to others; or its name is too long.
        OSError: it is not there.
    """
    found = at.folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise EngineError(f"{at.folder} is no folder", "remove what stands there")
    if sys.platform != "win32":
        if found.st_uid != os.getuid():
            raise EngineError(
                f"{at.folder} belongs to another user", "name another with XDG_RUNTIME_DIR"
            )
        if found.st_mode & 0o077:
            raise EngineError(
                f"others may enter {at.folder}", f"close it to them: chmod 700 {at.folder}"
            )
    if len(os.fsencode(at.socket)) > _LONGEST_PATH:
        raise EngineError(
            f"the name {at.socket} is too long for a socket",
            "name a shorter folder with XDG_RUNTIME_DIR",
        )


def is_own(connection: socket.socket) -> bool:
    """Is this user at the other end?"""
    user = peer(connection)
    return user is not None and user == os.getuid()


def peer(connection: socket.socket) -> int | None:
    """The number of the user at the other end, as the kernel knows it."""
    try:
        if hasattr(socket, "SO_PEERCRED"):
            size = _CREDENTIALS.size
            found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
            return int(_CREDENTIALS.unpack(found)[1])
        found = connection.getsockopt(0, _LOCAL_PEERCRED, 76)
        return int(_XUCRED.unpack(found[: _XUCRED.size])[1])
    except (OSError, struct.error):
        return None


def owned(at: Place, patience: float = 0.0) -> BaseFileLock:
    """The lock of the one process that listens there; the system lets go of it if that dies.

    Raises:
        UsageError: another process holds it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(prepared(at).owner)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        raise UsageError(
            "a resident engine is here already", "see: mathcli serve status; mathcli serve stop"
        ) from None
    return lock
