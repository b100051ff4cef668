r"""Makes text from outside safe to print.

A model, a file, a server or a name can contain characters that control a terminal (`ESC [2J`),
change the direction of writing (Boucher and Anderson 2021, "Trojan Source") or are invisible
(zero-width characters, tag characters). They are shown as escapes: control and format characters,
line and paragraph separators, surrogates, and all that Unicode calls default-ignorable. These are
kept:

- newlines and tabs;
- U+200D and U+200C between two letters of a script that needs them, or between two emoji;
- one variation selector U+FE00 to U+FE0F after a character that can have one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

# A joiner may stand between letters of Arabic, Syriac and the Indic scripts, and between emoji.
_JOINED = (
    "\u0620-\u06d5\u06ee-\u06ff\u0710-\u077f\u0900-\u0dff\u2600-\u27bf\ufe0f\U0001f300-\U0001faff"
)
_HARMFUL = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters except tab and newline
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
    "\ud800-\udfff"
    "]"
    f"|(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])"
    '|(?:\\A|(?<=[\\x00-"$-)+-/:-\\x7f\ufe00-\ufe0f]))[\ufe00-\ufe0f]'
)


def safe(text: str) -> str:
    r"""`text` with characters that could control a terminal or deceive readers as Python escapes.

    >>> safe("a\x1b[2J\u202eb")
    'a\\x1b[2J\\u202eb'
    """
    return _escaped(text, _python)


def one_line(text: str) -> str:
    r"""Safe text on one line: any run of white space becomes one space.

    >>> one_line(" a\r\n\tb\u2028c ")
    'a b c'
    """
    return safe(" ".join(text.split()))


def shortened(text: str, most: int) -> str:
    """At most `most` characters; a longer text is cut and ends in an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def json_line(value: Any, *, ascii_only: bool = False) -> str:
    r"""JSON on one line, in UTF-8, with harmful characters as JSON escapes.

    >>> json_line({"é": "a\u202e\x9b"})
    '{"é": "a\\u202e\\u009b"}'
    """
    return json_safe(json.dumps(value, ensure_ascii=ascii_only))


def json_page(value: Any) -> str:
    """The same over several lines, for files meant to be read."""
    return json_safe(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def json_safe(text: str) -> str:
    """A JSON text with all characters that could control a terminal or deceive readers escaped."""
    return _escaped(text, _utf16)


def given_text(word: str) -> str:
    """A word of the command line decoded as UTF-8, whatever the locale."""
    try:
        return word.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        return word


def _escaped(text: str, escape: Callable[[int], str]) -> str:
    if text.isascii() and text.isprintable():
        return text
    return _HARMFUL.sub(lambda found: escape(ord(found.group())), text)


def _python(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _utf16(code: int) -> str:
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + (code - 0x10000 >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
