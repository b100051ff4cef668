"""Answers in words: no solution, yes and no, names, number words, letters of a choice."""

from __future__ import annotations

import re
from fractions import Fraction

from mathcli.answers.terms import (
    Apply,
    Choice,
    Constant,
    Interval,
    Nothing,
    Number,
    SetOf,
    Term,
    Words,
)

_WRAPPER = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname|emph|underline|textsf|texttt)\s*\{([^{}]*)\}"
)
_EMPTY = re.compile(
    r"(?:there (?:is|are|exists?) )?(?:has |have )?"
    r"no (?:real |such |integer |valid |positive |possible |other )*"
    r"(?:solutions?|roots?|values?|answers?|numbers?|integers?|zeros?|x|triangle|function)?"
    r"(?: exists?)?(?: in (?:the )?(?:reals?|real numbers))?"
    r"|none|empty set|the empty set|null set|no solutions?|"
    r"no real solutions?|emptyset|无解|impossible|not possible|none of these|no value",
    re.I,
)
_UNDEFINED = re.compile(
    r"(?:the limit |it )?(?:does not exist|doesn't exist|dne|undefined|not defined|nan|"
    r"indeterminate|diverges|divergent)",
    re.I,
)
_REALS = re.compile(
    r"(?:all |the |any |set of )*(?:real numbers?|reals)|all (?:real )?(?:x|values)(?: of x)?",
    re.I,
)
_SIGNED = re.compile(r"(?:all |the )*(positive|negative|non-?negative) (?:real numbers?|reals)")
_INFINITY = re.compile(
    r"infinitely many(?: (?:real )?(?:solutions|roots|values|numbers|integers))?|"
    r"(?P<sign>negative |minus |positive |plus |[-+] ?)?(?:infinity|infinite)",
    re.I,
)
_LETTER = re.compile(
    r"(?i:option|choice|answer)?\s*(?:\(\s*([A-Ja-j])\s*\)|([A-J])\s*[.):]|([A-J])(?=$))\s*[.:)]?\s*(.*)",
    re.S,
)
_SAME = {
    "yes": "yes", "no": "no", "true": "yes", "false": "no", "correct": "yes", "incorrect": "no",
    "是": "yes", "否": "no", "对": "true", "错": "false",
}  # fmt: skip
_UNITS = str.split(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_FRACTIONS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5}
_ARTICLES = re.compile(r"\b(?:a|an|the)\b\s*", re.I)


def unwrapped(text: str) -> str:
    """`text` with the contents of its text commands in their place."""
    before = None
    while before != text:
        before, text = text, _WRAPPER.sub(r" \1 ", text)
    return re.sub(r"\s+", " ", text).strip()


def read_words(text: str) -> Term | None:
    """The term for an answer in words, or `None` if `text` is no such answer.

    >>> read_words("no real solutions")
    Nothing(kind='empty')
    """
    plain = unwrapped(text).strip(" .!\"'“”").replace("’", "'")
    if not plain or len(plain) > 300:
        return None
    folded = plain.lower()
    if folded in _SAME:
        return Words(_SAME[folded])
    if _EMPTY.fullmatch(folded):
        return Nothing("empty")
    if _UNDEFINED.fullmatch(folded):
        return Nothing("undefined")
    if _REALS.fullmatch(folded):
        return SetOf("reals", ())
    signed = _SIGNED.fullmatch(folded)
    if signed:
        zero, infinity = Number(Fraction(0)), Constant("infinity")
        if "negative" in signed[1] and not signed[1].startswith("non"):
            return Interval(Apply("neg", (infinity,)), zero, True, True)
        return Interval(zero, infinity, signed[1] == "positive", True)
    infinite = _INFINITY.fullmatch(folded)
    if infinite:
        negative = (infinite["sign"] or "").strip() in ("-", "negative", "minus")
        return Apply("neg", (Constant("infinity"),)) if negative else Constant("infinity")
    number = number_in_words(folded)
    if number is not None:
        return number
    return None


def read_choice(text: str) -> tuple[Choice, str] | None:
    """A letter with what follows it, e.g. `(B) 5`; the bool tells whether it is surely a choice."""
    plain = unwrapped(text).strip()
    found = _LETTER.fullmatch(plain)
    if not found:
        return None
    letter = (found[1] or found[2] or found[3]).upper()
    rest = found[4].strip()
    if found[1] and re.match(
        r"[-+*/^=<>!_]|\\(?:cdot|cup|cap|in|times)|[A-Za-z(]\b(?![A-Za-z])", rest
    ):
        return None
    return Choice(letter), rest


def is_prose(text: str) -> bool:
    """Whether `text` is words and nothing else."""
    plain = unwrapped(text)
    return bool(re.fullmatch(r"[^\W\d_]+(?:[\s,.'’-]+[^\W\d_]+)*[.!?]?", plain)) and len(plain) >= 2


def folded(text: str) -> str:
    """Words for comparing: lower case, without articles and punctuation."""
    plain = unwrapped(text).lower()
    plain = re.sub(r"[^\w\s]", " ", _ARTICLES.sub("", plain))
    return re.sub(r"\s+", " ", plain).strip()


def number_in_words(text: str) -> Number | None:
    """`twenty-one`, `three quarters`, `one hundred and five`.

    >>> number_in_words("twenty-one").value
    Fraction(21, 1)
    """
    words = re.findall(r"[a-z]+", text.lower())
    if not words or len(words) > 12 or not re.fullmatch(r"[a-z\s-]+", text.lower()):
        return None
    sign = -1 if words[0] in ("minus", "negative") else 1
    if words[0] in ("minus", "negative"):
        words = words[1:]
    below = 1
    if words and words[-1].removesuffix("s") in _FRACTIONS and len(words) > 1:
        below = _FRACTIONS[words.pop().removesuffix("s")]
        words = ["one"] if words == ["a"] else words
    elif words[0] == "a" and len(words) > 1:
        words = ["one", *words[1:]]
    elif words == ["half"]:
        words, below = ["one"], 2
    total = current = 0
    for word in words:
        if word in _UNITS:
            current += _UNITS.index(word)
        elif word in _TENS:
            current += 10 * (_TENS.index(word) + 2)
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in ("thousand", "million", "billion"):
            total += max(current, 1) * 10 ** {"thousand": 3, "million": 6, "billion": 9}[word]
            current = 0
        elif word != "and":
            return None
    return Number(Fraction(sign * (total + current), below)) if words and words != ["and"] else None
