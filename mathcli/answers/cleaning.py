"""Answers as people, models and programs write them, brought to one way of writing.

Only notation changes here, never a value: dollar signs, sizes of brackets, spaces, Unicode
signs, short fractions such as `\\frac12`.
"""

from __future__ import annotations

import re
import unicodedata

from mathcli.answers.extraction import balanced, last_boxed

_SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "×": r"\times ", "·": r"\cdot ",
    "⋅": r"\cdot ",
    "∙": r"\cdot ", "÷": "/", "∕": "/", "⁄": "/", "≤": "<=", "≥": ">=", "⩽": "<=", "⩾": ">=",
    "≠": "!=", "≈": r"\approx ", "∞": r"\infty ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ",
    "Ø": r"\emptyset ", "∅": r"\emptyset ", "±": r"\pm ", "∓": r"\mp ", "∖": r"\setminus ",
    "ℝ": r"\mathbb{R}",
    "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "ℚ": r"\mathbb{Q}", "ℂ": r"\mathbb{C}",
    "∧": r"\land ", "∨": r"\lor ", "⟨": r"\langle ", "⟩": r"\rangle ", "º": "°", "˚": "°",
    "′": "'", "’": "'", "‘": "'", "“": '"', "”": '"', "，": ",", "。": ".", "；": ";", "：": ":",
    "（": "(", "）": ")", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ",
    "\u200b": "", "\ufeff": "", "\u2061": "", "\u2062": "", "\xa0": " ", "…": r"\ldots ",
}  # fmt: skip
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        str.split(
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma "
            "tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
        ),
        strict=True,
    )
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8),
    "⅞": (7, 8),
}  # fmt: skip
_TRANSLATION = str.maketrans(
    _SIGNS
    | {letter: rf"\{name} " for letter, name in _GREEK.items()}
    | {sign: rf"\frac{{{over}}}{{{under}}}" for sign, (over, under) in _VULGAR.items()}
)
_INVISIBLE = re.compile(
    r"\\(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|scriptstyle|limits|nolimits"
    r"|rm|bf|it|sf|tt|tiny|small|normalsize|large|Large|LARGE|huge|Huge|checkmark|therefore|because|sim|mathstrut|strut|phantom\{[^{}]*\}|hspace\*?\{[^{}]*\}|vspace\*?\{[^{}]*\}"
    r"|label\{[^{}]*\}|tag\*?\{[^{}]*\}|hfill|noindent|centering)(?![A-Za-z])\.?"
)
_THIN = re.compile(r"(?<=\d)(?:\\[,!:; ]|\{,\}|,\\!\s*|\\,\\!)+(?=\d{3}(?!\d))")
_SPACES = re.compile(
    r"(?<!\\)\\[,;:> ]|~|\\(?:quad|qquad|enspace|thinspace|space)(?![A-Za-z])|&nbsp;"
)
_PREFIX = re.compile(
    r"(?:(?:so|thus|hence|therefore)[,\s]+)?(?:(?:the|my|our)\s+)?(?:final\s+)?"
    r"(?:answer|solution|ans)\s*(?:is\s*:?|:|=)\s*(?=\S)"
    r"|(?:所以|因此|故)?(?:(?:最终)?答案|结果)(?:应?[是为])?[:：]?\s*(?=\S)|故?应?选[:：]?\s*(?=\S)",
    re.I,
)
_DEGREES = re.compile(
    r"\s*\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))|\\(?:degree|textdegree)(?![A-Za-z])"
)


_CIRCLED = re.compile(r"[①-⑳]+")
_OR = re.compile(r"(?<![\u4e00-\u9fff])或者?(?![\u4e00-\u9fff])")
_AND = re.compile(r"(?<![\u4e00-\u9fff])[且和与](?![\u4e00-\u9fff])")
_TEXTS = re.compile(r"\\(?:textnormal|textup|textmd|textsf|texttt|textsc|hbox|emph|underline)\s*\{")
_FIELDS = re.compile(r"\\in\s*\{?\s*([ZNRQ])(?![A-Za-z])\s*\}?")
_INDEX = re.compile(r",?\s*\(\s*([a-z])\s*\\in\s*\\mathbb\{Z\}\s*\)$")
_SCALES_OF = {
    "dozen": "12", "thousand": "10^{3}", "million": "10^{6}", "billion": "10^{9}",
    "trillion": "10^{12}",
}  # fmt: skip
_SCALES = re.compile(
    r"(?<=\d)\s*(?:\\text\s*\{\s*(dozen|thousand|million|billion|trillion)\s*\}"
    r"|(dozen|thousand|million|billion|trillion)\b)",
    re.I,
)
_NOON = re.compile(r"\b([AaPp])\.\s?[Mm]\b\.?")
_ARRAY = re.compile(r"(?:array\()?\[[\[\]\d\s.eE+-]*\]\)?")
_NEGATIVE = re.compile(r"^(?:negative|minus)\s+(?=[\d\\$.])", re.I)
_MARKUP = re.compile(r"^(\*\*|\*|__|_)(?=[^\s*_])([^*]+?)(?<=[^\s*_])\1")
_TAGS = re.compile(r"</?(?:b|i|u|strong|em|sub|sup|p|span|div|answer|code|math)>|<br\s*/?>")
_COLOURS = re.compile(r"\\(?:color|textcolor)\s*\{[A-Za-z]+\}|\\cancel(?=\{)")
_POSITIVE = re.compile(r"\\mathbb\s*\{R\}\s*[_^]\s*\{?\s*\+\s*\}?")
_INFIX = re.compile(r"\{([^{}]*)\\(choose|over)(?![A-Za-z])([^{}]*)\}")
_INFIX_NAMES = {"choose": "binom", "over": "frac"}
_BIG_U = re.compile(r"(?<=[\])}])\s*U\s*(?=[\[({])")
_CASES = re.compile(r"\\begin\{cases\}(.*?)\\end\{cases\}", re.S)
_LEFT_BRACE = re.compile(
    r"\\left\s*\\\{\s*\\begin\{(array|aligned|matrix|gathered)\}(?:\{[a-z| ]*\})?(.*?)"
    r"\\end\{\1\}\s*\\right\s*\.",
    re.S,
)


def clean(text: str) -> str:
    """`text` without decoration, in the notation that the reader knows.

    >>> clean(r"$\\dfrac12$.")
    '\\\\frac{1}{2}'
    """
    text = _superscripts(text.strip())
    text = _CIRCLED.sub(lambda m: ", ".join(rf"\circled{{{ord(c) - 0x245F}}}" for c in m[0]), text)
    text = _OR.sub(" or ", _AND.sub(" and ", text)).translate(_TRANSLATION)
    text = unicodedata.normalize("NFKC", text)
    if "\\boxed" in text or "\\fbox" in text:
        text = last_boxed(text) or text
    text = _without_delimiters(text)
    if _PREFIX.match(text):
        text = _PREFIX.sub("", text, count=1)
        text = _without_delimiters(text)
    text = _THIN.sub("", text.replace(r"\!", "") if r"\!" in text and "," not in text else text)
    text = re.sub(r"\\!", "", text)
    text = _systems(text)
    text = _COLOURS.sub("", _SPACES.sub(" ", text))
    text = _INVISIBLE.sub(" ", text)
    text = re.sub(r"\\[dtc]frac(?![A-Za-z])", r"\\frac", text)
    text = re.sub(r"\\[dt]binom(?![A-Za-z])", r"\\binom", text)
    text = _DEGREES.sub("°", text)
    text = _NOON.sub(r"\1m", text)
    text = _array(text)
    text = _TEXTS.sub(r"\\text{", text)
    text = re.sub(r"\\not\s*=", r"\\ne ", text)
    text = re.sub(r"(?<=\d)\s*x\s*(?=10\s*\^)", r" \\times ", text)
    text = re.sub(r"^<([^<>]+,[^<>]+)>$", r"\\langle \1 \\rangle", text)
    text = re.sub(r"^(\d+)\s*(?:\\text\s*\{\s*to\s*\}|to)\s*(\d+)$", r"\1:\2", text)
    text = re.sub(r"(?<!\S)(\d+)\s+choose\s+(\d+)(?!\S)", r"\\binom{\1}{\2}", text)
    text = _POSITIVE.sub(r"(0, \\infty)", text)
    text = _FIELDS.sub(r"\\in \\mathbb{\1}", text)
    text = _INDEX.sub(r", \1 \\in \\mathbb{Z}", text)
    text = _SCALES.sub(lambda m: rf" \cdot {_SCALES_OF[(m[1] or m[2]).lower()]}", text)
    text = _NEGATIVE.sub("-", text)
    text = _INFIX.sub(lambda m: rf"\{_INFIX_NAMES[m[2]]}{{{m[1]}}}{{{m[3]}}}", text)
    text = _BIG_U.sub(r" \\cup ", text)
    text = _short_arguments(text)
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"(?:\\\\|\\)$", "", text).rstrip() if text[-1:] == "\\" else text
    while text and text[-1] in ".,;" and not text.endswith(("...", "Rs.")):
        text = text[:-1].rstrip()
    return re.sub(r"^=\s*", "", text)


def _without_delimiters(text: str) -> str:
    """Without math and markdown delimiters around the text or parts of it."""
    text = re.sub(r"\\[()\[\]](?![A-Za-z])", " ", _keep_rows(text)).replace("\0", r"\\").strip()
    text = _MARKUP.sub(lambda m: m[2], _TAGS.sub("", text))
    text = text.strip("`").strip()
    dollars = len(re.findall(r"(?<!\\)\$", text))
    if dollars and dollars % 2 == 0:
        text = re.sub(r"(?<!\\)\$", " ", text)
    elif dollars:
        text = re.sub(r"(?<!\\)\$", r"\\$", text)
    return text.strip()


def _systems(text: str) -> str:
    """The equations of a system under a brace, separated by commas."""
    if "\\begin" not in text:
        return text

    def joined(rows: str) -> str:
        parts = [row.replace("&", " ").strip(" ,") for row in rows.split(r"\\")]
        return ", ".join(part for part in parts if part)

    text = _CASES.sub(lambda m: joined(m[1]), text)
    return _LEFT_BRACE.sub(lambda m: joined(m[2]), text)


def _keep_rows(text: str) -> str:
    """Row breaks set aside, so that `\\\\[` is no opening delimiter."""
    return text.replace(r"\\", "\0")


def _superscripts(text: str) -> str:
    """`x²` as `x^{2}`, `x₁` as `x_{1}`, `√2` as `\\sqrt{2}`."""
    if text.isascii():
        return text
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+", lambda m: "^{" + m[0].translate(_SUPERSCRIPTS) + "}", text)
    text = re.sub(r"[₀-₉]+", lambda m: "_{" + m[0].translate(_SUBSCRIPTS) + "}", text)
    text = re.sub(r"([∛∜√])\s*(\d+|[A-Za-zα-ω])", r"\1(\2)", text)
    return text.replace("√", r"\sqrt").replace("∛", r"\cbrt").replace("∜", r"\sqrt[4]")


def _array(text: str) -> str:
    """NumPy's arrays, printed without commas, with them."""
    if not _ARRAY.fullmatch(text):
        return text
    return re.sub(r"(?<=[\d.\]])\s+(?=[-\d.\[])", ", ", text)


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


def normalized(text: str) -> str:
    """`text` for comparing as text: cleaned, without spaces, wrappers of text, or case of words.

    Case is kept for single letters, because `A` and `a` can be two things.
    """
    text = clean(text)
    text = re.sub(
        r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname)\s*\{([^{}]*)\}",
        r"\1",
        text,
    )
    text = re.sub(r"\\[lc]?dots(?![A-Za-z])", "...", text)
    text = re.sub(r"\\([A-Za-z]+)", r"\1", text)
    text = re.sub(r"[A-Za-z]{2,}", lambda m: m[0].lower(), text)
    return re.sub(r"[\s\"']+", "", text)
