"""Mathematics in English words: `5 more than x`, `the square of 3`, `at least 5`, `divisible by 3`.

A table turns phrases into formulas. A phrase that is not in the table is no formula, and no words
are dropped to find a number in it.
"""

from __future__ import annotations

import re

from mathcli.answers.lexer import CONSTANTS, FUNCTIONS, GREEK
from mathcli.answers.numerals import number_in_words

_X, _LAST = r"(.+?)", r"(.+)"
_ORDINALS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "tenth": 10}
_FORMULAS = [
    (rf"sum of {_X} and {_LAST}", "({0}) + ({1})"),
    (rf"difference (?:of|between) {_X} and {_LAST}", "({0}) - ({1})"),
    (rf"product of {_X} and {_LAST}", "({0}) * ({1})"),
    (rf"quotient of {_X} and {_LAST}", "({0}) / ({1})"),
    (rf"{_X} more than {_LAST}", "({1}) + ({0})"),
    (rf"{_X} (?:less|fewer) than {_LAST}", "({1}) - ({0})"),
    (rf"{_X} short of {_LAST}", "({1}) - ({0})"),
    (rf"{_X} subtracted from {_LAST}", "({1}) - ({0})"),
    (rf"{_X} (?:added to|increased by|plus) {_LAST}", "({0}) + ({1})"),
    (rf"{_X} (?:decreased by|minus) {_LAST}", "({0}) - ({1})"),
    (rf"{_X} (?:times|multiplied by) {_LAST}", "({0}) * ({1})"),
    (rf"{_X} (?:divided by|over) {_LAST}", "({0}) / ({1})"),
    (rf"{_X} (?:raised )?to the power (?:of )?{_LAST}", "({0})^({1})"),
    (rf"{_X} (?:raised )?to the (second|third|fourth|fifth|sixth|tenth) power", "({0})^({1})"),
    (rf"{_X} percent of {_LAST}|{_X}\\?% of {_LAST}", "({0}) / 100 * ({1})"),
    (rf"(half|third|quarter|fourth|fifth|tenth|hundredth) of {_LAST}", "({0}) * ({1})"),
    (rf"(one half|two thirds|three quarters|three fourths) of {_LAST}", "({0}) * ({1})"),
    (rf"{_X} squared|square of {_LAST}", "({0})^2"),
    (rf"{_X} cubed|cube of {_LAST}", "({0})^3"),
    (rf"{_X} factorial|factorial of {_LAST}", "({0})!"),
    (rf"square root of {_LAST}|root of {_LAST}", "sqrt({0})"),
    (rf"cube root of {_LAST}", "cbrt({0})"),
    (rf"(.*?) ?\b(?:square root|root|radical|rt) {_LAST}", "({0}) * sqrt({1})"),
    (rf"(?:twice|double|two times) {_LAST}", "2 * ({0})"),
    (rf"(?:triple|thrice|three times) {_LAST}", "3 * ({0})"),
    (rf"(?:opposite|negative|additive inverse) of {_LAST}", "-({0})"),
    (rf"(?:reciprocal|multiplicative inverse) of {_LAST}", "1 / ({0})"),
    (rf"absolute value of {_LAST}", "abs({0})"),
    (rf"(sine|cosine|tangent) of {_LAST}", "{0}({1})"),
    (rf"(?:natural log(?:arithm)?) of {_LAST}", "ln({0})"),
    (rf"log(?:arithm)? base {_X} of {_LAST}", "log({1}, {0})"),
    (rf"(\d+/\d+) of {_LAST}", "({0}) * ({1})"),
    (rf"{_X} out of (?:every )?{_LAST}", "({0}) / ({1})"),
    (rf"{_X} (?:choose|nCr) {_LAST}", "binomial({0}, {1})"),
    (rf"{_X} nPr {_LAST}", "nPr({0}, {1})"),
]  # fmt: skip
_TABLE = [(re.compile(rf"(?:the |an? )?(?:{pattern})", re.I), written)
          for pattern, written in _FORMULAS]  # fmt: skip
_NAMED = {"half": "1/2", "third": "1/3", "quarter": "1/4", "fourth": "1/4", "fifth": "1/5",
          "tenth": "1/10", "hundredth": "1/100", "one half": "1/2", "two thirds": "2/3",
          "three quarters": "3/4", "three fourths": "3/4", "sine": "sin", "cosine": "cos",
          "tangent": "tan"}  # fmt: skip
_STATED = [
    (r"(?:at least|no (?:less|fewer) than|not (?:less|fewer) than|minimum(?: of)?) {}", ">="),
    (r"{} (?:or (?:more|greater|above|higher|larger|over)|and (?:above|up|over)|\+|at least)",
     ">="),
    (r"(?:at most|no (?:more|greater) than|not more than|up to|maximum(?: of)?) {}", "<="),
    (r"{} (?:or (?:less|fewer|below|under|lower|smaller)|and (?:below|under)|at most)", "<="),
    (r"(?:more|greater|larger|bigger|higher) than {}|above {}|over {}|exceeds {}", ">"),
    (r"(?:less|fewer|smaller|lower) than {}|below {}|under {}", "<"),
]  # fmt: skip
_BOUNDS = [(re.compile(pattern.format(*[r"(-?[\d./]+)"] * pattern.count("{}")), re.I), sign)
           for pattern, sign in _STATED]  # fmt: skip
_RELATED = [
    (re.compile(rf"([A-Za-z]) (?:is |must be |are )?{pattern}", re.I), sign)
    for pattern, sign in (
        (r"(?:not equal to|different from|not) (\S+)", "!="),
        (r"(?:does not equal|cannot equal|can ?not be|can't be|doesn't equal) (\S+)", "!="),
        (r"(?:equal to|equals|exactly) (\S+)", "="),
        (r"(?:greater than or equal to|at least|no less than|not less than) (\S+)", ">="),
        (r"(?:less than or equal to|at most|no more than|not more than) (\S+)", "<="),
        (r"(?:greater than|more than|above|bigger than) (\S+)", ">"),
        (r"(?:less than|below|smaller than) (\S+)", "<"),
    )
]
_DESCRIBED = re.compile(
    r"(?:(?:all|the|any|every|a|some)\s+)?"
    r"(?:positive |negative |whole |integer |even |odd |prime )*"
    r"(?:multiples?|factors?|divisors?|divisible|powers?|everything|anything|any number|all numbers"
    r"|numbers?|any value|all values|all real numbers|all|never|not|cannot|except|excluding"
    r"|infinitely many|other than|anything but|either|neither)\b.*\d.*"
    r"|-?[\d.]+ (?:is )?(?:excluded|omitted|left out|not included|only if .*)"
    r"|base -?\d+|see \w+ \d+|(?:see )?(?:page|exercise|question|problem|figure|table) \d+",
    re.I,
)
_WORDS = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_KNOWN = frozenset([*FUNCTIONS, *CONSTANTS, *GREEK])
_MAX_NESTED = 4


def formula(text: str, depth: int = 0) -> str | None:
    """The formula that plain English `text` says, or `None` if it says none that is known.

    >>> formula("5 more than x"), formula("the square of 3"), formula("x is not equal to 5")
    ('(x) + (5)', '(3)^2', 'x != 5')
    >>> formula("5 apples") is None
    True
    """
    if depth > _MAX_NESTED or len(text) > 120 or not _WORDS.search(text):
        return None
    if depth == 0:
        related = _relation(text)
        if related is not None:
            return related
    for pattern, written in _TABLE:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        parts = [_operand(part, depth) for part in match.groups() if part is not None]
        complete = [part for part in parts if part is not None]
        if len(complete) == len(parts):
            return written.format(*complete)
    return None


def _relation(text: str) -> str | None:
    for pattern, sign in _BOUNDS:
        match = pattern.fullmatch(text)
        if match:
            return f"x {sign} {next(group for group in match.groups() if group)}"
    for pattern, sign in _RELATED:
        match = pattern.fullmatch(text)
        if match and (value := _operand(match[2], 1)) is not None:
            return f"{match[1]} {sign} {value}"
    return None


def is_bound(text: str) -> bool:
    """Whether `text` bounds a value that it does not name: `at least 5`, `5 or more`."""
    return any(pattern.fullmatch(text) for pattern, _ in _BOUNDS)


def is_description(text: str) -> bool:
    """Whether `text` says what numbers are like, instead of giving one.

    >>> is_description("multiples of 5"), is_description("5 apples")
    (True, False)
    """
    return bool(_DESCRIBED.fullmatch(text))


def _operand(text: str, depth: int) -> str | None:
    text = text.strip()
    if text.lower() in _NAMED:
        return _NAMED[text.lower()]
    if text.lower() in _ORDINALS:
        return str(_ORDINALS[text.lower()])
    if text == "":
        return "1"
    value = number_in_words(text)
    if value is not None:
        return str(value)
    if not _WORDS.search(text) or set(_WORDS.findall(text)) <= _KNOWN:
        return text
    return formula(text, depth + 1)
