"""`mathcli doctor`: checks what works on this machine, with one next step for each finding."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal

import typer

from mathcli.cli import output
from mathcli.cli.guard import doing
from mathcli.cli.status_line import passing_line
from mathcli.counting import counted
from mathcli.errors import EngineError, Exit, SandboxError
from mathcli.screen import Stream
from mathcli.wrapping import columns, wrapped

State = Literal["ok", "warning", "failed"]
_CARD = "correct the file, or delete it"
_MARGIN = "         "
_MARKS = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    name: str
    state: State
    detail: str
    next_step: str | None = None


@dataclass(frozen=True)
class Findings:
    """All findings; exit code 5 if solving cannot work."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> Exit:
        """0, or 5 if something that every solve needs has failed."""
        failed = any(finding.state == "failed" for finding in self.findings)
        return Exit.ENGINE if failed else Exit.OK

    def text(self) -> str:
        """A line for each finding, with its next step below it; a terminal gets whole words."""
        width = columns() if Stream(sys.stdout).isatty() else None
        lines = []
        for finding in self.findings:
            line = f"{_MARKS[finding.state]}  {finding.name}: {finding.detail}"
            lines.append(line if width is None else wrapped(line, width, indent=_MARGIN))
            if finding.next_step:
                line = f"{_MARGIN}next: {finding.next_step}"
                lines.append(line if width is None else wrapped(line, width))
        return "\n".join(lines)

    def record(self) -> Mapping[str, Any]:
        """The findings as data."""
        return {"schema": output.SCHEMA, "findings": [asdict(f) for f in self.findings]}


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check the native library, the processor, the embedded model and the sandbox.

    The layers of the sandbox are tried one by one; then a program is run under all of them.

    Exit code: 0, or 5 if something that every solve needs has failed.

    Examples:

        mathcli doctor

        mathcli doctor --json > machine.json
    """
    with passing_line():
        doing("trying the native library")
        found = (_library(), *_hardware(), _embedded(), *_own_cards())
        doing("trying the sandbox")
        findings = (*found, *_sandbox())
    output.emit(Findings(findings), as_json=as_json)


def _library() -> Finding:
    """The native library's self-test, run now even if its result is cached."""
    import llama_cpp

    from mathcli.engines import selftest
    from mathcli.engines.rebuilding import rebuild_command

    name = f"llama-cpp-python {llama_cpp.__version__}"
    try:
        build = selftest.try_out()
    except EngineError as error:
        return Finding(name, "failed", error.message, error.hint)
    if build.crash:
        detail = f"the fast code path crashes ({build.crash}); the safe one is in use"
        return Finding(name, "warning", detail, f"rebuild: {rebuild_command()}")
    return Finding(name, "ok", "self-test passed with the fast code path")


def _hardware() -> list[Finding]:
    from mathcli.engines.devices import build_hint, devices
    from mathcli.engines.hardware import physical_threads
    from mathcli.engines.memory import GB, available

    free = available()
    memory = f", {free / GB:.1f} GB of memory free" if free is not None else ""
    findings = [_processor(f"{counted(physical_threads(), 'physical core')} usable{memory}")]
    for device in devices():
        detail = f"{device.description}, {device.free / GB:.1f} of {device.total / GB:.1f} GB free"
        findings.append(Finding(f"GPU {device.name}", "ok", detail))
    if len(findings) == 1:
        hint = build_hint()
        state: State = "warning" if hint else "ok"
        found = "there is one, but this build cannot use it" if hint else "none"
        findings.append(Finding("GPU", state, found, hint))
    return findings


def _processor(cores: str) -> Finding:
    """The cores, and whether other processes use them at the moment."""
    from mathcli.engines.threads import WINDOW, Governor

    governor = Governor(most=2)
    time.sleep(WINDOW)
    governor.update()
    if governor.busy is None:
        return Finding("processor", "ok", cores)
    waits = "solving is slower until they end; simultaneous calls can share an engine with --keep"
    return Finding("processor", "warning", f"{cores}; {governor.busy}", waits)


def _embedded() -> Finding:
    from mathcli.models import file_digest
    from mathcli.resources import embedded_model

    path = embedded_model()
    if not path.exists():
        return Finding(
            "embedded model", "failed", f"{path} is missing", "install mathcli-solver again"
        )
    size = path.stat().st_size / 1e6
    return Finding("embedded model", "ok", f"{size:.1f} MB, sha256 {file_digest(path)[:16]}…")


def _own_cards() -> list[Finding]:
    """The user's own cards that cannot be used."""
    from mathcli.models.catalogue import broken_cards

    return [
        Finding("your cards", "warning", f"one is left out: {error.message}", error.hint or _CARD)
        for error in broken_cards().values()
    ]


def _sandbox() -> list[Finding]:
    """Test each layer on its own; then run a program under all of them, and under few."""
    from mathcli.sandbox import layers

    findings = []
    for layer in layers():
        state: State = "ok" if layer.available else ("failed" if layer.required else "warning")
        findings.append(
            Finding(
                f"sandbox: {layer.name}",
                state,
                layer.detail if layer.available else f"missing ({layer.detail})",
                None if layer.available or not layer.required else "see: --sandbox basic",
            )
        )
    strict, basic = (asyncio.run(_run_program(one)) for one in ("strict", "basic"))
    if basic.state == "failed" and strict.state == "ok":
        basic = replace(basic, state="warning")  # optional
    return [*findings, strict, basic]


async def _run_program(sandbox: Literal["strict", "basic"]) -> Finding:
    """Run a program like a model's program, as the current user, in the current folder."""
    from mathcli.sandbox import Executor, Limits

    name = f"sandbox: a program, {sandbox}"
    limits = Limits(wall_seconds=60.0, cpu_seconds=60.0)
    began = time.monotonic()
    try:
        async with Executor(workers=1, limits=limits, sandbox=sandbox) as executor:
            execution = await executor.run("from sympy import *\nprint(factorint(42))")
    except SandboxError as error:
        return Finding(name, "failed", error.message, error.hint)
    seconds = time.monotonic() - began
    if execution.stdout == "{2: 1, 3: 1, 7: 1}\n":
        return Finding(name, "ok", f"ran, {seconds:.1f} s with the start")
    ended = execution.error or execution.stopped_by or "it printed something else"
    return Finding(name, "failed", f"does not run: {ended}", "MATHCLI_DEBUG=1 mathcli run -")
