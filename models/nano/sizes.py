"""The types in which one checkpoint can be stored: size, accuracy and speed of each.

Command: python models/nano/sizes.py CHECKPOINT.pt TOKENIZER.json OUT_FOLDER [--per-family 40]
         [--seed 5] [--training DATA_FOLDER] [--torch PYTHON]

All types are asked the same fresh problems, greedily (see evaluate.py), so that next to the
intervals the answers themselves can be compared: how many turned right and wrong against the first
type. Speed is tokens that one sequence writes per processor second, types by turns. ``--torch``
names a Python that has torch, where the one with mathcli has not. What was measured for a file is
kept in OUT_FOLDER and not measured again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from statistics import median

from evaluate import LIVE, Score, open_solver, problem_sets, score, seen_questions
from problems import FAMILIES, generate
from problems.problem import PROGRAM_CUE, Problem, prompt_of

from mathcli.answers import Grader
from mathcli.engines import Piece, Sampling
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine

TYPES = ["F16", "Q8_0", "Q5_0", "Q4_0"]
METHODS = ["tir", "auto"]
WORDS = ["stories, one step", "stories, two steps", "everyday", "happenings"]
SYMBOLIC = [name for name in FAMILIES if name not in [*WORDS, "not mathematics"]]
ROUNDS = 5


def export(arguments: argparse.Namespace, kind: str) -> Path:
    """The checkpoint's running mean in one type."""
    path: Path = arguments.out / f"{kind}.gguf"
    script = [arguments.torch, str(Path(__file__).with_name("export.py")), "write"]
    files = [str(arguments.checkpoint), str(arguments.tokenizer), str(path)]
    subprocess.run([*script, *files, "--type", kind, "--weights", "mean"], check=True)
    return path


async def accuracy(
    path: Path, sets: dict[str, list[Problem]], method: str, seen: set[str]
) -> dict[str, Score]:
    """Every family through one file."""
    async with open_solver(path, LIVE) as solver:
        with Grader() as grader:
            return {
                name: await score(solver, grader, problems, method, seen)
                for name, problems in sets.items()
            }


async def speed(path: Path, turn: int) -> float:
    """Tokens per processor second of one sequence, the loading not counted."""
    engine = LlamaEngine(path, EngineOptions(threads=1))
    tokens, seconds = 0, 0.0
    for family in SYMBOLIC:
        prompt = prompt_of(generate(family, 10**9 + turn).question) + PROGRAM_CUE
        sequence = await engine.open([Piece(prompt, markup=True)], Sampling())
        began = time.process_time()
        tokens += (await sequence.generate(max_tokens=100)).tokens
        seconds += time.process_time() - began
        await sequence.close()
    engine.close()
    return tokens / seconds


def together(scores: dict[str, Score], families: list[str]) -> Score:
    """Several families as one."""
    chosen = [scores[name] for name in families]
    whole = Score(sum(s.right for s in chosen), sum(s.total for s in chosen))
    whole.wrong = [entry for s in chosen for entry in s.wrong]
    return whole


def shown(result: Score) -> str:
    """Right of how many, with the interval."""
    low, high = result.interval
    return f"{result.right}/{result.total} ({100 * low:.1f}–{100 * high:.1f} %)"


def line(kind: str, method: str, path: Path, scores: dict[str, Score], first: Score) -> str:
    """One row of the table."""
    symbolic, words = together(scores, SYMBOLIC), together(scores, WORDS)
    wrong = {entry["question"] for entry in symbolic.wrong + words.wrong}
    before = {entry["question"] for entry in first.wrong}
    change = f"+{len(before - wrong)} −{len(wrong - before)}"
    size = f"{path.stat().st_size / 1e6:.2f} MB"
    return f"| {kind} | {size} | {method} | {shown(symbolic)} | {shown(words)} | {change} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--per-family", type=int, default=40)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--training", type=Path)
    parser.add_argument("--torch", default=sys.executable, help="a Python that has torch")
    given = parser.parse_args(namespace=argparse.Namespace(gsm8k=None, families=None))
    given.out.mkdir(parents=True, exist_ok=True)
    files = {kind: export(given, kind) for kind in TYPES}
    asked = problem_sets(given)
    asked = {name: asked[name] for name in [*SYMBOLIC, *WORDS]}
    known = seen_questions(given.training)
    print(f"| type | file | method | symbolic | word problems | against {TYPES[0]} |")
    print("|---|---|---|---|---|---|")
    firsts: dict[str, Score] = {}
    for kind, file in files.items():
        digest = sha256(file.read_bytes()).hexdigest()[:12]
        for method in METHODS:
            name = f"{digest} {method} {given.per_family} {given.seed}.json"
            if not (given.out / name).exists():
                fresh = asyncio.run(accuracy(file, asked, method, known))
                kept = {family: asdict(result) for family, result in fresh.items()}
                (given.out / name).write_text(json.dumps(kept, indent=1), encoding="utf-8")
            stored = json.loads((given.out / name).read_text(encoding="utf-8"))
            found = {family: Score(**values) for family, values in stored.items()}
            whole = together(found, [*SYMBOLIC, *WORDS])
            print(line(kind, method, file, found, firsts.setdefault(method, whole)), flush=True)
    turns = [{k: asyncio.run(speed(f, turn)) for k, f in files.items()} for turn in range(ROUNDS)]
    print("\nTokens per processor second, and against Q8_0:")
    for kind in TYPES:
        ratio = median(turn[kind] / turn["Q8_0"] for turn in turns)
        print(f"{kind}: {median(turn[kind] for turn in turns):.0f}, {ratio:.2f}")
