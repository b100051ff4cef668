"""What each strategy gets out of its tokens, on fresh problems that the embedded model never saw.

    python -m tests.benchmarks.strategies [--problems 200] [--temperature 1.5] [--only NAME ...]

Every row solves the same problems through mathcli's own engine, executor and grader. Samples are
drawn at a temperature at which they differ. The columns: the share solved with its 95 % interval,
tokens written per problem, their share of the row named in `ROWS` as what it is compared with, and
how many solutions were begun. Tokens do not depend on the machine; seconds do, and are not told.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mathcli.answers import Grader
from mathcli.engines import Sampling
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.evaluation.estimators import Share
from mathcli.models import card_named
from mathcli.resources import embedded_model
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver
from mathcli.solving.options import StrategyName

sys.path.insert(0, str(Path(__file__).parents[2] / "models/nano"))
from evaluate import agrees, fresh, wanted_answer
from problems import FAMILIES

SEED = 2026  # of the problems: neither training nor the model's own evaluation uses it
LIVE = 3  # problems in work at once: attention reads the cache of all that is being written
BUDGET = 450  # tokens a problem: eight solutions of the embedded model
MANY = 64  # more than the budget pays for


@dataclass(frozen=True)
class Row:
    """One way to solve: its options, and the row with which its tokens are compared."""

    options: SolveOptions
    against: str | None = None


GREEDY = SolveOptions()
SAMPLED = SolveOptions(sampling=Sampling(temperature=1.5, seed=1))  # main sets the temperature


def votes(samples: int, confidence: float) -> SolveOptions:
    return replace(SAMPLED, strategy="vote", samples=samples, confidence=confidence)


def spending(strategy: StrategyName, samples: int, **more: int) -> SolveOptions:
    """All of the budget on one strategy."""
    asked = replace(SAMPLED, strategy=strategy, samples=samples, budget=BUDGET, confidence=1.0)
    return replace(asked, **more)  # type: ignore[arg-type]


ROWS: Mapping[str, Row] = {
    "one solution, greedy": Row(GREEDY),
    "one solution, sampled": Row(SAMPLED),
    "vote of 8": Row(votes(8, 1.0)),
    "vote of 8, stopped when safe": Row(votes(8, 0.95), "vote of 8"),
    "vote of 16": Row(votes(16, 1.0)),
    "vote of 16, stopped when safe": Row(votes(16, 0.95), "vote of 16"),
    # At one budget of tokens, which as good as all of them spend. There is no reward model for
    # the embedded model: what programs did is what searches go by.
    "budget: vote": Row(spending("vote", MANY)),
    "budget: best": Row(spending("best", MANY)),
    "budget: select": Row(spending("select", MANY)),
    "budget: particles": Row(spending("particles", 8)),
    "budget: particles, twice": Row(spending("particles", 4, iterations=2)),
    "budget: beam": Row(spending("beam", 8, branch=4)),
    "budget: tree": Row(spending("tree", 2, branch=4, iterations=MANY)),
}


@dataclass(frozen=True)
class Question:
    text: str
    answer: str


@dataclass(frozen=True)
class Measured:
    """What became of one row."""

    solved: Share
    tokens: float  # a problem
    begun: float  # solutions a problem


def questions(count: int) -> list[Question]:
    """Fresh problems with their answers, the same number of each family."""
    families = [family for family in FAMILIES if family != "not mathematics"]
    each = [list(fresh(family, -(-count // len(families)), SEED)) for family in families]
    mixed = itertools.chain(*zip(*each, strict=True))
    return [
        Question(problem.question, answer)
        for problem in itertools.islice(mixed, count)
        if (answer := wanted_answer(problem)) is not None
    ]


async def measure(solver: Solver, problems: Sequence[Question], options: SolveOptions) -> Measured:
    """Solve all problems with the same options, many at a time."""
    gate = asyncio.Semaphore(LIVE)
    grader = solver.grader
    assert grader is not None

    async def one(problem: Question) -> tuple[bool, int, int]:
        async with gate:
            found = await solver.solve(problem.text, options)
        text = found.answer.text if found.answer else None
        right = await asyncio.to_thread(agrees, problem.answer, text, grader)
        return right, found.counts.generated_tokens, max(1, len(found.samples))

    results = await asyncio.gather(*(one(problem) for problem in problems))
    total = len(results)
    return Measured(
        Share(sum(right for right, _, _ in results), total),
        sum(tokens for _, tokens, _ in results) / total,
        sum(begun for _, _, begun in results) / total,
    )


@asynccontextmanager
async def open_solver() -> AsyncIterator[Solver]:
    """The embedded model with room for many solutions at once."""
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=200, busy=64))
    try:
        async with Executor() as executor:
            with Grader() as grader:
                info = ModelInfo("nano", "nano.gguf", "", "", engine.version, "nano")
                yield Solver(engine, executor, card_named("nano"), info, grader=grader)
    finally:
        engine.close()


async def main(arguments: argparse.Namespace) -> None:
    problems = questions(arguments.problems)
    print(f"{len(problems)} problems, temperature {arguments.temperature:g}\n")
    print("| strategy | solved | 95 % interval | tokens a problem | of | begun |")
    print("|---|---|---|---|---|---|")
    done: dict[str, Measured] = {}
    async with open_solver() as solver:
        for name, row in ROWS.items():
            if arguments.only and name not in arguments.only:
                continue
            options = row.options
            if options.sampling.temperature > 0:
                sampling = replace(options.sampling, temperature=arguments.temperature)
                options = replace(options, sampling=sampling)
            done[name] = found = await measure(solver, problems, options)
            print(line(name, found, done.get(row.against or "")), flush=True)


def line(name: str, found: Measured, against: Measured | None) -> str:
    """One line of the table, as Markdown."""
    low, high = found.solved.interval
    share = f"{100 * found.tokens / against.tokens:.0f} %" if against else ""
    return (
        f"| {name} | {100 * found.solved.value:.1f} % | {100 * low:.1f}-{100 * high:.1f} % "
        f"| {found.tokens:.0f} | {share} | {found.begun:.1f} |"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--temperature", type=float, default=1.5)
    parser.add_argument("--only", nargs="*", choices=list(ROWS))
    asyncio.run(main(parser.parse_args()))
