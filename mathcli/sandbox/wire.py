"""The bytes between the main process, the warm parent and the children.

Two fixed headers travel over the socket, each followed by bytes that the warm parent passes on
without looking at them, but for the names of modules that a program seems to want. A child's
report lies in memory that it shares with the warm parent: a fixed header again, and two texts
whose lengths the reader clamps. Nothing is ever unpickled, and nothing that a program prints is
searched for frames.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

MiB = 1024 * 1024

# main process -> warm parent: kind, run, bytes of the names of modules (divided by commas) and of
# the instructions, wall s, cpu s, memory, output bytes
REQUEST = struct.Struct("<B3xIIIddQQ")
RUN, CANCEL = 1, 2

# warm parent -> main process: kind, stop, run, wait status, wall s, peak bytes, report, output
ANSWER = struct.Struct("<BBxxIidQII")
READY, RESULT, FATAL = 1, 2, 3

# Why the warm parent ended a child; NOTHING where the child ended by itself.
NOTHING, TIME, MEMORY, OUTPUT, CANCELLED, CPU = 0, 1, 2, 3, 4, 5

# child -> warm parent, at the start of its report: outcome (and SHORTENED, where a text in it
# is), bytes of the value, of the error
REPORT = struct.Struct("<B3xII")
SHORTENED = 0x80
UNSAID, BEGUN, OK, RAISED, NEEDS_MODULE = 0, 1, 2, 3, 4
ABSENT = 0xFFFFFFFF

# One slot of shared memory per child: a head (bytes of the instructions and of the names that
# follow, processor seconds, output bytes), names of modules that are not there, the
# instructions, then the report.
INSTRUCTIONS_BYTES = 1 * MiB
REPORT_BYTES = 1 * MiB
SLOT_BYTES = INSTRUCTIONS_BYTES + REPORT_BYTES
HEAD = struct.Struct("<IIdQ")
NAMES_BYTES = 8 * 1024
WORK = HEAD.size + NAMES_BYTES  # where the instructions begin
LONGEST_WORK = INSTRUCTIONS_BYTES - WORK

# child -> warm parent, over its own socket, where it had to load modules before its program
# begins: processor seconds used so far, address space in bytes
LOADED = struct.Struct("<dQ")

# warm parent -> forker: what to fork, the slot's number, bytes of the names of modules that lie in
# the slot for the child; and back: how the forker is (address space, bytes of the names of its
# modules that follow), then the number of each new process, or an error number below zero
FORK = struct.Struct("<B3xII")
HURRY, MAKE_SETTLED, MAKE_LIBRARY = 1, 2, 3  # 0 is a child without a program yet
FORKER = struct.Struct("<QI")
FORKED = struct.Struct("<i")

# Exit codes of a child that could not confine itself, or that asks for a module.
EXIT_UNCONFINED, EXIT_NEEDS_MODULE = 121, 122


_LEFT_OUT = b" [... %d characters left out ...] "


def pack_text(text: str | None) -> bytes:
    """UTF-8 of any text, lone surrogates included."""
    return b"" if text is None else text.encode("utf-8", "backslashreplace")


def shortened(text: str | None, most: int) -> tuple[bytes, bool]:
    """UTF-8 of at most `most` bytes, with a note of what was cut; and whether anything was."""

    whole = pack_text(text)
    if len(whole) <= most:
        return whole, False
    half = (most - len(_LEFT_OUT) - 20) // 2
    first, last = whole[:half], whole[len(whole) - half :]
    while last and last[0] & 0xC0 == 0x80:  # not in the middle of a character
        last = last[1:]
    head = first.decode("utf-8", "ignore").encode()
    left_out = len(whole.decode()) - len(head.decode()) - len(last.decode())
    return head + _LEFT_OUT % left_out + last, True


class ChildReport(NamedTuple):
    """What a child says about its program."""

    outcome: int
    shortened: bool
    value: str | None
    error: str | None


def unpack_report(report: bytes) -> ChildReport:
    """The report, whatever its bytes are."""
    if len(report) < REPORT.size:
        return ChildReport(UNSAID, False, None, None)
    outcome, value_length, error_length = REPORT.unpack_from(report)
    texts: list[str | None] = []
    start = REPORT.size
    for length in (value_length, error_length):
        if length == ABSENT:
            texts.append(None)
            continue
        texts.append(report[start : start + length].decode("utf-8", "replace"))
        start += length
    return ChildReport(outcome & ~SHORTENED, bool(outcome & SHORTENED), texts[0], texts[1])
