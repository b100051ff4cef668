"""From tokens to terms, by precedence climbing; no code of the answer is ever run.

Statements (`x = 2 or x = 3`) are made of relations, relations of sets, sets of sums, sums of
products, products of powers, powers of primaries. Named constructors, as SymPy prints them, and
the contents of brackets are in `mathcli.answers.primaries`.
"""

from __future__ import annotations

from mathcli.answers.building import divided, negated, times, unwrap
from mathcli.answers.lexer import Conventions, Token, Unreadable, tokenize
from mathcli.answers.terms import (
    Apply,
    Based,
    Group,
    Junction,
    Member,
    Number,
    Relation,
    SetOf,
    Symbol,
    Term,
    is_scalar,
)

RELATIONS = frozenset(["=", "<", ">", "<=", ">=", "!=", "≈"])
MAX_DEPTH = 60
_END = Token("end of text", "")
_STARTS = frozenset(
    ["name", "constant", "function", "(", "[", "{", "\\{", "<<", "frac", "binom", "sqrt", "cbrt",
     "lfloor", "lceil", "numbers", "constructor", "begin", "sum", "prod", "int"]
)  # fmt: skip


def parse(text: str, reading: Conventions) -> Term:
    """The term that cleaned `text` denotes under `reading`.

    Raises:
        Unreadable: if it is not wholly read.
    """
    parser = Parser(tokenize(text, reading), reading, latex="\\" in text)
    term = parser.answer()
    if parser.peek() is not _END:
        raise Unreadable(f"cannot read {parser.peek().text!r}")
    return term


class Parser:
    """A cursor over tokens with one method per level of precedence."""

    def __init__(self, tokens: list[Token], reading: Conventions, *, latex: bool) -> None:
        self.tokens = tokens
        self.reading = reading
        self.latex = latex
        self.position = 0
        self.depth = 0
        self.bars = 0

    def peek(self, ahead: int = 0) -> Token:
        """The next token, or one further on."""
        place = self.position + ahead
        return self.tokens[place] if place < len(self.tokens) else _END

    def take(self) -> Token:
        """The next token, consumed."""
        token = self.peek()
        self.position += 1
        return token

    def accept(self, *kinds: str) -> Token | None:
        """The next token if it is of one of `kinds`, consumed."""
        return self.take() if self.peek().kind in kinds else None

    def expect(self, *kinds: str) -> Token:
        """The next token, which has to be of one of `kinds`."""
        token = self.accept(*kinds)
        if token is None:
            raise Unreadable(
                f"expected {' or '.join(kinds)}, found {self.peek().text or 'the end'}"
            )
        return token

    def answer(self) -> Term:
        """Statements joined by commas, semicolons, `and`, `or`."""
        parts, joints = [self.statement()], set()
        cases = [0]
        while True:
            joint = self.accept(",", ";", "and", "or")
            if joint is None:
                break
            kinds = {joint.kind}
            also = self.accept("and", "or", ",")
            if also is not None:
                kinds.add(also.kind)
            if self.peek() is _END:
                break
            joints |= kinds
            if "or" in kinds:
                cases.append(len(parts))
            parts.append(self.statement())
        if len(parts) == 1:
            return parts[0]
        statements = any(isinstance(part, (Relation, Member, Junction)) for part in parts)
        if statements and "or" in joints and (split := _cases(parts, cases)):
            return Junction("or", split)
        if statements and joints & {"and", "or"}:
            return Junction("or" if "or" in joints else "and", tuple(parts))
        return Group("list", tuple(parts))

    def statement(self) -> Term:
        """A relation chain, a membership, a ratio, or what Python writes with `&` and `|`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        term = self._relation()
        if self.peek().kind == ":" and is_scalar(term):
            parts = [term]
            while self.peek().kind == ":" and self.peek(1) is not _END:
                self.take()
                parts.append(self.sets())
            term = Group("ratio", tuple(parts))
        while self.peek().kind in ("&", "|") and not self.bars:
            op = self.take().kind
            other = self._relation()
            if isinstance(term, (Relation, Junction)) or isinstance(other, (Relation, Junction)):
                term = Junction("and" if op == "&" else "or", (term, other))
            else:
                term = SetOf("intersection" if op == "&" else "union", (term, other))
        self.depth -= 1
        return term

    def _relation(self) -> Term:
        terms, ops = [self.sets()], []
        while self.peek().kind in RELATIONS:
            ops.append(self.take().kind)
            terms.append(self.sets())
        term = Relation(tuple(ops), tuple(terms)) if ops else terms[0]
        if self.accept("in"):
            return Member(term, self.sets())
        if self.accept("notin"):
            reals = SetOf("reals", ())
            return Member(term, SetOf("difference", (reals, self.sets())))
        return term

    def sets(self) -> Term:
        """Unions, intersections and differences."""
        term = self.sum()
        while self.peek().kind in ("cup", "cap", "setminus"):
            kind = self.take().kind
            op = {"cup": "union", "cap": "intersection", "setminus": "difference"}[kind]
            term = SetOf(op, (term, self.sum()))
        return term

    def sum(self) -> Term:
        """Sums and differences, plus-minus included."""
        terms = [self._signed()]
        while self.peek().kind in ("+", "-", "pm", "mp"):
            kind = self.take().kind
            right = self._signed()
            if kind == "-" and isinstance(right, (Group, SetOf)) and isinstance(terms[-1], SetOf):
                terms[-1] = SetOf("difference", (terms[-1], right))
                continue
            terms.append(right if kind == "+" else Apply("neg" if kind == "-" else kind, (right,)))
        return terms[0] if len(terms) == 1 else Apply("add", tuple(map(unwrap, terms)))

    def _signed(self) -> Term:
        sign = self.accept("+", "-", "pm", "mp")
        if sign is None:
            return self.product()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        term = self._signed()
        self.depth -= 1
        return (
            term
            if sign.kind == "+"
            else negated(term)
            if sign.kind == "-"
            else Apply(sign.kind, (term,))
        )

    def product(self) -> Term:
        """Products and quotients, written with signs or side by side."""
        term = self.power()
        while True:
            kind = self.peek().kind
            if kind == "mod":
                self.take()
                term = Apply("mod", (unwrap(term), unwrap(self.power())))
            elif kind in ("*", "/", "//"):
                self.take()
                right = self._signed_power()
                if kind == "/" and self.reading.tight:
                    while self._adjacent():
                        right = times(right, self.power())
                term = times(term, right) if kind == "*" else divided(term, right)
                if kind == "//":
                    term = Apply("floor", (term,))
            elif self._adjacent():
                after_number = self.tokens[self.position - 1].kind == "number"
                if after_number and self.peek().kind in ("number", "frac"):
                    term = self._whole_and_fraction(term)
                else:
                    term = times(term, self.power())
            else:
                return term

    def _signed_power(self) -> Term:
        if self.accept("-"):
            return negated(self._signed_power())
        self.accept("+")
        return self.power()

    def _adjacent(self) -> bool:
        """Whether what follows multiplies without a sign."""
        token = self.peek()
        if token.kind == "number":
            before = self.tokens[self.position - 1]
            return (
                before.kind in ("!", ")")
                or (token.spaced and before.kind in ("number", "}", "constant"))
                or (before.kind == "constant" and before.text == "i")
            )
        return token.kind in _STARTS or (token.kind == "|" and not self.bars and self._bar_opens())

    def _bar_opens(self) -> bool:
        rest = [token.kind for token in self.tokens[self.position + 1 :]]
        return "|" in rest and not any(kind in RELATIONS for kind in rest)

    def _whole_and_fraction(self, whole: Term) -> Term:
        """`1 1/2` and `1\\frac{1}{2}`; anything else side by side is a product or no answer."""
        written = self.peek().kind == "number"
        fraction = self.power()
        if written:
            self.expect("/")
            fraction = divided(fraction, self.power())
        if (
            isinstance(whole, Number)
            and isinstance(fraction, Apply)
            and fraction.op == "div"
            and all(isinstance(arg, Number) and arg.value.denominator == 1 for arg in fraction.args)
            and whole.value.denominator == 1
        ):
            over, under = (arg.value for arg in fraction.args if isinstance(arg, Number))
            if 0 < over < under:
                return Apply("add", (whole, fraction))
            raise Unreadable("a mixed number whose fraction is no part of one")
        if written:
            raise Unreadable("two numbers side by side")
        return times(whole, fraction)

    def power(self) -> Term:
        """Powers, factorials, degrees and percent signs after a primary."""
        return self.postfix(self.primary())

    def postfix(self, term: Term) -> Term:
        """What follows a primary: `^`, `!`, `_`, `°`, `%`, `'`."""
        while True:
            kind = self.peek().kind
            if kind == "^":
                self.take()
                if self.peek().text in ("T", "t") and not is_scalar(term):
                    self.take()
                    term = Apply("transpose", (term,))
                    continue
                term = Apply("pow", (unwrap(term), self.exponent()))
            elif kind == "!" and is_scalar(unwrap(term)):
                self.take()
                twice = self.accept("!") is not None
                term = Apply("factorial2" if twice else "factorial", (unwrap(term),))
            elif kind == "°":
                self.take()
                term = Apply("degrees", (unwrap(term),))
            elif kind == "%" and self.peek(1).kind not in ("number", "name", "("):
                self.take()
                term = Apply("percent", (unwrap(term),))
            elif kind == "_":
                term = self._subscript(term)
            elif kind == "'" and isinstance(term, Symbol):
                self.take()
                term = Symbol(term.name + "'")
            else:
                return term

    def exponent(self) -> Term:
        """What stands after `^`: a group, or one signed primary (right-associative)."""
        if self.accept("-"):
            return negated(self.exponent())
        self.accept("+")
        base = unwrap(self.group() if self.peek().kind == "{" else self.primary())
        if self.peek().kind == "^" and not self.latex:
            self.take()
            return Apply("pow", (base, self.exponent()))
        if self.peek().kind == "!":
            self.take()
            return Apply("factorial", (base,))
        return base

    def group(self) -> Term:
        """A LaTeX group in braces."""
        self.expect("{")
        inside = self.statement()
        self.expect("}")
        return inside

    def _subscript(self, term: Term) -> Term:
        self.take()
        if self.accept("{"):
            parts = []
            while self.peek().kind not in ("}", _END.kind):
                parts.append(self.take().text)
            self.expect("}")
            index = "".join(parts)
        else:
            index = self.take().text
        index = index.strip("()")
        if isinstance(term, Number) and index.isdigit() and 2 <= int(index[:3]) <= 36:
            before = self.tokens[: self.position]
            written = next(t.text for t in reversed(before) if t.number is term)
            return Based(written.replace(",", ""), int(index))
        if isinstance(term, Symbol) and index:
            return Symbol(f"{term.name}_{index}")
        raise Unreadable("a subscript of something that is no variable")

    def primary(self) -> Term:
        """One operand: a number, a name, a function applied, a bracketed term."""
        from mathcli.answers.primaries import primary

        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        term = primary(self)
        self.depth -= 1
        return term


def _cases(parts: list[Term], starts: list[int]) -> tuple[Term, ...] | None:
    """`x=1, y=2 or x=2, y=1`: cases of several statements each, all of one length."""
    ends = [*starts[1:], len(parts)]
    cases = [tuple(parts[start:end]) for start, end in zip(starts, ends, strict=True)]
    if len({len(case) for case in cases}) != 1 or len(cases[0]) < 2:
        return None
    return tuple(Group("list", case) for case in cases)
