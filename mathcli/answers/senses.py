"""One way to read a text, and the assumptions of that reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from mathcli.answers.terms import Term


class Certainty(str, Enum):
    """What equality under a reading proves."""

    SURE = "sure"
    ONE_SIDE = "one side"
    """Only one of the two answers may be read so: the rounded value of `sqrt(2) ≈ 1.41`."""
    NOT_TWICE = "not twice"
    """Proves nothing if both answers are read so: `10:15` as a ratio."""
    DOUBTFUL = "doubtful"
    """Proves nothing: `x(2)` as a product."""


@dataclass(frozen=True)
class Sense:
    """A term that a text can mean.

    Args:
        term: what it means.
        choices: notation with more than one meaning, and which was taken: the other side has to
            take the same.
        trust: what equality under this reading proves.
    """

    term: Term
    choices: tuple[tuple[str, object], ...] = ()
    trust: Certainty = Certainty.SURE

    def map(self, change: Callable[[Term], Term]) -> Sense:
        """The same reading of a bigger text."""
        return replace(self, term=change(self.term))

    def agrees(self, other: Sense) -> bool:
        """Whether both can hold of two answers side by side."""
        if self.trust is other.trust is Certainty.ONE_SIDE:
            return False
        mine = dict(self.choices)
        return all(mine.get(name, value) == value for name, value in other.choices)

    def proves(self, other: Sense) -> bool:
        """Whether two answers are equal if these readings of them are."""
        if Certainty.DOUBTFUL in (self.trust, other.trust):
            return False
        return not self.trust is other.trust is Certainty.NOT_TWICE


def sure(term: Term) -> Sense:
    """A reading without assumptions."""
    return Sense(term)
