"""Several accepted answers: a key with alternatives, each of which is a complete answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mathcli.answers.verdict import Comparison

_SPACED = re.compile(r"\s\|\|\s")
_CUT = re.compile(r"^[+*/^=<>)\]},]|[-+*/^=<>(\[{,]$")  # no answer begins or ends so


@dataclass(frozen=True)
class Match:
    """The verdict on an answer against several accepted ones.

    Args:
        comparison: the verdict and its reason.
        accepted: which of the accepted answers it equals, as written; `None` if it equals none.
    """

    comparison: Comparison
    accepted: str | None = None


def split_accepted(cell: str) -> tuple[str, ...]:
    """The alternatives in the cell of a table, separated by `||`.

    >>> split_accepted("1/2 || 50%"), split_accepted("a||b")
    (('1/2', '50%'), ('a', 'b'))

    Bars of a norm are no separators:

    >>> split_accepted("||v||"), split_accepted("||v|| || 5"), split_accepted("3||v||+1")
    (('||v||',), ('||v||', '5'), ('3||v||+1',))
    """
    parts = _SPACED.split(cell)
    if len(parts) == 1:
        parts = cell.split("||")
    parts = [part.strip() for part in parts]
    whole = all(part and not _CUT.search(part) for part in parts)
    return tuple(parts) if whole else (cell.strip(),)
