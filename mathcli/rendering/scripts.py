"""Characters of mathematics: raised, lowered, accented, and plain for a terminal's font."""

from __future__ import annotations

import unicodedata

_RAISED = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿ",
        strict=True,
    )
) | {
    "°": "°",
    "∘": "°",
    "′": "′",
    "″": "″",
    "‴": "‴",
    "'": "′",
    "⊤": "ᵀ",
    "*": "*",
    "∗": "*",
    "†": "†",
}
_LOWERED = dict(
    zip("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)
_COMBINING = {
    "^": "\u0302",
    "ˆ": "\u0302",
    "¯": "\u0305",
    "―": "\u0305",
    "‾": "\u0305",
    "_": "\u0332",
    "→": "\u20d7",
    "⃗": "\u20d7",
    "~": "\u0303",
    "˜": "\u0303",
    "˙": "\u0307",
    "¨": "\u0308",
    "ˇ": "\u030c",
    "˘": "\u0306",
}
_PLAIN = dict(zip("−∣⧵⟹⟺⟶⟵⩽⩾∕⋅∗ϵϕ▪", "-|∖⇒⇔→←≤≥/·*εφ■", strict=True)) | {
    "ℜ": "Re",
    "ℑ": "Im",
    "ℓ": "ℓ",
    "\u2061": "",  # function application
    "\u2062": "",  # invisible times
    "\u00a0": " ",
    "\u2009": " ",
    "\u2006": " ",
}


def raised(text: str) -> str | None:
    """`text` as a superscript, or `None` where Unicode lacks a character of it.

    >>> raised("n+1"), raised("q")
    ('ⁿ⁺¹', None)
    """
    return _all_of(text.replace(" ", ""), _RAISED)


def lowered(text: str) -> str | None:
    """`text` as a subscript, or `None` where Unicode lacks a character of it."""
    return _all_of(text.replace(" ", ""), _LOWERED)


def accented(text: str, accent: str) -> str | None:
    """`text` under (or over) an accent; a bar is drawn over every character."""
    mark = _COMBINING.get(accent)
    if mark is None or not text:
        return None
    if mark in ("\u0305", "\u0332"):
        return "".join(character + mark for character in text)
    if " " in text:
        return None
    return unicodedata.normalize("NFC", text + mark) if len(text) == 1 else text + mark


def plain(text: str) -> str:
    """`text` with the letters of mathematical alphabets, which few fonts have, as plain ones.

    Double-struck letters stay: they mean sets of numbers.
    """
    return "".join(map(_plain_character, text))


def _plain_character(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    if character < "\u2100":
        return character
    name = unicodedata.name(character, "")
    if name.startswith(("MATHEMATICAL", "SCRIPT", "BLACK-LETTER")) and "DOUBLE" not in name:
        folded = unicodedata.normalize("NFKC", character)
        return folded if len(folded) == 1 and folded.isalnum() else character
    return character


def _all_of(text: str, table: dict[str, str]) -> str | None:
    characters = [table.get(character) for character in text]
    return None if not text or None in characters else "".join(filter(None, characters))
