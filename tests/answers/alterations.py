"""Keys against themselves and against alterations that change their value.

    python -m tests.answers.alterations [--count N] [--workers N] [FILE.jsonl ...]

Reads right answers from files of problems (`answer`, `target`, `solution` with a box, …), or takes
a small list of its own, alters each in ways that change its value, and reports what is called
correct. Every key has to equal itself, every verdict has to be the same in either order, and no
alteration may be correct. The exit code is 1 if one of these does not hold.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mathcli.answers import Grader, Policy, Verdict, extract_answer

KEYS = (
    "12", "-7", "0.25", "1,234", r"\frac{3}{4}", "5/6", r"2\sqrt{3}", r"\frac{2\pi}{3}", "75%",
    r"\$12.50", "30 cm", r"45^\circ", "(3, 4)", "(2, 5]", r"\{2, 3, 7\}", "2, 5", "x = 4",
    "x^2+3x+2", "y = 2x + 5", "x > 3", r"-2 \le x < 6", "2^{10}", r"\log_2 5", "3 + 4i", "1 1/2",
    r"\begin{pmatrix} 2 \\ 5 \end{pmatrix}", "7 hours 30 minutes", "6:45", "3:7", "17 R 3",
    r"(-\infty, 4)", "e^{3}", r"\sin 2", "8.5e3", r"\frac{x+2}{x-5}", "twelve", "三分之二", "15人",
)  # fmt: skip
_FIELDS = ("answer", "Answer", "target", "expected_answer", "solution")
_NUMBER = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d,])")
_FRACTION = re.compile(r"\\d?frac\{(\d+)\}\{(\d+)\}|(?<![\d/])(\d+)/(\d+)(?![\d/])")
_PAIR = re.compile(r"^\\?(?:left)?\(([^(),]+),\s*([^(),]+?)\\?(?:right)?\)$")
_LIST = re.compile(r"^[^(){}\[\]=<>\\]+(?:,\s+[^(){}\[\]=<>\\]+)+$")


@dataclass(frozen=True)
class Alteration:
    """A key, and a text of another value."""

    key: str
    altered: str
    way: str


def keys_of(paths: Iterable[Path]) -> list[str]:
    """The right answers in files of problems, each once."""
    found: dict[str, None] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for field in _FIELDS:
                if field in row and (key := _key(str(row[field]))):
                    found[key] = None
                    break
    return list(found)


def _key(text: str) -> str | None:
    if "####" in text:
        return text.rpartition("####")[2].strip()
    if "\\boxed" in text or "\\fbox" in text:
        answer = extract_answer(text)
        return answer.text if answer else None
    return text.strip() if len(text) < 100 else None


def digit_changed(key: str, chance: random.Random) -> str | None:
    """One digit of one number is another one, which the number shows."""
    numbers = [found for found in _NUMBER.finditer(key) if _matters(key, found)]
    if not numbers:
        return None
    number = chance.choice(numbers)
    places = [at for at in range(number.start(), number.end()) if key[at].isdigit()]
    at = chance.choice(places)
    digits = [digit for digit in "123456789" if digit != key[at]]
    return key[:at] + chance.choice(digits) + key[at + 1 :]


def _matters(key: str, number: re.Match[str]) -> bool:
    """Whether the value of the whole surely depends on this number."""
    before, after = key[: number.start()].rstrip(), key[number.end() :].lstrip()
    if re.search(r"[_^]\{?$|\\sqrt\[$|circled\{$", before) or re.match(r"\^|!|_", after):
        return False  # a power of 1, a root of 0, a name
    return not re.search(r"(?<![\d.])0(?![\d.])|\\(?:bmod|pmod|mod|lim)|\bmod\b|(?<!\d)1\^", key)


def sign_changed(key: str, chance: random.Random) -> str | None:
    """The opposite of a value that is neither zero nor of both signs."""
    if not re.match(r"^-?\s*(?:\d|\\d?frac|\\sqrt|\\pi)", key) or not re.search("[1-9]", key):
        return None
    if re.search(r"[,;=<>:]|\bor\b|\band\b|[-+]\s*\S", key[1:]) or not key.isascii():
        return None
    return key[1:].lstrip() if key.startswith("-") else f"-{key}"


def turned_over(key: str, chance: random.Random) -> str | None:
    """A fraction upside down."""
    found = _FRACTION.search(key)
    if found is None or found[0] != key.strip():
        return None
    over, under = (found[1], found[2]) if found[1] else (found[3], found[4])
    return f"{under}/{over}" if int(over) and over != under else None


def moved_point(key: str, chance: random.Random) -> str | None:
    """Ten times a number, or a tenth of it."""
    if not re.fullmatch(r"-?\d+(?:\.\d+)?", key) or not re.search("[1-9]", key):
        return None
    whole, _, decimals = key.partition(".")
    return f"{whole}{decimals[:1] or '0'}" + (f".{decimals[1:]}" if len(decimals) > 1 else "")


def one_more(key: str, chance: random.Random) -> str | None:
    """The value and one."""
    if re.search(r"[=<>,;:]|[^\x00-\x7f]|[a-z]{3}\s|%|\$|\\text", key) or not key:
        return None
    return f"{key}+1" if re.match(r"^[-\d\\(]", key) and not key.endswith(")") else None


def part_lost(key: str, chance: random.Random) -> str | None:
    """A list without its last member."""
    if not _LIST.match(key):
        return None
    parts = [part.strip() for part in key.split(",")]
    return ", ".join(parts[:-1]) if parts[-1] not in parts[:-1] else None


def order_changed(key: str, chance: random.Random) -> str | None:
    """A pair with its coordinates the other way round."""
    found = _PAIR.match(key)
    if found is None or found[1].strip() == found[2].strip() or "infty" in key:
        return None
    return f"({found[2].strip()}, {found[1].strip()})"


def bracket_changed(key: str, chance: random.Random) -> str | None:
    """An interval with an end taken in or left out."""
    if re.match(r"^\[.*,.*\)$", key) and "infty" not in key:
        return f"({key[1:]}"
    if re.match(r"^\(.*,.*\]$", key) and "infty" not in key:
        return f"{key[:-1]})"
    return None


def relation_changed(key: str, chance: random.Random) -> str | None:
    """An inequality with the bound taken in or left out, or turned round."""
    for sign, other in ((r"\le ", "<"), (r"\ge ", ">"), (" < ", r" \le "), (" > ", r" \ge ")):
        if sign in key:
            return key.replace(sign, other, 1)
    return None


def letters_changed(key: str, chance: random.Random) -> str | None:
    """Another variable, or a word with one letter more."""
    if re.fullmatch(r"[-+\dxy^{}()\s/]+", key) and "x" in key:
        return key.replace("x", "w")
    return f"un{key}" if re.fullmatch(r"[A-Za-z]{4,}", key) else None


def joined(key: str, chance: random.Random) -> str | None:
    """A mixed number with its parts run together."""
    found = re.fullmatch(r"(\d+) (\d+/\d+)", key)
    return found[1] + found[2] if found else None


def with_digit(key: str, chance: random.Random) -> str | None:
    """A number with one digit more."""
    return key + chance.choice("123456789") if re.fullmatch(r"-?[\d,]*\d(?:\.\d+)?", key) else None


WAYS: tuple[Callable[[str, random.Random], str | None], ...] = (
    digit_changed, sign_changed, turned_over, moved_point, one_more, part_lost, order_changed,
    bracket_changed, relation_changed, letters_changed, joined, with_digit,
)  # fmt: skip


def alterations(keys: list[str], count: int, seed: int = 1) -> Iterator[Alteration]:
    """About `count` different alterations of the keys, each of another value."""
    chance, seen = random.Random(seed), set[tuple[str, str]]()
    for _ in range(200):
        for key in keys:
            for way in WAYS:
                altered = way(key, chance)
                if altered is None or altered == key or (key, altered) in seen:
                    continue
                seen.add((key, altered))
                yield Alteration(key, altered, way.__name__)
                if len(seen) >= count:
                    return


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    keys = keys_of(options.files) if options.files else list(KEYS)
    found = list(alterations(keys, options.count))
    bad = 0
    with Grader(workers=options.workers, timeout=10, policy=Policy()) as grader:
        start = time.perf_counter()
        for key, verdict in zip(keys, grader.compare_many((k, k) for k in keys), strict=True):
            if verdict.verdict is not Verdict.CORRECT:
                bad += 1
                print(f"not equal to itself: {key!r}: {verdict.reason}")
        there = grader.compare_many((each.altered, each.key) for each in found)
        back = grader.compare_many((each.key, each.altered) for each in found)
        counts: Counter[str] = Counter()
        for each, verdict, other in zip(found, there, back, strict=True):
            counts[f"{each.way}: {verdict.verdict.value}"] += 1
            if verdict.verdict is Verdict.CORRECT or verdict != other:
                bad += 1
                print(
                    f"{each.way}: {each.altered!r} for {each.key!r}: {verdict.verdict.value}, "
                    f"{verdict.reason} / {other.verdict.value}"
                )
        took = time.perf_counter() - start
    print(f"{len(keys)} keys, {len(found)} alterations in {took:.0f} s: {bad} wrong")
    for name, count in sorted(counts.items()):
        print(f"  {name}: {count}")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
