"""Drawing the next token from a row of logits, in numpy.

The library's own sampler builds a candidate array of the whole vocabulary for each token; on a
vocabulary of 150,000 that costs more than everything else outside the decode. Greedy is one
`argmax`; a draw looks only at tokens that can have any weight.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mathcli.engines.base import Sampling

# Tokens this many temperatures below the best one weigh under e^-30 each: all of a vocabulary
# of a million together would change a probability by less than float32 can show.
_NEGLIGIBLE = 30.0

Logits = npt.NDArray[np.float32]


class Sampler:
    """Draws tokens for one sequence; its random numbers belong to it alone."""

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self._random = np.random.Generator(np.random.Philox(sampling.seed % 2**64))

    @property
    def greedy(self) -> bool:
        """Is the next token always the most likely one?"""
        return self.sampling.temperature <= 0 or self.sampling.top_k == 1

    def draw(self, logits: Logits) -> int:
        """The next token's id."""
        if self.greedy:
            return int(logits.argmax())
        ids, weights = candidates(logits, self.sampling)
        point = self._random.random() * weights.sum()
        return int(ids[min(int(np.searchsorted(np.cumsum(weights), point)), len(ids) - 1)])


def candidates(
    logits: Logits, sampling: Sampling
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Token ids, most likely first, and their weights after top-k, top-p and min-p.

    The filters apply in the order that the field's tools use: top-k, top-p, min-p, each on the
    distribution at the given temperature.
    """
    scaled = logits.astype(np.float64) / sampling.temperature
    best = scaled.max()
    ids = np.flatnonzero(scaled > best - _NEGLIGIBLE)
    ids = ids[np.argsort(-scaled[ids], kind="stable")]
    if sampling.top_k > 0:
        ids = ids[: sampling.top_k]
    weights = np.exp(scaled[ids] - best)
    if sampling.top_p < 1:
        mass = np.cumsum(weights)
        keep = int(np.searchsorted(mass, sampling.top_p * mass[-1])) + 1
        ids, weights = ids[:keep], weights[:keep]
    if sampling.min_p > 0:
        strong = weights >= sampling.min_p * weights[0]
        ids, weights = ids[strong], weights[strong]
    return ids, weights
