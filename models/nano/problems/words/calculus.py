"""Derivatives and integrals in words: one term or one rule a sentence."""

from __future__ import annotations

from fractions import Fraction

from ..notation import Add, Call, Div, Mul, Node, Num, Pow, Sym, python
from .polynomials import (
    Polynomial,
    Term,
    collected,
    factored,
    joined,
    parts,
    printed,
    read,
    term,
    written,
)
from .work import Hard, Work

# What a function of x becomes, with {} for its argument.
_SLOPES = {"sin": "cos({})", "cos": "-sin({})", "exp": "exp({})", "tan": "tan({})**2 + 1"}
_AREAS = {"sin": "-cos({})", "cos": "sin({})", "exp": "exp({})"}
# The values that an antiderivative takes at the usual ends of an integral.
_VALUES = {
    "sin(0)": 0, "sin(pi/2)": 1, "sin(pi)": 0, "sin(2*pi)": 0,
    "cos(0)": 1, "cos(pi/2)": 0, "cos(pi)": -1, "cos(2*pi)": 1,
}  # fmt: skip


def _times(factor: int, text: str) -> str:
    """A whole number times a product."""
    if factor == 1:
        return text
    if text.startswith("-"):
        return _times(-factor, text[1:])
    return f"-{text}" if factor == -1 else f"{factor}*{text}"


def _scale(node: Node) -> tuple[int, Node]:
    """A number and what it multiplies."""
    if isinstance(node, Mul) and isinstance(node.factors[0], Num) and len(node.factors) == 2:
        return int(node.factors[0].value), node.factors[1]
    return 1, node


def derivative(work: Work, node: Node, name: str) -> str:
    """The derivative as SymPy prints it."""
    found = _rule(work, node, name)
    if found is not None:
        return found
    terms = parts(node)
    if len(terms) == 1:
        monomial = read(node)
        if written(monomial, name) != python(node):
            work.say(f"{python(node)} = {written(monomial, name)}.")
        return written(slope(work, monomial, name), name)
    pieces = []
    for piece in terms:
        gives = _term_slope(work, piece, name)
        work.say(f"{python(piece)} gives {gives}.")
        pieces.append(gives)
    return _ordered(pieces, name)


def slope(work: Work, polynomial: Polynomial, name: str) -> Polynomial:
    """The derivative of a polynomial, term by term."""
    if len(polynomial) > 1:
        for n, a in polynomial.items():
            work.say(f"{term(a, n, name)} gives {term(a * n, max(n - 1, 0), name)}.")
    elif polynomial:
        ((n, a),) = polynomial.items()
        if n > 1 and abs(a) != 1:
            work.do(a, "*", n)
    return collected((a * n, n - 1) for n, a in polynomial.items() if n)


def _term_slope(work: Work, node: Node, name: str) -> str:
    factor, rest = _scale(node)
    if isinstance(rest, Call):
        return _times(factor, _plain_slope(rest))
    polynomial = read(node)
    return written(collected((a * n, n - 1) for n, a in polynomial.items() if n), name)


def _plain_slope(call: Call) -> str:
    """The derivative of sin(x) and the like; a sum such as that of tan(x) cannot be scaled."""
    inner = python(call.argument)
    if call.name == "log":
        return f"1/{inner}"
    if call.name == "sqrt":
        return f"1/(2*sqrt({inner}))"
    return _SLOPES[call.name].format(inner)


def _ordered(pieces: list[str], name: str) -> str:
    """Terms in SymPy's order: powers, functions, the number, what is divided."""
    polynomial: list[Term] = []
    others = []
    for piece in pieces:
        try:
            polynomial.extend((a, n) for n, a in read(piece).items())
        except Hard:
            others.append(piece)
        if "tan" in piece or "/" in piece:
            raise Hard
    whole = collected(polynomial)
    powers = [term(a, n, name) for n, a in whole.items() if n]
    return printed([*powers, *others, *([str(whole[0])] if 0 in whole else [])])


def _rule(work: Work, node: Node, name: str) -> str | None:
    """The derivative of what is no sum and no polynomial; None where it is one."""
    if isinstance(node, Pow):
        return _power_rule(work, node, name)
    if isinstance(node, Div):
        return _reciprocal(work, node, name)
    factor, rest = _scale(node)
    if isinstance(rest, Call):
        if rest.argument != Sym(name):
            return _chain(work, rest, name)
        return _scaled(factor, rest, name)
    if isinstance(node, Mul) and isinstance(node.factors[-1], Call):
        return _product(work, node, name)
    return None


def _scaled(factor: int, call: Call, name: str) -> str:
    if call.name == "log":
        return f"{factor}/{name}"
    if call.name == "sqrt" and factor % 2:
        return f"{factor}/(2*sqrt({name}))"
    if call.name == "sqrt":
        return f"{factor // 2}/sqrt({name})"
    if call.name == "tan" and factor != 1:
        return joined([f"{factor}*tan({name})**2", str(factor)]) if factor > 0 else _refuse()
    return _times(factor, _plain_slope(call))


def _refuse() -> str:
    raise Hard


def _power_rule(work: Work, node: Pow, name: str) -> str | None:
    """A number to the power x, or a line to some power."""
    if isinstance(node.base, Num):
        base = python(node.base)
        return f"{base}**{name}*log({base})"
    if not isinstance(node.base, Add):
        return None
    inner, exponent = python(node.base), int(python(node.exponent))
    a = read(node.base)[1]
    factor = work.do(exponent, "*", a) if a > 1 else exponent
    if exponent == 2:
        line = {n: c * factor for n, c in read(node.base).items()}
        work.say(f"{factor}*({inner}) = {written(line, name)}.")
        return written(line, name)
    return f"{factor}*({inner})**{exponent - 1}"


def _reciprocal(work: Work, node: Div, name: str) -> str:
    """A number over a power."""
    if not isinstance(node.top, Num):
        raise Hard
    ((exponent, _),) = read(node.bottom).items()
    top = int(node.top.value)
    factor = work.do(top, "*", exponent) if min(top, exponent) > 1 else top * exponent
    return f"-{factor}/{name}**{exponent + 1}"


def _chain(work: Work, call: Call, name: str) -> str:
    inner, line = python(call.argument), read(call.argument)
    steep = collected((a * n, n - 1) for n, a in line.items() if n)
    gives = written(steep, name)
    work.say(f"{inner} gives {gives}.")
    ((exponent, factor),) = steep.items()
    if call.name == "tan":
        raise Hard
    if call.name == "log":
        (lowest, shared) = min(line.items())
        if len(line) > 1:
            return f"{gives}/({inner})"
        return f"{factor // shared}/{name}" if lowest else _refuse()
    if call.name == "sqrt":
        if exponent == 1 and factor == 2 and len(line) > 1:
            return f"{name}/sqrt({inner})"
        if exponent or len(line) == 1:
            raise Hard
        return f"{factor // 2}/sqrt({inner})" if factor % 2 == 0 else f"{factor}/(2*sqrt({inner}))"
    outer = _SLOPES[call.name].format(inner)
    return outer if gives == "1" else _times(factor, _after(outer, exponent, name))


def _after(outer: str, exponent: int, name: str) -> str:
    """The power of x that the chain rule brings, in front of a function."""
    sign = "-" if outer.startswith("-") else ""
    power = f"{term(1, exponent, name)}*" if exponent else ""
    return f"{sign}{power}{outer.lstrip('-')}"


def _product(work: Work, node: Mul, name: str) -> str:
    """A power times a function, or exp times a sine."""
    first, second = node.factors[0], node.factors[-1]
    if len(node.factors) != 2 or not isinstance(second, Call) or isinstance(first, Call):
        raise Hard
    ((exponent, _),) = read(first).items()
    if second.name not in ("sin", "cos", "exp", "log") or second.argument != Sym(name):
        raise Hard
    lower = term(exponent, exponent - 1, name)
    work.say(f"{python(first)} gives {lower}.")
    work.say(f"{python(second)} gives {_plain_slope(second)}.")
    front = _before(lower, python(second))
    if second.name == "log":
        return joined([front, term(1, exponent - 1, name)])
    back = _before(python(first), _plain_slope(second))
    return joined([back, front])


def _before(power: str, function: str) -> str:
    if power == "1":
        return function
    sign = "-" if function.startswith("-") else ""
    return f"{sign}{power}*{function.lstrip('-')}"


def second_derivative(work: Work, node: Node, name: str) -> str:
    """The second derivative of a polynomial."""
    once = slope(work, read(node), name)
    work.say(f"The first derivative is {written(once, name)}.")
    twice = slope(work, once, name)
    if len(twice) > 1:
        work.say(f"That gives {written(twice, name)}.")
        return factored(twice, name)
    return written(twice, name)


def derivative_at(work: Work, node: Node, name: str, point: int) -> str:
    """The derivative of a polynomial, at a point."""
    once = slope(work, read(node), name)
    work.say(f"The derivative is {written(once, name)}.")
    return str(work.calculate(written(once, name), {name: point}))


def antiderivative(work: Work, node: Node, name: str) -> str:
    """An antiderivative as SymPy prints it."""
    fact = _known_area(node, name)
    if fact is not None:
        return fact
    pieces = parts(node)
    if len(pieces) == 1:
        return _term_area(node, name)
    given = []
    for piece in pieces:
        area = _term_area(piece, name)
        work.say(f"{python(piece)} gives {area}.")
        given.append(area)
    # SymPy puts powers before functions.
    return joined(sorted(given, key=lambda area: "(" in area))


def _term_area(node: Node, name: str) -> str:
    factor, rest = _scale(node)
    if isinstance(rest, Call):
        if rest.argument == Sym(name) and rest.name in _AREAS:
            return _times(factor, _AREAS[rest.name].format(name))
        raise Hard
    return joined(term(c, n, name) for c, n in _areas(read(node)))


def _areas(polynomial: Polynomial) -> list[tuple[Fraction, int]]:
    return [(Fraction(a, n + 1), n + 1) for n, a in polynomial.items()]


def _known_area(node: Node, name: str) -> str | None:
    """What is known by heart: sin(3*x), x*exp(x), log(x), 1/x and the like."""
    x = name
    if isinstance(node, Call) and node.argument != Sym(name) and node.name in _AREAS:
        inner = python(node.argument)
        return f"{_AREAS[node.name].format(inner)}/{inner.split('*')[0]}"
    if isinstance(node, Div) and isinstance(node.top, Num):
        top = python(node.top)
        exponent = max(read(node.bottom))
        if exponent == 1:
            return f"log({x})" if top == "1" else f"{top}*log({x})"
        lower = term(1, exponent - 1, x)
        return f"-1/{lower}" if exponent == 2 else f"-1/({exponent - 1}*{lower})"
    facts = {
        f"sqrt({x})": f"2*{x}**(3/2)/3",
        f"log({x})": f"{x}*log({x}) - {x}",
        f"{x}*sin({x})": f"-{x}*cos({x}) + sin({x})",
        f"{x}*cos({x})": f"{x}*sin({x}) + cos({x})",
        f"{x}*exp({x})": f"({x} - 1)*exp({x})",
        f"{x}*log({x})": f"{x}**2*log({x})/2 - {x}**2/4",
    }
    return facts.get(python(node))


def integral(work: Work, node: Node, name: str, low: str, high: str) -> str:
    """A definite integral: the antiderivative at both ends."""
    factor, rest = _scale(node)
    if isinstance(rest, Call) and rest.name in _AREAS and rest.argument == Sym(name):
        return _between(work, factor, rest, low, high)
    terms = _areas(read(node))
    work.say(f"An antiderivative is {joined(term(c, n, name) for c, n in terms)}.")
    if len(terms) == 1 and low == "0":
        ((factor_, exponent),) = terms
        top = work.power(int(high), exponent) if exponent > 1 else int(high)
        return work.ratio(_multiple(work, factor_.numerator, top), factor_.denominator)
    return str(work.do(_value(work, terms, int(high)), "-", _value(work, terms, int(low))))


def _multiple(work: Work, factor: int, value: int) -> int:
    return factor * value if abs(factor) == 1 else work.do(factor, "*", value)


def _value(work: Work, terms: list[tuple[Fraction, int]], point: int) -> int:
    """The value of an antiderivative whose terms are whole numbers at this point."""
    work.say(f"At {point}:" if point else "At 0 it is 0.")
    if point == 0:
        return 0
    values = []
    for factor, exponent in terms:
        value = work.power(point, exponent) if exponent > 1 else point
        value = _multiple(work, factor.numerator, value)
        if factor.denominator != 1:
            value = work.do(value, "/", factor.denominator)
        values.append(value)
    return work.total(values)


def _between(work: Work, factor: int, call: Call, low: str, high: str) -> str:
    """The integral of a multiple of sin, cos or exp."""
    area = _times(factor, _AREAS[call.name].format(python(call.argument)))
    work.say(f"An antiderivative is {area}.")
    if call.name == "exp":
        if low != "0" or abs(factor) > 1:
            raise Hard
        power = "E" if high == "1" else f"exp({high})"
        return f"-1 + {power}" if factor == 1 else f"1 - {power}"
    shape = "cos" if call.name == "sin" else "sin"
    sign = -factor if call.name == "sin" else factor
    values = []
    for end in (high, low):
        value = _VALUES.get(f"{shape}({end})")
        if value is None:
            raise Hard
        work.say(f"At {end} it is {sign * value}.")
        values.append(sign * value)
    return str(work.do(values[0], "-", values[1]))
