"""Rewrites a problem in plain notation, for small models that were trained on one spelling only.

`3 · 4` becomes `3 * 4`, `2½` becomes `5/2`, `12 %` becomes `12%`, `1,200` becomes `1200`, and a
bare equation a request to solve it. What may mean two things stays: `(1,200)` is a point, and
`100,200` a list.
"""

from __future__ import annotations

import re
import unicodedata

_SIGNS = str.maketrans({
    **dict.fromkeys("·⋅∙∗", "*"),
    **dict.fromkeys("−–‒‑‐﹣－", "-"),
    **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", ""),
})  # fmt: skip
_SUBSCRIPT = dict(zip("₀₁₂₃₄₅₆₇₈₉₋₊", "0123456789-+", strict=True))
_INTEGRAL = re.compile(
    rf"∫\s*([{''.join(_SUBSCRIPT)}]+)\s*([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)\s*(.+?)\s*d\s*([a-z])(?![A-Za-z])"
)
_FUNCTION = "sqrt|sin|cos|tan|log|ln|exp|pi"
# An equation in place of a problem: no words, and not only the definition of a function.
_EQUATION = re.compile(
    rf"(?!\s*(?:[a-z]|[a-zA-Z]\([a-z]\))\s*=\s*[^=]*[a-z])(?=[^=]*[a-z]|[^=]*=[^=]*[a-z])"
    rf"(?:(?:{_FUNCTION})\b|(?<![A-Za-z])[a-z](?![A-Za-z])|[^A-Za-z=?;,:])+="
    rf"(?:(?:{_FUNCTION})\b|(?<![A-Za-z])[a-z](?![A-Za-z])|[^A-Za-z=?;,:])+"
)
_CURRENCIES = {"€": "euros", "£": "pounds"}
_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+", strict=True))
_RAISED = re.compile(f"(?<=[\\w)\\]])[{''.join(_SUPERSCRIPT)}]+")
_FRACTION = re.compile(r"(?:(\d+)\s?)?([¼½¾⅐-⅞])(?=(\s*[\w(])?)")
_PERCENT = re.compile(r"(?<=\d)\s+%(?!\s*[\d(])")  # `17 % 5` is a remainder
# Groups of three digits; not in brackets, where a comma separates.
_THOUSANDS = re.compile(r"(?<![\d.,(\[{])(?:\d{1,2}(?:,\d{3})+|(?<=[$€£])\d{3},\d{3})(?![\d,)\]}])")
_DECIMAL = r"(?<![\d.,(\[{])(\d+),(\d{1,2})(?![\d,)\]}])"
_DECIMAL_COMMA = re.compile(rf"{_DECIMAL}(?=\s*[-+*/×÷%€£]\s*[\d€£]?)|(?<=[-+*/×÷] ){_DECIMAL}")
_MONEY = re.compile(r"([€£])\s?(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s?([€£])")


def plain(problem: str) -> str:
    """The problem in plain notation, with the same meaning.

    >>> plain("What is 12 % of 1,200 – and 2½ · 3?")
    'What is 12% of 1200 - and 5/2 * 3?'
    >>> plain("Is (1,200) on x² = 17 % 5?")
    'Is (1,200) on x^2 = 17 % 5?'
    """
    text = _INTEGRAL.sub(_integral, problem)
    text = _FRACTION.sub(_fraction, text)
    text = _RAISED.sub(_power, text.translate(_SIGNS))
    text = _PERCENT.sub("%", text)
    text = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
    text = _DECIMAL_COMMA.sub(lambda found: found[0].replace(",", "."), text)
    text = _MONEY.sub(_amount, text)
    return f"Solve {text.strip()}" if _EQUATION.fullmatch(text.strip().rstrip(".")) else text


def _fraction(found: re.Match[str]) -> str:
    top, _, bottom = unicodedata.normalize("NFKC", found[2]).partition("\u2044")
    number = f"{int(found[1] or 0) * int(bottom) + int(top)}/{bottom}"
    return f"({number})" if found[3] and not found[3][0].isspace() else number  # `½x`


def _integral(found: re.Match[str]) -> str:
    low = "".join(_SUBSCRIPT[one] for one in found[1])
    high = "".join(_SUPERSCRIPT[one] for one in found[2])
    return rf"\int_{{{low}}}^{{{high}}} {found[3]}\,d{found[4]}"


def _power(found: re.Match[str]) -> str:
    digits = "".join(_SUPERSCRIPT[one] for one in found[0])
    return f"^{digits}" if digits.isdigit() else f"^({digits})"


def _amount(found: re.Match[str]) -> str:
    sign, number = (found[1], found[2]) if found[1] else (found[4], found[3])
    return f"{number} {_CURRENCIES[sign]}"
