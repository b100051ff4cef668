"""Guesses the next tokens from the text itself (prompt lookup decoding, Saxena 2023).

Outputs, numbers and expressions are repeated often. The tokens after the last occurrence of the
same few tokens are a good guess at the next ones; the model checks all guesses in one step and
keeps those that it would have drawn anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

_GRAM = 3  # tokens that must match


class PromptLookup:
    """Remembers the last position of each run of tokens.

    >>> lookup = PromptLookup()
    >>> lookup.guess([5, 6, 7, 8, 9, 1, 5, 6, 7], 2)
    [8, 9]
    """

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], int] = {}
        self._read = _GRAM

    def guess(self, tokens: Sequence[int], limit: int) -> list[int]:
        """At most `limit` guesses at the tokens after `tokens`; often none."""
        self._read = min(self._read, max(_GRAM, len(tokens)))
        for end in range(self._read, len(tokens)):
            self._after[tuple(tokens[end - _GRAM : end])] = end
        self._read = max(_GRAM, len(tokens))
        key = tuple(tokens[-_GRAM:])
        at = self._after.get(key)
        # The text may have been cut and continued differently: compare before using a position.
        if at is None or at >= len(tokens) or tuple(tokens[at - _GRAM : at]) != key:
            return []
        return list(tokens[at : at + limit])
