"""Lengths, areas and volumes in words."""

from __future__ import annotations

from fractions import Fraction

from .work import Hard, Work

_PLAIN = {
    "rectangle_area", "rectangle_perimeter", "square_area", "square_perimeter", "cube_volume",
    "cube_surface", "box_volume", "third_angle", "angle_sum", "diagonals", "triangle_perimeter",
    "rectangle_side",
}  # fmt: skip
# What stands in front of pi, as a computation and the number to divide it by.
_ROUND = {
    "circle_area": ("a**2", 1),
    "circumference": ("2 * a", 1),
    "circumference_of_diameter": ("a", 1),
    "circle_area_of_diameter": ("a**2", 4),
    "sphere_volume": ("4 * a**3", 3),
    "sphere_surface": ("4 * a**2", 1),
    "cylinder_volume": ("a**2 * b", 1),
    "cone_volume": ("a**2 * b", 3),
}


def size(work: Work, kind: str, code: str, sizes: dict[str, int]) -> str:
    """The size that is asked for; ``code`` is the expression of the program."""
    a, b, c, d = (sizes[name] for name in "abcd")
    if kind in _PLAIN:
        return str(work.calculate(code))
    if kind in _ROUND:
        formula, divisor = _ROUND[kind]
        return _with_pi(Fraction(work.ratio(work.calculate(formula, sizes), divisor)))
    if kind == "triangle_area":
        return work.ratio(work.do(a, "*", b), 2)
    if kind == "trapezoid_area":
        return work.ratio(work.calculate("(a + b) * c", sizes), 2)
    if kind == "square_side":
        return work.root(sizes["s"])
    if kind == "hypotenuse":
        return work.root(work.calculate("a**2 + b**2", sizes))
    if kind == "leg":
        return work.root(work.calculate("h**2 - a**2", sizes))
    if kind == "distance":
        return work.root(_squares(work, work.do(c, "-", a), work.do(d, "-", b)))
    if kind == "slope":
        top, bottom = work.do(d, "-", b), work.do(c, "-", a)
        return work.ratio(top, bottom)
    if kind == "midpoint":
        return f"({_middle(work, a, c)}, {_middle(work, b, d)})"
    raise Hard


def _squares(work: Work, one: int, other: int) -> int:
    return work.do(work.power(abs(one), 2), "+", work.power(abs(other), 2))


def _middle(work: Work, one: int, other: int) -> str:
    return work.ratio(work.do(one, "+", other), 2)


def _with_pi(factor: Fraction) -> str:
    text = "pi" if factor.numerator == 1 else f"{factor.numerator}*pi"
    return text if factor.denominator == 1 else f"{text}/{factor.denominator}"
