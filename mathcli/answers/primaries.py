"""Operands of the parser: brackets, functions, matrices, and SymPy's constructors."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from mathcli.answers.building import unwrap
from mathcli.answers.lexer import FUNCTIONS, Token, Unreadable
from mathcli.answers.operators import BOUND, bound
from mathcli.answers.terms import (
    Apply,
    Constant,
    Family,
    Group,
    Interval,
    Junction,
    Mapping,
    Matrix,
    Member,
    Nothing,
    Number,
    Relation,
    SetOf,
    Symbol,
    Term,
    symbols,
    walk,
)

if TYPE_CHECKING:
    from mathcli.answers.parser import Parser

FIELDS = {
    "R": "reals", "Reals": "reals", "Z": "integers", "Integers": "integers", "N": "naturals",
    "Naturals": "naturals", "Naturals0": "naturals0", "Q": "rationals", "Rationals": "rationals",
    "C": "complexes", "Complexes": "complexes",
}  # fmt: skip
"""Names of the usual sets of numbers."""
_THREE = Number(Fraction(3))
_APPLIED = frozenset("fghFGHPpqQrsTuvyzEIeiABCDKLMNRSUVWXYZackmntwx")


def primary(parser: Parser) -> Term:
    """The operand at the cursor."""
    token = parser.take()
    kind = token.kind
    if kind in ("(", "[", "<<", "]"):
        return _bracketed(parser, kind)
    if kind in ("{", "\\{"):
        return _braced(parser, kind)
    if kind in BOUND:
        return bound(parser, kind)
    read = _READERS.get(kind)
    if read is None or (kind == "number" and token.number is None):
        raise Unreadable(f"cannot read {token.text!r}" if token.text else "the text ends too early")
    return read(parser, token)


def _number(parser: Parser, token: Token) -> Term:
    """A number, or an imaginary one as Python writes it: `2j`."""
    assert token.number is not None
    following = parser.peek()
    if following.kind == "name" and following.text == "j" and not following.spaced:
        parser.take()
        return Apply("mul", (token.number, Constant("i")))
    return token.number


def _constant(parser: Parser, token: Token) -> Term:
    if token.text in ("e", "i") and _is_defined(parser):
        return _named(parser, Symbol(token.text))
    return Constant(token.text)


def _rounded(parser: Parser, token: Token) -> Term:
    """Between brackets that round down or up."""
    inside = parser.statement()
    parser.expect("r" + token.kind[1:])
    return Apply("floor" if token.kind == "lfloor" else "ceil", (inside,))


def _environment(parser: Parser, token: Token) -> Term:
    from mathcli.answers.environments import environment

    return environment(parser, token.text)


def _constructed(parser: Parser, token: Token) -> Term:
    from mathcli.answers.constructors import constructed

    return constructed(parser, token.text)


def _named(parser: Parser, symbol: Symbol) -> Term:
    """A variable, or a function applied to one variable or number: `f(x)`, `P(3)`."""
    inside = parser.peek(1)
    function = {"Gamma": "gamma", "zeta": "zeta", "gamma": "" if parser.latex else "gamma"}
    if function.get(symbol.name) and parser.peek().kind == "(" and not parser.peek().spaced:
        return _function(parser, function[symbol.name])
    inverse = [parser.peek(ahead).text for ahead in range(6)] == ["^", "{", "-", "1", "}", "("]
    if symbol.name in "fgh" and inverse:
        parser.position += 5
        symbol = Symbol(symbol.name + "^{-1}")
        inside = parser.peek(1)
    while parser.peek().kind == "'" and parser.peek(1).kind in ("(", "'"):
        parser.take()
        symbol = Symbol(symbol.name + "'")
        inside = parser.peek(1)
    if (
        parser.peek().kind == "("
        and not parser.peek().spaced
        and (inside.kind in ("name", "number") or (inside.kind == "-" and symbol.name[0] in "fgh"))
        and _is_applied(parser, symbol.name)
    ):
        parser.take()
        return Apply(f"call {symbol.name}", items_until(parser, ")"))
    return symbol


def _is_applied(parser: Parser, name: str) -> bool:
    """Whether a name before a bracket is a function: `f(x)`, `v(0)`, `E(t) = …`, but `a(x)`."""
    after = parser.peek(2).kind
    if name[0] in "fgh" or name.endswith("'"):
        return after in (")", ",") or parser.peek(1).kind == "-"
    if after == ")" and parser.peek(1).kind == "number" and "{" not in name:
        number = parser.peek(1).number
        zero = number is not None and number.value == 0
        return zero or parser.reading.applied
    if name in "FGHP" and after == ")":
        return True
    return after in (")", ",") and name[0] in _APPLIED and _defines(parser)


def _is_defined(parser: Parser) -> bool:
    """Whether the name just read is defined as a function of one variable: `e(x) = 2x`."""
    kinds = [parser.peek(ahead).kind for ahead in range(4)]
    return kinds == ["(", "name", ")", "="] and not parser.peek().spaced


def _defines(parser: Parser) -> bool:
    """Whether an equals sign follows the brackets that open here: `y(x) = …`, `T(a, b) = …`."""
    kinds = [token.kind for token in parser.tokens[parser.position :]]
    return ")" in kinds and kinds[kinds.index(")") + 1 :][:1] == ["="]


def _root(parser: Parser, kind: str) -> Term:
    index: Term | None = _THREE if kind == "cbrt" else None
    if parser.peek().kind == "[":
        parser.take()
        index = parser.statement()
        parser.expect("]")
    if parser.peek().kind in ("(", "{"):
        closing = {"(": ")", "{": "}"}[parser.take().kind]
        inside = parser.statement()
        parser.expect(closing)
    else:
        inside = parser.primary()
    inside = unwrap(inside)
    return Apply("sqrt", (inside,)) if index is None else Apply("root", (inside, index))


def _function(parser: Parser, name: str) -> Term:
    """A function and its argument, with or without brackets, with an exponent or a base."""
    exponent: Term | None = None
    base: Term | None = None
    while parser.peek().kind in ("^", "_"):
        if parser.take().kind == "^":
            exponent = parser.exponent()
        else:
            base = parser.exponent()
    if parser.peek().kind == "(":
        parser.take()
        args = items_until(parser, ")")
    elif parser.peek().kind == "{":
        parser.take()
        args = items_until(parser, "}")
    else:
        args = (_bare_argument(parser),)
    if name == "div" and len(args) == 1:
        name = "same"
    if name == "same":
        return args[0]
    if name == "root" and len(args) == 1:
        name = "sqrt"
    if name == "log" and base is not None:
        args = (*args, base)
    if name == "log" and len(args) == 1 and parser.reading.common_log:
        name = "log10"
    if name in ("max", "min", "gcd", "lcm") and len(args) == 1 and isinstance(args[0], Group):
        args = args[0].items
    args = tuple(map(unwrap, args))
    if name in ("max", "min", "gcd", "lcm") and len(args) == 1:
        return args[0]
    applied: Term = Apply(name, args)
    if exponent is None:
        return applied
    inverse = isinstance(exponent, Number) and exponent.value == -1
    if inverse and f"a{name}" in FUNCTIONS.values():
        return Apply(f"a{name}", args)
    return Apply("pow", (applied, exponent))


def _bare_argument(parser: Parser) -> Term:
    """The argument of `\\sin 2x`: factors up to the next sign or function."""
    if parser.accept("-"):
        return Apply("neg", (_bare_argument(parser),))
    term = parser.power()
    while parser.peek().kind in ("name", "constant", "frac", "sqrt", "number", "*", "/"):
        kind = parser.peek().kind
        if kind in ("*", "/"):
            if parser.peek(1).kind in ("function", "("):
                break
            if kind == "*" and parser.latex:
                break
            if kind == "/" and symbols(term) and Constant("pi") not in walk(term):
                break  # \\sin 2x/2 is half of \\sin 2x
            parser.take()
            op = "mul" if kind == "*" else "div"
            term = Apply(op, (term, parser.power()))
            continue
        if kind == "number":
            break
        term = Apply("mul", (term, parser.power()))
    return term


def items_until(parser: Parser, closing: str) -> tuple[Term, ...]:
    """Statements separated by commas, up to and with the bracket that closes them."""
    items: list[Term] = []
    bars, parser.bars = parser.bars, 0
    while parser.peek().kind != closing:
        items.append(parser.statement())
        if not parser.accept(",", ";"):
            break
    parser.expect(closing)
    parser.bars = bars
    return tuple(items)


def _bracketed(parser: Parser, opening: str) -> Term:
    """Round, square and pointed brackets: grouping, tuples, lists, intervals."""
    bars, parser.bars = parser.bars, 0
    items: list[Term] = []
    closers = (">>",) if opening == "<<" else ("[", "]") if opening == "]" else (")", "]")
    joined = False
    while parser.peek().kind not in closers:
        items.append(parser.statement())
        joint = parser.accept(",", ";", "and", "or")
        if joint is None:
            break
        joined = joined or joint.kind in ("and", "or")
    closing = parser.expect(*closers).kind
    parser.bars = bars
    if opening == "<<":
        return Group("vector", tuple(items))
    if joined and len(items) > 1:
        return Junction("or", tuple(items))
    if opening == "]" or (opening, closing) in (("(", "]"), ("[", ")")):
        if len(items) != 2:
            raise Unreadable("brackets that do not match")
        return Interval(items[0], items[1], opening != "[", closing != "]")
    if opening == "(":
        if len(items) == 1 and parser.tokens[parser.position - 2].kind != ",":
            return items[0]
        return _interval_if_infinite(Group("tuple", tuple(items)))
    if not items:
        return Nothing("empty")
    rows = [item for item in items if isinstance(item, Group) and item.kind == "bracket"]
    if len(rows) == len(items) and len({len(row.items) for row in rows}) == 1:
        return Matrix(tuple(row.items for row in rows))
    return _interval_if_infinite(Group("bracket", tuple(items)))


def _interval_if_infinite(group: Group) -> Term:
    """`(-oo, 2)` can only be an interval."""
    if len(group.items) == 2 and any(is_infinite(item) for item in group.items):
        low, high = group.items
        is_open = group.kind == "tuple"
        return Interval(low, high, is_open or is_infinite(low), is_open or is_infinite(high))
    return group


def is_infinite(term: Term) -> bool:
    """Whether `term` is plus or minus infinity."""
    while isinstance(term, Apply) and term.op == "neg":
        term = term.args[0]
    return term == Constant("infinity")


def _braced(parser: Parser, opening: str) -> Term:
    """Sets, dictionaries, set-builder notation, and LaTeX groups."""
    closing = "}" if opening == "{" else "\\}"
    if parser.accept(closing):
        return Nothing("empty")
    bars, parser.bars = parser.bars, 0
    first = parser.sets()
    if parser.peek().kind in ("in",):
        parser.take()
        parser.sets()
    if parser.peek().kind in (":", "|"):
        return _builder_or_mapping(parser, first, closing, bars)
    if parser.peek().kind in ("=", "<", ">", "<=", ">=", "!="):
        ops, terms = [], [first]
        while parser.peek().kind in ("=", "<", ">", "<=", ">=", "!="):
            ops.append(parser.take().kind)
            terms.append(parser.sets())
        first = Relation(tuple(ops), tuple(terms))
    items = [first]
    separated = False
    while parser.accept(",", ";"):
        separated = True
        items.append(parser.statement())
    parser.expect(closing)
    parser.bars = bars
    whole = parser.position == len(parser.tokens) and parser.tokens[0].kind == opening
    if separated or opening == "\\{" or whole or not parser.latex:
        return Group("set", tuple(items))
    return first


def _builder_or_mapping(parser: Parser, first: Term, closing: str, bars: int) -> Term:
    separator = parser.take().kind
    content = parser.statement()
    if isinstance(content, (Relation, Member, Junction)):
        conditions: list[Term] = [content]
        joint = ""
        while (found := parser.accept(",", "and", "or")) is not None:
            joint = "or" if "or" in (joint, found.kind) else "and"
            conditions.append(parser.statement())
        parser.expect(closing)
        parser.bars = bars
        if not isinstance(first, Symbol):
            if len(conditions) == 1 and _over_integers(content):
                return Family(first, content.item.name)  # type: ignore[union-attr]
            raise Unreadable("a set given by a condition on more than one variable")
        held = conditions[0] if len(conditions) == 1 else Junction(joint, tuple(conditions))
        return SetOf("where", (first, held))
    if separator == "|":
        raise Unreadable("a set given by a condition that was not read")
    entries = [(_name_of(first), content)]
    while parser.accept(","):
        key = parser.sets()
        parser.expect(":")
        entries.append((_name_of(key), parser.statement()))
    parser.expect(closing)
    parser.bars = bars
    return Mapping(tuple(sorted(entries, key=lambda entry: entry[0])))


def _over_integers(content: Term) -> bool:
    """Whether `content` lets one variable run over the whole numbers."""
    return (
        isinstance(content, Member)
        and isinstance(content.item, Symbol)
        and content.domain == SetOf("integers", ())
    )


def _name_of(term: Term) -> str:
    if isinstance(term, Symbol):
        return term.name
    if isinstance(term, Constant):
        return term.name
    raise Unreadable("a dictionary whose keys are no variables")


def _bars(parser: Parser) -> Term:
    """`|x|`, and `||v||`."""
    if parser.accept("|"):
        inside = _until_bar(parser)
        parser.expect("|")
        return Apply("norm", (inside,))
    return Apply("abs", (unwrap(_until_bar(parser)),))


def _until_bar(parser: Parser) -> Term:
    bars, parser.bars = parser.bars, parser.bars + 1
    inside = parser.sets()
    parser.expect("|")
    parser.bars = bars
    return inside


# How the operand is read that begins with a token of each kind.
_READERS: dict[str, Callable[[Parser, Token], Term]] = {
    "number": _number,
    "name": lambda parser, token: _named(parser, Symbol(token.text)),
    "constant": _constant, "begin": _environment, "constructor": _constructed,
    "function": lambda parser, token: _function(parser, token.text),
    "|": lambda parser, _: _bars(parser),
    "frac": lambda parser, _: Apply("div", (parser.group(), parser.group())),
    "binom": lambda parser, _: Apply("binom", (parser.group(), parser.group())),
    **dict.fromkeys(("sqrt", "cbrt"), lambda parser, token: _root(parser, token.kind)),
    **dict.fromkeys(("lfloor", "lceil"), _rounded),
    "numbers": lambda _, token: SetOf(FIELDS[token.text], ()),
    "emptyset": lambda *_: Nothing("empty"),
}  # fmt: skip
