"""One of each kind of character that must not reach a reader as it is."""

from __future__ import annotations

HARMFUL = (
    "\x00", "\x07", "\x08", "\x0b", "\x0c", "\r", "\x1b", "\x7f", "\x85", "\x90", "\x9b", "\x9d",
    "\u00ad", "\u034f", "\u061c", "\u115f", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e",
    "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2060", "\u2063", "\u2066", "\u2069",
    "\u206f", "\u3164", "\ufe0f", "\ufeff", "\ufff9", "\U0001d173", "\U000e0001", "\U000e0041",
    "\U000e007f", "\U000e0100", "\ud800", "\udc9b",
)  # fmt: skip
ALL = "".join(f"x{one}" for one in HARMFUL)
"""All of them in one text, each after a letter."""


def found_in(text: str) -> set[str]:
    """The harmful characters that a text holds."""
    return {one for one in HARMFUL if one in text}
