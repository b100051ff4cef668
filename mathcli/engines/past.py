"""The history of a sequence, from which it can be rebuilt if its engine is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mathcli.engines.base import Piece, Sampling


@dataclass(frozen=True)
class Generated:
    """The result of one generation: the tokens kept in the sequence, and their text."""

    ids: tuple[int, ...]
    text: str


@dataclass
class Past:
    """The history of a sequence, from which it can be rebuilt with the same tokens.

    `steps` are the generations and the appended texts, in order. `randoms` is how many random
    numbers were used. `begun` are the tokens of an unfinished generation: the next one begins
    with them.
    """

    prompt: Sequence[Piece]
    sampling: Sampling
    steps: list[Generated | Sequence[Piece]] = field(default_factory=list)
    randoms: int = 0
    begun: Sequence[int] = ()

    def copy(self, seed: int) -> Past:
        """The past of a fork, which restarts its random numbers."""
        return Past(self.prompt, replace(self.sampling, seed=seed), list(self.steps))
