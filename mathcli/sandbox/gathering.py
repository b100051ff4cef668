"""Moves the code objects that programs run next to one another in memory.

CPython counts references inside each object, so every call writes to the code object that it runs,
and the kernel then copies the page that holds it. An ordinary program runs a few hundred code
objects of many thousands, each on a page of its own. Copies of them, made one after the other,
fill a fraction of those pages, so that each child has fewer pages to copy.

Programs see no difference: the code is the same, and the function objects are not replaced.
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
    for function in gc.get_objects():
        if type(function) is types.FunctionType and id(function.__code__) in called:
            function.__code__ = _copied(function.__code__, called, copies)
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
