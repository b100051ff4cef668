"""Make the training documents: generate, execute, keep what is right, write shards.

Command: python make_data.py OUT_FOLDER [--gsm8k train.jsonl] [--shards 40] [--documents 8000]

Every shard is a small image of the whole mixture, so training can start on the first ones while
the rest is being made; stories with several steps come in over the first shards.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from random import Random

from execute import LONGEST_OUTPUT, run
from problems import generate, gsm8k
from problems.problem import (
    PROGRAM_CUE,
    WORDS_CUE,
    Problem,
    answer_from,
    in_the_head,
    spoken_document,
    written_document,
)

# Documents of each family in a hundred.
SHARES = {
    "equations": 8,
    "systems": 3,
    "derivatives": 5,
    "integrals": 5,
    "limits": 3,
    "algebra": 5,
    "arithmetic": 6,
    "percentages": 3,
    "number theory": 4,
    "counting": 3,
    "sequences": 2,
    "geometry": 4,
    "not mathematics": 1,
    "stories, one step": 15,
    "stories, two steps": 18,
    "puzzles": 5,
    gsm8k.FAMILY: 13,
}
# The first shards teach one operation before several, and the file's problems last.
EARLY = {**SHARES, "stories, one step": 32, "stories, two steps": 12, gsm8k.FAMILY: 4}
# The last shards give more to what is hard to learn: many ways to ask, few documents each.
LATE = {
    **SHARES,
    "sequences": 7,
    "geometry": 8,
    "arithmetic": 9,
    "number theory": 6,
    "percentages": 5,
    "derivatives": 7,
    "integrals": 6,
    "stories, one step": 12,
    "stories, two steps": 14,
    gsm8k.FAMILY: 11,
}
# Then word problems come to the front, with real language and the widest grammar.
BROAD = {
    "equations": 4,
    "systems": 2,
    "derivatives": 4,
    "integrals": 3,
    "limits": 2,
    "algebra": 4,
    "arithmetic": 5,
    "sums": 8,
    "percentages": 3,
    "number theory": 4,
    "counting": 2,
    "sequences": 2,
    "geometry": 3,
    "not mathematics": 1,
    "puzzles": 3,
    "stories, one step": 5,
    "stories, two steps": 7,
    "everyday": 18,
    "happenings": 20,
    gsm8k.FAMILY: 15,
}
# Then what is still weak, and twice as many solutions in words: sums, stories told as events.
FOCUS = {
    "equations": 6,
    "systems": 3,
    "derivatives": 5,
    "integrals": 3,
    "limits": 2,
    "algebra": 3,
    "arithmetic": 7,
    "sums": 11,
    "percentages": 3,
    "number theory": 4,
    "counting": 2,
    "sequences": 2,
    "geometry": 5,
    "not mathematics": 1,
    "puzzles": 5,
    "stories, one step": 6,
    "stories, two steps": 5,
    "everyday": 14,
    "happenings": 22,
    gsm8k.FAMILY: 14,
}
# While the rate falls: everything as it should stay, with more real language.
CLOSING = {
    **FOCUS,
    "arithmetic": 9,
    "sums": 8,
    "percentages": 4,
    "counting": 3,
    "sequences": 3,
    "geometry": 6,
    "stories, one step": 8,
    "stories, two steps": 9,
    "happenings": 16,
    gsm8k.FAMILY: 20,
}
# What a program does well and words do not yet.
SPELLED = {
    **CLOSING,
    "equations": 12,
    "derivatives": 11,
    "integrals": 7,
    "limits": 4,
    "algebra": 9,
    "arithmetic": 13,
    "percentages": 9,
    "number theory": 7,
    "counting": 7,
    "sequences": 7,
    "geometry": 10,
    "puzzles": 7,
    "happenings": 13,
    "everyday": 12,
    gsm8k.FAMILY: 16,
}
# The first shard of each, in order.
MIXTURES = (
    (0, EARLY),
    (3, SHARES),
    (11, LATE),
    (23, BROAD),
    (40, FOCUS),
    (56, CLOSING),
    (60, SPELLED),
)
VOICES = {"equations": 2, "integrals": 2, "limits": 2}
SPOKEN_SHARE = 0.7
SUMS_SPOKEN_SHARE = 0.5
HEAD_SHARE = 0.3
BROKEN_SHARE = 0.02


def verified(problem: Problem) -> tuple[str, str] | None:
    """Output and answer of the executed program, or None where it must not be taught."""
    output, _ = run(problem.program)
    if output is None or not 0 < len(output.strip()) <= LONGEST_OUTPUT or "\n" in output.strip():
        return None
    answer = answer_from(output, problem.form)
    if not answer or (len(answer.split(".")[-1]) > 6 and "." in answer):
        return None
    if problem.expected is not None and answer != problem.expected:
        return None
    return output, answer


def broken(problem: Problem) -> Problem:
    """The same problem with a first program that forgot a line."""
    lines = problem.program.splitlines()
    if len(lines) < 2:
        return problem
    remark = "The program failed because a line was missing. I add it and run it again."
    return replace(problem, broken=("\n".join(lines[1:]), remark))


def record(problem: Problem, rng: Random) -> dict[str, object] | None:
    """One training document as it is stored, or None if its program was not good."""
    if not problem.program:
        # A caller that forces a cue must still be told that this is no mathematics.
        segments, answer = spoken_document(problem, rng.choice([PROGRAM_CUE, WORDS_CUE])), ""
    else:
        result = verified(problem)
        if result is None:
            return None
        output, answer = result
        spoken = in_the_head(problem, answer)
        share = SPOKEN_SHARE if problem.spoken is not None else HEAD_SHARE
        if problem.family == "sums":
            share = SUMS_SPOKEN_SHARE
        if spoken is not None and rng.random() < share:
            segments = spoken_document(replace(problem, spoken=spoken))
        else:
            failure = None
            if rng.random() < BROKEN_SHARE:
                problem = broken(problem)
                failure = run(problem.broken[0])[1] if problem.broken else None
            segments = written_document(problem, output, failure)
    return {
        "family": problem.family,
        "question": problem.question,
        "answer": answer,
        "segments": [[segment.text, segment.weight] for segment in segments],
    }


def mixture(number: int) -> dict[str, int]:
    """The shares of a shard."""
    return [shares for first, shares in MIXTURES if first <= number][-1]


def drawn(number: int, documents: int, sources: list[gsm8k.Source]) -> Iterator[Problem]:
    """The problems of one shard, before they are executed."""
    shares = mixture(number)
    for family, share in shares.items():
        wanted = documents * share // sum(shares.values())
        voices = VOICES.get(family, 1)
        if family == gsm8k.FAMILY:
            yield from gsm8k.training(sources, number, wanted if sources else 0)
            continue
        for count in range(wanted):
            yield generate(family, number * documents + count // voices, count % voices)


def shard(number: int, documents: int, folder: Path, source: Path | None) -> Counter[str]:
    """Write one shard; the same number always gives the same file."""
    path = folder / f"{number:03d}.jsonl"
    rng = Random(f"shard/{number}")
    sources = gsm8k.read(source) if source else []
    made = (record(problem, rng) for problem in drawn(number, documents, sources))
    rows = [row for row in made if row is not None]
    rng.shuffle(rows)
    partial_path = path.with_suffix(".partial")
    partial_path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    partial_path.rename(path)
    return Counter(str(row["family"]) for row in rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gsm8k", type=Path, help="its training file; left out without it")
    parser.add_argument("--start", type=int, default=0, help="the first shard to make")
    parser.add_argument("--shards", type=int, default=40)
    parser.add_argument("--documents", type=int, default=8000, help="documents in a shard")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    numbers = range(arguments.start, arguments.shards)
    wanted = [n for n in numbers if not (arguments.folder / f"{n:03d}.jsonl").exists()]
    job = partial(
        shard, documents=arguments.documents, folder=arguments.folder, source=arguments.gsm8k
    )
    counts: Counter[str] = Counter()
    with Pool(arguments.processes) as pool:
        for counted in pool.imap(job, wanted):
            counts += counted
    print(json.dumps(counts, indent=1))
