"""`mathcli bench`: the speed of this machine, and how much of it mathcli uses."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli import output
from mathcli.cli.backend import EngineChoice, ModelName, chosen_model
from mathcli.cli.guard import doing
from mathcli.cli.option_groups import Without, grouped
from mathcli.cli.status_line import passing_line
from mathcli.counting import counted
from mathcli.errors import Exit

if TYPE_CHECKING:
    from mathcli.engines.llamacpp import LlamaEngine

_PROMPT = "What is the sum of all numbers from one to one hundred? "
_SOLVE = ("solve", "--model", "nano", "--no-history", "--no-resident")
_PROBLEM = "Solve x^2 - 5x + 6 = 0"


@dataclass(frozen=True)
class Line:
    """One measurement: the median; for the engine also the bare library's median and the ratio."""

    name: str
    value: float
    unit: str
    bare: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class BenchResult:
    """All measurements of one run."""

    model: str
    setting: str
    lines: tuple[Line, ...]

    @property
    def exit_code(self) -> Exit:
        """Always 0: a slow machine is no error."""
        return Exit.OK

    def text(self) -> str:
        """A table with one line for each measurement."""
        rows = [f"{self.model}: {self.setting}"]
        for line in self.lines:
            row = f"{line.name:<36} {line.value:10.1f} {line.unit:<6}"
            if line.bare is not None and line.ratio is not None:
                row += f"  bare library {line.bare:10.1f}   ratio {line.ratio:.2f}"
            rows.append(row.rstrip())
        return "\n".join(rows)

    def record(self) -> Mapping[str, Any]:
        """The measurements as data."""
        return {"schema": output.SCHEMA} | asdict(self)


@grouped
def bench_command(
    choice: Annotated[EngineChoice, Without("card", "context", "threads")],
    model: ModelName = None,
    tokens: Annotated[int, typer.Option(min=8, help="Tokens to write in each measurement.")] = 64,
    repeats: Annotated[int, typer.Option(min=1, help="Measurements to take medians of.")] = 3,
    widths: Annotated[str, typer.Option(help="How many sequences at once.")] = "1,4,16",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure the engine against the library's bare loop, the executor, and start-up.

    Each measurement alternates with the one that it is compared with: on a busy machine their
    ratio is more reliable than single figures.

    Examples:

        mathcli bench

        mathcli bench --model ~/models/qwen2.5-math-1.5b-q8_0.gguf --widths 1,8,32
    """  # fmt: skip
    from mathcli.engines.llamacpp import LlamaEngine

    numbers = _widths(widths)
    options = choice.options(sequences=max(numbers) + 1, busy=max(numbers))
    with passing_line():
        engine = LlamaEngine(chosen_model(model), options)
        try:
            setting = f"{engine.offload.reason}; {counted(engine.threads, 'thread')}"
            if engine.governor.busy:
                output.note(f"{engine.governor.busy}: this machine is faster when idle")
            doing("measuring the engine")
            lines = [*_engine_lines(engine, numbers, tokens, repeats)]
        finally:
            engine.close()
        doing("measuring the executor and the start")
        lines += [*_executor_lines(repeats), *_start_lines(repeats)]
    output.emit(BenchResult(engine.path.name, setting, tuple(lines)), as_json=as_json)


def _widths(text: str) -> list[int]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1 or max(numbers) > 64:
        raise typer.BadParameter("--widths takes numbers from 1 to 64, as in 1,4,16")
    return numbers


def _engine_lines(engine: LlamaEngine, widths: list[int], tokens: int, repeats: int) -> list[Line]:
    from mathcli.engines import Sampling
    from mathcli.engines.measure import Bare, decode_rate, prefill_rate

    lines = []
    long = min(512, engine.context_length // 2)
    for width in [0, *widths]:  # 0: prompt evaluation
        with Bare(engine, max(1, width)) as bare:
            if width == 0:
                pairs = [(bare.prefill(long), prefill_rate(engine, long)) for _ in range(repeats)]
                lines.append(_paired("prompt", pairs))
                continue
            pairs = [
                (
                    bare.decode(len(_PROMPT), tokens),
                    decode_rate(
                        engine, width=width, steps=tokens, sampling=Sampling(), prompt=_PROMPT
                    ),
                )
                for _ in range(repeats)
            ]
            lines.append(_paired(f"decode, {width} at once", pairs))
    return lines


def _paired(name: str, pairs: list[tuple[float, float]]) -> Line:
    bare, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(mine / theirs for theirs, mine in pairs)
    return Line(name, round(ours, 1), "tok/s", round(bare, 1), round(ratio, 3))


def _executor_lines(repeats: int) -> list[Line]:
    import asyncio

    from mathcli.sandbox.measure import measure

    speed = asyncio.run(measure(pairs=20 * repeats, many=50 * repeats, starts=repeats))
    first = speed.first_run - speed.first_import
    return [
        Line("executor, warm run above plain exec", round(speed.above, 2), "ms"),
        Line("executor, many runs", round(speed.runs_per_second, 1), "runs/s"),
        Line("executor, first run above an import", round(first, 1), "ms"),
    ]


def _start_lines(repeats: int) -> list[Line]:
    def command(*words: str) -> list[str]:
        return [sys.executable, "-m", "mathcli", *words]

    def whole(*words: str) -> Callable[[], float]:
        def run() -> float:
            began = time.perf_counter()
            subprocess.run(command(*words), stdout=subprocess.DEVNULL, check=True)
            return time.perf_counter() - began

        return run

    def first_byte() -> float:
        began = time.perf_counter()
        with subprocess.Popen(command(*_SOLVE, _PROBLEM), stdout=subprocess.PIPE) as child:
            if child.stdout is not None:
                child.stdout.read(1)
            seconds = time.perf_counter() - began
            child.communicate()
        return seconds

    measured = {
        "start, mathcli --version": whole("--version"),
        "start, mathcli --help": whole("--help"),
        "first word of solve, embedded model": first_byte,
    }
    lines = []
    for name, run in measured.items():
        run()  # warms the file cache
        median = statistics.median(run() for _ in range(repeats))
        lines.append(Line(name, round(1000 * median, 1), "ms"))
    return lines
