"""The value in a line that a program printed with words around it."""

from __future__ import annotations

import re

_LABEL = re.compile(
    r"^(?P<label>[A-Za-z][A-Za-z'’()-]*(?:\s+[A-Za-z'’()-]+)*)\s*"
    r"(?P<sign>:\s*=?|=|\b(?:is|are|equals)\b:?)\s*(?P<value>\S.*)$"
)
_ANOTHER = re.compile(r"\b(?:is|are|equals)\b|:\s")
_NUMBER = re.compile(r"[$€£]?\s?-?\d[\d,]*(?:\.\d+)?(?:/\d+)?\s?%?")
_LONGEST = 400  # characters; what is longer is no sentence around a value
_PLAIN_WORD = re.compile(r"[A-Za-z][a-z'’-]+[.,:;!?]?")


def without_words(line: str) -> str:
    """`line` without the words around its value; the whole line if it is not clear which they are.

    >>> without_words("The answer is: 42"), without_words("Total cost: $18.50")
    ('42', '$18.50')
    >>> without_words("Sally has 12 apples left.")
    '12'
    >>> without_words("x = 3, y = 2"), without_words("Interval(0, 1)"), without_words("No solution")
    ('x = 3, y = 2', 'Interval(0, 1)', 'No solution')
    """
    if len(line) > _LONGEST:
        return line
    labelled = _LABEL.match(line.strip())
    if labelled is not None and (labelled["sign"] != "=" or len(labelled["label"]) > 2):
        value = labelled["value"].rstrip()
        if re.search(r"\d", value) and not _ANOTHER.search(value):
            return without_words(value.rstrip("."))
    words = [word for word in line.split() if _PLAIN_WORD.fullmatch(word)]
    numbers = [found[0].strip() for found in _NUMBER.finditer(line)]
    if len(words) >= 3 and len(numbers) == 1:
        return numbers[0]
    return line
