"""Short problems of a GSM8K training file, rewritten in the style of our own stories.

The file (Cobbe et al., 2021, MIT licence) marks every calculation as ``<<48/2=24>>``; those marks
become steps. Only problems of few steps whose numbers can all be traced are kept.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

from .problem import Problem
from .steps import NUMBER_WORDS, Step, plan, program, results, spoken, value_of

FAMILY = "gsm8k, short"
LONGEST_QUESTION = 420
_MARK = re.compile(r"<<([^=<>]*)=([^<>]*)>>")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])(?!\.\d)")
# Numbers that a story may use without saying them: halves, dozens, days, minutes, percent.
_UNSAID = {"1", "2", "3", "4", "5", "7", "10", "12", "24", "30", "52", "60", "100", "0.5", "365"}
_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(frozen=True)
class Source:
    """A question of the file with its computation; ``held`` ones are never trained on."""

    question: str
    steps: tuple[Step, ...]
    held: bool


def read(path: Path, most_steps: int = 4) -> list[Source]:
    """The usable problems of the file; every tenth problem of the file is held out."""
    found = []
    for number, line in enumerate(path.open(encoding="utf-8")):
        row = json.loads(line)
        steps = _steps(row["question"], row["answer"])
        if steps and len(steps) <= most_steps and len(row["question"]) <= LONGEST_QUESTION:
            found.append(Source(row["question"].strip(), tuple(steps), number % 10 == 0))
    return found


def _steps(question: str, answer: str) -> list[Step] | None:
    final = answer.rsplit("####", 1)[1].strip().replace(",", "")
    steps: list[Step] = []
    for expression, _ in _MARK.findall(answer):
        try:
            tree = ast.parse(expression.replace(",", "").replace("$", "").strip(), mode="eval")
            _walk(tree.body, steps)
        except (SyntaxError, ValueError, KeyError):
            return None
    try:
        values = results(steps)
        if not values or values[-1] != Fraction(final):
            return None
    except ValueError:
        return None
    steps = _needed(steps)
    return _in_order(steps, question) if _traced(steps, question) else None


def _traced(steps: list[Step], question: str) -> bool:
    """Whether every number of the computation is said in the question or goes without saying."""
    said = {number.replace(",", "") for number in _NUMBER.findall(question)}
    said |= {
        str(NUMBER_WORDS.index(word))
        for word in re.findall(r"[a-z]+", question.lower())
        if word in NUMBER_WORDS
    }
    literals = {o for step in steps for o in (step.left, step.right) if isinstance(o, str)}
    return literals <= said | _UNSAID


def _walk(node: ast.expr, steps: list[Step]) -> str | int:
    """Append the operations of an expression; earlier results are recognised by value."""
    if isinstance(node, ast.BinOp):
        left, right = _walk(node.left, steps), _walk(node.right, steps)
        steps.append(Step(left, _SIGNS[type(node.op)], right))
        return len(steps) - 1
    if not isinstance(node, ast.Constant) or not isinstance(node.value, (int, float)):
        raise ValueError("not a plain calculation")
    text = f"{node.value:g}" if abs(node.value) < 1e5 else str(node.value)
    values = results(steps) or []
    for index in reversed(range(len(values))):
        if values[index] == value_of(text):
            return index
    return text


def _needed(steps: list[Step]) -> list[Step]:
    """Only the steps that the last one rests on, numbered anew."""
    wanted = {len(steps) - 1}
    for index in reversed(range(len(steps))):
        if index in wanted:
            wanted |= {o for o in (steps[index].left, steps[index].right) if isinstance(o, int)}
    order = {old: new for new, old in enumerate(sorted(wanted))}

    def moved(operand: str | int) -> str | int:
        return order[operand] if isinstance(operand, int) else operand

    return [Step(moved(s.left), s.sign, moved(s.right)) for i, s in enumerate(steps) if i in wanted]


def _in_order(steps: list[Step], question: str) -> list[Step]:
    """Sums and products name their numbers in the order of the question, results first."""

    def place(operand: str | int) -> int:
        if isinstance(operand, int):
            return -1
        found = re.search(rf"(?<![\d.]){re.escape(operand)}(?![\d])", question.replace(",", ""))
        return found.start() if found else len(question)

    ordered = []
    for step in steps:
        if step.sign in "+*" and place(step.right) < place(step.left):
            step = Step(step.right, step.sign, step.left)
        ordered.append(step)
    return ordered


def problem(source: Source, rng: Random | None = None) -> Problem | None:
    """The problem as it stands, or with other numbers drawn from ``rng``; None if that fails."""
    question, steps = source.question, list(source.steps)
    if rng is not None:
        altered = _altered(source, rng)
        if altered is None:
            return None
        question, steps = altered
    values = results(steps)
    if values is None or values[-1].denominator not in (1, 2, 4, 5, 10, 20, 25, 50, 100):
        return None
    shown = str(values[-1]) if values[-1].denominator == 1 else f"{float(values[-1]):g}"
    return Problem(
        FAMILY, question, plan(steps), program(steps), expected=shown, spoken=spoken(steps)
    )


def _altered(source: Source, rng: Random) -> tuple[str, list[Step]] | None:
    """Replace numbers that occur once in the question and once in the computation."""
    literals = [o for step in source.steps for o in (step.left, step.right) if isinstance(o, str)]
    typed = [number.replace(",", "") for number in _NUMBER.findall(source.question)]
    free = [
        n
        for n in dict.fromkeys(typed)
        if typed.count(n) == 1 and literals.count(n) == 1 and n.isdigit()
    ]
    if not free:
        return None
    old = results(list(source.steps)) or []
    whole = all(value.denominator == 1 for value in old)
    for _ in range(60):
        change = {n: str(_near(int(n), rng)) for n in free if n not in ("1", "100", "0")}
        steps = [Step(_swap(s.left, change), s.sign, _swap(s.right, change)) for s in source.steps]
        values = results(steps)
        if values is None or any(v <= 0 for v in values):
            continue
        if all(v.denominator == 1 for v in values) or (
            not whole and values[-1].denominator in (1, 2, 4, 5, 10)
        ):
            return _rewritten(source.question, change), steps
    return None


def _rewritten(question: str, change: dict[str, str]) -> str:
    def swapped(match: re.Match[str]) -> str:
        return change.get(match.group().replace(",", ""), match.group())

    return _NUMBER.sub(swapped, question)


def _swap(operand: str | int, change: dict[str, str]) -> str | int:
    return operand if isinstance(operand, int) else change.get(operand, operand)


def _near(number: int, rng: Random) -> int:
    """Another number of about the same size."""
    if number <= 12:
        return rng.randint(2, 12)
    new = rng.randint(max(2, number // 3), number * 2)
    return new - new % 10 if number % 10 == 0 and new > 10 and rng.random() < 0.7 else new


def training(sources: list[Source], seed: int, count: int) -> Iterator[Problem]:
    """``count`` problems: a few as they stand, most with altered numbers, short ones more often."""
    rng = Random(f"{FAMILY}/{seed}")
    usable = [source for source in sources if not source.held]
    weights = [{1: 4.0, 2: 4.0, 3: 1.5}.get(len(source.steps), 0.7) for source in usable]
    made = 0
    while made < count:
        source = rng.choices(usable, weights)[0]
        drawn = problem(source, rng if rng.random() < 0.85 else None)
        if drawn is not None:
            made += 1
            yield drawn
