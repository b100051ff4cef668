"""Equations in one unknown, and linear systems."""

from __future__ import annotations

from random import Random

from .notation import (
    Add,
    Call,
    Div,
    Mul,
    Node,
    Num,
    Pow,
    Style,
    Sym,
    add,
    choose_style,
    dollars,
    mul,
    polynomial,
    power,
    python,
    write,
)
from .phrasing import say
from .problem import Problem
from .tables import frames
from .words import equations as words
from .words.work import explained

_VARIABLES = "xxxxxxxxxxyyztnakmpw"


def equation(maths: Random, voice: Random) -> Problem:
    """One equation, from linear to exponential."""
    kinds = (
        (_linear,) * 7
        + (_quadratic,) * 6
        + (_higher, _radical, _rational, _exponential, _logarithm, _absolute)
    )
    variable = maths.choice(_VARIABLES)
    left, right = maths.choice(kinds)(maths, variable)
    style = choose_style(voice)
    rational = right == Num(0)
    slots = {"v": dollars(variable, style, voice) if style.latex else variable}
    if rational and isinstance(left, Add) and voice.random() < 0.15:
        asked = "roots"
        slots["e"] = dollars(write(left, style), style, voice)
    else:
        asked = "equation"
        equals = " = " if style.spaced or voice.random() < 0.4 else "="
        text = write(left, style) + equals + write(right, style)
        slots["e"] = dollars(text, style, voice)
    if rational:
        body = f"print(solve({python(left)}, {variable}))"
        plan = f"Solve {python(left)} = 0 for {variable}."
    else:
        body = f"print(solve(Eq({python(left)}, {python(right)}), {variable}))"
        plan = f"Solve the equation for {variable}."
    problem = Problem(
        "equations",
        say(frames("equations.txt", asked), slots, voice),
        plan,
        f"from sympy import *\n{variable} = symbols('{variable}')\n{body}",
        closing="The solution of the equation is {}.",
        form="list",
    )
    return explained(problem, lambda work: words.equation(work, left, right, variable))


def _small(maths: Random, limit: int = 12) -> int:
    return maths.choice([-1, 1, 1]) * maths.randint(1, limit)


def _linear(maths: Random, variable: str) -> tuple[Node, Node]:
    slope, root = _small(maths), _small(maths, 20)
    shift = _small(maths, 40)
    x = Sym(variable)
    kind = maths.randrange(7)
    if kind <= 1:
        return polynomial([slope, shift], variable), Num(slope * root + shift)
    if kind == 2:
        return polynomial([slope, shift], variable), Num(maths.randint(-60, 60))
    if kind == 3:
        other = maths.choice([n for n in range(-9, 10) if n not in (0, slope)])
        return polynomial([slope, shift], variable), polynomial(
            [other, (slope - other) * root + shift], variable
        )
    if kind == 4:
        inner = _small(maths, 9)
        factor = maths.choice([-5, -3, -2, 2, 3, 4, 5, 6, 7, 8])
        return mul(Num(factor), add(x, Num(inner))), Num(factor * (root + inner))
    if kind == 5:
        bottom = maths.randint(2, 9)
        return add(Div(x, Num(bottom)), Num(shift)), Num(root + shift)
    first, second = maths.randint(2, 9), maths.randint(2, 9)
    return Add((mul(Num(first), Add((x, Num(_small(maths, 9))))), mul(Num(second), x))), Num(
        maths.randint(-50, 90)
    )


def _quadratic(maths: Random, variable: str) -> tuple[Node, Node]:
    kind = maths.randrange(8)
    first, second = _small(maths, 12), _small(maths, 12)
    scale = maths.choice([1, 1, 1, 1, 2, 3, -1])
    monic = [scale, -scale * (first + second), scale * first * second]
    if kind <= 3:
        return polynomial(monic, variable), Num(0)
    if kind == 4:
        moved = maths.randint(-20, 20)
        return polynomial([monic[0], monic[1], monic[2] + moved], variable), Num(moved)
    if kind == 5:
        free = [maths.randint(1, 5), maths.randint(-9, 9), maths.randint(-9, 9)]
        return polynomial(free, variable), Num(0)
    if kind == 6:
        square = maths.choice([1, 4, 9, 16, 25, 36, 49, 64, 81, 100, 2, 3, 5, 7, 12, 20])
        return Pow(Sym(variable), Num(2)), Num(square)
    x = Sym(variable)
    return Mul((Add((x, Num(first))), Add((x, Num(second))))), Num(0)


def _higher(maths: Random, variable: str) -> tuple[Node, Node]:
    roots = [_small(maths, 5) for _ in range(3)]
    a, b, c = roots
    cubic = [1, -(a + b + c), a * b + b * c + c * a, -a * b * c]
    if maths.random() < 0.3:
        square, other = maths.randint(1, 4), maths.randint(1, 5)
        return polynomial([1, 0, -(square**2 + other**2), 0, square**2 * other**2], variable), Num(
            0
        )
    if maths.random() < 0.3:
        return power(Sym(variable), 3), Num(maths.choice([8, 27, 64, 125, 1, -8, -27]))
    return polynomial(cubic, variable), Num(0)


def _radical(maths: Random, variable: str) -> tuple[Node, Node]:
    shift, value = maths.randint(-9, 12), maths.randint(1, 9)
    slope = maths.randint(1, 4)
    return Call("sqrt", polynomial([slope, shift], variable)), Num(value)


def _rational(maths: Random, variable: str) -> tuple[Node, Node]:
    top = maths.randint(1, 40)
    if maths.random() < 0.4:
        return Div(Num(top), Sym(variable)), Num(_small(maths, 10))
    return Div(Num(top), polynomial([1, _small(maths, 9)], variable)), Num(_small(maths, 8))


def _exponential(maths: Random, variable: str) -> tuple[Node, Node]:
    if maths.random() < 0.25:
        return Call("exp", Sym(variable)), Num(maths.randint(2, 20))
    base, exponent = maths.choice([2, 2, 3, 3, 4, 5, 7, 10]), maths.randint(1, 5)
    shift = maths.choice([0, 0, 0, 1, -1, 2])
    exponent_node = polynomial([1, shift], variable) if shift else Sym(variable)
    return Pow(Num(base), exponent_node), Num(base**exponent)


def _logarithm(maths: Random, variable: str) -> tuple[Node, Node]:
    shift = maths.choice([0, 0, 1, -2, 3])
    return Call("log", polynomial([1, shift], variable)), Num(maths.randint(0, 5))


def _absolute(maths: Random, variable: str) -> tuple[Node, Node]:
    # Products and squares only: SymPy solves |x| over the complex numbers.
    side = maths.randint(2, 15)
    x = Sym(variable)
    return Mul((x, Add((x, Num(maths.randint(1, 9)))))), Num(side * (side + maths.randint(1, 4)))


def system(maths: Random, voice: Random) -> Problem:
    """Two (now and then three) linear equations with whole solutions."""
    names = maths.choice([["x", "y"]] * 6 + [["a", "b"], ["m", "n"], ["u", "v"], ["p", "q"]])
    if maths.random() < 0.15:
        return _three_unknowns(maths, voice)
    values = [_small(maths, 12), _small(maths, 12)]
    while True:
        rows = [
            [maths.choice([1, 1, -1, 2, 3, 4, 5, -2, -3, 7]) for _ in range(2)] for _ in range(2)
        ]
        if rows[0][0] * rows[1][1] != rows[0][1] * rows[1][0]:
            break
    style = choose_style(voice)
    sides = [
        (_row(row, names), Num(sum(c * v for c, v in zip(row, values, strict=True))))
        for row in rows
    ]
    if maths.random() < 0.12:
        sides[0] = (Sym(names[1]), polynomial([maths.randint(2, 5), 0], names[0]))
        sides[1] = (add(Sym(names[0]), Sym(names[1])), Num(maths.randint(2, 60)))
    slots = {"u": names[0], "w": names[1]}
    if voice.random() < 0.1:
        slots.update(_cases(sides, style))
        return _system_problem("cases", slots, sides, names, voice)
    for slot, (left, right) in zip("ab", sides, strict=True):
        slots[slot] = dollars(_equality(left, right, style), style, voice)
    return _system_problem("system", slots, sides, names, voice)


def _row(row: list[int], names: list[str]) -> Node:
    return add(*(mul(Num(c), Sym(name)) for c, name in zip(row, names, strict=True) if c))


def _equality(left: Node, right: Node, style: Style) -> str:
    equals = " = " if style.spaced else "="
    return write(left, style) + equals + write(right, style)


def _cases(sides: list[tuple[Node, Node]], style: Style) -> dict[str, str]:
    latex = Style("^", "", style.spaced, natural=True, latex=True)
    rows = " \\\\ ".join(_equality(left, right, latex) for left, right in sides)
    return {"a": f"$\\begin{{cases}} {rows} \\end{{cases}}$"}


def _system_problem(
    asked: str,
    slots: dict[str, str],
    sides: list[tuple[Node, Node]],
    names: list[str],
    voice: Random,
) -> Problem:
    equations = ", ".join(f"Eq({python(left)}, {python(right)})" for left, right in sides)
    listed = ", ".join(names)
    problem = Problem(
        "systems",
        say(frames("equations.txt", asked), slots, voice),
        f"Solve the {len(sides)} equations together for {listed}.",
        f"from sympy import *\n{listed} = symbols('{' '.join(names)}')\n"
        f"print(solve([{equations}], [{listed}]))",
        closing="The solution of the system is {}.",
        form="assignments",
    )
    texts = [(python(left), python(right)) for left, right in sides]
    return explained(problem, lambda work: words.system(work, texts, names))


def _three_unknowns(maths: Random, voice: Random) -> Problem:
    names = maths.choice([["x", "y", "z"], ["x", "y", "z"], ["a", "b", "c"]])
    values = [_small(maths, 6) for _ in names]
    rows = [[1, 1, 1], [1, -1, 0], [0, 1, -1]]
    rows = [[c * maths.choice([1, 1, 2, 3]) for c in row] for row in rows]
    determinant = (
        rows[0][0] * rows[1][1] * rows[2][2]
        + rows[0][2] * rows[1][0] * rows[2][1]
        - rows[0][1] * rows[1][0] * rows[2][2]
        - rows[0][0] * rows[1][2] * rows[2][1]
    )
    if determinant == 0:
        rows = [[1, 1, 1], [1, -1, 0], [0, 1, -1]]
    sides = [
        (_row(row, names), Num(sum(c * v for c, v in zip(row, values, strict=True))))
        for row in rows
    ]
    style = choose_style(voice)
    if voice.random() < 0.2:
        return _system_problem("cases", _cases(sides, style), sides, names, voice)
    slots = {
        f"{letter}": dollars(_equality(left, right, style), style, voice)
        for letter, (left, right) in zip("abc", sides, strict=True)
    }
    slots["l"] = ", ".join(names)
    return _system_problem("three", slots, sides, names, voice)
