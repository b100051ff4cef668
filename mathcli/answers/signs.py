"""Signs of Unicode and what each is in LaTeX: tables, and the passes that apply them."""

from __future__ import annotations

import re
import unicodedata

_SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-", "×": r"\times ", "✕": r"\times ",
    "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ", "•": r"\cdot ", "∗": "*", "÷": "/", "∕": "/",
    "⁄": "/", "≤": "<=", "≥": ">=", "⩽": "<=", "⩾": ">=", "≦": "<=", "≧": ">=", "≮": ">=",
    "≯": "<=", "≠": "!=", "≈": r"\approx ", "≅": r"\approx ", "≃": r"\approx ", "∞": r"\infty ",
    "≡": r"\equiv ", "∪": r"\cup ", "∩": r"\cap ", "⋃": r"\cup ", "⋂": r"\cap ", "∈": r"\in ",
    "∉": r"\notin ", "∣": "|", "Ø": r"\emptyset ", "∅": r"\emptyset ", "±": r"\pm ",
    "∓": r"\mp ", "∖": r"\setminus ", "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}",
    "ℚ": r"\mathbb{Q}", "ℂ": r"\mathbb{C}", "∧": r"\land ", "∨": r"\lor ", "⟨": r"\langle ",
    "⟩": r"\rangle ", "º": "°", "˚": "°", "′": "'", "″": "''", "’": "'", "‘": "'", "“": '"',
    "”": '"', "，": ",", "、": ",", "。": ".", "．": ".", "；": ";", "：": ":", "（": "(",
    "）": ")",
    "【": "(", "】": ")", "［": "[", "］": "]", "｛": "{", "｝": "}", "％": "%", "＝": "=",
    "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "…": r"\ldots ",
    "‖": r"\|", "∠": r"\angle ", "△": r"\triangle ", "∆": r"\Delta ", "∑": r"\sum ",
    "∫": r"\int ", "∏": r"\prod ", "∂": r"\partial ", "∥": r"\parallel ", "⊥": r"\perp ",
    "∀": r"\forall ", "∴": r"\therefore ", "ℓ": r"\ell ", "µ": r"\mu ", "Ω": r"\Omega ",
    "→": r"\to ", "⇒": r"\Rightarrow ", "ⅈ": "i", "ℯ": "e", "\xa0": " ", "\u3000": " ",
    "\u202f": " ", "\u2009": " ", "\u2007": " ",
}  # fmt: skip
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        str.split(
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma "
            "tau upsilon varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
        ),
        strict=True,
    )
)
_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8),
    "⅝": (5, 8), "⅞": (7, 8), "⅑": (1, 9), "⅒": (1, 10), "↉": (0, 3),
}  # fmt: skip
_TRANSLATION = str.maketrans(
    _SIGNS
    | {letter: rf"\{name} " for letter, name in _GREEK.items()}
    | {sign: rf"\frac{{{over}}}{{{under}}}" for sign, (over, under) in _VULGAR.items()}
)
_UP, _DOWN = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "₀₁₂₃₄₅₆₇₈₉"
_SUPERSCRIPTS = str.maketrans(_UP, "0123456789+-n")
_SUBSCRIPTS = str.maketrans(_DOWN, "0123456789")
_SET_FRACTION = re.compile(f"([{_UP[:10]}]+)[⁄/]([{_DOWN}]+)")
_INDEXED_ROOT = re.compile(rf"(?<![\w)}}\]{_UP}])([{_UP[:10]}]+)√")
_RAISED = re.compile(f"[{_UP}]+")
_LOWERED = re.compile(f"[{_DOWN}]+")
_ROOTED = re.compile(r"([∛∜√])\s*(-?\d+(?:\.\d+)?|-?[A-Za-zα-ω])")
_ROOTS = {"√": r"\sqrt", "∛": r"\cbrt", "∜": r"\sqrt[4]"}
_OVERLINED = re.compile("((?:\\d[\u0305\u0304])+)")
_DOTTED = re.compile("(\\d)\u0307")
_UNIT_VECTOR = re.compile("([ijk])\u0302")
_MEAN = re.compile("([A-Za-z])[\u0305\u0304]")
_CIRCLED = re.compile(r"[①-⑳]+")
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_ALONE = {"√": "true", "✓": "true", "✔": "true", "☑": "true", "×": "false", "✗": "false",
          "✘": "false", "✕": "false", "╳": "false"}  # fmt: skip


def in_latex(text: str) -> str:
    r"""`text` with its Unicode signs as LaTeX; a tick or a cross alone is a word.

    >>> in_latex("x² ≤ ³√8"), in_latex("¹⁄₂"), in_latex("√")
    ('x^{2} <= \\sqrt[3](8)', '\\frac{1}{2}', 'true')
    """
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", text).strip()
    if text in _ALONE:
        return _ALONE[text]
    text = _combined(text)
    text = _SET_FRACTION.sub(
        lambda m: rf"\frac{{{m[1].translate(_SUPERSCRIPTS)}}}{{{m[2].translate(_SUBSCRIPTS)}}}",
        text,
    )
    text = _ROOTED.sub(r"\1(\2)", text)
    text = _INDEXED_ROOT.sub(lambda m: rf"\sqrt[{m[1].translate(_SUPERSCRIPTS)}]", text)
    text = _RAISED.sub(lambda m: "^{" + m[0].translate(_SUPERSCRIPTS) + "}", text)
    text = _LOWERED.sub(lambda m: "_{" + m[0].translate(_SUBSCRIPTS) + "}", text)
    for sign, command in _ROOTS.items():
        text = text.replace(sign, command)
    text = _CIRCLED.sub(lambda m: ", ".join(rf"\circled{{{ord(c) - 0x245F}}}" for c in m[0]), text)
    return unicodedata.normalize("NFKC", text.translate(_TRANSLATION))


def _combined(text: str) -> str:
    """Letters and digits with a mark over them."""
    split = unicodedata.normalize("NFD", text)
    if not re.search("[\u0302\u0304\u0305\u0307]", split):
        return text
    split = _OVERLINED.sub(lambda m: rf"\overline{{{re.sub('[^0-9]', '', m[1])}}}", split)
    split = _DOTTED.sub(r"\\dot{\1}", split)
    split = _UNIT_VECTOR.sub(r"\\hat{\1}", split)
    return unicodedata.normalize("NFC", _MEAN.sub(r"\\bar{\1}", split))
