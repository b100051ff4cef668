"""Expand, factor, simplify, evaluate."""

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
from .words import algebra as words
from .words.work import explained

_WORDS = {"expand": words.expand, "factor": words.factor, "simplify": words.simplify}
_PLANS = {
    "expand": "Expand the product.",
    "factor": "Factor the expression.",
    "simplify": "Simplify the expression.",
}
_CLOSINGS = {
    "expand": "The expansion is {}.",
    "factor": "The factored form is {}.",
    "simplify": "The simplified form is {}.",
}


def _shift(maths: Random, limit: int = 9) -> int:
    return maths.choice([-1, 1]) * maths.randint(1, limit)


def _linear(maths: Random, variable: str) -> Node:
    return polynomial([maths.choice([1, 1, 1, 2, 3, 4, 5]), _shift(maths)], variable)


def _to_expand(maths: Random, v: str) -> Node:
    kind = maths.randrange(7)
    if kind <= 1:
        return Mul((_linear(maths, v), _linear(maths, v)))
    if kind == 2:
        return Pow(_linear(maths, v), Num(maths.choice([2, 2, 2, 3, 3, 4])))
    if kind == 3:
        return Mul(
            (mul(Num(maths.randint(2, 9)), maths.choice([Sym(v), Num(1)])), _linear(maths, v))
        )
    if kind == 4:
        return Mul((_linear(maths, v), polynomial([1, maths.randint(-5, 5), _shift(maths, 5)], v)))
    if kind == 5:
        pair = add(mul(Num(maths.randint(1, 4)), Sym("a")), mul(Num(_shift(maths, 4)), Sym("b")))
        return Pow(pair, Num(maths.choice([2, 2, 3])))
    return Mul((_linear(maths, v), _linear(maths, v), _linear(maths, v)))


def _to_factor(maths: Random, v: str) -> Node:
    kind = maths.randrange(6)
    a, b = _shift(maths), _shift(maths)
    if kind <= 2:
        scale = maths.choice([1, 1, 1, 2, 3])
        return polynomial([scale, scale * (a + b), scale * a * b], v)
    if kind == 3:
        return polynomial(
            [maths.choice([1, 1, 4, 9]), 0, -maths.choice([1, 4, 9, 16, 25, 36, 49, 64, 81, 100])],
            v,
        )
    if kind == 4:
        c, d = maths.randint(2, 4), maths.randint(1, 3)
        return polynomial([c * d, c * b + a * d, a * b], v)
    c = _shift(maths, 4)
    return polynomial([1, a + b + c, a * b + b * c + a * c, a * b * c], v)


def _to_simplify(maths: Random, v: str) -> Node:
    x = Sym(v)
    kind = maths.randrange(7)
    if kind == 0:
        a, b = _shift(maths), _shift(maths)
        return Div(polynomial([1, a + b, a * b], v), polynomial([1, a], v))
    if kind == 1:
        return Add(
            (
                mul(Num(maths.randint(2, 9)), x),
                Num(_shift(maths)),
                mul(Num(_shift(maths)), x),
                Num(_shift(maths)),
            )
        )
    if kind == 2:
        return Div(power(x, maths.randint(4, 9)), power(x, maths.randint(1, 3)))
    if kind == 3:
        return Add(
            (
                mul(Num(maths.randint(2, 6)), _linear(maths, v)),
                mul(Num(_shift(maths, 6)), _linear(maths, v)),
            )
        )
    if kind == 4:
        return Add((Pow(Call("sin", x), Num(2)), Pow(Call("cos", x), Num(2))))
    if kind == 5:
        return Div(Add((mul(Num(2 * maths.randint(1, 6)), x), Num(2 * _shift(maths, 8)))), Num(2))
    return Mul(
        (
            mul(Num(maths.randint(2, 6)), power(x, maths.randint(1, 4))),
            mul(Num(maths.randint(2, 6)), power(x, maths.randint(1, 4))),
        )
    )


def algebra(maths: Random, voice: Random) -> Problem:
    """One rewriting of an expression, or its value."""
    variable = maths.choice("xxxxxxxyatnz")
    task = maths.choice(["expand", "factor", "simplify", "evaluate"])
    style = choose_style(voice)
    if task == "evaluate":
        return _evaluate(maths, voice, variable)
    maker = {"expand": _to_expand, "factor": _to_factor, "simplify": _to_simplify}[task]
    node = maker(maths, variable)
    names = "a b" if "b" in python(node) else variable
    code = python(node)
    slots = {"e": dollars(write(node, style), style, voice)}
    problem = Problem(
        "algebra",
        say(frames("algebra.txt", task), slots, voice),
        _PLANS[task],
        f"from sympy import *\n{', '.join(names.split())} = symbols('{names}')\n"
        f"print({task}({code}))",
        _CLOSINGS[task],
    )
    if " " in names:
        return problem
    return explained(problem, lambda work: _WORDS[task](work, node, variable))


def _evaluate(maths: Random, voice: Random, variable: str) -> Problem:
    style = choose_style(voice)
    value = maths.choice([-1, 1, 1]) * maths.randint(1, 12)
    two = maths.random() < 0.3
    if two:
        names = maths.choice([["x", "y"], ["a", "b"]])
        values = [value, maths.randint(1, 9)]
        node = add(
            mul(Num(maths.randint(1, 6)), power(Sym(names[0]), maths.randint(1, 2))),
            mul(Num(_shift(maths, 6)), power(Sym(names[1]), maths.randint(1, 2))),
        )
    else:
        names, values = [variable], [value]
        node = polynomial(
            [maths.randint(1, 6), *(maths.randint(-9, 9) for _ in range(maths.randint(1, 3)))],
            variable,
        )
    equals = " = " if style.spaced else "="
    points = [dollars(f"{n}{equals}{x}", style, voice) for n, x in zip(names, values, strict=True)]
    slots = {"e": dollars(write(node, style), style, voice), "p": " and ".join(points)}
    slots.update(v=names[0], a=str(value))
    functional = not two and voice.random() < 0.3
    assigned = "\n".join(f"{n} = {x}" for n, x in zip(names, values, strict=True))
    told = " and ".join(f"{n} = {x}" for n, x in zip(names, values, strict=True))
    problem = Problem(
        "algebra",
        say(frames("algebra.txt", "function" if functional else "evaluate"), slots, voice),
        f"Put {told} into the expression.",
        f"{assigned}\nprint({python(node)})",
        "The value is {}.",
    )
    put = dict(zip(names, values, strict=True))
    return explained(problem, lambda work: str(work.calculate(python(node), put)))
