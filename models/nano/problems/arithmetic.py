"""Calculations: whole numbers, fractions, decimals, powers, roots, logarithms, angles."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from .notation import Add, Call, Div, Mul, Node, Num, Pow, Style, Sym, dollars, write
from .phrasing import say
from .problem import Problem
from .tables import frames, sections
from .words import arithmetic as words
from .words.work import Work, explained

FAMILY = "arithmetic"
_TABLE = "calculations.txt"
_SYMPY = "from sympy import *\n"
_RATIONAL = "from sympy import Rational\n"
_SIGNS = {
    "*": ["*", "*", " * ", " x ", " × ", "×", " times "],
    "/": ["/", "/", " / ", " ÷ ", "÷", " divided by "],
    "+": [" + ", " + ", "+", " plus "],
    "-": [" - ", " - ", "-", " minus "],
}
_PLANS = {
    "+": "Add {a} and {b}.",
    "-": "Subtract {b} from {a}.",
    "*": "Multiply {a} by {b}.",
    "/": "Divide {a} by {b}.",
}
# Name, what is printed, what must be imported.
_STATISTICS = [
    ("mean", "sum(numbers) / len(numbers)", ""),
    ("average", "sum(numbers) / len(numbers)", ""),
    ("median", "median(numbers)", "from statistics import median\n"),
    ("largest", "max(numbers)", ""),
    ("sum", "sum(numbers)", ""),
    ("smallest", "min(numbers)", ""),
    ("range", "max(numbers) - min(numbers)", ""),
]
_FUNCTIONS = {"sin": "sine", "cos": "cosine", "tan": "tangent"}
_DEGREES = [0, 30, 45, 60, 120, 135, 150, 180, 210, 225, 240, 300, 315, 330, 360]


def arithmetic(maths: Random, voice: Random) -> Problem:
    """One calculation."""
    kind = maths.randrange(20)
    if kind <= 7:
        return _two_numbers(maths, voice)
    if kind <= 9:
        return _chain(maths, voice)
    if kind <= 11:
        return _fractions(maths, voice)
    if kind <= 13:
        return _decimals(maths, voice)
    if kind == 14:
        return _statistic(maths, voice)
    if kind == 15:
        return _special(maths, voice)
    return _powers(maths, voice)


def _number(maths: Random) -> int:
    return maths.randint(0, 10 ** maths.choice([1, 1, 2, 2, 2, 3, 3, 4, 5]))


def _two_numbers(maths: Random, voice: Random) -> Problem:
    sign = maths.choice("++--**//")
    a, b = _number(maths), _number(maths)
    if sign == "/":
        b = maths.randint(1, maths.choice([12, 99]))
        a = b * maths.randint(1, 99) if maths.random() < 0.8 else maths.randint(1, 999)
    if maths.random() < 0.08 and sign != "/":
        a = -a
    slots = {"a": str(a), "b": str(b)}
    asked = sign
    if voice.random() >= 0.4:
        asked = "expression"
        slots["e"] = f"{a}{voice.choice(_SIGNS[sign])}{b}"
        if sign in "*/" and voice.random() < 0.12:
            slots["e"] = f"${a} \\times {b}$" if sign == "*" else f"$\\frac{{{a}}}{{{b}}}$"
    plan = _PLANS[sign].format(a=a, b=b)
    value = _value(a, sign, b)
    program = f"{_RATIONAL}print(Rational({a}, {b}))" if sign == "/" else f"print({a} {sign} {b})"
    problem = Problem(
        FAMILY,
        say(frames(_TABLE, asked), slots, voice),
        plan,
        program,
        expected=None if value is None else str(value),
    )
    return explained(problem, lambda work: words.two_numbers(work, a, sign, b))


def _value(a: int, sign: str, b: int) -> int | None:
    if sign == "/":
        return a // b if a % b == 0 else None
    return {"+": a + b, "-": a - b, "*": a * b}[sign]


def _typed(node: Node, voice: Random) -> str:
    draw = voice.random()
    if draw < 0.25:
        style = Style("^", "", True, natural=True, latex=True)
    elif draw < 0.75:
        style = Style("^", voice.choice(["*", " * "]), voice.random() < 0.7)
    else:
        style = Style("**", "*", voice.random() < 0.5)
    return dollars(write(node, style), style, voice)


def _calculation(node: Node, voice: Random) -> Problem:
    """Print the expression as it stands: exact, since it holds no plain division."""
    code = write(node, Style())
    imports = _SYMPY if any(character.isalpha() for character in code) else ""
    question = say(frames(_TABLE, "expression"), {"e": _typed(node, voice)}, voice)
    problem = Problem(FAMILY, question, f"Calculate {code}.", f"{imports}print({code})")
    return explained(problem, lambda work: _expression(work, node))


def _expression(work: Work, node: Node) -> str:
    if isinstance(node, Call) and isinstance(node.argument, Num):
        number = int(node.argument.value)
        return work.root(number) if node.name == "sqrt" else words.factorial(work, number)
    return str(work.calculate(write(node, Style())))


def _chain(maths: Random, voice: Random) -> Problem:
    a, b, c = (Num(maths.randint(1, maths.choice([9, 20, 100]))) for _ in range(3))
    d = Num(maths.randint(1, 12))
    minus = Num(-int(c.value))
    shapes: list[Node] = [
        Add((a, Mul((b, c)))),
        Mul((Add((a, b)), c)),
        Add((a, b, minus)),
        Add((Mul((a, b)), minus)),
        Add((a, b, c)),
        Mul((a, Add((b, minus)))),
        Add((Mul((a, b)), Mul((c, d)))),
        Mul((a, b, d)),
        Mul((Add((a, b)), Add((c, d)))),
        Add((a, b, c, d)),
        Add((a, Mul((Num(-int(b.value)), d)))),
    ]
    return _calculation(maths.choice(shapes), voice)


def _powers(maths: Random, voice: Random) -> Problem:
    kind = maths.randrange(6)
    if kind == 0:
        return _one_number(maths, voice)
    if kind == 1:
        root = maths.choice([maths.randint(2, 40) ** 2, maths.randint(2, 300)])
        if voice.random() < 0.5:
            return _calculation(Call("sqrt", Num(root)), voice)
        question = say(frames(_TABLE, "root"), {"a": str(root)}, voice)
        program = f"{_SYMPY}print(sqrt({root}))"
        problem = Problem(FAMILY, question, f"Calculate sqrt({root}).", program)
        return explained(problem, lambda work: work.root(root))
    if kind == 2:
        return _calculation(Call("factorial", Num(maths.randint(2, 14))), voice)
    base, exponent = maths.randint(2, 15), maths.randint(2, 8)
    if kind == 3 and voice.random() < 0.5:
        slots = {"a": str(base), "b": str(exponent)}
        question = say(frames(_TABLE, "power"), slots, voice)
        return _printed(question, f"{base}**{exponent}")
    node: Node = Pow(Num(base), Num(exponent))
    if kind == 5:
        node = Add((node, Num(maths.choice([-1, 1]) * maths.randint(1, 50))))
    return _calculation(node, voice)


def _one_number(maths: Random, voice: Random) -> Problem:
    """Squares, halves, doubles and the like."""
    section = maths.choice(list(sections("one_number.txt").values()))
    formula = section.fields[0]
    a = 12 * maths.randint(1, 40) if "/" in formula else maths.randint(2, 60)
    code = formula.format(a=a)
    return _printed(say(section.lines, {"a": str(a)}, voice), code)


def _printed(question: str, code: str) -> Problem:
    """A question whose program prints one expression."""
    problem = Problem(FAMILY, question, f"Calculate {code}.", f"print({code})")
    return explained(problem, lambda work: str(work.calculate(code)))


def _special(maths: Random, voice: Random) -> Problem:
    """Logarithms with a base, and sines of known angles."""
    if maths.random() < 0.4:
        base, exponent = maths.choice([2, 2, 3, 4, 5, 7, 10, 10]), maths.randint(1, 6)
        slots = {"a": str(base), "b": str(base**exponent)}
        question = say(frames(_TABLE, "logarithm"), slots, voice)
        program = f"{_SYMPY}print(log({base**exponent}, {base}))"
        problem = Problem(FAMILY, question, f"Take the logarithm to base {base}.", program)
        return explained(problem, lambda work: words.logarithm(work, base, exponent))
    name = maths.choice(list(_FUNCTIONS))
    if maths.random() < 0.5:
        angle = maths.choice(_DEGREES)
        slots = {"f": name, "l": _FUNCTIONS[name], "a": str(angle)}
        question = say(frames(_TABLE, "angle"), slots, voice)
        program = f"{_SYMPY}print({name}(pi*{angle}/180))"
        plan = f"Turn {angle} degrees into radians."
        return Problem(FAMILY, question, plan, program, glance=True)
    part = maths.choice([1, 1, 2, 3, 4, 6, 6])
    times = maths.choice([1, 1, 2, 3, 5])
    top: Node = Sym("pi") if times == 1 else Mul((Num(times), Sym("pi")))
    sine = Call(name, top if part == 1 else Div(top, Num(part)))
    return replace(_calculation(sine, voice), glance=True)


def _fractions(maths: Random, voice: Random) -> Problem:
    sign = maths.choice("++-*/")
    a, c = maths.randint(1, 12), maths.randint(1, 12)
    b, d = maths.randint(2, 12), maths.randint(2, 12)
    if voice.random() < 0.35:
        symbols = {"+": "+", "-": "-", "/": "\\div"}
        symbol = voice.choice(["\\cdot", "\\times"]) if sign == "*" else symbols[sign]
        text = f"$\\frac{{{a}}}{{{b}}} {symbol} \\frac{{{c}}}{{{d}}}$"
    elif sign == "/":
        text = f"({a}/{b}) / ({c}/{d})" if voice.random() < 0.5 else f"{a}/{b} divided by {c}/{d}"
    else:
        text = f"{a}/{b}{voice.choice(_SIGNS[sign])}{c}/{d}"
    asked = sign if voice.random() < 0.25 else "expression"
    lines = frames(_TABLE, asked)
    if sign == "-":
        lines = lines[:-1]  # "how much more": the first fraction may be the smaller one
    slots = {"e": text, "a": f"{a}/{b}", "b": f"{c}/{d}"}
    program = f"{_RATIONAL}print(Rational({a}, {b}) {sign} Rational({c}, {d}))"
    problem = Problem(FAMILY, say(lines, slots, voice), "Use exact fractions.", program)
    return explained(problem, lambda work: words.fractions(work, (a, b), sign, (c, d)))


def _decimals(maths: Random, voice: Random) -> Problem:
    sign = maths.choice("++-**/")
    places = maths.choice([1, 1, 2])
    a = round(maths.randint(1, 999) / 10**places, places)
    b: float = round(maths.randint(1, 999) / 10**places, places)
    if sign == "/":
        b = maths.choice([0.5, 0.2, 0.1, 0.25, 2, 4, 5, 8, 10])
    elif maths.random() < 0.4:
        b = maths.randint(1, 60)
    slots = {"a": str(a), "b": str(b), "e": f"{a}{voice.choice(_SIGNS[sign])}{b}"}
    asked = sign if voice.random() < 0.3 else "expression"
    question = say(frames(_TABLE, asked), slots, voice)
    plan = _PLANS[sign].format(a=a, b=b)
    return Problem(FAMILY, question, plan, f"print(round({a} {sign} {b}, 6))")


def _statistic(maths: Random, voice: Random) -> Problem:
    """Means, medians, extremes, sums of a list."""
    numbers = [maths.randint(1, maths.choice([10, 30, 100])) for _ in range(maths.randint(3, 6))]
    name, code, imports = maths.choice(_STATISTICS)
    shown = ", ".join(map(str, numbers))
    if voice.random() < 0.6:
        shown = ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"
    asked = "extreme" if name in ("largest", "smallest") else "statistic"
    problem = Problem(
        FAMILY,
        say(frames(_TABLE, asked), {"n": name, "l": shown}, voice),
        f"Take the {name} of the {len(numbers)} numbers.",
        f"{imports}numbers = {numbers}\nprint({code})",
    )
    return explained(problem, lambda work: words.statistic(work, numbers, name))
