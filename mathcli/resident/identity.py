"""Identifies a loaded model, to decide whether a call may use a resident engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathcli import __version__
from mathcli.resident.messages import checked

if TYPE_CHECKING:
    from mathcli.engines.options import EngineOptions

SEQUENCES = 32  # sequences in a resident engine's cache at once
BUSY = 16  # busy sequences for which its cache has room
REMEMBERED = 8  # closed sequences among them, for continued conversations


@dataclass(frozen=True)
class EngineIdentity:
    """A model file as it is on disk now, and the options that change the generated text.

    `context` in tokens, `size` in bytes, `changed` in nanoseconds. `threads` `None`: as many as
    are free.
    """

    path: str
    size: int
    changed: int
    context: int | None
    threads: int | None
    gpu: str
    version: str = __version__

    @classmethod
    def of(cls, path: Path, options: EngineOptions) -> EngineIdentity:
        """The identity that a call needs.

        Raises:
            OSError: the file is not there.
        """
        path = path.absolute()  # not resolved: the name tells more than that of a blob in a cache
        found = path.stat()
        return cls(
            str(path), found.st_size, found.st_mtime_ns,
            options.context, options.threads, options.gpu,
        )  # fmt: skip

    @classmethod
    def read(cls, value: Any) -> EngineIdentity:
        """The identity in a message.

        Raises:
            ValueError: the value is not an identity.
        """
        return checked(cls, value)

    def record(self) -> dict[str, Any]:
        """As a message holds it."""
        return asdict(self)

    def options(self) -> EngineOptions:
        """The engine options of a resident process."""
        from mathcli.engines.options import EngineOptions

        return EngineOptions(
            context=self.context, sequences=SEQUENCES, busy=BUSY,
            threads=self.threads, gpu=self.gpu, remembered=REMEMBERED,
        )  # fmt: skip

    def differs_from(self, other: EngineIdentity) -> str | None:
        """The reason why a call for this identity may not use that engine; `None` if it may."""
        if self.version != other.version:
            return f"it is of mathcli {other.version}"
        if self.path != other.path:
            return f"it keeps {Path(other.path).name}"
        if (self.size, self.changed) != (other.size, other.changed):
            return f"{Path(self.path).name} has changed since it was loaded"
        for name in ("context", "threads", "gpu"):
            if getattr(self, name) != getattr(other, name):
                theirs = getattr(other, name)
                return f"it was started with {'another' if theirs is None else theirs} --{name}"
        return None

    def is_stale_beside(self, other: EngineIdentity) -> bool:
        """Is the other one an older state of the same file, or from another version of mathcli?"""
        changed = (self.size, self.changed) != (other.size, other.changed)
        return self.version != other.version or (self.path == other.path and changed)


@dataclass(frozen=True)
class About:
    """The description that a resident process sends when a client connects.

    `digest` is the file's SHA-256, `library` the engine's name and version. `sandbox` is how its
    warm executor confines programs. `keep` are the seconds without use after which it ends, if it
    does; `url` is where it answers HTTP.
    """

    pid: int
    identity: EngineIdentity
    length: int
    digest: str
    library: str
    metadata: Mapping[str, str]
    sandbox: str
    keep: float | None = None
    url: str | None = None

    def record(self) -> dict[str, Any]:
        """As a message holds it."""
        return {**vars(self), "identity": self.identity.record(), "metadata": dict(self.metadata)}

    @classmethod
    def read(cls, value: Any) -> About:
        """That of a message.

        Raises:
            ValueError: it is none, or from a version with other fields.
        """
        return checked(cls, value)
