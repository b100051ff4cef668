"""A model's confidence in its text: the probabilities of its tokens, summarized in a few numbers.

Token log-probabilities separate right solutions from wrong ones, and the lowest stretches do so
better than the mean alone (Fu et al. 2025, "Deep Think with Confidence").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import log

from mathcli.engines import Token

GROUP = 16  # tokens: a line of a program, half a sentence
_WAVERING = log(0.95)
_LEAST = 1e-9  # the logarithm's floor, for probabilities that rounding made 0


@dataclass(frozen=True)
class Confidence:
    """Natural log-probabilities (temperature 1) of a solution's tokens, without thoughts.

    `mean` is over all tokens, `lowest_group` the lowest mean of 16 consecutive ones, `least` that
    of the least probable token. `wavered` counts the tokens with a probability below 0.95.
    """

    mean: float
    lowest_group: float
    least: float
    wavered: int = 0


def confidence(drawn: Iterable[Token]) -> Confidence | None:
    """The confidence of a text; `None` if no probabilities are known.

    >>> confidence([Token(b"4", 1.0), Token(b"2", 0.5)])
    Confidence(mean=-0.3466, lowest_group=-0.3466, least=-0.6931, wavered=1)
    """
    logs = [log(max(token.probability, _LEAST)) for token in drawn]
    if not logs:
        return None
    width = min(GROUP, len(logs))
    sums = [0.0, *accumulate(logs)]
    groups = (sums[end] - sums[end - width] for end in range(width, len(sums)))
    found = (sums[-1] / len(logs), min(groups) / width, min(logs))
    mean, lowest, least = (round(min(value, 0.0), 4) for value in found)
    return Confidence(mean, lowest, least, sum(value < _WAVERING for value in logs))
