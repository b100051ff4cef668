"""Brings answers of people, models and programs into one notation.

Only notation changes here, never a value. Each pass does one thing and has a name. `PASSES` lists
them in the order in which they run; each pass may rely on those before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from mathcli.answers.boxes import balanced, last_boxed

_DOUBLED = re.compile(r"\\\\(?=[A-Za-z]|[,;:!{}%$&])")
_LAID_OUT = re.compile(
    r"\\(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|scriptstyle|limits|nolimits"
    r"|rm|bf|it|sf|tt|tiny|small|normalsize|large|Large|LARGE|huge|Huge|checkmark|therefore"
    r"|because|sim|mathstrut|strut|phantom\{[^{}]*\}|hspace\*?\{[^{}]*\}|vspace\*?\{[^{}]*\}"
    r"|label\{[^{}]*\}|tag\*?\{[^{}]*\}|hfill|noindent|centering)(?![A-Za-z])\.?"
)
_THIN = re.compile(r"(?<=\d)(?:\\[,!:; ]|\{,\}|,\\!\s*|\\,\\!)+(?=\d{3}(?!\d))")
_SEPARATING = re.compile(r"(?<=[^\s,;])\s*\\q?quad\s*(?=[A-Za-z]\w*\s*(?:=|<|>|\\[lg]e))")
_SPACES = re.compile(r"(?<!\\)\\[,;:> ]|~|\\(?:quad|qquad|enspace|thinspace|space)(?![A-Za-z])")
_LEAD = re.compile(
    r"(?:(?:so|thus|hence|therefore)[,\s]+)?(?:(?:the|my|our)\s+)?(?:final\s+)?"
    r"(?:answer|solution|ans)\s*(?:set)?\s*(?:is\s*:?|:|=)\s*(?=\S)"
    r"|(?:domain|range|solutions?|roots?|result|output|value|values|vertex|slope|center|centre"
    r"|radius|area|volume|perimeter|median|mean|mode)\s*:\s*(?=\S)",
    re.I,
)
_TAIL = re.compile(r"[.\s]*\bI\s*(?:do\s*)?hope\s*(?:it|this|that)\s*is\s*correct\s*[.!]*$", re.I)
_GLUED_TAIL = re.compile(r"\.Ihope(?:it|this)iscorrect\.?$", re.I)
_REMARK = re.compile(
    r"(?<=\S)\s*(?:\\text\s*\{\s*)?\((?:a\s+)?"
    r"(?:(?:double|triple|repeated|multiple) (?:root|zero|solution)s?"
    r"|(?:with )?multiplicity (?:of )?\w+|twice|vertical line|parallel lines|only)\)\s*\}?$",
    re.I,
)
_DEGREES = re.compile(
    r"\s*\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))|\\(?:degree|textdegree)(?![A-Za-z])"
)
_TEXTS = re.compile(r"\\(?:textnormal|textup|textmd|textsf|texttt|textsc|hbox|emph|underline)\s*\{")
_FIELDS = re.compile(r"\\in\s*(?:\{\s*([ZNRQ])\s*\}|([ZNRQ])(?![A-Za-z]))")
_LESS = re.compile(r"(?:\\mathbb\s*\{R\}|\bR)\s*\\\s*(?=\{)")
_INDEX = re.compile(r",?\s*\(\s*([a-z])\s*\\in\s*\\mathbb\{Z\}\s*\)$")
_EVERY = re.compile(
    r"^(?:\\forall|for all|for any)\s*[a-z]\s*\\in\s*\\mathbb\{R\}$"
    r"|^[a-z] (?:is|can be) any real number$", re.I,
)  # fmt: skip
_SCALES_OF = {
    "dozen": "12", "thousand": "10^{3}", "million": "10^{6}", "billion": "10^{9}",
    "trillion": "10^{12}",
}  # fmt: skip
_SCALES = re.compile(
    r"(?<=\d)\s*(?:\\text\s*\{\s*(dozen|thousand|million|billion|trillion)\s*\}"
    r"|(dozen|thousand|million|billion|trillion)\b(?!\s*(?:and\s*)?\d))",
    re.I,
)
_SCALE_WORDS = re.compile(r"\b(?:hundred|thousand|million|billion|trillion)\b", re.I)
_NOON = re.compile(r"(?<=[\d\s}])([AaPp])\.\s?[Mm]\b\.?")
_ARRAY = re.compile(r"(?:array\()?\[[\[\]\d\s.eE+-]*\]\)?")
_ROWS = re.compile(r"\[([^\[\];]+(?:;[^\[\];]+)+)\]")
_NEGATIVE = re.compile(r"^(?:negative|minus)\s+(?=[\d\\$.])", re.I)
_COLOURS = re.compile(r"\\(?:color|textcolor)\s*\{[A-Za-z]+\}|\\cancel(?=\{)")
_POSITIVE = re.compile(r"\\mathbb\s*\{R\}\s*[_^]\s*\{?\s*\+\s*\}?")
_INFIX = re.compile(
    r"\{((?:[^{}]|\{[^{}]*\})*?)\\(choose|over)(?![A-Za-z])((?:[^{}]|\{[^{}]*\})*)\}"
)
_INFIX_NAMES = {"choose": "binom", "over": "frac"}
_BIG_U = re.compile(r"(?<=[\])}])\s*U\s*(?=[\[({]|\\\{)")
_CUPPED = re.compile(r"(?<=[\])])\s*or\s*(?=[\[(]\s*-?\s*(?:\\infty|oo|\d|\\frac))")
_LEFT_BRACE = re.compile(
    r"\\left\s*\\\{\s*\\begin\{(array|aligned|matrix|gathered)\}(?:\{[a-z| ]*\})?(.*?)"
    r"\\end\{\1\}\s*\\right\s*\.",
    re.S,
)
_MARKED = re.compile(r"\\(dot|bar|overline|hat|vec)(?:\s+([A-Za-z])(?![A-Za-z])|\s*(\d))")
_UPRIGHT_C = re.compile(r"\\(?:mathrm|rm|text)\s*\{?\s*([CAP])\s*\}?(?=\s*_)")


_LETTERS = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}[\s,:]|(?<![\\A-Za-z])I ")
_ABOUT = re.compile(r"\b(?:about|approx|approximately|roughly|around|nearly)\b", re.I)
_UNIT_TWICE = re.compile(
    r"^([^\\]*\d[)}]?)\s*((?![xyz]\b)[A-Za-z]+|\\text\s*\{[^{}]*\})\s*\\approx\s*(.*\d)\s*\2$"
)
_EMPHASIS = re.compile(r"^(\*\*|\*|__|_)(?=[^\s*_])([^*]+?)(?<=[^\s*_])\1")
_DELIMITER = re.compile(r"\\[()\[\]](?![A-Za-z])")
_DOLLAR = re.compile(r"(?<!\\)\$")


def _undoubled(text: str) -> str:
    r"""`\\frac` as `\frac`, as text that was escaped once too often has it."""
    if "\\\\" not in text:
        return text
    if r"\\begin" in text:
        return text.replace("\\\\", "\\")
    return text if r"\begin" in text else _DOUBLED.sub(r"\\", text)


def _without_tags(text: str) -> str:
    if "<" not in text and "&" not in text:
        return text
    from mathcli.answers.markup import without_tags

    return without_tags(text)


def _in_latex(text: str) -> str:
    """Chinese in the reader's words, and Unicode's signs in LaTeX."""
    if text.isascii():
        return text
    from mathcli.answers.chinese import in_ascii
    from mathcli.answers.signs import in_latex

    return in_latex(in_ascii(text))


def _unboxed(text: str) -> str:
    return (last_boxed(text) or text) if "\\boxed" in text or "\\fbox" in text else text


def _without_delimiters(text: str) -> str:
    """Without math and Markdown delimiters around the text or parts of it."""
    rows = text.replace(r"\\", "\0")  # a row break and a bracket are no opening delimiter
    text = _DELIMITER.sub(" ", rows).replace("\0", r"\\").strip()
    text = _EMPHASIS.sub(lambda m: m[2], text)
    text = text.strip("`").strip()
    dollars = len(_DOLLAR.findall(text))
    if dollars and dollars % 2 == 0:
        text = _DOLLAR.sub(" ", text)
    elif dollars:
        text = _DOLLAR.sub(r"\\$", text)
    return text.strip()


def _without_lead(text: str) -> str:
    """Without `The answer is` and `I hope it is correct`."""
    text = _GLUED_TAIL.sub("", _TAIL.sub("", text))
    return _without_delimiters(_LEAD.sub("", text, count=1)) if _LEAD.match(text) else text


def _without_connectives(text: str) -> str:
    """Without `so`, `we get` and the like before a formula."""
    if not _LETTERS.search(text):
        return text
    from mathcli.answers.connectives import without_connectives

    return without_connectives(text)


def _approximations(text: str) -> str:
    """`5/36, or about 13.9 %` with a sign in place of the words, and its unit only at its end."""
    if _ABOUT.search(text):
        from mathcli.answers.conclusions import agrees, approximated

        changed = approximated(text)
        if changed != text and agrees(changed):
            text = changed.replace("≈", r"\approx")
    return _UNIT_TWICE.sub(r"\1 \\approx \3 \2", text) if r"\approx" in text else text


def _without_spacing(text: str) -> str:
    """Without LaTeX's spaces, sizes, fonts and colours; thousands of digits closed up."""
    text = text.replace(r"\!", "") if r"\!" in text and "," not in text else text
    text = re.sub(r"\\!", "", _THIN.sub("", text))
    text = _COLOURS.sub("", _SPACES.sub(" ", _SEPARATING.sub(", ", text)))
    return _LAID_OUT.sub(" ", _UPRIGHT_C.sub(r"\1", text))


def _systems(text: str) -> str:
    """The equations of a system under a brace, separated by commas."""
    if "\\begin" not in text or "\\left" not in text:
        return text

    def joined(rows: str) -> str:
        parts = [row.replace("&", " ").strip(" ,") for row in rows.split(r"\\")]
        return ", ".join(part for part in parts if part)

    return _LEFT_BRACE.sub(
        lambda m: joined(m[2]) if "&" not in m[2] or not re.search(r"&.*[<>]|\\[lg]e", m[2])
        else rf"\begin{{cases}}{m[2]}\end{{cases}}", text
    )  # fmt: skip


def _one_command(text: str) -> str:
    """One name where LaTeX has several."""
    text = re.sub(r"\\[dtc]frac(?![A-Za-z])", r"\\frac", text)
    text = re.sub(r"\\[dt]binom(?![A-Za-z])", r"\\binom", text)
    text = re.sub(r"\\not\s*=", r"\\ne ", re.sub(r"\\not\s*\\in(?![A-Za-z])", r"\\notin ", text))
    text = _TEXTS.sub(r"\\text{", _DEGREES.sub("°", text))
    text = _MARKED.sub(lambda m: rf"\{m[1]}{{{m[2] or m[3]}}}", text)
    text = re.sub(r"(?<![|\\])\|\|(?![|])", r"\\|", text) if text.count("||") == 2 else text
    return _INFIX.sub(lambda m: rf"\{_INFIX_NAMES[m[2]]}{{{m[1]}}}{{{m[3]}}}", text)


def _typed(text: str) -> str:
    """Substitutes typed for signs: `x` for times, `U` for a union, `=>`, `+-`, `<1, 2>`."""
    text = re.sub(r"(?<=\d)\s*[xX]\s*(?=10\s*\^)", r" \\times ", text)
    text = re.sub(r"^<([^<>]+,[^<>]+)>$", r"\\langle \1 \\rangle", text)
    text = re.sub(r"^(\d+)\s*(?:\\text\s*\{\s*to\s*\}|to)\s*(\d+)$", r"\1:\2", text)
    text = re.sub(r"=>(?=\s*[-\d\\])", ">=", text).replace("=<", "<=")
    text = re.sub(r"\+\s?/\s?-|(?<![\w)}\]])\+-", r"\\pm ", text)
    text = _BIG_U.sub(r" \\cup ", text)
    return _CUPPED.sub(r" \\cup ", text)


def _sets_of_numbers(text: str) -> str:
    text = _FIELDS.sub(
        lambda m: rf"\in \mathbb{{{m[1] or m[2]}}}", _POSITIVE.sub(r"(0, \\infty)", text)
    )
    text = _LESS.sub(r"\\mathbb{R} \\setminus \\", text)
    if r"\setminus \{" in text:
        text = re.sub(r"(\\setminus \\\{[^{}\\]*)\}", r"\1\\}", text)
    return _EVERY.sub(r"\\mathbb{R}", _INDEX.sub(r", \1 \\in \\mathbb{Z}", text))


def _counts(text: str) -> str:
    """`3.2 million`, `negative 5`, `2:30 p.m.`"""
    text = _NOON.sub(r"\1m", text)
    if len(_SCALE_WORDS.findall(text)) > 1:
        return text  # `1 million 200 thousand` is one number in words
    text = _SCALES.sub(lambda m: rf" \cdot {_SCALES_OF[(m[1] or m[2]).lower()]}", text)
    return _NEGATIVE.sub("-", text)


def _arrays(text: str) -> str:
    """Arrays as NumPy prints them, and matrices as MATLAB writes them, with all brackets."""
    if _ARRAY.fullmatch(text) and "," not in text:
        return re.sub(r"(?<=[\d.\]])\s+(?=[-\d.\[])", ", ", text)
    rows = _ROWS.fullmatch(text)
    if rows:
        parts = [re.split(r"\s*,\s*|\s+", row.strip()) for row in rows[1].split(";")]
        if len({len(part) for part in parts}) == 1 and all(map(all, parts)):
            return "[" + ", ".join("[" + ", ".join(part) + "]" for part in parts) + "]"
    return text


def _short_arguments(text: str) -> str:
    """`\\frac12`, `\\frac1{2}`, `\\sqrt2` with their braces."""
    if "\\" not in text:
        return text
    text = re.sub(r"\\sqrt\s*(\d|[A-Za-z](?![A-Za-z]))", r"\\sqrt{\1}", text)
    argument = re.compile(r"\s*(\d|[A-Za-z]|\\[A-Za-z]+)")
    text = re.sub(r"\\binom\s*(\d)\s*(\d)", r"\\binom{\1}{\2}", text)
    start = text.find(r"\frac")
    while start >= 0:
        position = start + len(r"\frac")
        for _ in range(2):
            found = argument.match(text, position)
            glued = found and position == start + len(r"\frac") and found[0][0].isalpha()
            if found and not glued:
                text = f"{text[:position]}{{{found[1]}}}{text[found.end() :]}"
                position += len(found[1]) + 2
                continue
            opening = len(text) - len(text[position:].lstrip())
            content = balanced(text, opening)
            if content is None:
                break
            position = opening + len(content) + 2
        start = text.find(r"\frac", start + 1)
    return text


def _trimmed(text: str) -> str:
    """Single spaces, and no punctuation at the ends."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"(?:\\\\|\\)$", "", text).rstrip() if text[-1:] == "\\" else text
    while text and text[-1] in ".,;" and not text.endswith(("...", "Rs.")):
        text = text[:-1].rstrip()
    text = re.sub(r"^\\(?:approx|simeq)\s*", "", text)
    return _REMARK.sub("", re.sub(r"^=\s*(?!=)", "", text))


PASSES: tuple[Callable[[str], str], ...] = (
    str.strip,
    _undoubled,
    _without_tags,
    _in_latex,
    _unboxed,
    _without_delimiters,
    _without_lead,
    _without_connectives,
    _approximations,
    _systems,
    _without_spacing,
    _one_command,
    _counts,
    _typed,
    _sets_of_numbers,
    _arrays,
    _short_arguments,
    _trimmed,
)
"""The passes in their order."""


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """`text` without decoration, in the notation that the reader knows.

    >>> clean(r"$\\dfrac12$.")
    '\\\\frac{1}{2}'
    """
    for change in PASSES:
        text = change(text)
    return text


_WRAPPED = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname)\s*\{([^{}]*)\}"
)
_DOTS = re.compile(r"\\[lc]?dots(?![A-Za-z])")
_SHAPES = re.compile(r"\\(triangle|angle|parallel|perp|cong)(?![A-Za-z])")
_FREE_SPACE = re.compile(r"(?<=[^\w\s])\s+|\s+(?=[^\w\s])")


def normalized(text: str) -> str:
    r"""`text` in a form for comparing as text: equal forms cannot mean different things.

    Only spaces that separate nothing are removed; case, primes and quotes stay.

    >>> normalized(r"\text{a} + b"), normalized("1 1/2"), normalized("A \\cap B")
    ('a+b', '1 1/2', 'A\\cap B')
    """
    text = _DOTS.sub("...", _WRAPPED.sub(r" \1 ", clean(text)))
    text = _SHAPES.sub(r" \1 ", text)
    return re.sub(r"\s+", " ", _FREE_SPACE.sub("", text)).strip()
