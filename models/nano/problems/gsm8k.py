"""Short problems of a GSM8K training file, rewritten in the style of our own stories.

The file (Cobbe et al., 2021, MIT licence) marks every calculation as ``<<48/2=24>>``; those marks
become steps. Only problems of few steps whose numbers can all be traced are kept. What a single
line of a solution finds is asked as a problem of its own (see `gsm8k_parts`).
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

from .gsm8k_parts import asked
from .problem import Problem
from .recasting import names, recast
from .steps import NUMBER_WORDS, Step, plan, program, results, spoken, value_of

FAMILY = "gsm8k, short"
LONGEST_QUESTION = 420
MOST_PART_STEPS = 3
RECAST_SHARE = 0.7
_MARK = re.compile(r"<<([^=<>]*)=([^<>]*)>>")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])(?!\.\d)")
# Numbers that a story may use without saying them: halves, dozens, days, minutes, percent.
_UNSAID = {"1", "2", "3", "4", "5", "7", "10", "12", "24", "30", "52", "60", "100", "0.5", "365"}
# Words that stand for a number.
_HINTS = {
    "twice": {"2"}, "double": {"2"}, "half": {"2", "0.5"}, "halve": {"2"}, "pair": {"2"},
    "couple": {"2"}, "triple": {"3"}, "thrice": {"3"}, "third": {"3"}, "quarter": {"4"},
    "fourth": {"4"}, "fifth": {"5"}, "tenth": {"10"}, "dozen": {"12"}, "week": {"7"},
    "weekly": {"7"}, "hour": {"60"}, "minute": {"60"}, "year": {"12", "52"}, "day": {"24"},
}  # fmt: skip
_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(frozen=True)
class Source:
    """A question of the file with its computation; ``held`` ones are never trained on.

    ``part`` says that it asks for a step of a longer solution.
    """

    question: str
    steps: tuple[Step, ...]
    held: bool
    part: bool = False


def read(path: Path, most_steps: int = 4) -> list[Source]:
    """The usable problems of the file; every tenth problem of the file is held out."""
    found = []
    for number, line in enumerate(path.open(encoding="utf-8")):
        row = json.loads(line)
        held = number % 10 == 0
        steps = _steps(row["question"], row["answer"])
        if steps and len(steps) <= most_steps and len(row["question"]) <= LONGEST_QUESTION:
            found.append(Source(row["question"].strip(), tuple(steps), held))
        found.extend(
            Source(question, tuple(part), held, part=True)
            for question, part in _parts(row["question"], row["answer"])
            if len(part) <= MOST_PART_STEPS
        )
    return found


def _parts(question: str, answer: str) -> Iterator[tuple[str, list[Step]]]:
    """What the lines of a solution find, each asked as the end of the same story."""
    story, _, last = question.strip().rpartition(". ")
    if not story or "?" in story or len(story) > LONGEST_QUESTION or "?" not in last:
        return
    sentences = re.split(r"(?<=[.!]) +", story + ".")
    steps: list[Step] = []
    for line in answer.split("\n"):
        if not _append(line, steps):
            return
        text = asked(line)
        needed = _needed(steps) if text and steps else []
        literals = {o for step in needed for o in (step.left, step.right) if isinstance(o, str)}
        if text is None or not needed or not literals - {"1", "100"} <= _hinted(story):
            continue
        # The story ends where the last of the numbers has been said.
        told = next(
            n
            for n in range(1, len(sentences) + 1)
            if literals - {"1", "100"} <= _hinted(" ".join(sentences[:n]))
        )
        shortened = f"{' '.join(sentences[:told])} {text}"
        yield shortened, _in_order(needed, shortened)


def _hinted(text: str) -> set[str]:
    """The numbers that a text says in digits or in words ("six", "twice", "a quarter")."""
    found = {number.replace(",", "") for number in _NUMBER.findall(text)}
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in NUMBER_WORDS:
            found.add(str(NUMBER_WORDS.index(word)))
        found |= _HINTS.get(word.rstrip("s"), set())
    return found


def _append(text: str, steps: list[Step]) -> bool:
    """Add the marked calculations of a text to the steps; False where one cannot be read."""
    for expression, _ in _MARK.findall(text):
        try:
            tree = ast.parse(expression.replace(",", "").replace("$", "").strip(), mode="eval")
            _walk(tree.body, steps)
        except (SyntaxError, ValueError, KeyError):
            return False
    return True


def _steps(question: str, answer: str) -> list[Step] | None:
    final = answer.rsplit("####", 1)[1].strip().replace(",", "")
    steps: list[Step] = []
    if not _append(answer, steps):
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


def problem(
    source: Source, rng: Random | None = None, known: frozenset[str] = frozenset()
) -> Problem | None:
    """The problem as it stands, or with other numbers, names and things drawn from ``rng``; None
    if that fails."""
    question, steps = source.question, list(source.steps)
    if rng is not None:
        altered = _altered(source, rng)
        if altered is None:
            return None
        question, steps = altered
        if rng.random() < RECAST_SHARE:
            question = recast(question, known, rng)
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


def _weight(source: Source) -> float:
    """How often a problem is drawn: short ones more often, the file's own more than their parts."""
    if source.part:
        return {1: 1.0, 2: 0.8}.get(len(source.steps), 0.3)
    return {1: 4.0, 2: 4.0, 3: 1.5}.get(len(source.steps), 0.7)


def training(sources: list[Source], seed: int, count: int) -> Iterator[Problem]:
    """``count`` problems: a few as they stand, most with altered numbers, short ones more often."""
    rng = Random(f"{FAMILY}/{seed}")
    usable = [source for source in sources if not source.held]
    known = names(source.question for source in usable)
    weights = [_weight(source) for source in usable]
    made = 0
    while made < count:
        source = rng.choices(usable, weights)[0]
        drawn = problem(source, rng if rng.random() < 0.85 else None, known)
        if drawn is not None:
            made += 1
            yield drawn
