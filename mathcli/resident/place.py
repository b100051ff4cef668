"""The place where a resident process listens: a socket in a folder private to the user.

The folder is `mathcli` in the user's runtime folder (`XDG_RUNTIME_DIR`). Anyone who can
write there could impersonate the engine, so a folder that another user owns or can enter is not
used. Both sides ask the kernel for the user at the other end.
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
_XUCRED = struct.Struct("=II")  # version, user: the beginning of the struct


@dataclass(frozen=True)
class Place:
    """The folder and its files."""

    folder: Path

    @property
    def socket(self) -> Path:
        """The socket on which the process listens."""
        return self.folder / "engine.sock"

    @property
    def lock(self) -> Path:
        """Locked while a call starts a process."""
        return self.folder / "starting.lock"

    @property
    def owner(self) -> Path:
        """Locked by the listening process, as long as it runs."""
        return self.folder / "engine.lock"

    @property
    def log(self) -> Path:
        """The output of a process in the background."""
        return self.folder / "engine.log"

    @property
    def exists(self) -> bool:
        """May a process be listening?"""
        return os.path.lexists(self.socket)


def place() -> Place:
    """The place of this user's resident process, which need not exist."""
    import warnings

    import platformdirs

    with warnings.catch_warnings():  # platformdirs uses another folder without XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        return Place(Path(platformdirs.user_runtime_path("mathcli", appauthor=False)))


def prepared(at: Place) -> Place:
    """The place, after making its folder, private to this user.

    Raises:
        EngineError: the folder cannot be made, or is not private.
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
    """Refuse a folder in which another user could put a socket.

    Raises:
        EngineError: it is not a folder, or not private to this user; or its name is too long.
        OSError: it does not exist.
    """
    found = at.folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise EngineError(f"{at.folder} is not a folder", "delete or rename it")
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
    """Does this user run the process at the other end?"""
    user = peer(connection)
    return user is not None and user == os.getuid()


def peer(connection: socket.socket) -> int | None:
    """The number of the user at the other end, from the kernel."""
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
    """The lock of the listening process; the system releases it if the process dies.

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
