"""Markup of web pages in an answer: HTML and MathML.

A tag is removed only if its meaning is known: a superscript is a power, a line break separates.
Letters in angle brackets may be an inequality, and stay.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree import ElementTree

_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]+);")
_RAISED = re.compile(r"<sup>(.*?)</sup>", re.S | re.I)
_LOWERED = re.compile(r"<sub>(.*?)</sub>", re.S | re.I)
_BREAK = re.compile(r"\s*<br\s*/?>\s*|\s*</p>\s*<p>\s*", re.I)
_NAMES = "b|i|u|s|strong|em|span|div|p|answer|code|var|font|big|small|mark|pre|li|td"
_PAIRED = re.compile(rf"<({_NAMES})(?:\s[^<>]*)?>(.*?)</\1>", re.S | re.I)
_CLOSING = re.compile(rf"</(?:{_NAMES})>\s*$", re.I)
_MATHML = re.compile(r"<math[\s>].*?</math>", re.S)


def without_tags(text: str) -> str:
    r"""`text` with its tags and entities as LaTeX.

    >>> without_tags("2<sup>10</sup>"), without_tags("3&frac12;"), without_tags("5<br>6")
    ('2^{10}', '3½', '5, 6')
    >>> without_tags("a<b>c"), without_tags("<b>5</b>")
    ('a<b>c', '5')
    """
    if "&" in text:
        text = _ENTITY.sub(lambda m: html.unescape(m[0]), text)
    if "<" not in text:
        return text
    text = _MATHML.sub(lambda m: _mathml(m[0]), text)
    text = _RAISED.sub(r"^{\1}", text)
    text = _LOWERED.sub(r"_{\1}", text)
    text = _BREAK.sub(", ", text)
    for _ in range(4):
        text = _PAIRED.sub(r"\2", text)
    return _CLOSING.sub("", text).strip(" ,") if _CLOSING.search(text) else text


def _mathml(text: str) -> str:
    """MathML as LaTeX, or unchanged where it is not well-formed."""
    from xml.etree import ElementTree

    if "<!" in text or "<?" in text or len(text) > 4000:
        return text  # nothing that could define entities goes to a parser
    try:
        return _latex(ElementTree.fromstring(text))
    except (ElementTree.ParseError, RecursionError):
        return text


_LAYOUTS = {"mfrac": r"\frac{%s}{%s}", "msup": "{%s}^{%s}", "msub": "{%s}_{%s}"}  # fmt: skip


def _latex(node: ElementTree.Element) -> str:
    name = node.tag.rpartition("}")[2]
    parts = [_latex(child) for child in node]
    if name == "msqrt":
        return rf"\sqrt{{{''.join(parts)}}}"
    if name == "mroot" and len(parts) == 2:
        return rf"\sqrt[{parts[1]}]{{{parts[0]}}}"
    if name in _LAYOUTS and len(parts) == 2:
        return _LAYOUTS[name] % tuple(parts)
    return (node.text or "").strip() + "".join(parts)
