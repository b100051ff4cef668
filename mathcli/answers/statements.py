"""Brings the many ways of stating the same solution into one form.

`x = 2 or x = 3`, `x = 2, 3`, `x \\in \\{2, 3\\}` all become "x lies in {2, 3}"; `x = 1, y = 2`,
`{x: 1, y: 2}` and `(x, y) = (1, 2)` all become a mapping; `x > 2` becomes an interval.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from mathcli.answers import vectors
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
    Piecewise,
    Quantity,
    Relation,
    SetOf,
    Symbol,
    Term,
    Unknown,
    is_scalar,
    symbols,
    walk,
)

_INFINITY = Constant("infinity")
_MINUS_INFINITY = Apply("neg", (_INFINITY,))
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_MAX_SIGNS = 4


def lowered(term: Term) -> Term:
    """`term` in its one form; what has only one form is returned as it is."""
    if isinstance(term, Relation):
        return _relation(term)
    if isinstance(term, Junction):
        return _junction(Junction(term.op, tuple(map(lowered, term.parts))))
    if isinstance(term, Group):
        return _group(term)
    if isinstance(term, Member):
        return Member(term.item, lowered(term.domain))
    if isinstance(term, Mapping):
        return Mapping(tuple((name, lowered(value)) for name, value in term.entries))
    if isinstance(term, SetOf):
        parts = tuple(map(lowered, term.parts))
        if term.op == "where" and isinstance(parts[1], Member) and parts[1].item == parts[0]:
            return parts[1].domain
        return SetOf(term.op, parts)
    if isinstance(term, Piecewise):
        cases = ((lowered(value), held and lowered(held)) for value, held in term.cases)
        return Piecewise(tuple(cases))
    if isinstance(term, Quantity):
        value = lowered(term.value)
        if isinstance(value, Group) and value.kind in ("list", "set"):
            return Group(value.kind, tuple(Quantity(item, term.unit) for item in value.items))
        return Quantity(value, term.unit)
    return _operation(term) if isinstance(term, Apply) else term


def _operation(term: Apply) -> Term:
    """Vectors worked out, and plus-minus as a list of values."""
    result: Term = term
    if term.op in ("mul", "div", "neg"):
        result = vectors.scaled(term, lowered)
    if isinstance(result, Apply) and result.op == "transpose":
        return vectors.transposed(result, lowered)
    if isinstance(result, Apply) and result.op in ("abs", "norm"):
        return vectors.length(result, lowered)
    if isinstance(result, Apply) and symbols(result) & vectors.UNIT_NAMES:
        return vectors.components(result)
    if isinstance(result, Apply) and result.op == "add":
        result = vectors.added(result, lowered)
    if isinstance(result, Apply) and has_signs(result):
        return Group("list", signs(result))
    return result


def has_signs(term: Term) -> bool:
    """Whether plus-minus occurs."""
    return any(isinstance(part, Apply) and part.op in ("pm", "mp") for part in walk(term))


def signs(term: Term) -> tuple[Term, ...]:
    """The values of an expression with plus-minus, each once.

    With minus-plus in it all signs go together; without, each plus-minus is free.
    """
    count = sum(isinstance(part, Apply) and part.op == "pm" for part in walk(term))
    together = any(isinstance(part, Apply) and part.op == "mp" for part in walk(term))
    if together or count > _MAX_SIGNS:
        choices = [(sign,) * max(count, 1) for sign in (1, -1)]
    else:
        choices = list(product((1, -1), repeat=count))
    found: list[Term] = []
    for choice in choices:
        value = _signed(term, list(choice), choice[0])
        if value not in found:
            found.append(value)
    return tuple(found)


def _spread(items: tuple[Term, ...]) -> Iterable[tuple[Term, ...]]:
    """The members of a tuple with each choice of their signs; many signs go together."""
    count = sum(isinstance(part, Apply) and part.op == "pm" for one in items for part in walk(one))
    if count > _MAX_SIGNS:
        return [tuple(_signed(item, [], sign) for item in items) for sign in (1, -1)]
    return product(*(signs(item) if has_signs(item) else (item,) for item in items))


def _signed(term: Term, choice: list[int], common: int) -> Term:
    if not isinstance(term, Apply):
        return term
    if term.op in ("pm", "mp"):
        sign = -common if term.op == "mp" else choice.pop(0) if choice else common
        inside = _signed(term.args[0], choice, common)
        return inside if sign > 0 else Apply("neg", (inside,))
    return Apply(term.op, tuple(_signed(arg, choice, common) for arg in term.args))


def _relation(term: Relation) -> Term:
    if "≈" in term.ops:
        return _rounded(term)
    if set(term.ops) == {"="}:
        return _equation(term)
    return _inequality(term) or term


def _rounded(term: Relation) -> Term:
    """`x = 5/36 ≈ 0.139` without its rounded value; `x ≈ 3.5` with it."""
    place = term.ops.index("≈")
    if place == 0 and is_label(term.terms[0]):
        return _relation(Relation(("=", *term.ops[1:]), term.terms))
    if place == 0:
        return lowered(term.terms[0])
    return _relation(Relation(term.ops[:place], term.terms[: place + 1]))


def _equation(term: Relation) -> Term:
    first, last = term.terms[0], lowered(term.terms[-1])
    if is_label(last) and not is_label(first) and len(term.terms) == 2 and not symbols(first):
        first, last = last, lowered(first)
    if isinstance(first, Group) and isinstance(last, (Group, Matrix)):
        values = last.items if isinstance(last, Group) else tuple(row[0] for row in last.rows)
        names = [item.name for item in first.items if isinstance(item, Symbol)]
        if len(names) == len(first.items) == len(values):
            if all(isinstance(value, Group) for value in values):
                return last
            return Mapping(
                tuple(sorted(zip(names, values, strict=True), key=lambda entry: entry[0]))
            )
        if len(names) == len(first.items):
            return last
    middle = term.terms[1:-1]
    return Relation(term.ops, (first, *middle, last))


def is_label(term: Term) -> bool:
    """Whether `term` on the left of `=` names what is given on the right."""
    if isinstance(term, Apply):
        return term.op.startswith("call ") or _is_derivative(term)
    return isinstance(term, (Symbol, Unknown))


def _is_derivative(term: Apply) -> bool:
    """Whether `term` is `dy/dx`."""
    return term.op == "div" and all(
        isinstance(arg, Apply) and arg.op == "mul" and arg.args[0] == Symbol("d")
        for arg in term.args
    )


def _inequality(term: Relation) -> Term | None:
    """An inequality with its variable alone, as an interval."""
    places = [place for place, part in enumerate(term.terms) if isinstance(part, Symbol)]
    if len(places) != 1 or len(symbols(term)) != 1 or "=" in term.ops or len(term.ops) > 2:
        return None
    (place,) = places
    variable = term.terms[place]
    low: tuple[Term, bool] = (_MINUS_INFINITY, True)
    high: tuple[Term, bool] = (_INFINITY, True)
    sides = []
    if place > 0:
        sides.append((_FLIPPED[term.ops[place - 1]], term.terms[place - 1]))
    if place < len(term.terms) - 1:
        sides.append((term.ops[place], term.terms[place + 1]))
    if len(sides) != len(term.ops):
        return None
    for op, bound in sides:
        if op == "!=":
            if len(sides) > 1:
                return None
            out = signs(bound) if has_signs(bound) else (bound,)
            return Member(variable, SetOf("difference", (SetOf("reals", ()), Group("set", out))))
        if op in ("<", "<="):
            high = (bound, op == "<" or bound == _INFINITY)
        else:
            low = (bound, op == ">" or bound == _MINUS_INFINITY)
    return Member(variable, Interval(low[0], high[0], low[1], high[1]))


def labelled(term: Term) -> tuple[Term | None, Term]:
    """What an answer is about (`x` in `x = 5` or `x \\in S`), and its value."""
    if isinstance(term, Relation) and set(term.ops) == {"="} and is_label(term.terms[0]):
        return term.terms[0], term.terms[-1]
    if isinstance(term, Member) and isinstance(term.item, Symbol):
        return term.item, term.domain
    if isinstance(term, Mapping) and len(term.entries) == 1:
        name, value = term.entries[0]
        return Symbol(name), value
    return None, term


def _junction(term: Junction) -> Term:
    parts = [labelled(part) for part in term.parts]
    first = parts[0][0]
    if isinstance(first, Symbol):
        parts = [(first, value) if label is None and is_scalar(value) else (label, value)
                 for label, value in parts]  # fmt: skip
    labels = {label for label, _ in parts}
    if len(labels) == 1 and first is not None:
        values = [value for _, value in parts]
        if all(isinstance(part, Relation) or is_scalar(part) for part in term.parts):
            return Member(first, Group("set", _flattened(values)))
        op = "union" if term.op == "or" else "intersection"
        return Member(first, SetOf(op, tuple(_as_set(value) for value in values)))
    if all(isinstance(label, Symbol) for label in labels) and term.op == "and":
        return _mapping(parts) or term
    if labels == {None} and all(is_scalar(part) for part in term.parts):
        return Group("list", term.parts)
    if labels == {None} and term.op == "or":
        return Group("list", term.parts)
    return term


def _flattened(values: list[Term]) -> tuple[Term, ...]:
    parts_inside: list[Term] = []
    for value in values:
        if isinstance(value, Group) and value.kind in ("list", "set"):
            parts_inside.extend(value.items)
        else:
            parts_inside.append(value)
    return tuple(parts_inside)


def _as_set(value: Term) -> Term:
    return Group("set", (value,)) if is_scalar(value) else value


def _mapping(parts: list[tuple[Term | None, Term]]) -> Mapping | None:
    names = [label.name for label, _ in parts if isinstance(label, Symbol)]
    if len(set(names)) != len(parts):
        return None
    values = [value for _, value in parts]
    return Mapping(tuple(sorted(zip(names, values, strict=True), key=lambda entry: entry[0])))


def _group(term: Group) -> Term:
    if not term.items:
        return Nothing("empty")
    family = _family(term)
    if family is not None:
        return family
    if term.kind in ("tuple", "vector") and any(map(has_signs, term.items)):
        return Group("list", tuple(Group(term.kind, items) for items in _spread(term.items)))
    items = tuple(map(lowered, term.items))
    parts = [labelled(item) for item in items]
    labels = [label for label, _ in parts]
    if term.kind in ("list", "bracket", "set", "tuple") and all(
        isinstance(label, Symbol) for label in labels
    ):
        if len(set(labels)) == 1 and len(items) > 1:
            return _one_variable(labels[0], items, parts)
        mapping = _mapping(parts)
        if mapping is not None and all(isinstance(item, (Relation, Mapping)) for item in items):
            return mapping if len(mapping.entries) > 1 else items[0]
    if term.kind == "list" and isinstance(labels[0], Symbol) and set(labels[1:]) == {None}:
        values = [value for _, value in parts]
        others = [value for value in values[1:] if is_scalar(value)]
        if isinstance(items[0], Member) and len(others) == len(values) - 1:
            excluded = _excluded(items[0].domain)
            if excluded is not None:
                reals, left_out = SetOf("reals", ()), Group("set", (*excluded, *others))
                return Member(labels[0], SetOf("difference", (reals, left_out)))
        if isinstance(items[0], Relation) and all(is_scalar(value) for value in values[1:]):
            return Member(labels[0], Group("set", _flattened(values)))
    return _collection(term.kind, items)


def _excluded(domain: Term) -> tuple[Term, ...] | None:
    """What `x != 2` leaves out."""
    if isinstance(domain, SetOf) and domain.op == "difference":
        left_out = domain.parts[1]
        if domain.parts[0] == SetOf("reals", ()) and isinstance(left_out, Group):
            return left_out.items
    return None


def _one_variable(
    label: Term | None, items: tuple[Term, ...], parts: list[tuple[Term | None, Term]]
) -> Term:
    assert label is not None
    values = [value for _, value in parts]
    if all(isinstance(item, (Relation, Mapping)) for item in items):
        return Member(label, Group("set", _flattened(values)))
    return Member(label, SetOf("intersection", tuple(_as_set(value) for value in values)))


def _collection(kind: str, items: tuple[Term, ...]) -> Term:
    """A group with plus-minus spread out, and without brackets around a single member."""
    if kind in ("list", "set", "bracket") and any(
        isinstance(item, Group) and item.kind == "list" for item in items
    ):
        items = _flattened(list(items))
    if len(items) == 1 and kind in ("bracket", "list", "tuple"):
        return items[0]
    if len(items) == 1 and kind == "set" and not is_scalar(items[0]):
        return items[0] if isinstance(items[0], (Mapping, Group, Nothing)) else Group(kind, items)
    return Group(kind, items)


def _family(term: Group) -> Term | None:
    """`body, k \\in \\mathbb{Z}`."""
    if term.kind != "list" or len(term.items) < 2:
        return None
    last = term.items[-1]
    if not isinstance(last, Member) or last.domain != SetOf("integers", ()):
        return None
    if not isinstance(last.item, Symbol):
        return None
    index = last.item.name
    bodies: list[Term] = []
    for item in term.items[:-1]:
        _, value = labelled(item)
        values = signs(value) if has_signs(value) else (value,)
        bodies.extend(Family(body, index) for body in values)
    return bodies[0] if len(bodies) == 1 else Group("set", tuple(bodies))
