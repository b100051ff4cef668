"""`mathcli models recommend`: three models for this machine and a purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli import output
from mathcli.cli.output import AsJson
from mathcli.errors import Exit, MathcliError
from mathcli.models.recommending import Choice, Purpose, scores_text

if TYPE_CHECKING:
    from mathcli.models.store import Record

_WIDTH = 78
_INDENT = "   "
_SMALLEST = 64 << 20  # bytes of a model whose speed says something about larger ones
_LARGEST = 2 << 30  # bytes of a model that is loaded for this alone
_TOKENS = 24
_TITLES: Mapping[Purpose, str] = {
    "school": "school problems",
    "competition": "competition problems",
    "fast": "quick answers",
}


@dataclass(frozen=True)
class Machine:
    """What was found out about this machine.

    Args:
        memory: bytes that a process may use.
        cores: physical cores.
        devices: graphics processors that this build can use, in words.
        bytes_per_second: of a model's weights, while it writes.
        measured: what that was measured with.
        busy: what else uses it, in words.
    """

    memory: int
    cores: int
    devices: tuple[str, ...]
    bytes_per_second: float
    measured: str
    busy: str | None


@dataclass(frozen=True)
class Recommendation:
    """At most three choices, and what they rest on."""

    purpose: Purpose
    machine: Machine
    choices: tuple[Choice, ...]
    exit_code = Exit.OK

    def text(self) -> str:
        """A few lines for each; 80 columns are enough."""
        from mathcli.models.quants import size_text

        machine = self.machine
        others = ", ".join(f"--for {name}" for name in _TITLES if name != self.purpose)
        gpu = ", ".join(machine.devices) or "no GPU that this build can use"
        cores = f"{machine.cores} core{'s' if machine.cores != 1 else ''}"
        parts = [
            f"This machine: {size_text(machine.memory)} of memory, {cores}, {gpu}.\n"
            f"For {_TITLES[self.purpose]} (or {others}):"
        ]
        parts += [_lines(number, one) for number, one in enumerate(self.choices, 1)]
        if not self.choices:
            parts.append("Nothing that is known fits; the embedded model does: --model nano.")
        about = (
            f"Sizes are for Q4_K_M. Speeds are estimates, from {machine.measured}; "
            "accuracies are others' figures for the full weights."
        )
        if machine.busy:
            about += f" {machine.busy[0].upper()}{machine.busy[1:]}: it can do more than this."
        return "\n\n".join([*parts, fill(about, _WIDTH)])

    def record(self) -> Mapping[str, Any]:
        """The same as data; bytes, tokens a second, percent."""
        choices = [{**asdict(one), "command": _command(one)} for one in self.choices]
        return {
            "schema": output.SCHEMA,
            "purpose": self.purpose,
            "machine": asdict(self.machine),
            "choices": choices,
        }


def recommend_command(
    purpose: Annotated[
        Purpose,
        typer.Option("--for", help="What for. fast: models that answer without long thoughts."),
    ] = "school",
    as_json: AsJson = False,
) -> None:
    """Three models for this machine and purpose: size, speed, what is known of their accuracy.

    Makes no connection. The speed is measured for a moment and scaled to each model's size.

    Examples:

        mathcli models recommend

        mathcli models recommend --for competition
    """
    from mathcli.models import cards, store
    from mathcli.models.recommending import recommended

    machine = _machine()
    here = {record.alias for record in store.records() if record.alias}
    choices = recommended(
        purpose,
        cards().values(),
        memory=machine.memory,
        bytes_per_second=machine.bytes_per_second,
        installed=here,
    )
    output.emit(Recommendation(purpose, machine, tuple(choices)), as_json=as_json)


def _machine() -> Machine:
    from mathcli.engines.devices import devices
    from mathcli.engines.hardware import physical_threads
    from mathcli.engines.reading import bytes_read_a_second
    from mathcli.engines.threads import Governor
    from mathcli.models.memory import total_memory

    governor = Governor(most=2)
    rate, measured = _written_with_a_model() or (
        bytes_read_a_second(),
        "how fast the processor reads memory here: each token takes a pass over all weights",
    )
    governor.update()
    found = tuple(f"{one.description} with {one.total / 1e9:.0f} GB" for one in devices())
    busy = governor.busy
    return Machine(total_memory(), physical_threads(), found, rate, measured, busy)


def _written_with_a_model() -> tuple[float, str] | None:
    """Bytes of weights a second of a model that is here, and its name."""
    from mathcli.engines import Sampling
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.engines.measure import decode_rate
    from mathcli.engines.options import EngineOptions

    record = _middling_model()
    if record is None:
        return None
    try:
        engine = LlamaEngine(record.path, EngineOptions(sequences=2, busy=1, context=512))
    except MathcliError:  # a damaged file is no reason not to recommend another
        return None
    try:
        rate = decode_rate(
            engine, width=1, steps=_TOKENS, sampling=Sampling(), prompt="1 + 2 + 3 + 4 ="
        )
    finally:
        engine.close()
    return rate * record.size, f"{record.name}, which wrote {rate:.0f} tokens/s just now"


def _middling_model() -> Record | None:
    """The smallest model here whose speed says something about larger ones."""
    from mathcli.models import places, store

    found = [
        record
        for record in (*store.records(), *places.elsewhere())
        if _SMALLEST <= record.size <= _LARGEST and len(record.files) == 1
    ]
    return min(found, key=lambda record: record.size, default=None)


def _lines(number: int, one: Choice) -> str:
    from mathcli.models.quants import about_text

    cost = f"{about_text(one.size)} on disk, {about_text(one.memory)} of memory"
    if one.rate is not None:
        cost += f", about {_rounded(one.rate)} tokens/s"
    return "\n".join(
        [
            f"{number}. {one.name}: {cost}",
            fill(one.good_at, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT),
            fill(
                scores_text(one.published, one.published_by),
                _WIDTH,
                initial_indent=_INDENT,
                subsequent_indent=_INDENT,
                break_on_hyphens=False,
            ),
            f"   {_command(one)}",
        ]
    )


def _rounded(rate: float) -> str:
    """An estimate, with no more digits than it deserves."""
    return f"{rate:.1f}" if rate < 1 else f"{rate:.0f}" if rate < 20 else f"{round(rate, -1):.0f}"


def _command(one: Choice) -> str:
    if one.installed:
        return f'mathcli solve --model {one.name} "…"'
    return f"mathcli models pull {one.name}"
