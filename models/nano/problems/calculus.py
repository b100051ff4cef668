"""Derivatives, integrals and limits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
from .words import calculus as words
from .words import limits
from .words.work import Work, explained

_VARIABLES = "xxxxxxxxxxxxtytzu"
_CIRCULAR = ("sin", "cos", "tan")


def _variable(maths: Random) -> str:
    return maths.choice(_VARIABLES)


def _random_polynomial(maths: Random, variable: str, degree: int, limit: int = 9) -> Node:
    head = maths.choice([1, 1, 2, 3, 4, 5, -1, -2, 6, 7])
    rest = [maths.choice([0, 0, 1]) * maths.randint(-limit, limit) for _ in range(degree)]
    return polynomial([head, *rest], variable)


def _elementary(maths: Random, variable: str) -> Node:
    """A function that is a single name: sin, exp, log, a root or a power."""
    x = Sym(variable)
    name = maths.choice(["sin", "cos", "tan", "exp", "exp", "log", "log", "sqrt", "sin", "cos"])
    return maths.choice([Call(name, x)] * 3 + [power(x, maths.randint(1, 5))])


def _inner(maths: Random, variable: str) -> Node:
    x = Sym(variable)
    kind = maths.randrange(5)
    if kind <= 1:
        return mul(Num(maths.randint(2, 9)), x)
    if kind == 2:
        return power(x, maths.randint(2, 4))
    if kind == 3:
        return polynomial(
            [maths.randint(1, 5), maths.choice([-1, 1]) * maths.randint(1, 9)], variable
        )
    return polynomial([1, 0, maths.randint(1, 9)], variable)


def _scaled(maths: Random, node: Node) -> Node:
    return mul(Num(maths.choice([1, 1, 1, 2, 3, 4, 5, -1, -2])), node)


def _function(maths: Random, variable: str) -> Node:
    """Something to differentiate."""
    x = Sym(variable)
    kind = maths.randrange(12)
    if kind <= 2:
        return _random_polynomial(maths, variable, maths.randint(1, 5))
    if kind == 3:
        return _scaled(maths, power(x, maths.randint(2, 12)))
    if kind == 4:
        return _scaled(maths, _elementary(maths, variable))
    if kind == 5:
        return Mul((power(x, maths.randint(1, 5)), _elementary(maths, variable)))
    if kind == 6:
        return Call(
            maths.choice(["sin", "cos", "exp", "log", "sqrt", "tan"]), _inner(maths, variable)
        )
    if kind == 7:
        inner = polynomial([maths.randint(1, 5), maths.choice([-3, -2, -1, 1, 2, 3])], variable)
        return Pow(inner, Num(maths.randint(2, 7)))
    if kind == 8:
        return Div(_elementary(maths, variable), polynomial([1, maths.randint(-5, 9)], variable))
    if kind == 9:
        return add(
            _scaled(maths, _elementary(maths, variable)),
            _random_polynomial(maths, variable, maths.randint(1, 3)),
        )
    if kind == 10:
        return maths.choice(
            [
                Div(Num(maths.randint(1, 6)), power(x, maths.randint(1, 4))),
                Pow(Num(maths.randint(2, 5)), x),
            ]
        )
    return Mul((Call("exp", _scaled(maths, x)), Call(maths.choice(["sin", "cos"]), x)))


def derivative(maths: Random, voice: Random) -> Problem:
    """First derivatives mostly; second ones and values at a point."""
    variable = _variable(maths)
    node = _function(maths, variable)
    style = choose_style(voice)
    operator = f"\\frac{{d}}{{d{variable}}}" if style.latex else f"d/d{variable}"
    text = write(node, style)
    slots = {"e": dollars(text, style, voice), "v": variable, "d": operator, "p": ""}
    head = f"from sympy import *\n{variable} = symbols('{variable}')\n"
    code = python(node)
    told: Callable[[Work], str]
    draw = maths.random()
    if draw < 0.10:
        asked, body = "second", f"print(diff({code}, {variable}, 2))"
        told = partial(words.second_derivative, node=node, name=variable)
        plan, closing = "Differentiate twice.", "The second derivative is {}."
    elif draw < 0.22:
        point = maths.choice([0, 1, 1, 2, 2, 3, 4, 5, -1, -2, 10])
        slots["p"] = str(point)
        told = partial(words.derivative_at, node=node, name=variable, point=point)
        asked, body = "at a point", f"print(diff({code}, {variable}).subs({variable}, {point}))"
        plan, closing = f"Differentiate, then put {variable} = {point}.", "The value is {}."
    else:
        told = partial(words.derivative, node=node, name=variable)
        asked, body = "derivative", f"print(diff({code}, {variable}))"
        plan, closing = f"Differentiate with respect to {variable}.", "The derivative is {}."
    if style.latex and voice.random() < 0.25 and draw >= 0.22:
        asked = "operator"
        slots["d"] = dollars(
            f"{operator} {text}" if isinstance(node, Call) else f"{operator}({text})", style, voice
        )
    elif style.latex:
        slots["d"] = f"${operator}$"
    question = say(frames("calculus.txt", asked), slots, voice)
    return explained(Problem("derivatives", question, plan, head + body, closing), told)


def _integrand(maths: Random, variable: str) -> Node:
    """Something that SymPy integrates at once."""
    x = Sym(variable)
    kind = maths.randrange(10)
    if kind <= 3:
        return _random_polynomial(maths, variable, maths.randint(1, 4))
    if kind == 4:
        return _scaled(maths, power(x, maths.randint(1, 9)))
    if kind == 5:
        return _scaled(maths, Call(maths.choice(["sin", "cos", "exp"]), x))
    if kind == 6:
        return Call(maths.choice(["sin", "cos", "exp"]), mul(Num(maths.randint(2, 9)), x))
    if kind == 7:
        return Mul((x, Call(maths.choice(["sin", "cos", "exp", "log"]), x)))
    if kind == 8:
        return maths.choice(
            [
                Div(Num(maths.randint(1, 7)), x),
                Call("sqrt", x),
                Div(Num(1), power(x, maths.randint(2, 4))),
                Call("log", x),
            ]
        )
    return add(
        Call(maths.choice(["sin", "cos", "exp"]), x), _scaled(maths, power(x, maths.randint(1, 4)))
    )


def integral(maths: Random, voice: Random) -> Problem:
    """Definite and indefinite integrals."""
    variable = _variable(maths)
    node = _integrand(maths, variable)
    style = choose_style(voice)
    text = write(node, style)
    slots = {"e": dollars(text, style, voice), "v": variable}
    head = f"from sympy import *\n{variable} = symbols('{variable}')\n"
    definite = maths.random() < 0.5
    sign = "\\int"
    if definite:
        low, high = _bounds(maths, node)
        slots["a"], slots["b"] = write(low, style), write(high, style)
        if style.latex and voice.random() < 0.7:
            slots["a"], slots["b"] = f"${slots['a']}$", f"${slots['b']}$"
        sign = f"\\int_{_script(low, style)}^{_script(high, style)}"
        body = f"print(integrate({python(node)}, ({variable}, {python(low)}, {python(high)})))"
        plan = f"Integrate from {python(low)} to {python(high)}."
        told: Callable[[Work], str] = partial(
            words.integral, node=node, name=variable, low=python(low), high=python(high)
        )
        asked, closing = "definite", "The integral is {}."
    else:
        body = f"print(integrate({python(node)}, {variable}))"
        plan = f"Integrate with respect to {variable}."
        told = partial(words.antiderivative, node=node, name=variable)
        asked, closing = "indefinite", "An antiderivative is {}."
    if style.latex and voice.random() < 0.6:
        inside = f"({text})" if isinstance(node, Add) and voice.random() < 0.6 else text
        gap = voice.choice([" ", "\\, ", " \\,", "\\,"])
        slots["i"] = dollars(f"{sign} {inside}{gap}d{variable}", style, voice)
        asked = "sign"
    question = say(frames("calculus.txt", asked), slots, voice)
    return explained(Problem("integrals", question, plan, head + body, closing), told)


def _script(node: Node, style: Style) -> str:
    text = write(node, style)
    return text if len(text) == 1 else f"{{{text}}}"


def _bounds(maths: Random, node: Node) -> tuple[Node, Node]:
    code = python(node)
    if ("sin" in code or "cos" in code) and maths.random() < 0.6:
        return Num(0), maths.choice([Sym("pi"), Div(Sym("pi"), Num(2)), mul(Num(2), Sym("pi"))])
    low = (
        maths.randint(1, 3)
        if any(s in code for s in ("log", "/", "sqrt"))
        else maths.choice([0, 0, 0, 1, 1, 2, -1, -2])
    )
    return Num(low), Num(low + maths.randint(1, 6))


def limit(maths: Random, voice: Random) -> Problem:
    """Limits at a point or at infinity."""
    variable = maths.choice("xxxxxxxtnhy")
    node, point = _limit_of(maths, variable)
    infinite = point == "oo"
    style = choose_style(voice)
    text = write(node, style)
    shown = {"oo": voice.choice(["infinity", "infinity", "oo", "∞"])}.get(point, point)
    slots = {"e": dollars(text, style, voice), "v": variable, "p": shown}
    asked = "limit"
    if style.latex and voice.random() < 0.65:
        arrow = "\\infty" if infinite else point
        asked = "sign"
        slots["i"] = dollars(f"\\lim_{{{variable} \\to {arrow}}} {text}", style, voice)
    problem = Problem(
        "limits",
        say(frames("calculus.txt", asked), slots, voice),
        f"Take the limit as {variable} goes to {'infinity' if infinite else point}.",
        f"from sympy import *\n{variable} = symbols('{variable}')\n"
        f"print(limit({python(node)}, {variable}, {point}))",
        closing="The limit is {}.",
    )
    return explained(problem, lambda work: limits.limit(work, node, variable, point))


def _limit_of(maths: Random, variable: str) -> tuple[Node, str]:
    x = Sym(variable)
    kind = maths.randrange(8)
    a, b = maths.randint(1, 9), maths.randint(1, 9)
    if kind <= 1:
        root, other = maths.randint(-6, 6), maths.randint(-6, 6)
        top = polynomial([1, -(root + other), root * other], variable)
        return Div(top, polynomial([1, -root], variable) if root else x), str(root)
    if kind == 2:
        name = maths.choice(["sin", "sin", "tan"])
        return Div(Call(name, mul(Num(a), x)), mul(Num(b), x)), "0"
    if kind == 3:
        degree = maths.randint(1, 3)
        tops = [a, *(maths.randint(-9, 9) for _ in range(degree))]
        bottoms = [b, *(maths.randint(-9, 9) for _ in range(degree))]
        if maths.random() < 0.2:
            bottoms = [1, *bottoms]
        return Div(polynomial(tops, variable), polynomial(bottoms, variable)), "oo"
    if kind == 4:
        return _random_polynomial(maths, variable, maths.randint(1, 3)), str(maths.randint(-5, 6))
    if kind == 5:
        top = add(Call("exp", mul(Num(a), x)), Num(-1))
        return maths.choice(
            [
                Div(top, x),
                Div(add(Num(1), mul(Num(-1), Call("cos", x))), Pow(x, Num(2))),
                Div(Call("log", add(Num(1), x)), x),
            ]
        ), "0"
    if kind == 6:
        return Pow(Add((Num(1), Div(Num(a), x))), x), "oo"
    return maths.choice(
        [
            Div(Num(a), x),
            Div(Num(a), power(x, 2)),
            Call("exp", mul(Num(-1), x)),
            Div(Call("log", x), x),
            Div(x, Call("exp", x)),
        ]
    ), "oo"
