"""What happens in a forked child: it runs one program and writes a report about it.

The program shares this process with the code here, so it can falsify everything that this process
reports about itself: `value`, `error`, whether it raised, and that it is done (after which it is
killed). That is no more than a program could do by printing, by catching its own exceptions, or
by exiting. It cannot falsify what stopped it, when, how much it printed and how much it used: the
warm parent gets those from the kernel. Nor can it reach another program's report: the memory of
all other slots is unmapped before it begins.
"""

from __future__ import annotations

import ast
import io
import marshal
import os
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any, NoReturn

from mathcli.sandbox import wire
from mathcli.sandbox.alike import begin_alike, hide_process_numbers
from mathcli.sandbox.modules import Finder, confine_imports, open_packages
from mathcli.sandbox.prepared import main_module

_LONGEST_ERROR = 16 * 1024
_LONGEST_VALUE = wire.REPORT_BYTES - wire.REPORT.size - _LONGEST_ERROR


class Nowhere(io.TextIOBase):
    """Standard output of blocks that run again only for their effects on the namespace."""

    encoding = "utf-8"

    def write(self, text: str, /) -> int:
        """Discard `text`."""

        return len(text)


_output: io.TextIOWrapper | None = None
_finder: Finder | None = None


def make_ready() -> None:
    """In the warm parent: prepare the state that all children inherit unchanged."""
    global _output
    open_packages()
    begin_alike()
    _output = _new_output()


def prepare(slot: memoryview | None = None) -> None:
    """Prepare the child as far as possible before its program arrives.

    Args:
        slot: the child's shared memory, where modules come from the warm parent alone.
    """
    global _finder
    if slot is not None:
        report = slot[wire.INSTRUCTIONS_BYTES :]

        def ask(module: str) -> NoReturn:
            write_report(report, wire.NEEDS_MODULE, None, module)
            os._exit(wire.EXIT_NEEDS_MODULE)

        _finder = confine_imports(ask)
        hide_process_numbers()
    if _output is None:
        begin_alike()
    sys.stdout = _output or _new_output()
    sys.stderr = Nowhere()


def run(
    slot: memoryview,
    *,
    leave: Callable[[int], NoReturn] = os._exit,
    limit: Callable[[float, int], None] | None = None,
) -> NoReturn:
    """Run the program whose instructions lie in `slot`, write the report there, and end.

    Args:
        slot: the child's shared memory.
        leave: ends the process.
        limit: sets this process's processor time and output limits, where only it can.
    """
    report = slot[wire.INSTRUCTIONS_BYTES :]
    length, names, cpu_seconds, output_bytes = wire.HEAD.unpack_from(slot)
    write_report(report, wire.BEGUN, None, None)
    if _finder is not None and names:
        missing = bytes(slot[wire.HEAD.size : wire.HEAD.size + names]).decode()
        _finder.missing.update(missing.split(","))
    work = marshal.loads(slot[wire.WORK : wire.WORK + length])
    if limit is not None:
        limit(cpu_seconds, output_bytes)
    if work["stderr"]:
        sys.stderr = sys.stdout
    try:
        write_report(report, wire.OK, _execute(work), None)
    except BaseException as error:
        _report_error(report, error)
    leave(0)


_ORDINARY = {
    "replay": [],
    "program": "from sympy import *\nx = symbols('x')\nprint(solve(x**2 - 1))\ndel x",
    "value": "if_silent",
    "form": "str",
    "stderr": False,
}


def warm() -> None:
    """Do what programs usually do, so that the pages they touch are this process's own."""
    main, shown, sys.stdout = sys.modules["__main__"], sys.stdout, Nowhere()
    _execute(_ORDINARY | {"value": "always"})
    sys.modules["__main__"], sys.stdout = main, shown
    begin_alike()


def rehearse(slot: memoryview, tell: Callable[[], None]) -> NoReturn:
    """Run an ordinary program as any other, and call `tell` before the end."""

    def leave(status: int) -> NoReturn:
        tell()
        os._exit(status)

    work = marshal.dumps(_ORDINARY)
    wire.HEAD.pack_into(slot, 0, len(work), 0, 1.0, wire.MiB)
    slot[wire.WORK : wire.WORK + len(work)] = work
    run(slot, leave=leave)


def _new_output() -> io.TextIOWrapper:
    # Unbuffered, because a program that is killed must not take its output along.
    return io.TextIOWrapper(
        io.FileIO(1, "w", closefd=False),
        encoding="utf-8",
        errors="backslashreplace",
        newline="",
        write_through=True,
    )


def _execute(work: dict[str, Any]) -> str | None:
    """Run all blocks in one namespace; the value of the last one's last expression, if asked."""
    blocks = [*work["replay"], work["program"]]
    first = _parsed(blocks[0]) if len(blocks) == 1 else _parsed_or_none(blocks[0])
    main = sys.modules["__main__"] = main_module(first)
    for number, block in enumerate(work["replay"]):
        _replay(first if number == 0 else _parsed_or_none(block), main.__dict__)
    tree = first if len(blocks) == 1 else _parsed(blocks[-1])
    assert tree is not None
    last = _last_expression(tree) if work["value"] != "never" else None
    names = (main.__dict__,)
    try:  # with a *, a call always leaves as much room for recursion, however warm CPython is
        exec(_compiled(tree), *names)
        value = None if last is None else eval(_compiled(last), *names)
    except SystemExit as error:
        if error.code not in (None, 0):
            raise
        return None
    _flush()
    if value is None or (work["value"] == "if_silent" and os.lseek(1, 0, os.SEEK_CUR)):
        return None
    return repr(value) if work["form"] == "repr" else str(value)


def _replay(tree: ast.Module | None, namespace: dict[str, Any]) -> None:
    if tree is None:
        return
    shown, sys.stdout = sys.stdout, Nowhere()
    try:
        exec(_compiled(tree), namespace)
    except BaseException:
        pass  # it was shown when the block was the last one
    finally:
        sys.stdout = shown


def _parsed(block: str) -> ast.Module:
    return ast.parse(block, "<program>")


def _parsed_or_none(block: str) -> ast.Module | None:
    try:
        return _parsed(block)
    except BaseException:
        return None


def _compiled(tree: ast.Module | ast.Expression) -> types.CodeType:
    mode = "exec" if isinstance(tree, ast.Module) else "eval"
    return compile(tree, "<program>", mode, dont_inherit=True)


def _last_expression(tree: ast.Module) -> ast.Expression | None:
    """Take the last statement off `tree` if it is an expression."""
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return None
    return ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]


def _flush() -> None:
    flush = getattr(sys.stdout, "flush", None)  # the program may have put anything there
    if flush is not None:
        flush()


def _report_error(report: memoryview, error: BaseException) -> None:
    try:
        line = traceback.format_exception_only(type(error), error)[-1].strip()
        if isinstance(error, ImportError):  # where the module lies differs between machines
            line = line.removesuffix(f" ({error.path})")
    except BaseException:  # a hostile __str__
        line = "Exception"
    write_report(report, wire.RAISED, None, line)


def write_report(report: memoryview, outcome: int, value: str | None, error: str | None) -> None:
    """Write how the program ended into the slot, for the warm parent to read."""
    value_bytes, value_cut = wire.shortened(value, _LONGEST_VALUE)
    error_bytes, error_cut = wire.shortened(error, _LONGEST_ERROR)
    start, middle = wire.REPORT.size, wire.REPORT.size + len(value_bytes)
    report[start:middle] = value_bytes
    report[middle : middle + len(error_bytes)] = error_bytes
    wire.REPORT.pack_into(
        report,
        0,
        outcome | wire.SHORTENED if value_cut or error_cut else outcome,
        wire.ABSENT if value is None else len(value_bytes),
        wire.ABSENT if error is None else len(error_bytes),
    )
