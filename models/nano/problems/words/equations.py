"""Equations and systems solved in words: one rearrangement a sentence."""

from __future__ import annotations

from math import gcd, isqrt

from ..notation import Add, Call, Div, Mul, Node, Num, Pow, Sym, python
from .polynomials import Polynomial, collected, joined, read, term, written
from .work import Hard, Work, operation

_LARGEST_ROOT = 12
_KNOWN_POWER = 1000
Row = tuple[int, int, int]  # a*x + b*y = c


def equation(work: Work, left: Node, right: Node, name: str) -> str:
    """The solutions, as SymPy lists them."""
    if right != Num(0):
        work.say(f"{python(left)} = {python(right)}.")
    if isinstance(right, Num) and isinstance(right.value, int):
        special = _special(work, left, right.value, name)
        if special is not None:
            return special
    return _polynomial(work, left, right, name)


def _special(work: Work, left: Node, value: int, name: str) -> str | None:
    """Equations whose first step is not one of polynomials; None for the others."""
    if isinstance(left, Call):
        return _call(work, left, value, name)
    if isinstance(left, Div):
        return _quotient(work, left, value, name)
    if isinstance(left, Pow) and isinstance(left.base, Num):
        return _exponential(work, left, value, name)
    if isinstance(left, Mul):
        return _product(work, left, value, name)
    if isinstance(left, Add) and isinstance(left.terms[0], Div):
        return _shifted_quotient(work, left, value, name)
    return None


def linear(work: Work, slope: int, shift: int, value: int, name: str) -> str:
    """``slope*x + shift = value``."""
    if shift:
        value = work.do(value, "-", shift, term(slope, 1, name))
    return unscaled(work, slope, value, name)


def unscaled(work: Work, slope: int, value: int, name: str) -> str:
    """``slope*x = value``."""
    if slope == 1:
        return str(value)
    if slope == -1:
        work.say(f"{name} = {-value}.")
        return str(-value)
    return work.ratio(value, slope, name)


def _of_line(work: Work, line: Node, value: int, name: str) -> str:
    polynomial = read(line)
    if set(polynomial) - {0, 1}:
        raise Hard
    return linear(work, polynomial[1], polynomial.get(0, 0), value, name)


def _call(work: Work, left: Call, value: int, name: str) -> str:
    inner = python(left.argument)
    if left.name == "sqrt":
        return _of_line(work, left.argument, work.do(value, "*", value, inner), name)
    if left.name == "exp":
        return "0" if value == 1 else f"log({value})"
    if left.name != "log":
        raise Hard
    if value == 0:
        work.say(f"{inner} = exp(0) = 1.")
        return _of_line(work, left.argument, 1, name)
    shift = read(left.argument).get(0, 0)
    power = "E" if value == 1 else f"exp({value})"
    if shift:
        work.say(f"{inner} = {power}.")
    return (
        f"{-shift} + {power}" if shift > 0 else joined([str(-shift), power] if shift else [power])
    )


def _quotient(work: Work, left: Div, value: int, name: str) -> str:
    if not isinstance(left.top, Num) or not isinstance(left.top.value, int):
        raise Hard
    if left.bottom == Sym(name):
        return work.ratio(left.top.value, value, name)
    inverse = work.do(left.top.value, "/", value, python(left.bottom))
    return _of_line(work, left.bottom, inverse, name)


def _shifted_quotient(work: Work, left: Add, value: int, name: str) -> str:
    quotient, shift = left.terms
    if not isinstance(quotient, Div) or not isinstance(quotient.bottom, Num):
        raise Hard
    value = work.do(value, "-", int(python(shift)), python(quotient))
    return str(work.do(value, "*", int(quotient.bottom.value), name))


def _exponential(work: Work, left: Pow, value: int, name: str) -> str:
    base = int(python(left.base))
    exponent = next(n for n in range(20) if base**n >= value)
    if base**exponent != value or value > _KNOWN_POWER:
        raise Hard
    work.say(f"{value} = {base}**{exponent}.")
    return _of_line(work, left.exponent, exponent, name)


def _product(work: Work, left: Mul, value: int, name: str) -> str | None:
    """A number times a bracket, or brackets whose product is zero."""
    if isinstance(left.factors[0], Num) and isinstance(left.factors[1], Add):
        inner = left.factors[1]
        factor = int(left.factors[0].value)
        return _of_line(work, inner, work.do(value, "/", factor, python(inner)), name)
    if value or not all(isinstance(factor, Add) for factor in left.factors):
        return None
    roots = set()
    for factor in left.factors:
        root = -read(factor).get(0, 0)
        work.say(f"{python(factor)} = 0 for {name} = {root}.")
        roots.add(root)
    return ", ".join(map(str, sorted(roots)))


def _polynomial(work: Work, left: Node, right: Node, name: str) -> str:
    one, other = read(left), read(right)
    difference = collected(
        [*((a, n) for n, a in one.items()), *((-a, n) for n, a in other.items())]
    )
    if set(other) - {0, 1}:
        raise Hard
    degree = max(difference, default=0)
    if degree == 2:
        return _quadratic(work, one, other.get(0, 0), name)
    if degree != 1:
        raise Hard
    if other.get(1):
        work.say(f"{joined([term(one[1], 1, name), term(-other[1], 1, name)])} = "
                 f"{term(difference[1], 1, name)}.")  # fmt: skip
        value = work.do(other.get(0, 0), "-", one.get(0, 0), term(difference[1], 1, name))
        return unscaled(work, difference[1], value, name)
    if isinstance(left, Add) and not isinstance(left.terms[-1], Num):
        _multiplied_out(work, left, name)
    return linear(work, one[1], one.get(0, 0), other.get(0, 0), name)


def _multiplied_out(work: Work, left: Add, name: str) -> None:
    """Multiply out the bracket that the left side begins with, and put the unknowns together."""
    bracket, rest = read(left.terms[0]), read(left.terms[1])
    work.say(f"{python(left.terms[0])} = {written(bracket, name)}.")
    terms = joined([term(bracket[1], 1, name), term(rest[1], 1, name)])
    work.say(f"{terms} = {term(bracket[1] + rest[1], 1, name)}.")


def _quadratic(work: Work, left: Polynomial, right: int, name: str) -> str:
    a, b, c = left[2], left.get(1, 0), left.get(0, 0)
    if b == 0:
        return _pure(work, a, c, right, name)
    if right:
        c = work.do(c, "-", right) if c else -right
        work.say(f"{written(collected([(a, 2), (b, 1), (c, 0)]), name)} = 0.")
    shared = gcd(a, b, c) if a > 0 else -gcd(a, b, c)
    if shared != 1:
        a, b, c = a // shared, b // shared, c // shared
        work.say(f"{written(collected([(a, 2), (b, 1), (c, 0)]), name)} = 0.")
    if a != 1:
        raise Hard
    one, other = pair(work, -b, c, "The roots")
    return str(one) if one == other else f"{one}, {other}"


def pair(work: Work, total: int, product: int, who: str) -> tuple[int, int]:
    """The two whole numbers with this sum and product, the smaller one first."""
    discriminant = total * total - 4 * product
    if discriminant < 0 or isqrt(discriminant) ** 2 != discriminant:
        raise Hard
    one, other = (total - isqrt(discriminant)) // 2, (total + isqrt(discriminant)) // 2
    if max(abs(one), abs(other)) > _LARGEST_ROOT:
        raise Hard
    work.say(f"{who} have sum {total} and product {product}.")
    work.say(f"{operation(one, '+', other)} = {total} and {one} * {other} = {product}.")
    return one, other


def _pure(work: Work, a: int, c: int, right: int, name: str) -> str:
    """``a*x**2 + c = right``."""
    square = right
    if c:
        square = work.do(right, "-", c, term(a, 2, name))
    if a != 1:
        square = work.do(square, "/", a, f"{name}**2")
    if square < 0:
        raise Hard
    root = work.root(square)
    return "0" if root == "0" else f"-{root}, {root}"


def system(work: Work, sides: list[tuple[str, str]], names: list[str]) -> str:
    """Two equations: one unknown drops out when they are added or subtracted."""
    if len(sides) != 2:
        raise Hard
    rows = _rows(work, sides, names)
    (first, second), gone = _aligned(work, rows, names)
    kept = 1 - gone
    sign = "-" if first[gone] == second[gone] else "+"
    if sign == "-" and first[kept] < second[kept]:
        first, second = second, first
    step = 1 if sign == "+" else -1
    slope = first[kept] + step * second[kept]
    left = f"{'Adding' if sign == '+' else 'Subtracting'} gives {term(slope, 1, names[kept])}"
    value = work.do(first[2], sign, second[2], left)
    found = {kept: _whole(unscaled(work, slope, value, names[kept]))}
    row = min(rows, key=lambda row: (abs(row[gone]), abs(row[kept])))
    rest = row[2]
    if row[kept]:
        part = found[kept]
        if abs(row[kept]) != 1:
            part = work.do(row[kept], "*", part)
        elif row[kept] == -1:
            part = -part
        rest = work.do(rest, "-", part, term(row[gone], 1, names[gone]))
    found[gone] = _whole(unscaled(work, row[gone], rest, names[gone]))
    return ", ".join(f"{name} = {found[n]}" for n, name in enumerate(names))


def _whole(text: str) -> int:
    if "/" in text:
        raise Hard
    return int(text)


def _aligned(work: Work, rows: list[Row], names: list[str]) -> tuple[list[Row], int]:
    """The equations, one of them multiplied so that an unknown can drop out, and which one."""
    choices = []
    for gone in (1, 0):
        for small, large in ((0, 1), (1, 0)):
            bottom, top = rows[small][gone], rows[large][gone]
            if bottom and top and top % bottom == 0:
                choices.append((abs(top // bottom), small, gone))
    if not choices:
        raise Hard
    factor, small, gone = min(choices)
    if factor > 1:
        a, b, c = rows[small]
        value = work.do(factor, "*", c)
        scaled = (factor * a, factor * b, value)
        work.say(f"{row_text(scaled, names)}.")
        rows = [scaled if n == small else row for n, row in enumerate(rows)]
    return rows, gone


def row_text(row: Row, names: list[str]) -> str:
    """A linear equation as it is written."""
    terms = [term(a, 1, name) for a, name in zip(row, names, strict=False) if a]
    return f"{joined(terms)} = {row[2]}"


def _rows(work: Work, sides: list[tuple[str, str]], names: list[str]) -> list[Row]:
    """The equations with both unknowns on the left; one that was not so is said."""
    found = []
    for left, right in sides:
        code = compile(f"({left}) - ({right})", "<equation>", "eval")
        at = [eval(code, {}, dict(zip(names, point, strict=True))) for point in
              ((0, 0), (1, 0), (0, 1))]  # fmt: skip
        row = (at[1] - at[0], at[2] - at[0], -at[0])
        if row_text(row, names) != f"{left} = {right}":
            work.say(f"{row_text(row, names)}.")
        found.append(row)
    return found
