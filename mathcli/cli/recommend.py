"""`mathcli models recommend`: three models for this machine and a purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli import output
from mathcli.cli.output import AsJson
from mathcli.errors import Exit, MathcliError
from mathcli.models.recommending import CheckpointChoice, Purpose, scores_text
from mathcli.wrapping import columns, wrapped

if TYPE_CHECKING:
    from mathcli.models.store import InstalledModel

_WIDTH = 78  # most columns
_INDENT = "   "
_SMALLEST = 64 << 20  # bytes: the speed of a smaller model does not predict that of larger ones
_LARGEST = 2 << 30  # bytes: a larger model is not loaded only to measure its speed
_TOKENS = 24
_TITLES: Mapping[Purpose, str] = {
    "school": "school problems",
    "competition": "competition problems",
    "fast": "quick answers",
}


@dataclass(frozen=True)
class Machine:
    """Facts about this machine.

    Args:
        memory: bytes that a process may use.
        cores: physical cores.
        devices: graphics processors that this build can use, as text.
        bytes_per_second: of weights read while a model writes.
        measured: how that was measured.
        busy: the other load on the machine, as text.
    """

    memory: int
    cores: int
    devices: tuple[str, ...]
    bytes_per_second: float
    measured: str
    busy: str | None


@dataclass(frozen=True)
class Recommendation:
    """At most three models, and the facts that they were chosen by."""

    purpose: Purpose
    machine: Machine
    choices: tuple[CheckpointChoice, ...]
    exit_code = Exit.OK

    def text(self) -> str:
        """A few lines for each model, at most 80 columns wide and no wider than the terminal."""
        from mathcli.models.quants import size_text

        machine = self.machine
        others = ", ".join(f"--for {name}" for name in _TITLES if name != self.purpose)
        gpu = ", ".join(machine.devices) or "no GPU that this build can use"
        cores = f"{machine.cores} core{'s' if machine.cores != 1 else ''}"
        width = min(_WIDTH, columns())
        parts = [
            f"This machine: {size_text(machine.memory)} of memory, {cores}, {gpu}.\n"
            f"For {_TITLES[self.purpose]} (or {others}):"
        ]
        parts += [_lines(number, one, width) for number, one in enumerate(self.choices, 1)]
        if not self.choices:
            parts.append("No known model fits but the embedded one: --model nano.")
        about = (
            f"Sizes are for Q4_K_M. Speeds are estimates, from {machine.measured}; "
            "accuracies are published figures for the full weights."
        )
        if machine.busy:
            about += f" {machine.busy[0].upper()}{machine.busy[1:]}: it is faster when idle."
        parts[0] = wrapped(parts[0], width)
        return "\n\n".join([*parts, wrapped(about, width, indent="")])

    def record(self) -> Mapping[str, Any]:
        """The recommendation as data; in bytes, tokens per second, percent."""
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
        typer.Option("--for", help="The purpose. fast: models that answer without long thoughts."),
    ] = "school",
    as_json: AsJson = False,
) -> None:
    """Recommend three models for this machine and purpose: size, speed, published accuracy.

    Makes no connection. The speed is measured briefly and scaled to each model's size.

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
    from mathcli.engines.bandwidth import bytes_read_a_second
    from mathcli.engines.devices import devices
    from mathcli.engines.hardware import physical_threads
    from mathcli.engines.threads import Governor
    from mathcli.models.memory import total_memory

    governor = Governor(most=2)
    rate, measured = _written_with_a_model() or (
        bytes_read_a_second(),
        "the processor's memory bandwidth here: each token reads all weights once",
    )
    governor.update()
    found = tuple(f"{one.description} with {one.total / 1e9:.0f} GB" for one in devices())
    busy = governor.busy
    return Machine(total_memory(), physical_threads(), found, rate, measured, busy)


def _written_with_a_model() -> tuple[float, str] | None:
    """The bytes of weights per second of a model on this machine, and how it was measured."""
    from mathcli.engines import Sampling
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.engines.measure import decode_rate
    from mathcli.engines.options import EngineOptions

    record = _middling_model()
    if record is None:
        return None
    try:
        engine = LlamaEngine(record.path, EngineOptions(sequences=2, busy=1, context=512))
    except MathcliError:  # a damaged file must not prevent a recommendation
        return None
    try:
        rate = decode_rate(
            engine, width=1, steps=_TOKENS, sampling=Sampling(), prompt="1 + 2 + 3 + 4 ="
        )
    finally:
        engine.close()
    return rate * record.size, f"{record.name}, which wrote {rate:.0f} tokens/s just now"


def _middling_model() -> InstalledModel | None:
    """The smallest model on this machine whose speed predicts that of larger ones."""
    from mathcli.models import places, store

    found = [
        record
        for record in (*store.records(), *places.elsewhere())
        if _SMALLEST <= record.size <= _LARGEST and len(record.files) == 1
    ]
    return min(found, key=lambda record: record.size, default=None)


def _lines(number: int, choice: CheckpointChoice, width: int) -> str:
    from mathcli.models.quants import about_text

    cost = f"{about_text(choice.size)} on disk, {about_text(choice.memory)} of memory"
    if choice.rate is not None:
        cost += f", about {_rounded(choice.rate)} tokens/s"
    scores = scores_text(choice.published, choice.published_by)
    return "\n".join(
        [
            wrapped(f"{number}. {choice.name}: {cost}", width, indent=_INDENT),
            wrapped(_INDENT + choice.good_at, width, indent=""),
            wrapped(_INDENT + scores, width, indent=""),
            _INDENT + _command(choice),
        ]
    )


def _rounded(rate: float) -> str:
    """An estimate, rounded to its precision."""
    return f"{rate:.1f}" if rate < 1 else f"{rate:.0f}" if rate < 20 else f"{round(rate, -1):.0f}"


def _command(choice: CheckpointChoice) -> str:
    if choice.installed:
        return f'mathcli solve --model {choice.name} "…"'
    return f"mathcli models pull {choice.name}"
