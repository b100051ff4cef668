"""Guessing the next tokens from the text itself (prompt lookup decoding, Saxena 2023).

A program's output, a problem's numbers and expressions are written again and again. What
followed the last place where the same few tokens stood is a good guess at what follows now; the
model checks all guessed tokens in one step, and keeps those that it would have drawn anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

_GRAM = 3  # tokens that must stand alike


class PromptLookup:
    """Remembers where each run of tokens stood last.

    >>> lookup = PromptLookup()
    >>> lookup.guess([5, 6, 7, 8, 9, 1, 5, 6, 7], 2)
    [8, 9]
    """

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], int] = {}
        self._read = _GRAM

    def guess(self, tokens: Sequence[int], limit: int) -> list[int]:
        """At most `limit` tokens that may come after `tokens`; often none."""
        self._read = min(self._read, max(_GRAM, len(tokens)))
        for end in range(self._read, len(tokens)):
            self._after[tuple(tokens[end - _GRAM : end])] = end
        self._read = max(_GRAM, len(tokens))
        key = tuple(tokens[-_GRAM:])
        at = self._after.get(key)
        # A text that was cut may have moved on differently: look before trusting the place.
        if at is None or at >= len(tokens) or tuple(tokens[at - _GRAM : at]) != key:
            return []
        return list(tokens[at : at + limit])
