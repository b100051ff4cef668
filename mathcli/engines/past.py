"""What has become of a sequence, so that it can be made again where its engine was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mathcli.engines.base import Piece, Sampling


@dataclass(frozen=True)
class Written:
    """What one generation wrote: the tokens that are in the sequence now, and their text."""

    ids: tuple[int, ...]
    text: str


@dataclass
class Past:
    """All that has become of a sequence, from which it can be made again with the same tokens.

    `steps` are what was written and what was appended, in order. `randoms` is how many random
    numbers its draws have used. `begun` are tokens of a generation that did not come to its end:
    the next one begins with them.
    """

    prompt: Sequence[Piece]
    sampling: Sampling
    steps: list[Written | Sequence[Piece]] = field(default_factory=list)
    randoms: int = 0
    begun: Sequence[int] = ()

    def copy(self, seed: int) -> Past:
        """That of a fork, which begins its random draws anew."""
        return Past(self.prompt, replace(self.sampling, seed=seed), list(self.steps))
