"""Accuracy per family on fresh problems, through mathcli's own engine, executor and grader.

Command: python models/nano/evaluate.py [--model FILE] [--per-family 100] [--seed 1]
         [--gsm8k train.jsonl] [--training DATA_FOLDER] [--method auto] [--json OUT.json]
         [--write DATASET.jsonl]

Fresh problems come from seeds that training never uses; with ``--training`` those whose question
is, word for word, in a training shard are left out and counted. ``--gsm8k`` adds the held-out
tenth of that file, whole problems and parts of their solutions, by number of
operations. ``free_problems.txt`` is always asked: written by hand, used in no training. ``--write``
asks nothing: it makes of the problems that have an answer a dataset for `mathcli eval`. Runs where
mathcli is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from math import sqrt
from pathlib import Path

from make_data import verified
from problems import FAMILIES, generate, gsm8k
from problems.problem import Problem
from problems.talk import REFUSAL

from mathcli.answers import Grader
from mathcli.engines import Sampling
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.models import find_card, find_model
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver

FRESH = 10**9  # training seeds stay far below
LIVE = 16
FREE = Path(__file__).parent / "free_problems.txt"


@dataclass
class Score:
    """How one family did."""

    right: int = 0
    total: int = 0
    seen: int = 0
    programs: int = 0
    wrong: list[dict[str, str | None]] = field(default_factory=list)

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share that is right."""
        if not self.total:
            return 0.0, 1.0
        z, n, share = 1.96, self.total, self.right / self.total
        middle = share + z * z / (2 * n)
        reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return max(0.0, (middle - reach) / (1 + z * z / n)), (middle + reach) / (1 + z * z / n)


def fresh(family: str, count: int, seed: int) -> Iterator[Problem]:
    """Problems of one family with a verified answer (or none, where none is right)."""
    number = FRESH * seed
    while count:
        problem = generate(family, number)
        number += 1
        if not problem.program or verified(problem):
            count -= 1
            yield problem


def dataset_row(problem: Problem) -> dict[str, str | None]:
    """A problem as a line of a dataset for `mathcli eval`."""
    return {
        "problem": problem.question,
        "answer": wanted_answer(problem),
        "subject": problem.family,
    }


def held_out(path: Path) -> dict[str, list[Problem]]:
    """The held-out tenth of the GSM8K file, by number of operations."""
    sets: dict[str, list[Problem]] = {}
    for source in gsm8k.read(path):
        drawn = gsm8k.problem(source) if source.held else None
        if drawn is not None and verified(drawn):
            steps = len(source.steps)
            kind = "parts of gsm8k" if source.part else "gsm8k"
            name = f"{kind}, held out, {steps} operation{'s' * (steps > 1)}"
            sets.setdefault(name, []).append(drawn)
    return dict(sorted(sets.items()))


def free() -> dict[str, list[Problem]]:
    """The problems written for measuring."""
    sets: dict[str, list[Problem]] = {}
    for line in FREE.read_text(encoding="utf-8").splitlines():
        if line.startswith("@ "):
            name = line[2:]
        elif line and not line.startswith("#"):
            answer, question = line.split(" | ", 1)
            sets.setdefault(name, []).append(Problem(name, question, "", "", expected=answer))
    return sets


def wanted_answer(problem: Problem) -> str | None:
    """The right answer, or None where a refusal is right."""
    if not problem.program:
        return problem.expected
    known = verified(problem)
    return known[1] if known else None


def seen_questions(folder: Path | None) -> set[str]:
    """Every question of the training shards."""
    if folder is None:
        return set()
    return {json.loads(line)["question"] for path in folder.glob("*.jsonl") for line in path.open()}


async def solved(solver: Solver, problem: Problem, method: str) -> tuple[str | None, bool]:
    """The model's answer, and whether it ran a program for it."""
    options = SolveOptions(method=method, sampling=Sampling(temperature=0.0))
    transcript = await solver.solve(problem.question, options)
    answer = transcript.answer.text if transcript.answer else None
    return answer, transcript.counts.executions > 0


async def score(
    solver: Solver, grader: Grader, problems: list[Problem], method: str, seen: set[str]
) -> Score:
    """Solve the problems, many at a time, and compare."""
    result = Score()
    unseen = [problem for problem in problems if problem.question not in seen]
    result.seen = len(problems) - len(unseen)
    gate = asyncio.Semaphore(LIVE)

    async def one(problem: Problem) -> tuple[str | None, bool]:
        async with gate:
            return await solved(solver, problem, method)

    answers = await asyncio.gather(*(one(problem) for problem in unseen))
    for problem, (answer, ran) in zip(unseen, answers, strict=True):
        result.programs += ran
        wanted = wanted_answer(problem)
        result.total += 1
        if agrees(wanted, answer, grader):
            result.right += 1
        else:
            result.wrong.append({"question": problem.question, "expected": wanted, "got": answer})
    return result


def agrees(wanted: str | None, answer: str | None, grader: Grader) -> bool:
    """Whether the answer is the wanted one, or a refusal where there is nothing to answer."""
    if wanted is None:
        return answer is None or answer == REFUSAL.rstrip(".")
    return answer is not None and grader.compare(wanted, answer).verdict.value == "correct"


def problem_sets(arguments: argparse.Namespace) -> dict[str, list[Problem]]:
    """The problems of every family, by its name."""
    sets = {
        family: list(fresh(family, arguments.per_family, arguments.seed))
        for family in arguments.families or FAMILIES
    }
    sets.update(free())
    if arguments.gsm8k:
        sets.update(held_out(arguments.gsm8k))
    return sets


def write_dataset(path: Path, sets: dict[str, list[Problem]], seen: set[str]) -> int:
    """Write what has an answer and is in no training shard for `mathcli eval`; return how many."""
    asked = [p for problems in sets.values() for p in problems if p.program]
    lines = [json.dumps(dataset_row(p)) for p in asked if p.question not in seen]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


async def evaluate(arguments: argparse.Namespace) -> dict[str, Score]:
    """Every family, one after the other."""
    sets = problem_sets(arguments)
    seen = seen_questions(arguments.training)
    scores: dict[str, Score] = {}
    async with open_solver(find_model(arguments.model), LIVE) as solver:
        with Grader() as grader:
            for family, problems in sets.items():
                if problems:
                    scores[family] = await score(solver, grader, problems, arguments.method, seen)
                    print(row(family, scores[family]), flush=True)
    return scores


@asynccontextmanager
async def open_solver(path: Path, live: int) -> AsyncIterator[Solver]:
    """mathcli's own engine, executor and card for a file, with room for ``live`` problems."""
    engine = LlamaEngine(path, EngineOptions(sequences=live, busy=live))
    try:
        card = find_card(engine.metadata)
        async with Executor() as executor:
            info = ModelInfo("nano", path.name, "", "", engine.version, card.name)
            yield Solver(engine, executor, card, info)
    finally:
        engine.close()


def row(family: str, result: Score) -> str:
    """One line of the table, as Markdown."""
    low, high = result.interval
    share = 100 * result.right / max(1, result.total)
    seen = f" ({result.seen} left out: in training)" if result.seen else ""
    span = f"{100 * low:.1f}–{100 * high:.1f} %"
    code = f"{100 * result.programs / max(1, result.total):.0f} %"
    return f"| {family} | {result.right}/{result.total}{seen} | {share:.1f} % | {span} | {code} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a .gguf file; the shipped one by default")
    parser.add_argument("--per-family", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--families", nargs="*", choices=list(FAMILIES))
    parser.add_argument("--gsm8k", type=Path)
    parser.add_argument("--training", type=Path)
    parser.add_argument("--method", choices=["tir", "cot", "auto"], default="tir")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", type=Path, help="only write the problems, for mathcli eval")
    given = parser.parse_args()
    if given.write:
        print(write_dataset(given.write, problem_sets(given), seen_questions(given.training)))
        raise SystemExit
    print("| family | right | share | 95 % interval | with a program |\n|---|---|---|---|---|")
    found = asyncio.run(evaluate(given))
    whole = Score(
        right=sum(s.right for s in found.values()),
        total=sum(s.total for s in found.values()),
        programs=sum(s.programs for s in found.values()),
    )
    print(row("all", whole))
    if given.json:
        given.json.write_text(json.dumps({k: asdict(s) for k, s in found.items()}, indent=1))
