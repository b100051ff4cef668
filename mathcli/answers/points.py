"""The points at which expressions with variables are compared; always the same ones.

They have all sizes and signs, and are whole numbers or not. Further points lie around the places
where an absolute value, a maximum, a root or a floor changes, since two expressions may agree on
one side only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

from mathcli.answers.forms import polynomial_in
from mathcli.answers.terms import Apply, Term, walk

Point = dict[str, Any]
SCALES = (Fraction(1, 1000), Fraction(1, 20), Fraction(17), Fraction(250), Fraction(10**4),
          Fraction(10**7), Fraction(10**12))  # fmt: skip
KINKED = frozenset(["abs", "norm", "max", "min", "floor", "ceil", "sign", "mod", "round"])
MAX_DEGREE = 12
MAX_KINKS = 24


def points(names: list[str], mp: Any) -> Iterator[tuple[str, Point]]:
    """Values for variables: moderate ones first, then whole numbers, then all sizes."""
    generator = random.Random(20240607)
    for _ in range(6):
        yield "positive", {name: mp.mpf(generator.randint(1000, 29999)) / 9973 for name in names}
    for _ in range(6):
        point = {name: mp.mpf(generator.randint(1000, 29999)) / 9973 for name in names}
        yield "mixed", _with_signs(point, names, generator)
    for _ in range(5):
        yield "whole", {name: mp.mpf(generator.randint(2, 40)) for name in names}
    for scale in SCALES:
        size = mp.mpf(scale.numerator) / scale.denominator
        for kind in ("positive", "mixed"):
            point = {name: size * generator.randint(5000, 20011) / 9973 for name in names}
            yield kind, point if kind == "positive" else _with_signs(point, names, generator)


def complex_points(names: list[str], mp: Any) -> Iterator[tuple[str, Point]]:
    """Complex values, for expressions in which conjugates or parts are taken."""
    generator = random.Random(7)
    for _ in range(4):
        yield (
            "complex",
            {
                name: mp.mpc(generator.randint(-3000, 3000), generator.randint(1, 3000)) / 997
                for name in names
            },
        )


def around_kinks(name: str, terms: tuple[Term, ...], mp: Any) -> Iterator[tuple[str, Point]]:
    """Points on both sides of the places where a part of the terms has a kink."""
    roots: list[Any] = []
    for term in terms:
        for part in walk(term):
            if isinstance(part, Apply):
                roots += [root for inner in _turning(part) for root in real_roots(inner, name, mp)]
    places = sorted(set(roots))[:MAX_KINKS]
    between = [(low + high) / 2 for low, high in pairwise(places)]
    for root in places:
        gap = mp.mpf(10) ** -6 * (1 + abs(root))
        between += [root - gap, root + gap]
    for place in between:
        yield "positive" if place > 0 else "mixed", {name: place}


def _turning(part: Apply) -> list[Term]:
    """The term that changes sign where `part` has its kink."""
    if part.op in ("abs", "norm", "sqrt", "sign", "floor", "ceil"):
        return [part.args[0]]
    if part.op in ("max", "min"):
        return [
            Apply("add", (one, Apply("neg", (other,))))
            for place, one in enumerate(part.args)
            for other in part.args[:place]
        ]
    if part.op == "root" or part.op == "pow":
        return [part.args[0]]
    return []


def real_roots(term: Term, name: str, mp: Any) -> list[Any]:
    """The real zeros of a polynomial; none if `term` is none, or of too high a degree."""
    factors = polynomial_in(term, name)
    if factors is None or not 2 <= len(factors) <= MAX_DEGREE + 1:
        return []
    exact = [mp.mpf(factor.numerator) / factor.denominator for factor in reversed(factors)]
    try:
        roots = mp.polyroots(exact, maxsteps=200, extraprec=200)
    except (mp.NoConvergence, ValueError, ZeroDivisionError):
        return []
    small = mp.mpf(10) ** (-mp.dps // 3)
    return [mp.re(root) for root in roots if abs(mp.im(root)) < small * (1 + abs(root))]


def _with_signs(point: Point, names: list[str], generator: random.Random) -> Point:
    signs = [generator.choice((-1, 1)) for _ in names]
    if all(sign > 0 for sign in signs):
        signs[generator.randrange(len(signs))] = -1
    return {name: sign * point[name] for name, sign in zip(names, signs, strict=True)}
