"""Answers in words: no solution, yes and no, names, letters of a choice."""

from __future__ import annotations

import re
from fractions import Fraction

from mathcli.answers.terms import (
    Apply,
    Constant,
    Group,
    Interval,
    LetterChoice,
    Nothing,
    Number,
    SetOf,
    Term,
    Words,
)

_WRAPPER = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname|emph|underline|textsf|texttt)\s*\{([^{}]*)\}"
)
_SUBJECT = (
    r"(?:(?:the |this |given )*(?:equation|system|problem|inequality|function|limit|slope|line"
    r"|expression|value|derivative|sum|series|integral|inverse|solution|answer|[a-z])s?"
    r"(?: of (?:the )?(?:equations?|line|function))? |there |it )?"
)
_EMPTY = re.compile(
    rf"{_SUBJECT}(?:(?:is|are|exists?|has|have|had|got) )?"
    r"(?:no (?:real |such |integer |valid |positive |possible |other |rational |unique )*"
    r"(?:solutions?|roots?|values?|answers?|numbers?|integers?|zeros?|x|triangle|function)"
    r"(?: sets?)?(?: exists?)?(?: for [a-z])?(?: in (?:the )?(?:reals?|real numbers))?)"
    r"|(?:the )?(?:empty|null) set|emptyset|none|not solvable|unsolvable|impossible|not possible"
    r"|no solution set|has no solutions?|(?:the )?solution set is empty|inconsistent",
)
_UNDEFINED = re.compile(
    rf"{_SUBJECT}(?:is |are )?(?:does not exist|doesn't exist|do not exist|dne|undefined"
    r"|not defined|nan|indeterminate|diverges|divergent|does not converge|no limit)"
)
_REALS = re.compile(
    r"(?:all |the |any |every |set of )*(?:real numbers?|reals)"
    r"|all (?:real )?(?:x|values)(?: of x)?|[a-z] (?:is|can be) (?:any|all) real numbers?"
    r"|for all real [a-z]"
)
_SIGNED = re.compile(r"(?:all |the )*(positive|negative|non-?negative) (?:real numbers?|reals)")
_INFINITY = re.compile(
    r"(?:there are )?(?:infinitely many|an infinite number of|infinite)"
    r"(?: (?:real )?(?:solutions|roots|values|numbers|integers))?|"
    r"(?P<sign>negative |minus |positive |plus |[-+] ?)?(?:infinity|infinite)"
)
_BECAUSE = re.compile(
    r"[,;]?\s*\b(?:because|since|as the|as it|given that|due to)\b.*$|\s*\([^()]*\)$"
)
_TRUTH = re.compile(
    r"(?:it is |it's |that is |this is |the statement is |the answer is )?"
    r"(yes|no|true|false|correct|incorrect|right|wrong)"
    r"(?:[,.:;]\s*|\s+)?(?:(?:because|since|as|it|they|he|she|this|that|the|we|there|both|i)\b.*)?",
    re.S,
)
_STANDING = {"yes": "yes", "true": "yes", "correct": "yes", "right": "yes", "no": "no",
             "false": "no", "incorrect": "no", "wrong": "no"}  # fmt: skip
_NONE_GIVEN = re.compile(r"none of (?:these|the (?:above|others?|following|choices|options))")
_LETTER = re.compile(
    r"(?i:option|choice|answer)?\s*(?:\(\s*([A-Ja-j])\s*\)|([A-J])\s*[.):]|([A-J])(?=$))\s*[.:)]?\s*(.*)",
    re.S,
)
_CONTINUED = re.compile(r"[-+*/^=<>!_]|\\(?:cdot|cup|cap|in|times)|[A-Za-z(]\b(?![A-Za-z])|\d+\s*,")
_DAYS = {
    short: f"{day}day"
    for day in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
    for short in {day[:3].title(), day[:4].title()} - {"Wedn", "Satu"}
}
_ROMAN = re.compile(r"(?:I{1,3}|IV|VI{0,3}|IX|X)")
_ROMANS = re.compile(rf"{_ROMAN.pattern}(?:(?:\s*,\s*|\s+)(?:and\s+|&\s+|or\s+)?{_ROMAN.pattern})*")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b\s*", re.I)
_LONGEST = 300


def unwrapped(text: str) -> str:
    """`text` with the contents of its text commands in their place."""
    before = None
    while before != text:
        before, text = text, _WRAPPER.sub(r" \1 ", text)
    return re.sub(r"\s+", " ", text).strip()


def read_words(text: str) -> Term | None:
    """The term for an answer in words, or `None` if `text` is no such answer.

    >>> read_words("no real solutions") == read_words("The equation has no solution")
    True
    """
    plain = unwrapped(text).strip(" .!\"'“”").replace("’", "'")
    plain = re.sub(r"\b([A-Za-z])\.(?=[A-Za-z]\b)", r"\1", plain)
    if not plain or len(plain) > _LONGEST or not re.search("[A-Za-z]{2}", plain):
        return None
    lower = plain.lower()
    if plain in _DAYS:
        return Words(_DAYS[plain], plain)
    if _NONE_GIVEN.fullmatch(lower):
        return Words("none of these")
    truth = _TRUTH.fullmatch(lower)
    if truth:
        return Words(_STANDING[truth[1]], plain)
    reason = _BECAUSE.sub("", lower)
    if _EMPTY.fullmatch(reason):
        return Nothing("empty", written=True)
    if _UNDEFINED.fullmatch(reason):
        return Nothing("undefined", written=True)
    return _many(lower) or _romans(plain)


def _many(lower: str) -> Term | None:
    """All reals, the positive ones, infinitely many."""
    if _REALS.fullmatch(lower):
        return SetOf("reals", ())
    signed = _SIGNED.fullmatch(lower)
    if signed:
        zero, infinity = Number(Fraction(0)), Constant("infinity")
        if "negative" in signed[1] and not signed[1].startswith("non"):
            return Interval(Apply("neg", (infinity,)), zero, True, True)
        return Interval(zero, infinity, signed[1] == "positive", True)
    infinite = _INFINITY.fullmatch(lower)
    if infinite:
        negative = (infinite["sign"] or "").strip() in ("-", "negative", "minus")
        return Apply("neg", (Constant("infinity"),)) if negative else Constant("infinity")
    return None


def _romans(plain: str) -> Term | None:
    """`I and II only`: the statements of a question, of which some hold."""
    rest = re.sub(r"\s+only$", "", plain)
    if not _ROMANS.fullmatch(rest) or (rest == plain and not re.search("[IVX]{2}", rest)):
        return None
    names = tuple(Words(f"statement {name.lower()}") for name in _ROMAN.findall(rest))
    return names[0] if len(names) == 1 else Group("list", names)


def read_choice(text: str) -> tuple[LetterChoice, str] | None:
    """A letter with what follows it, e.g. `(B) 5`, which need not be a choice."""
    plain = unwrapped(text).strip()
    match = _LETTER.fullmatch(plain)
    if not match:
        return None
    letter = (match[1] or match[2] or match[3]).upper()
    rest = match[4].strip()
    if match[1] and _CONTINUED.match(rest):
        return None
    return LetterChoice(letter), rest


def is_prose(text: str) -> bool:
    """Whether `text` is words and nothing else."""
    plain = unwrapped(text)
    return bool(re.fullmatch(r"[^\W\d_]+(?:[\s,.'’-]+[^\W\d_]+)*[.!?]?", plain)) and len(plain) >= 2


def folded(text: str) -> str:
    """Words for comparing: lower case, without articles and punctuation."""
    plain = unwrapped(text).lower()
    plain = re.sub(r"[^\w\s]", " ", _ARTICLES.sub("", plain))
    return re.sub(r"\s+", " ", plain).strip()
