"""Putting the code that programs run next to one another in memory.

CPython counts references inside each object, so every call writes to the code that it runs, and
the kernel then copies the page on which that lies. An ordinary program runs a few hundred pieces
of code among many thousands, each with a page of its own. Copies of them, made one after the
other, fill a fraction of those pages, and each page less is one less to copy for every child.

Programs see no difference: it is the same code, and functions, which have an identity, stay.
"""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Callable


def gather(run: Callable[[], object]) -> list[types.CodeType]:
    """Copy the code that `run` runs, and have all functions that run it use the copies.

    Returns:
        The originals. They must be kept: where one is freed, some later object is made, on a page
        that would have stayed clean.
    """
    called = _called(run)
    copies: dict[int, types.CodeType] = {}
    gc.unfreeze()
    for one in gc.get_objects():
        if type(one) is types.FunctionType and id(one.__code__) in called:
            one.__code__ = _copied(one.__code__, called, copies)
    return list(called.values())


def _called(run: Callable[[], object]) -> dict[int, types.CodeType]:
    """By `id`: code is equal to other code that differs only in its file."""
    found: dict[int, types.CodeType] = {}

    def note(frame: types.FrameType, event: str, _argument: object) -> None:
        if event == "call":
            found[id(frame.f_code)] = frame.f_code

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
    return found


def _copied(
    code: types.CodeType, called: dict[int, types.CodeType], copies: dict[int, types.CodeType]
) -> types.CodeType:
    """A copy with copies of the code inside it; the same one each time."""
    if id(code) not in copies:
        inside = tuple(
            _copied(one, called, copies) if id(one) in called else one for one in code.co_consts
        )
        copies[id(code)] = code.replace(co_consts=inside)
    return copies[id(code)]
