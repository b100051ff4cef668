"""What a resident engine keeps, and whether that is what a call would have loaded itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathcli import __version__
from mathcli.resident.messages import flat, text, whole

if TYPE_CHECKING:
    from mathcli.engines.options import EngineOptions

SEQUENCES = 32  # that a resident engine keeps in its cache at once
BUSY = 16  # for which its cache has room
REMEMBERED = 8  # closed ones among them, for conversations that go on


@dataclass(frozen=True)
class Identity:
    """A model file as it is on the disk now, and the options that change what is written.

    `context` in tokens, `size` in bytes, `changed` in nanoseconds. `threads` `None`: as many as
    are free.
    """

    path: str
    size: int
    changed: int
    context: int | None
    threads: int | None
    gpu: str
    guesses: int
    version: str = __version__

    @classmethod
    def of(cls, path: Path, options: EngineOptions) -> Identity:
        """That of a call.

        Raises:
            OSError: the file is not there.
        """
        path = path.absolute()  # not resolved: the name says more than a cache's blob
        found = path.stat()
        return cls(
            str(path), found.st_size, found.st_mtime_ns,
            options.context, options.threads, options.gpu, options.guesses,
        )  # fmt: skip

    @classmethod
    def read(cls, value: Any) -> Identity:
        """That of a message.

        Raises:
            ValueError: it is none.
        """
        return flat(cls, value)

    def record(self) -> dict[str, Any]:
        """As a message holds it."""
        return asdict(self)

    def options(self) -> EngineOptions:
        """How the engine of a resident process is set up."""
        from mathcli.engines.options import EngineOptions

        return EngineOptions(
            context=self.context, sequences=SEQUENCES, busy=BUSY,
            threads=self.threads, gpu=self.gpu, guesses=self.guesses, remembered=REMEMBERED,
        )  # fmt: skip

    def differs_from(self, other: Identity) -> str | None:
        """Why a call that wants this may not use an engine with that; `None` where it may."""
        if self.version != other.version:
            return f"it is of mathcli {other.version}"
        if self.path != other.path:
            return f"it keeps {Path(other.path).name}"
        if (self.size, self.changed) != (other.size, other.changed):
            return f"{Path(self.path).name} has changed since it was loaded"
        for name in ("context", "threads", "gpu", "guesses"):
            if getattr(self, name) != getattr(other, name):
                option = "guess" if name == "guesses" else name
                theirs = getattr(other, name)
                return f"it was started with {'another' if theirs is None else theirs} --{option}"
        return None

    def is_stale_beside(self, other: Identity) -> bool:
        """Is the other the same file as it was before, or of another version? It is of no use."""
        changed = (self.size, self.changed) != (other.size, other.changed)
        return self.version != other.version or (self.path == other.path and changed)


@dataclass(frozen=True)
class About:
    """What a resident process tells of itself when a call connects.

    `digest` is the file's SHA-256, `library` the engine's name and version. `sandbox` is how its
    warm executor confines programs. `keep` are the seconds without use after which it ends, if it
    does; `url` is where it answers HTTP.
    """

    pid: int
    identity: Identity
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
            ValueError: it is none, or of a version that says something else.
        """
        if not isinstance(value, dict):
            raise ValueError("it says nothing of itself")
        metadata = value.get("metadata")
        if not isinstance(metadata, dict):
            raise ValueError("it says nothing of its model")
        keep, url = value.get("keep"), value.get("url")
        return cls(
            pid=whole(value.get("pid")),
            identity=Identity.read(value.get("identity")),
            length=whole(value.get("length")),
            digest=text(value.get("digest")),
            library=text(value.get("library")),
            metadata={text(name): text(one) for name, one in metadata.items()},
            sandbox=text(value.get("sandbox")),
            keep=float(keep) if isinstance(keep, (int, float)) else None,
            url=None if url is None else text(url),
        )
