"""Detects endless repetition while a text is generated.

A model that has begun to repeat itself goes on until it is stopped. A loop is a text that ends in
consecutive exact copies of one run of up to some hundred tokens. Correct mathematics contains
repetition too, in decimals, matrices, tables and lists, so copies of digits and signs must go on
for longer than copies of words and equations.
Counting (1, 2, 3, ...) is not a loop; only the token limit ends it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

_STRIDE = 16  # tokens between two checks
_SIZE = 4  # bytes that stand for a token
_TRIES = 8  # most earlier positions compared in one check


@dataclass
class LoopDetector:
    """Reads a text token by token and reports when its end repeats itself.

    Each check, every 16 tokens, searches some thousand bytes, whatever the length of the text.

    Args:
        words: tokens that the copies must have together, in general.
        numbers: the same for copies with digits, but without letters and equals signs.
        copies: least number of consecutive copies, whatever their length.
        longest: tokens of the longest run to detect.

    >>> detector = LoopDetector(words=64)
    >>> [detector.add(piece) for piece in [b"I", b" think", b"."] * 30].index(True)
    63
    """

    words: int = 320
    numbers: int = 640
    copies: int = 3
    longest: int = 512
    _numbers: dict[bytes, int] = field(default_factory=dict, repr=False)
    _pieces: list[bytes] = field(default_factory=list, repr=False)  # the number of each token
    _text: bytearray = field(default_factory=bytearray, repr=False)  # 4 bytes a token
    _length: int = 0

    def add(self, piece: bytes) -> bool:
        """Take one more token's bytes; return true if a repetition is detected."""
        number = self._numbers.get(piece)
        if number is None:
            number = self._numbers[piece] = len(self._pieces)
            self._pieces.append(piece)
        self._text += number.to_bytes(_SIZE, "little")
        self._length += 1
        if self._length % _STRIDE or self._length < min(self.words, self.numbers):
            return False
        window = _SIZE * max(self.words, self.numbers, self.copies * self.longest)
        if len(self._text) > 2 * window:
            del self._text[:-window]
        return self._repeats()

    def clear(self) -> None:
        """Reset, because other text was inserted."""
        self._text.clear()
        self._length = 0

    def copy(self) -> LoopDetector:
        """An independent copy that has read the same text."""
        return replace(
            self,
            _numbers=dict(self._numbers),
            _pieces=list(self._pieces),
            _text=bytearray(self._text),
        )

    def _repeats(self) -> bool:
        text = self._text
        end = len(text) - _SIZE * _STRIDE
        last, first = bytes(text[end:]), max(0, end - _SIZE * self.longest)
        at, tries = end, 0
        while tries < _TRIES:
            at = text.rfind(last, first, at + len(last) - 1)
            if at < 0:
                return False
            if at % _SIZE == 0:
                tries += 1
                if self._is_period(end - at):
                    return True
        return False

    def _is_period(self, period: int) -> bool:
        """Does the text end in enough copies of its last `period` bytes?"""
        text = self._text
        tokens = max(self._least(bytes(text[-period:])), self.copies * period // _SIZE)
        begin = len(text) - _SIZE * tokens
        return begin >= 0 and text[begin:-period] == text[begin + period :]

    def _least(self, stretch: bytes) -> int:
        numbers = {
            int.from_bytes(stretch[at : at + _SIZE], "little")
            for at in range(0, len(stretch), _SIZE)
        }
        text = b"".join(self._pieces[number] for number in numbers).decode("utf-8", "replace")
        says_something = "=" in text or any(map(str.isalpha, text))
        return self.numbers if any(map(str.isdigit, text)) and not says_something else self.words
