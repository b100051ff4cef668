"""All the ways in which a text can be read as an answer, the likeliest first."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mathcli.answers.cleaning import clean
from mathcli.answers.expressions import expressions
from mathcli.answers.senses import Certainty, Sense, sure
from mathcli.answers.statements import lowered
from mathcli.answers.terms import (
    Group,
    LetterChoice,
    Member,
    Nothing,
    Number,
    Quantity,
    Relation,
    SetOf,
    Term,
    Unknown,
    Words,
)
from mathcli.answers.words import folded, is_prose, read_choice, unwrapped

if TYPE_CHECKING:
    from mathcli.answers.units import Split

MAX_LENGTH = 4000
_PHRASED = re.compile(
    r"(?<![\\A-Za-z])[A-Za-z]{2}|\\(?:text|mathrm|mathbf|ldots)|[\u0080-\uffff:&°'\"]|\.\.\."
    r"|\d\s*[-/.]\s*\d+\s*[-/.]\s*\d|[0-9A-Fa-f]\}?_|\d\s*[Rr]|[A-Za-z]\.[A-Za-z]"
)
_MARKED = re.compile(r"[^-+*/^=<>()\[\]{}\d\s.,!|;:_]")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2}")
_LETTER_SETS: dict[str, Term] = {
    "R": SetOf("reals", ()),
    r"\phi": Nothing("empty", True),
    r"\varphi": Nothing("empty", True),
    r"\Phi": Nothing("empty", True),
}
_TRUTHS = {"T": Words("yes"), "F": Words("no")}
_BOUND = re.compile(r"(?:<=?|>=?)\s*-?[\d./]+")
_LETTERS = re.compile(r"\(([A-J])\)(?:\s*(?:,|and|,\s*and|&|or)?\s*\(([A-J])\))+")
_CONDITION = re.compile(
    r"[,;]?\s*\(?\s*[a-z]\s*\\in\s*\\mathbb\{[NZ]\}\s*(?:[_^]\s*\{?\s*[*+]\s*\}?)?\s*\)?$"
)
_MODULUS = re.compile(r"(.+?)\s*\(?\s*\\?p?mod\s*\{?\s*(\d{1,9})\s*\}?\s*\)?")
_SEPARATOR = re.compile(r"[,;]\s+(?:and |or )?|\s+and\s+|\s+or\s+")
_COUNTED = re.compile(
    r"(?:\d+(?:\.\d+)?\s+[A-Za-z]{3,}\s+(?:and\s+)?){1,6}\d+(?:\.\d+)?\s+[A-Za-z]{3,}"
)
_EXCEPT = re.compile(
    r"(?:all |the )*(?:real )?(?:numbers?|values|[a-z])(?: of)?(?: [a-z])? "
    r"(?:except|other than|but)(?: for)? (?:[a-z] = )?(.+)"
)
_TEXT_MONEY = re.compile(r"\\text\s*\{\s*([-+]?\\\$[^{}]*)\}")
_QUOTED = re.compile(r"(\"|'|``)([^\"']+)(?:\"|'|'')")
_IS = re.compile(r"^([A-Za-z][A-Za-z ']{2,80}) (?:is|are|equals|will be|would be)(?! not\b) (.+)$")
_LABEL = re.compile(r"^((?:[^=<>()]|\([^=()]*\)){1,80}?)\s*=\s*([^=]+)$")
_NAMED_AMOUNT = re.compile(
    r"^([A-Za-z]{2,}(?: [A-Za-z]+){0,2}) (-?(?:\\?\$)?\s*\d[^ ]*(?: [A-Za-z]+)?)$"
)
_WORD_LABELS = re.compile(r"(?:[a-z]{3,}[^=]*=[^=]*[,;] +(?:and )?)+[a-z]{3,}[^=]*=[^=]*", re.I)
_BARE = re.compile(r"\{([A-Za-z][A-Za-z ]+)\}")
_POINT = re.compile(
    r"(?:the )?(?:point|points|vector|vertex|coordinates?)\s*(?:is|are|at|of)?\s*(?=[(<\[])", re.I
)


@lru_cache(maxsize=2048)
def senses(text: str, *, decimal_comma: bool = False) -> tuple[Sense, ...]:
    """Every reading of `text`; none if it is not understood.

    >>> len(senses("3/4"))
    1
    """
    cleaned = clean(text)
    if not cleaned or len(cleaned) > MAX_LENGTH:
        return ()
    readings: list[Sense] = []
    for sense in _Reader(decimal_comma).read(cleaned):
        if sense not in readings:
            readings.append(sense)
    return tuple(readings)


def readings(text: str) -> tuple[Term, ...]:
    """The terms that `text` can mean, each once."""
    return tuple(dict.fromkeys(sense.term for sense in senses(text)))


class _Reader:
    """Reads cleaned texts; its methods call each other on parts of them."""

    def __init__(self, decimal_comma: bool) -> None:
        self.decimal_comma = decimal_comma

    def read(self, text: str) -> list[Sense]:
        """The readings of `text`."""
        for pattern, place in ((_TEXT_MONEY, 1), (_QUOTED, 2), (_BARE, 1)):
            found = pattern.fullmatch(text)
            if found and (pattern is not _BARE or is_prose(found[1])):
                return self.read(found[place].strip())
        point = _POINT.match(text)
        if point:
            return self.read(text[point.end() :])
        return self._special(text) or self._formula(text) or self._plain(text)

    def _special(self, text: str) -> list[Sense]:
        """Exceptions, residues and phrases, which are read whole."""
        if _BOUND.fullmatch(text):
            return [sense.map(_domain) for sense in self.expressions(f"x {text}")]
        for term in (self._exception(text), self._residue(text)):
            if term is not None:
                return [sure(term)]
        if not _PHRASED.search(text):
            return []
        from mathcli.answers.phrases import read_phrase

        return read_phrase(text)

    def _formula(self, text: str) -> list[Sense]:
        """A formula in English words."""
        plain = unwrapped(text)
        if not _WORD.search(plain):
            return []
        from mathcli.answers.english import formula, is_bound

        written = formula(plain)
        if written is None:
            return []
        senses = self.read(written)
        if is_bound(plain):
            return [sense.map(_domain) for sense in senses]
        return senses

    def _plain(self, text: str) -> list[Sense]:
        if _WORD_LABELS.fullmatch(text) and (named := self._named(text)):
            return named
        senses = self._choices(text) + self._listed(text)
        if senses and isinstance(senses[-1].term, Group):
            return senses
        unit = _unit_of(text)
        written = self.expressions(text)
        if unit is not None:
            inner = self.read(unit.body)
            tentative = unit.certainty == "possible"
            with_unit = [
                sense.map(lambda term: _with_unit(term, unit.unit, tentative=tentative))
                for sense in inner
            ]
            if unit.certainty == "sure" and inner:
                return [*senses, *with_unit]
            senses += written + with_unit
        else:
            senses += written
        if text in _LETTER_SETS:
            trust = Certainty.SURE if text == "R" else Certainty.ONE_SIDE
            senses.append(Sense(_LETTER_SETS[text], (), trust))
        if text in _TRUTHS:
            senses.append(sure(_TRUTHS[text]))
        if _is_name(text):
            senses.append(Sense(Words(folded(text), unwrapped(text))))
        return senses or (
            self._named(text)
            or self._unconditional(text)
            or self._labelled(text)
            or self._worded(text)
            or self._one_number(text)
        )

    def expressions(self, text: str) -> list[Sense]:
        """Readings as mathematics."""
        return expressions(text, decimal_comma=self.decimal_comma)

    def _exception(self, text: str) -> Term | None:
        """`all real numbers except 0 and 1`."""
        match = _EXCEPT.fullmatch(unwrapped(text))
        read = self.read(match[1]) if match else []
        if not read:
            return None
        first = read[0].term
        left_out = first.items if isinstance(first, Group) else (first,)
        return SetOf("difference", (SetOf("reals", ()), Group("set", left_out)))

    def _residue(self, text: str) -> Term | None:
        """`x \\equiv 10 \\pmod{7}` as the residue 3 modulo 7."""
        match = _MODULUS.fullmatch(text)
        if not match:
            return None
        body = match[1].rsplit(r"\equiv", 1)
        read = self.expressions(body[-1].strip())
        if not read or int(match[2]) == 0:
            return None
        value = read[0].term
        if isinstance(value, Number) and value.value.denominator == 1:
            value = Number(value.value % int(match[2]))
        return Quantity(value, f"mod {match[2]}")

    def _listed(self, text: str) -> list[Sense]:
        """`3 cm, 4 cm`, `\\$5 and \\$10`, `3 cats 2 dogs`: each member with its own unit."""
        plain = unwrapped(text)
        if re.search(r"[()\[\]{}=<>]", plain) or not _MARKED.search(plain):
            return []
        from mathcli.answers.units import split_unit

        parts = [part.strip() for part in _SEPARATOR.split(plain) if part.strip()]
        if len(parts) == 1 and _COUNTED.fullmatch(plain):
            parts = re.findall(r"\d+(?:\.\d+)?\s+[A-Za-z]+", plain)
        if not 2 <= len(parts) <= 20:
            return []
        named = [_NAMED_AMOUNT.match(part) for part in parts]
        if all(named):
            read = [self._amount(found[1], found[2]) for found in named if found]
        elif any(map(split_unit, parts)):
            read = [self.read(part) for part in parts]
        else:
            return []
        return [sure(Group("list", tuple(each[0].term for each in read)))] if all(read) else []

    def _amount(self, name: str, value: str) -> list[Sense]:
        label = Unknown(name.lower().replace(" ", ""))
        return [
            sense.map(lambda term: Relation(("=",), (label, term))) for sense in self.read(value)
        ]

    def _named(self, text: str) -> list[Sense]:
        """`\\angle A = 60, \\angle B = 30`: several names that are no mathematics here."""
        parts = _SEPARATOR.split(unwrapped(text))
        if not 2 <= len(parts) <= 20 or not all(part.count("=") == 1 for part in parts):
            return []
        read = [self._labelled(part) for part in parts]
        return [sure(Group("list", tuple(each[0].term for each in read)))] if all(read) else []

    def _choices(self, text: str) -> list[Sense]:
        plain = unwrapped(text)
        if _LETTERS.fullmatch(plain):
            letters = re.findall(r"[A-J](?![a-z])", plain)
            return [sure(Group("list", tuple(map(LetterChoice, letters))))]
        found = read_choice(text)
        if found is None:
            return []
        choice, rest = found
        if not rest:
            return [sure(choice)]
        contents = self.read(rest) if len(rest) < 400 else []
        return [
            sense.map(lambda term: LetterChoice(choice.letter, term)) for sense in contents
        ] or [sure(LetterChoice(choice.letter, Words(folded(rest))))]

    def _labelled(self, text: str) -> list[Sense]:
        """`\\angle ABC = 30`: a left side that is no mathematics here names what is meant."""
        match = _LABEL.match(text) or _IS.match(unwrapped(text))
        if not match or len(match[1].split()) > 12:
            return []
        label = Unknown(re.sub(r"\s+", "", match[1]).replace("\\", ""))
        return [
            sense.map(lambda term: Relation(("=",), (label, term)))
            for sense in self.read(match[2])
            if not isinstance(sense.term, Words) or is_prose(match[2])
        ]

    def _one_number(self, text: str) -> list[Sense]:
        """A sentence that says one number: `she has 5 apples left`."""
        from mathcli.answers.sentences import one_number

        said = one_number(unwrapped(text))
        if said is None:
            return []
        number, rest = said
        return [sense.map(lambda term: Quantity(term, rest)) for sense in self.read(number)[:1]]

    def _unconditional(self, text: str) -> list[Sense]:
        """A formula without the remark that its index is a whole number."""
        rest = _CONDITION.sub("", text)
        return self.read(rest) if rest and rest != text else []

    def _worded(self, text: str) -> list[Sense]:
        if not is_prose(text) or not folded(text):
            return []
        names = [part for part in _SEPARATOR.split(unwrapped(text)) if part.strip()]
        if 2 <= len(names) <= 20 and all(len(name.split()) <= 2 for name in names):
            words = tuple(Words(folded(name), name) for name in names)
            return [sure(Group("list", words))]
        return [sure(Words(folded(text), unwrapped(text)))]


def _unit_of(text: str) -> Split | None:
    """What `split_unit` finds, which is not loaded for plain numbers."""
    if not _MARKED.search(text):
        return None
    from mathcli.answers.units import split_unit

    return split_unit(text)


def _domain(term: Term) -> Term:
    """The values that `x >= 5` allows, whatever `x` is."""
    relation = lowered(term)
    return relation.domain if isinstance(relation, Member) else relation


def _is_name(text: str) -> bool:
    """Whether `text`, a product of letters, may also be a word such as `red`."""
    plain = unwrapped(text)
    return bool(
        re.fullmatch(r"[A-Z]?[a-z]{2,5}", plain)
        and re.search("[aeiou]", plain.lower())
        and re.search("[^aeiouxyz]", plain.lower())
    )


def _with_unit(term: Term, unit: str, *, tentative: bool) -> Term:
    """The unit goes to the value: `x = 5 cm` is `x = (5 cm)`."""
    if isinstance(term, Relation) and set(term.ops) == {"="}:
        return Relation(term.ops, (*term.terms[:-1], Quantity(term.terms[-1], unit, tentative)))
    return Quantity(term, unit, tentative)
