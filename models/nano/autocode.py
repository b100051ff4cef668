"""When to think and when to write a program: learned from the model's own attempts.

Command: python autocode.py MODEL.gguf DATA_FOLDER --number 60 [--documents 8000] [--gsm8k FILE]

The expectation step of AutoCode4Math (Wang et al., 2025), in miniature: every problem that a head
might do is answered in words. The maximization step is ordinary training on the shard that is
written: words where they were right and the model sure of them, a program everywhere else; only in
these documents the cue itself carries a loss. Runs where mathcli is installed, on a checkpoint of
the run that the shard is for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import replace
from pathlib import Path
from random import Random

from evaluate import open_solver
from make_data import drawn, verified
from problems import gsm8k
from problems.problem import Problem, Segment, in_the_head, spoken_document, written_document

from mathcli.engines import Sampling
from mathcli.solving import SolveOptions, Solver
from mathcli.solving.options import Silent
from mathcli.solving.task import Task

SURE = 0.6  # how probable every token must be; what is less is as often wrong as right
CUE_WEIGHT = 2.0  # a document has one cue and some forty other tokens
LIVE = 16


async def masters(solver: Solver, problem: Problem, answer: str) -> bool:
    """Whether the model finds the answer in words and is sure of every token."""
    options = SolveOptions(method="cot", sampling=Sampling(temperature=0.0))
    task = Task(solver, problem.question, "cot", options, Silent())
    try:
        words = await task.open()
        await words.go()
        found, least = words.answer(), words.least_probability
    finally:
        await task.close()
    return found is not None and found.text == answer and (least or 0.0) >= SURE


async def chosen(solver: Solver, problem: Problem) -> dict[str, object] | None:
    """A document with the better of the two ways, or None for a problem that is not taught."""
    if not problem.program:
        return _row(problem, "", spoken_document(problem, cue_weight=CUE_WEIGHT))
    known = verified(problem)
    if known is None:
        return None
    output, answer = known
    spoken = in_the_head(problem, answer)
    if spoken is not None and await masters(solver, problem, answer):
        told = replace(problem, spoken=spoken)
        return _row(problem, answer, spoken_document(told, cue_weight=CUE_WEIGHT))
    return _row(problem, answer, written_document(problem, output, cue_weight=CUE_WEIGHT))


def _row(problem: Problem, answer: str, segments: list[Segment]) -> dict[str, object]:
    return {
        "family": problem.family,
        "question": problem.question,
        "answer": answer,
        "segments": [[segment.text, segment.weight] for segment in segments],
    }


async def shard(
    model: Path, number: int, documents: int, source: Path | None
) -> list[dict[str, object]]:
    """The documents of one shard, in random order."""
    problems = list(drawn(number, documents, gsm8k.read(source) if source else []))
    gate = asyncio.Semaphore(LIVE)

    async def one(solver: Solver, problem: Problem) -> dict[str, object] | None:
        async with gate:
            return await chosen(solver, problem)

    async with open_solver(model, LIVE) as solver:
        rows = await asyncio.gather(*(one(solver, problem) for problem in problems))
    kept = [row for row in rows if row is not None]
    Random(f"auto/{number}").shuffle(kept)
    return kept


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--number", type=int, required=True, help="the shard's number")
    parser.add_argument("--documents", type=int, default=8000)
    parser.add_argument("--gsm8k", type=Path)
    given = parser.parse_args()
    made = asyncio.run(shard(given.model, given.number, given.documents, given.gsm8k))
    words = sum(row["segments"][1][0].startswith("Let's reason") for row in made)  # type: ignore[index]
    path = given.folder / f"{given.number:03d}.jsonl"
    path.with_suffix(".partial").write_text("".join(json.dumps(row) + "\n" for row in made))
    path.with_suffix(".partial").rename(path)
    print(f"{len(made)} documents, {words} of them in words")
