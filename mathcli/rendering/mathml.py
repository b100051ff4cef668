"""LaTeX as a MathML tree: what both the terminal and the pages draw formulas from.

`latex2mathml` does the parsing. This module adds rules that it lacks: environments under other
names, rows outside an environment, operators that it takes for letters. The tree is rebuilt from
known elements and attributes only, so that no link, script or style in the text survives.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from mathcli.text_safety import safe

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_LATEX = 4000
"""Longer formulas are shown as their source."""
MOST_DRAWN = 20_000
"""Characters of formulas that are drawn in one text; further ones are shown as their source."""
_MAX_DEPTH = 60

_ELEMENTS = frozenset(
    (
        "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot",
        "msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd",
        "mstyle", "menclose", "mphantom", "mpadded",
    )
)  # fmt: skip
_ATTRIBUTES = frozenset(
    (
        "display", "displaystyle", "scriptlevel", "linethickness", "columnalign",
        "columnlines", "rowlines", "width", "linebreak", "stretchy", "fence", "form",
        "accent", "movablelimits", "mathvariant", "notation", "minsize", "maxsize",
    )
)  # fmt: skip
_INVISIBLE = frozenset("\u2061\u2062\u2063\u2064")  # function application, times, comma, plus
_OPERATORS = frozenset("~⟂∥±∓⩽⩾⟹⟸⟺⇒⇐⇔→←↔↦∖⧵∼≈≡≅≃∝⊂⊆⊃⊇∈∉∋∪∩∧∨≤≥≠<>=+-−×÷·∗∘⊕⊗↑↓⌊⌋⌈⌉⟨⟩:;,，；：？!")
# The library's environments by the names it does not know.
_SAME = {
    "aligned": "align*",
    "alignedat": "align*",
    "align": "align*",
    "flalign": "align*",
    "flalign*": "align*",
    "gather": "matrix",
    "gather*": "matrix",
    "gathered": "matrix",
    "multline": "matrix",
    "multline*": "matrix",
    "eqnarray": "matrix",
    "eqnarray*": "matrix",
    "dcases": "cases",
    "rcases": "cases",
    "tabular": "array",
}
_MACROS = (
    (re.compile(r"\\(?:nonumber|notag|displaylimits|nobreak|allowbreak)(?![A-Za-z])"), ""),
    (re.compile(r"\\(?:label|tag\*?|vspace\*?|hphantom)\s*\{[^{}]*\}"), ""),
    (re.compile(r"\\ne(?:q)?(?![A-Za-z])|\\not\s*="), r"\\neq "),
    (re.compile(r"\\not\s*\\in(?![A-Za-z])"), r"\\notin "),
    (re.compile(r"\\(?:textdegree|degree)(?![A-Za-z])"), "°"),
    (re.compile(r"\\euro(?![A-Za-z])"), "€"),
    (re.compile(r"\\mathrm\s*\{([A-Za-z]{2,})\}"), r"\\text{\1}"),
    (re.compile(r"\\operatorname\s+"), r"\\operatorname"),
    (re.compile(r"\\(?:lt)(?![A-Za-z])"), "<"),
    (re.compile(r"\\(?:gt)(?![A-Za-z])"), ">"),
    (re.compile(r"\\(begin|end)\s+\{"), r"\\\1{"),
    (re.compile(r"\\begin\{alignedat\}\s*\{\d+\}"), r"\\begin{aligned}"),
)
# Macros of the text's own could grow without end.
_DEFINES = re.compile(r"\\(?:(?:new|renew|provide)command|def|let|gdef|edef|Declare)")
_LIVE = re.compile(
    r"\\(?:href|url|includegraphics|include|input|html\w*|class|cssId|style|data|bbox|require"
    r"|mmlToken|texttip|tooltip|toggle|mathtip|action|unicode|special|write|openout|read|catcode"
    r"|csname|expandafter|global|long|futurelet|[egx]?def|let|gdef|xdef|edef|char|Newextarrow"
    r"|(?:re|provide)?new\w*|provide\w*|renew\w*|Declare\w*|immediate|loop|verb|lstinline)"
    r"(?![a-z])|\^\^|(?i:javascript|vbscript|data):"
)
_POWER = re.compile(r"\*\*\s*(\([^()]*\)|-?[A-Za-z0-9.]+)")
_ROOT = re.compile(r"(?<![\\A-Za-z])sqrt\(([^()]*)\)")
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([A-Za-z]+\*?)\}")
_ROWS = re.compile(r"\\\\|(?<!\\)&")


def mathml(latex: str, *, display: bool = False) -> Element | None:
    """The formula as a MathML `math` element, or `None` where it cannot be read.

    Args:
        latex: a formula without its dollars.
        display: on a line of its own.

    >>> [part.tag for part in mathml(r"x^2").iter()]
    ['math', 'mrow', 'msup', 'mi', 'mn']
    """
    if len(latex) > MAX_LATEX or _depth(latex) > _MAX_DEPTH or _DEFINES.search(latex):
        return None
    from latex2mathml.converter import convert_to_element

    try:
        element = convert_to_element(_prepared(latex), display="block" if display else "inline")
        return _clean(element)
    except Exception:  # the library raises many kinds on text that is no LaTeX
        return None


def is_live(latex: str) -> bool:
    r"""Would a formula do more than be displayed when a page's script draws it?

    It may link, load something, use a name or a style of the page, or redefine other macros.

    >>> is_live(r"\href{javascript:x}{2}"), is_live(r"\frac{1}{2}")
    (True, False)
    """
    return _LIVE.search(latex) is not None


def without_python(latex: str) -> str:
    r"""The formula with Python's powers and roots, which models mix in, as LaTeX's.

    >>> without_python("3*x**2 + sqrt(2)")
    '3*x^{2} + \\sqrt{2}'
    """
    latex = _POWER.sub(r"^{\1}", latex)
    return _ROOT.sub(r"\\sqrt{\1}", latex)


def _depth(latex: str) -> int:
    deepest = now = 0
    for mark in latex:
        now += (mark == "{") - (mark == "}")
        deepest = max(deepest, now)
    return max(deepest, latex.count(r"\left"), latex.count(r"\begin"))


def _prepared(latex: str) -> str:
    latex = without_python(latex)
    for pattern, replacement in _MACROS:
        latex = pattern.sub(replacement, latex)
    latex = _ENVIRONMENT.sub(
        lambda found: f"\\{found[1]}{{{_SAME.get(found[2], found[2])}}}", latex.strip()
    )
    if _ROWS.search(_outside(latex)):
        name = "align*" if re.search(r"(?<!\\)&", _outside(latex)) else "matrix"
        latex = rf"\begin{{{name}}}{latex}\end{{{name}}}"
    return latex


def _outside(latex: str) -> str:
    """The text outside all environments and braces."""
    kept, depth = [], 0
    for part in re.split(r"(\\begin\{[^{}]*\}|\\end\{[^{}]*\}|\\[{}]|[{}])", latex):
        if part.startswith(r"\begin") or part == "{":
            depth += 1
        elif part.startswith(r"\end") or part == "}":
            depth -= 1
        elif depth <= 0:
            kept.append(part)
    return "".join(kept)


def _clean(element: Element) -> Element:
    """The tree again, of known parts only, its texts as characters."""
    from xml.etree.ElementTree import Element

    tag = element.tag if element.tag in _ELEMENTS else "mrow"
    text = re.sub(r"\s", " ", unescape(element.text or ""))
    text = text if text in _INVISIBLE else safe(text)
    if tag == "mi" and len(text) > 1 and text.startswith("\\"):
        raise ValueError(f"{text} is an unknown macro")
    if tag == "mi" and text in _OPERATORS:
        tag = "mo"
    copy = Element(tag, {k: v for k, v in element.attrib.items() if k in _ATTRIBUTES})
    copy.text = text or None
    copy.extend(_clean(child) for child in element)
    return copy
