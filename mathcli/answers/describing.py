"""Terms in words, to show how an answer was read."""

from __future__ import annotations

from mathcli.answers.reader import senses
from mathcli.answers.senses import Certainty
from mathcli.answers.statements import lowered
from mathcli.answers.terms import (
    Apply,
    Based,
    Constant,
    Date,
    Family,
    Group,
    Interval,
    Junction,
    LetterChoice,
    Mapping,
    Matrix,
    Member,
    Nothing,
    Number,
    Piecewise,
    Quantity,
    Relation,
    SetOf,
    Symbol,
    Term,
    TimeOfDay,
    Unknown,
    Words,
    symbols,
)

_KINDS: dict[type, str] = {
    Number: "number", Symbol: "variable", Constant: "constant", Interval: "interval",
    SetOf: "set", Matrix: "matrix", Relation: "statement", Junction: "statements",
    Member: "values of a variable", Family: "family of values", Mapping: "values of variables",
    Quantity: "quantity", LetterChoice: "choice", Words: "words", Nothing: "nothing",
    Based: "digits in a base", TimeOfDay: "time of the day", Date: "date", Piecewise: "cases",
    Unknown: "name",
}  # fmt: skip
_GROUPS = {"list": "list, in any order", "tuple": "ordered values", "bracket": "list",
           "ratio": "ratio", "remainder": "quotient and remainder"}  # fmt: skip
_SIGNS = {"add": " + ", "mul": "*", "div": "/", "pow": "^", "and": " and ", "or": " or "}
_SETS = {"union": " U ", "intersection": " & ", "difference": " \\ "}
_TRUSTS = {
    Certainty.ONE_SIDE: " (if the other side is written otherwise)",
    Certainty.NOT_TWICE: " (less likely)",
    Certainty.DOUBTFUL: " (in doubt)",
}
MOST = 6


def described(text: str, *, decimal_comma: bool = False) -> list[str]:
    """How `text` can be read, the likeliest first; one line if it cannot.

    >>> described("0.5 km"), described("1,234")
    (['quantity: 0.5 km'], ['number: 1234', 'ordered values: (1, 234)'])
    """
    lines: list[str] = []
    for sense in senses(text, decimal_comma=decimal_comma)[:MOST]:
        term = lowered(sense.term)
        line = f"{kind_of(term)}: {written(term)}{_TRUSTS.get(sense.trust, '')}"
        if line not in lines:
            lines.append(line)
    return lines or ["not understood: compared as text only"]


def kind_of(term: Term) -> str:
    """What sort of answer `term` is."""
    if isinstance(term, Group):
        return _GROUPS.get(term.kind, term.kind)
    if isinstance(term, Apply):
        return "expression" if symbols(term) else "number"
    return _KINDS.get(type(term), "answer")


def written(term: Term) -> str:
    """`term` in plain typed notation."""
    if isinstance(term, Number):
        return _number(term)
    if isinstance(term, (Symbol, Constant)):
        return term.name
    if isinstance(term, Apply):
        return _applied(term)
    if isinstance(term, Quantity):
        return f"{written(term.value)} {term.unit}"
    if isinstance(term, Interval):
        left, right = "(["[not term.low_open], ")]"[not term.high_open]
        return f"{left}{written(term.low)}, {written(term.high)}{right}"
    if isinstance(term, Group):
        return _grouped(term)
    return _stated(term)


def _number(term: Number) -> str:
    value = term.value
    if value.denominator == 1:
        return str(value.numerator) if abs(value) < 10**60 else "a whole number of many digits"
    decimal = repr(float(value)) if term.approximate and 1e-5 < abs(value) < 1e15 else ""
    return decimal or f"{value.numerator}/{value.denominator}"


def _applied(term: Apply) -> str:
    parts = [written(arg) for arg in term.args]
    if term.op == "neg":
        return f"-{_guarded(term.args[0])}"
    if term.op == "add":
        return " + ".join(parts).replace("+ -", "- ")
    if term.op in ("mul", "div", "pow"):
        return _SIGNS[term.op].join(map(_guarded, term.args))
    return f"{term.op.removeprefix('call ')}({', '.join(parts)})"


def _guarded(term: Term) -> str:
    compound = isinstance(term, Apply) and term.op in ("add", "div", "mul", "neg")
    return f"({written(term)})" if compound else written(term)


def _grouped(term: Group) -> str:
    inside = ", ".join(map(written, term.items))
    if term.kind == "ratio":
        return inside.replace(", ", ":")
    opening, closing = {"set": "{}", "bracket": "[]", "list": ("", ""), "vector": "<>"}.get(
        term.kind, "()"
    )
    return f"{opening}{inside}{closing}"


def _stated(term: Term) -> str:
    if isinstance(term, Relation):
        first, *rest = map(written, term.terms)
        return first + "".join(f" {op} {side}" for op, side in zip(term.ops, rest, strict=True))
    if isinstance(term, Junction):
        return _SIGNS[term.op].join(map(written, term.parts))
    if isinstance(term, Member):
        return f"{written(term.item)} in {written(term.domain)}"
    if isinstance(term, SetOf):
        return _SETS.get(term.op, " of ").join(map(written, term.parts)) or term.op
    if isinstance(term, Mapping):
        return ", ".join(f"{name} = {written(value)}" for name, value in term.entries)
    if isinstance(term, Matrix):
        return str([list(map(written, row)) for row in term.rows]).replace("'", "")
    if isinstance(term, Family):
        return f"{written(term.body)} for every whole {term.index}"
    return _named(term)


def _named(term: Term) -> str:
    if isinstance(term, LetterChoice):
        return term.letter + (f" ({written(term.content)})" if term.content else "")
    if isinstance(term, (Words, Unknown)):
        return term.text
    if isinstance(term, Nothing):
        return {"empty": "there is none", "undefined": "no value"}[term.kind]
    if isinstance(term, TimeOfDay):
        hours, minutes = divmod(term.seconds // 60, 60)
        half = "" if term.half in ("", "24") else f" ({term.half})"
        return f"{hours}:{minutes:02}{half}"
    if isinstance(term, Date):
        return f"{term.year or '----'}-{term.month:02}-{term.day:02}"
    if isinstance(term, Based):
        return f"{term.digits} in base {term.base}"
    if isinstance(term, Piecewise):
        rows = (f"{written(value)} if {written(held) if held else 'otherwise'}"
                for value, held in term.cases)  # fmt: skip
        return "; ".join(rows)
    return "an answer"
