"""Word problems: templates from text files, and stories composed of events (see `events`)."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from random import Random

from . import events
from . import story_words as words
from .phrasing import choose, fill
from .problem import Problem
from .steps import NUMBER_WORDS, Step, plan, program, results, spoken
from .tables import content

_MEASURED = re.compile(r"\$|\{(?:dist|mass|vol|len)\d*\}")
_OPERAND = re.compile(r"[a-z]\d?|\d+")


@cache
def templates(name: str) -> tuple[tuple[str, str], ...]:
    """The lines of a grammar file: computation and story."""
    rows = [line.split(" | ", 1) for line in content(name)]
    return tuple((row[0], row[1]) for row in rows)


def one_step(maths: Random, voice: Random) -> Problem:
    """A story with one operation."""
    template = maths.choice(templates("stories_one_step.txt"))
    return _story(template, "stories, one step", maths, voice)


def two_steps(maths: Random, voice: Random) -> Problem:
    """A story with two or three operations."""
    template = maths.choice(templates("stories_two_steps.txt"))
    return _story(template, "stories, two steps", maths, voice)


def everyday(maths: Random, voice: Random) -> Problem:
    """Shopping, cooking, travelling, farming: one operation or several."""
    file = "everyday_one_step.txt" if maths.random() < 0.6 else "everyday_two_steps.txt"
    return _story(maths.choice(templates(file)), "everyday", maths, voice)


def happenings(maths: Random, voice: Random) -> Problem:
    """A story composed of events, with something unknown at its start, middle or end."""
    template = events.template(maths, 1 if maths.random() < 0.65 else 2)
    return _story(template, "happenings", maths, voice)


def _story(template: tuple[str, str], family: str, maths: Random, voice: Random) -> Problem:
    computation, text = template
    numbers = _draw_numbers(computation, bool(_MEASURED.search(text)), maths)
    steps = _steps(_in_order(computation, text), numbers)
    slots = _people_and_things(maths)
    for name, number in numbers.items():
        slots[name] = number if f"${{{name}}}" in text else _typed(number, voice)
    largest = max(float(number) for number in numbers.values())
    for name in "de":
        slots[name] = str(maths.randint(2, max(20, int(1.5 * largest))))
    values = results(steps)
    assert values is not None
    return Problem(
        family,
        _told(text, slots, voice),
        plan(steps),
        program(steps),
        expected=_printed(values[-1]),
        spoken=spoken(steps),
    )


def _in_order(computation: str, text: str) -> str:
    """Sums and products name their numbers in the order in which the story tells them."""
    parts = []
    for part in computation.split("; "):
        left, sign, right = part.split()
        first, second = text.find(f"{{{left}}}"), text.find(f"{{{right}}}")
        swapped = sign in "+*" and 0 <= second < first
        parts.append(f"{right} {sign} {left}" if swapped else part)
    return "; ".join(parts)


def _printed(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):g}"


def _steps(computation: str, numbers: dict[str, str]) -> list[Step]:
    steps: list[Step] = []
    for number, part in enumerate(computation.split(";")):
        left, sign, right = part.split()
        steps.append(Step(_operand(left, number, numbers), sign, _operand(right, number, numbers)))
    return steps


def _operand(name: str, number: int, numbers: dict[str, str]) -> str | int:
    if name == "r":
        return number - 1
    if name[0] == "r":
        return int(name[1]) - 1
    return numbers.get(name, name)


def _draw_numbers(computation: str, measured: bool, maths: Random) -> dict[str, str]:
    """Numbers for which every step is a positive whole number (or a decimal price or length)."""
    names = sorted({n for n in _OPERAND.findall(computation) if n[0].isalpha() and n[0] != "r"})
    cents = measured and "/" not in computation and maths.random() < 0.15
    products = computation.count("*") + computation.count("/")
    while True:
        top = maths.choice(
            [10, 20, 20, 50, 100, 100, 200, 1000] if not products else [10, 12, 20, 40, 100]
        )
        numbers = {}
        for name in names:
            if name == "p":
                numbers[name] = str(maths.choice([5, 10, 20, 25, 30, 40, 50, 60, 75, 80, 90]))
                continue
            limit = top if not products or maths.random() < 0.5 else 12
            numbers[name] = str(maths.randint(2, limit))
        if "p" in names:
            numbers["n"] = str(20 * maths.randint(1, 40))
        for large, small in re.findall(r"^([nmk]) / ([mnk]|\d+)", computation):
            part = int(numbers.get(small, small))
            numbers[large] = str(part * maths.randint(2, 30))
        if computation.startswith(("n * m; k - r", "n + m; k - r")):
            spent = results(_steps(computation.split(";")[0], numbers))
            numbers["k"] = str(int(spent[0]) + maths.randint(1, 60)) if spent else "0"
        if cents and maths.random() < 0.9:
            name = maths.choice(names)
            numbers[name] += maths.choice(
                [".50", ".25", ".75", ".5", f".{maths.randint(1, 99):02d}"]
            )
        values = results(_steps(computation, numbers))
        whole = 100 if cents else 1
        if values and all(v > 0 and (v * whole).denominator == 1 and v < 100000 for v in values):
            return numbers


def _typed(number: str, voice: Random) -> str:
    """Digits, now and then a word or a separator of thousands."""
    if number.isdigit() and int(number) <= 12 and voice.random() < 0.12:
        return NUMBER_WORDS[int(number)]
    if number.isdigit() and int(number) >= 1000 and voice.random() < 0.3:
        return f"{int(number):,}"
    return number


def _people_and_things(maths: Random) -> dict[str, str]:
    slots: dict[str, str] = {}
    (slots["A"], gender), (slots["B"], _), (slots["C"], _) = (words.person(maths) for _ in range(3))
    if maths.random() < 0.06:
        slots["A"] = words.stranger(maths)
    slots.update(words.PRONOUNS[gender])
    for name in "xyz":
        slots[name], slots[name + "1"] = words.thing(maths)
    slots["box"], slots["box1"] = words.container(maths)
    slots.update(words.scenery(maths))
    slots["place"], slots["place2"] = words.place(maths), words.place(maths)
    return slots


def _told(text: str, slots: dict[str, str], voice: Random) -> str:
    sentences = re.split(r"(?<=[.?!]) ", choose(text, voice))
    if len(sentences) > 1 and voice.random() < 0.22:
        extra = words.extra(voice)
        sentences.insert(voice.randrange(len(sentences)), extra)
    story = fill(" ".join(sentences), slots)
    parts = re.split(r"(?<=[a-z0-9][.?!]) (?=[A-Z0-9])", story)
    parts = [part[:1].upper() + part[1:] for part in parts]
    if 2 <= len(parts) <= 3 and voice.random() < 0.12:
        parts = _joined(parts, voice)
    story = " ".join(parts)
    if voice.random() < 0.06:
        story = story.lower()
    if voice.random() < 0.06:
        story = story.rstrip("?")
    return story


def _joined(parts: list[str], voice: Random) -> list[str]:
    """Say it as one sentence: "If …, how many …?" or "… and …"."""
    *facts, question = parts
    if any("?" in fact for fact in facts):
        return parts
    body = " and ".join([facts[0].rstrip("."), *(_lower(fact).rstrip(".") for fact in facts[1:])])
    if voice.random() < 0.5:
        return [body + ".", question]
    return [f"If {_lower(body)}, {_lower(question)}"]


def _lower(sentence: str) -> str:
    first = sentence.split(" ", 1)[0]
    return sentence[0].lower() + sentence[1:] if words.loses_capital(first) else sentence
