"""Exact normal forms: quotients of polynomials in variables and in parts kept as symbols.

Two expressions with equal forms are equal wherever both have a value. If the forms contain only
variables, the converse holds too. A nonzero constant difference proves two expressions unequal
whatever the parts are: `e^10000` is not `e^10000 + 1`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from mathcli.answers.exact import Undefined, rational
from mathcli.answers.terms import Apply, Constant, Number, Symbol, Term, is_approximate

Monomial = tuple[tuple[Term, int], ...]
Polynomial = dict[Monomial, Fraction]
MAX_TERMS = 250
MAX_POWER = 24
_ONE: Polynomial = {(): Fraction(1)}


class TooBig(ValueError):
    """The form would have too many terms, or is not wanted for these expressions."""


@dataclass(frozen=True)
class Form:
    """`over` divided by `under`; `parts` are the terms in them that are no variables."""

    over: Polynomial
    under: Polynomial
    parts: frozenset[Term]


def difference(first: Term, second: Term) -> Form | None:
    """The form of `first - second`; `None` where there is none of a reasonable size.

    Raises:
        Undefined: at a division by zero.
    """
    if is_approximate(first) or is_approximate(second):
        return None
    try:
        return _form(Apply("add", (first, Apply("neg", (second,)))))
    except (TooBig, RecursionError):
        return None


def is_zero(form: Form) -> bool:
    """Whether the form is zero."""
    return not form.over


def is_nonzero_constant(form: Form) -> bool:
    """Whether the form is a number other than zero."""
    return set(form.over) == {()} and set(form.under) == {()}


def only_variables(form: Form) -> bool:
    """Whether zero is the only way for the form to vanish: nothing but variables is in it.

    One transcendental constant counts as a variable, since no polynomial in pi is zero; and i is
    only there to the first power.
    """
    rest = form.parts - {Constant("i")}
    return not rest or (len(rest) == 1 and rest <= {Constant("pi"), Constant("e")})


def polynomial_in(term: Term, name: str) -> list[Fraction] | None:
    """The rational coefficients of a polynomial in one variable, constant first."""
    form = None if is_approximate(term) else _safe(term)
    if form is None or form.parts or set(form.under) != {()}:
        return None
    coefficients: dict[int, Fraction] = {}
    for monomial, factor in form.over.items():
        if any(base != Symbol(name) for base, _ in monomial):
            return None
        coefficients[monomial[0][1] if monomial else 0] = factor / form.under[()]
    return [
        coefficients.get(power, Fraction(0)) for power in range(max(coefficients, default=0) + 1)
    ]


def is_linear(term: Term, name: str) -> bool:
    """Whether `term` is of degree at most one in `name`, with anything in its coefficients."""
    try:
        form = _form(term)
    except (TooBig, Undefined, RecursionError):
        return False
    variable = Symbol(name)
    if any(base == variable for monomial in form.under for base, _ in monomial):
        return False
    if any(_mentions(part, name) for part in form.parts):
        return False
    return all(power == 1 for monomial in form.over for base, power in monomial if base == variable)


def _safe(term: Term) -> Form | None:
    try:
        return _form(term)
    except (TooBig, Undefined, RecursionError):
        return None


def _mentions(term: Term, name: str) -> bool:
    if isinstance(term, Apply):
        return any(_mentions(arg, name) for arg in term.args)
    return term == Symbol(name)


def _form(term: Term) -> Form:
    value = rational(term)
    if value is not None:
        return Form({(): value} if value else {}, _ONE, frozenset())
    if isinstance(term, Number):
        raise TooBig("a truncated decimal")
    if isinstance(term, Symbol):
        return Form({((term, 1),): Fraction(1)}, _ONE, frozenset())
    if isinstance(term, Constant) and term.name in ("infinity", "undefined"):
        raise TooBig("no number")
    if isinstance(term, Apply):
        known = _applied(term)
        if known is not None:
            return known
        term = Apply(term.op, tuple(map(_inside, term.args)))
    return Form({((term, 1),): Fraction(1)}, _ONE, frozenset([term]))


def _applied(term: Apply) -> Form | None:
    if term.op == "neg":
        inner = _form(term.args[0])
        return Form({key: -value for key, value in inner.over.items()}, inner.under, inner.parts)
    if term.op == "percent":
        inner = _form(term.args[0])
        return Form(_times(inner.over, {(): Fraction(1, 100)}), inner.under, inner.parts)
    if term.op == "add":
        return _sum([_form(arg) for arg in term.args])
    if term.op == "mul":
        return _product([_form(arg) for arg in term.args])
    if term.op == "div" and len(term.args) == 2:
        return _product([_form(term.args[0]), _inverse(_form(term.args[1]))])
    if term.op == "pow" and len(term.args) == 2:
        return _power(term)
    return None


def _power(term: Apply) -> Form | None:
    exponent = rational(term.args[1])
    if exponent is None or exponent.denominator != 1 or abs(exponent) > MAX_POWER:
        return None
    base = _form(term.args[0])
    if exponent < 0:
        base = _inverse(base)
    power = Form(_ONE, _ONE, base.parts)
    for _ in range(abs(int(exponent))):
        power = _product([power, base])
    return power


def _inside(term: Term) -> Term:
    """A part's argument in one order of its sums and products, so that equal parts are one."""
    if not isinstance(term, Apply):
        return term
    try:
        form = _form(term)
    except (TooBig, Undefined):
        return term
    if set(form.under) != {()}:
        return Apply("div", (_as_term(form.over), _as_term(form.under)))
    return _as_term(_times(form.over, {(): 1 / form.under[()]}))


def _as_term(polynomial: Polynomial) -> Term:
    ordered = sorted(polynomial.items(), key=lambda item: repr(item[0]))
    terms = tuple(
        Apply("mul", (Number(factor), *(Apply("pow", (base, Number(Fraction(power))))
                                         for base, power in monomial)))
        for monomial, factor in ordered
    )  # fmt: skip
    return Apply("add", terms)


def _sum(forms: list[Form]) -> Form:
    total = forms[0]
    for form in forms[1:]:
        if form.under == total.under:
            over, under = _plus(total.over, form.over), total.under
        else:
            over = _plus(_times(total.over, form.under), _times(form.over, total.under))
            under = _times(total.under, form.under)
        total = Form(over, under, total.parts | form.parts)
    return total


def _product(forms: list[Form]) -> Form:
    product = forms[0]
    for form in forms[1:]:
        product = Form(
            _times(product.over, form.over),
            _times(product.under, form.under),
            product.parts | form.parts,
        )
    return product


def _inverse(form: Form) -> Form:
    if not form.over:
        raise Undefined("a division by zero")
    return Form(form.under, form.over, form.parts)


def _plus(first: Polynomial, second: Polynomial) -> Polynomial:
    found = dict(first)
    for monomial, factor in second.items():
        total = found.get(monomial, Fraction(0)) + factor
        if total:
            found[monomial] = total
        else:
            found.pop(monomial, None)
    return found


def _times(first: Polynomial, second: Polynomial) -> Polynomial:
    if len(first) * len(second) > MAX_TERMS * 4:
        raise TooBig("too many terms")
    product: Polynomial = {}
    for one, factor in first.items():
        for other, weight in second.items():
            monomial, sign = _joined(one, other)
            total = product.get(monomial, Fraction(0)) + sign * factor * weight
            if total:
                product[monomial] = total
            else:
                product.pop(monomial, None)
    if len(product) > MAX_TERMS:
        raise TooBig("too many terms")
    return product


def _joined(first: Monomial, second: Monomial) -> tuple[Monomial, int]:
    """The product of two monomials, with powers of i and of square roots worked out."""
    powers: dict[Term, int] = {}
    for base, power in (*first, *second):
        powers[base] = powers.get(base, 0) + power
    sign = 1
    imaginary = Constant("i")
    if powers.get(imaginary, 0) > 1:
        turns = powers[imaginary] % 4
        sign = -1 if turns in (2, 3) else 1
        powers[imaginary] = turns % 2
    if max(powers.values(), default=0) > 4 * MAX_POWER:
        raise TooBig("too high a power")
    return tuple(sorted(_nonzero(powers), key=lambda item: repr(item[0]))), sign


def _nonzero(powers: dict[Term, int]) -> Iterator[tuple[Term, int]]:
    return ((base, power) for base, power in powers.items() if power)
