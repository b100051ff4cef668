"""What each operating system's file offers to the warm parent."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol


class MissingLayer(Exception):
    """A layer that the chosen confinement requires cannot be put on here."""

    def __init__(self, layer: str, why: str) -> None:
        super().__init__(f"{layer}: {why}")


class Confinement(Protocol):
    """Puts the layers on: once around the warm parent, and around each child."""

    # Where a process's limits can only be set by itself: that function, for the child to call.
    limit_itself: Callable[[float, int], None] | None

    # Where the kernel does not limit memory: how many bytes a process occupies.
    memory_of: Callable[[int], int] | None

    # Whether programs can start processes that outlive them.
    leaves_processes: bool

    def prepare(self) -> None:
        """In the warm parent, once. Raises MissingLayer."""

    def enter(self, parent: int, keep: int) -> None:
        """In a child, before it sees its program.

        Args:
            parent: the warm parent's process number; the child dies with it.
            keep: the one descriptor above 2 that stays open.

        Raises:
            OSError: the kernel refused a layer.
        """


def confinement(sandbox: str) -> Confinement:
    """The layers of this operating system for `strict` or `basic`. Raises MissingLayer."""
    if sys.platform == "darwin":
        from mathcli.sandbox import macos

        return macos.Strict() if sandbox == "strict" else macos.Basic()
    from mathcli.sandbox import linux

    return linux.Strict() if sandbox == "strict" else linux.Basic()
