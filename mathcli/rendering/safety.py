"""A terminal or a page is never driven by a model's text."""

from __future__ import annotations

import re

# Everything a terminal might obey: control characters and direction marks, except \n and \t;
# and surrogates, which no encoding can write.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff]"
)


def safe(text: str) -> str:
    r"""`text` with control characters and direction marks as Python escapes.

    >>> safe("a\x1b[2J")
    'a\\x1b[2J'
    """
    return _UNSAFE.sub(lambda found: _escape(ord(found.group())), text)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
