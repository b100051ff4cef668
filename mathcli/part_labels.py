"""The labels of a problem's parts, as written in problems and answers: a, b; 1, 2; i, ii."""

from __future__ import annotations

MOST = 12
"""Most parts of one problem."""

LABELS = (
    tuple("abcdefghijkl"),
    tuple(str(number) for number in range(1, MOST + 1)),
    ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"),
)
"""The kinds of labels, each in its order."""

PATTERN = r"(?P<{0}>[a-l]|\d{{1,2}}|[ivx]{{1,4}})"
"""A pattern for one label; `format` fills in the name of its group."""
