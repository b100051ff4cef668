"""`mathcli run`: runs one program in the executor and prints the output as a model would see it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli.completion import complete_file
from mathcli.cli.guard import doing
from mathcli.cli.output import SCHEMA, AsJson, emit, note
from mathcli.cli.sandbox_option import Sandbox, SandboxName
from mathcli.cli.status_line import passing_line
from mathcli.cli.usage_words import solve_with
from mathcli.errors import Exit, UsageError
from mathcli.input_files import LONGEST_LINE, expanded, is_file, named

if TYPE_CHECKING:
    from mathcli.sandbox import Execution, Limits

_PROGRAM = re.compile(r"[()=\s]")  # characters of programs that are rare in file names


@dataclass(frozen=True)
class RunResult:
    """The result of the program."""

    execution: Execution

    @property
    def exit_code(self) -> Exit:
        """0 it ran, 1 it raised, 6 it was stopped."""
        return {"ok": Exit.OK, "raised": Exit.WRONG, "stopped": Exit.STOPPED}[self.execution.status]

    @property
    def unseen(self) -> str:
        """What it printed before an error; a model sees only the error."""
        return self.execution.stdout.rstrip() if self.execution.status == "raised" else ""

    def text(self) -> str:
        """The output as a model would see it."""
        from mathcli.sandbox import Semantics, feedback

        return feedback(self.execution, Semantics())

    def record(self) -> Mapping[str, Any]:
        """The execution, field by field."""
        execution = self.execution
        return {
            "schema": SCHEMA,
            "status": execution.status,
            "stdout": execution.stdout,
            "value": execution.value,
            "error": execution.error,
            "seconds": round(execution.seconds, 6),
            "peak_bytes": execution.peak_bytes,
            "stopped_by": execution.stopped_by,
            "truncated": execution.truncated,
        }


File = Annotated[
    str,
    typer.Argument(
        metavar="FILE|-",
        help="A Python program; - reads it from standard input.",
        autocompletion=complete_file(".py"),
    ),
]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", help="Stop the program after this time.")
]


def run_command(
    file: File,
    timeout: Timeout = 5.0,
    sandbox: SandboxName = Sandbox.STRICT,
    as_json: AsJson = False,
) -> None:
    """Run one program like a model's program, and print what the model would see.

    Exit code: 0 it ran, 1 it raised, 6 it was stopped by a limit or a forbidden act.

    Examples:

        mathcli run program.py

        echo "from sympy import *; print(factorint(2**64 + 1))" | mathcli run -

        mathcli run --json --timeout 2 program.py
    """
    if not is_file(expanded(file)) and _PROGRAM.search(file):
        raise UsageError(
            "the program must be in a file, or on standard input",
            "try: echo '…' | mathcli run -",
        )
    if (
        file != "-"
        and not is_file(expanded(file))
        and re.fullmatch(r"[\w.:-]+", file)
        and Path(file).suffix != ".py"
    ):
        raise UsageError(
            f"cannot read {file}: there is no such program",
            f"a problem for a model: {solve_with(file)}",
        )
    import asyncio

    from mathcli.sandbox import Executor

    limits = _limits(timeout)
    program = _read(file)

    async def run() -> RunResult:
        async with Executor(workers=1, limits=limits, sandbox=sandbox.value) as executor:
            return RunResult(await executor.run(program))

    with passing_line():
        doing("running the program")
        result = asyncio.run(run())
    if (unseen := result.unseen) and not as_json:
        note(f"mathcli: before it failed it printed this, which a model is not shown:\n{unseen}")
    emit(result, as_json=as_json)


def _limits(timeout: float) -> Limits:
    from mathcli.sandbox import Limits

    try:
        return Limits(wall_seconds=timeout, cpu_seconds=timeout)
    except UsageError as error:
        words = error.message.replace("wall_seconds", "--timeout")
        raise UsageError(words, "for example: --timeout 10") from None


def _read(file: str) -> str:
    data = named(file, most=LONGEST_LINE)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # PowerShell's > writes UTF-16
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
