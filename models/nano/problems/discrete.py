"""Number theory, counting and probability, sequences."""

from __future__ import annotations

from random import Random

from .phrasing import choose, fill, ordinals, retype
from .problem import Problem
from .tables import sections
from .words import counting as counting_words
from .words import numbers as number_words
from .words.work import explained

_TABLES = {
    "number theory": "number_theory.txt",
    "counting": "counting.txt",
    "sequences": "sequences.txt",
}
_FORMS = {"factors": "list", "divisors": "list", "isprime": "yesno"}
_CLOSINGS = {
    "choose": "There are {} ways.",
    "permute": "There are {} ways.",
    "arrange": "There are {} ways.",
}


def _ask(family: str, key: str, slots: dict[str, str], voice: Random) -> Problem:
    section = sections(_TABLES[family])[key]
    code, imports, plan = section.fields
    frame = retype(choose(voice.choice(section.lines), voice), voice)
    question = ordinals(fill(frame, slots))
    head = imports.replace("; ", "\n") + "\n" if imports else ""
    return Problem(
        family,
        question,
        fill(plan, slots),
        f"{head}print({fill(code, slots)})",
        _CLOSINGS.get(key, "The answer is {}."),
        _FORMS.get(key, "value"),
    )


def number_theory(maths: Random, voice: Random) -> Problem:
    """Divisors, primes, remainders, digits."""
    key = maths.choice([*sections("number_theory.txt"), "gcd", "lcm", "mod", "mod", "gcd"])
    a, b, c = maths.randint(2, maths.choice([99, 999])), maths.randint(2, 99), maths.randint(2, 40)
    if key in ("gcd", "lcm"):
        shared = maths.randint(2, 15)
        a, b = shared * maths.randint(1, 20), shared * maths.randint(1, 20)
    if key == "divisors":
        a = maths.randint(2, 120)
    if key == "nthprime":
        c = maths.choice([4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 25, 30, 50, 100])
    if key == "powmod":
        a, b, c = maths.randint(2, 20), maths.randint(3, 30), maths.randint(3, 200)
    if key in ("mod", "digits"):
        a = maths.randint(10, 10 ** maths.randint(2, 6))
    slots = {"a": str(a), "b": str(b), "c": str(c)}
    problem = _ask("number theory", key, slots, voice)
    return explained(problem, lambda work: number_words.number_theory(work, key, a, b, c))


def counting(maths: Random, voice: Random) -> Problem:
    """Combinations, permutations, simple probabilities."""
    key = maths.choice([*sections("counting.txt"), "choose", "choose", "permute"])
    a = maths.randint(4, 15)
    b = maths.randint(2, min(a, 7))
    c = maths.randint(2, 12) if key == "dice" else maths.randint(1, 5)
    if key in ("balls", "bothred", "product"):
        a, b = maths.randint(2, 12), maths.randint(2, 12)
    problem = _ask("counting", key, {"a": str(a), "b": str(b), "c": str(c)}, voice)
    return explained(problem, lambda work: counting_words.counting(work, key, a, b, c))


def sequence(maths: Random, voice: Random) -> Problem:
    """Next terms, nth terms, sums."""
    key = maths.choice(
        [*sections("sequences.txt"), "next_arithmetic", "next_geometric", "nth_arithmetic"]
    )
    start, ratio = maths.randint(1, 12), maths.choice([2, 2, 3, 3, 4, 5, 10])
    step = maths.choice([maths.randint(1, 12), -maths.randint(1, 5)])
    if step < 0:
        start += 60
    count = maths.choice([3, 4, 4, 5])
    if "geometric" in key:
        terms = [start * ratio**k for k in range(count)]
    else:
        terms = [start + step * k for k in range(count)]
    n = (
        maths.randint(4, 12)
        if "geometric" in key
        else maths.choice([10, 20, 50, 100, maths.randint(5, 60)])
    )
    if key == "fibonacci":
        n = maths.randint(4, 40)
    slots = {"s": ", ".join(map(str, terms)), "a": str(start), "d": str(step), "r": str(ratio)}
    slots.update(b=str(terms[1]), l=str(terms[-1]), n=str(n))
    problem = _ask("sequences", key, slots, voice)
    told = (step, ratio)
    return explained(problem, lambda work: counting_words.sequence(work, key, terms, n, told))
