"""How an answer is typeset, and its value where that is cheap to get."""

from __future__ import annotations

import re

from mathcli.answers.pythonic import latex_of_python

_PLAIN_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_SIMPLE_FRACTION = re.compile(r"(-?)\\[dt]?frac\{(-?\d+)\}\{(\d+)\}|(-?\d+)\s?/\s?(\d+)")
_SET = re.compile(r"(?<![\\^_}A-Za-z])\{((?:[^{}\\]|[\^_]\{[^{}\\]{0,200}\}){0,400})\}")
_SYMPY = re.compile(r"[-+*/() .,\w\[\]{}:]+")


def latex_of(text: str) -> str:
    """`text` for typesetting: programs print `**` and `sqrt(`, which are no LaTeX."""
    if "\\" in text:
        return text
    if (read := latex_of_python(text)) is not None:
        return read
    if re.search(r"[A-Za-z]{4}\s{1,5}[A-Za-z]{2}", text):
        return rf"\text{{{text}}}"
    latex = re.sub(r"sqrt\(([^()]{0,200})\)", r"\\sqrt{\1}", text)
    latex = re.sub(
        r"\*\*\s?(\([^()]{0,200}\)|-?\w+)", lambda m: "^{" + m.group(1).strip("()") + "}", latex
    )
    latex = re.sub(r"\boo\b", r"\\infty", re.sub(r"\bpi\b", r"\\pi", latex))
    latex = re.sub(r"(?<![\w}])(\d+)/(\d+)(?!\w)", r"\\frac{\1}{\2}", latex)
    latex = re.sub(r" ?\* ?", " ", latex)
    return with_braces(re.sub(r"(?<!\\)%", r"\\%", latex))


def with_braces(text: str) -> str:
    """The braces of a set, which LaTeX would not show, as ones that it does.

    >>> with_braces("{x | x^{2} > 3}"), with_braces("{1, 2}")
    ('\\\\{x | x^{2} > 3\\\\}', '\\\\{1, 2\\\\}')
    """
    return _SET.sub(r"\\{\1\\}", text)


def value_of(text: str) -> str | None:
    """A plain number, or a value in SymPy's notation.

    >>> value_of("1,234"), value_of(r"-\\frac{1}{2}"), value_of(r"\\sqrt{2}")
    ('1234', '-1/2', None)
    """
    plain = text.replace("−", "-").replace(r"\$", "").replace("$", "").strip()
    without = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain) if "," in plain else plain
    if _PLAIN_NUMBER.fullmatch(without):
        return without.lstrip("+")
    fraction = _SIMPLE_FRACTION.fullmatch(plain)
    if fraction:
        sign, over, under, plain_over, plain_under = fraction.groups()
        return f"{sign}{over}/{under}" if over else f"{plain_over}/{plain_under}"
    if _SYMPY.fullmatch(plain) and re.search(r"\d|\bpi\b|\boo\b", plain) and "*" in plain:
        return plain
    return None
