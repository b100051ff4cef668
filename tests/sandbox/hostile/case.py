"""One hostile program."""

from __future__ import annotations

from dataclasses import dataclass

REFUSED = r"PermissionError: .*Operation not permitted"


@dataclass(frozen=True)
class Case:
    """A program and its one right end.

    Args:
        name: what it tries.
        program: its source. Before it stand the names of what it may attack: `CANARY` (a file
            with a secret), `FOLDER` (where that lies), `TCP` and `UDP` (ports that listen on
            loopback), `UNIX` (a listening socket), `VICTIM` (a process), `PARENT` (the warm
            parent), `TOOL` (the process that tests).
        end: `ok`, `raised`, or what stopped it.
        says: a pattern found in its output, value or error; `None` to accept any.
        ends: further ends that are as good, where kernels or versions of Python differ.
    """

    name: str
    program: str
    end: str
    says: str | None = None
    ends: tuple[str, ...] = ()


def refused(name: str, program: str, says: str = REFUSED) -> Case:
    """A program whose one act fails with a clean error."""
    return Case(name, program, "raised", says)


def harmless(name: str, program: str, says: str | None = None) -> Case:
    """A program that ends well and has done nothing."""
    return Case(name, program, "ok", says)


def stopped(name: str, program: str, by: str = "time", *also: str) -> Case:
    """A program that has to be stopped."""
    return Case(name, program, by, None, also)
