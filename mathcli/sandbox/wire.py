"""The bytes between the main process, the warm parent and the children.

Two fixed headers travel over the socket, each followed by bytes that the warm parent passes on
without looking at them. A child's report lies in memory that it shares with the warm parent: a
fixed header again, and two texts whose lengths the reader clamps. Nothing is ever unpickled,
and nothing that a program prints is searched for frames.
"""

from __future__ import annotations

import struct

MiB = 1024 * 1024

# main process -> warm parent: kind, run, payload bytes, wall s, cpu s, memory, output bytes
REQUEST = struct.Struct("<B3xIIddQQ")
RUN, CANCEL = 1, 2

# warm parent -> main process: kind, stop, run, wait status, wall s, peak bytes, report, output
ANSWER = struct.Struct("<BBxxIidQII")
READY, RESULT, FATAL = 1, 2, 3

# Why the warm parent ended a child; NOTHING where the child ended by itself.
NOTHING, TIME, MEMORY, OUTPUT, CANCELLED = 0, 1, 2, 3, 4

# child -> warm parent, at the start of its report: outcome, bytes of the value, of the error
REPORT = struct.Struct("<B3xII")
UNSAID, BEGUN, OK, RAISED, NEEDS_MODULE = 0, 1, 2, 3, 4
ABSENT = 0xFFFFFFFF

# One slot of shared memory per child: a head (length of the instructions, processor seconds,
# output bytes), the instructions, then the report.
INSTRUCTIONS_BYTES = 1 * MiB
REPORT_BYTES = 1 * MiB
SLOT_BYTES = INSTRUCTIONS_BYTES + REPORT_BYTES
HEAD = struct.Struct("<I4xdQ")

# Exit codes of a child that could not confine itself, or that asks for a module.
EXIT_UNCONFINED, EXIT_NEEDS_MODULE = 121, 122


def pack_text(text: str | None) -> bytes:
    """UTF-8 that any text survives, lone surrogates included."""
    return b"" if text is None else text.encode("utf-8", "backslashreplace")


def unpack_report(report: bytes) -> tuple[int, str | None, str | None]:
    """Outcome, value and error of a report, whatever its bytes are."""
    if len(report) < REPORT.size:
        return UNSAID, None, None
    outcome, value_length, error_length = REPORT.unpack_from(report)
    texts: list[str | None] = []
    start = REPORT.size
    for length in (value_length, error_length):
        if length == ABSENT:
            texts.append(None)
            continue
        texts.append(report[start : start + length].decode("utf-8", "replace"))
        start += length
    return outcome, texts[0], texts[1]
