"""The reference strategy of AutoCode4Math's expectation step (Wang et al. 2025), from rollouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, inf

from mathcli.solving.methods import AUTO
from mathcli.trust import Known


@dataclass(frozen=True)
class JudgedRollout:
    """One rollout, judged.

    Args:
        used: the method; in a free rollout, the one that the model chose.
        answered: has it an answer?
        correct: is that right?
        ran: did a program run?
        lost: would `auto` switch to the other method after it?
        least: the probability of its least probable token, if it is in words and that is known.
    """

    used: str
    answered: bool
    correct: bool
    ran: bool
    lost: bool
    least: float | None = None


@dataclass(frozen=True)
class Judged:
    """A problem's judged rollouts: `words` and `code` with a forced method, `free` with the model's
    own cue where its card has one. The i-th of each share a seed. `known` are the answers with
    their signs, to learn trust from."""

    problem: str
    words: tuple[JudgedRollout, ...]
    code: tuple[JudgedRollout, ...]
    free: tuple[JudgedRollout, ...] = ()
    keyed: bool = True
    known: tuple[Known, ...] = ()

    @property
    def quality(self) -> dict[str, float]:
        """Q(x, c): the share of right answers when forced to a method; words first."""
        return {way[0].used: _share(way) for way in (self.words, self.code)}

    @property
    def prior(self) -> dict[str, float]:
        """The share of free rollouts that chose a method; one half where none was free."""
        chosen = [rollout.used for rollout in self.free]
        if not chosen:
            return dict.fromkeys(self.quality, 0.5)
        return {way: chosen.count(way) / len(chosen) for way in self.quality}

    @property
    def best(self) -> str:
        """The method with most right answers; words where both have equally many."""
        quality = self.quality
        return max(quality, key=lambda way: quality[way])

    @property
    def decided(self) -> bool:
        """Does it matter which method is chosen?"""
        return len(set(self.quality.values())) > 1

    def rollouts(self, method: str) -> tuple[JudgedRollout, ...]:
        """The rollouts with a forced method."""
        if method == AUTO:
            return self.free
        return self.words if self.words[0].used == method else self.code


def reference_strategy(
    prior: Mapping[str, float], quality: Mapping[str, float], alpha: float = inf
) -> dict[str, float]:
    """s*(c|x) ∝ exp(α · prior(c|x) · Q(x, c)), over the methods c of one problem x.

    Args:
        prior: how likely the model chooses each method by itself.
        quality: how often each is right.
        alpha: the sharpness; infinity is the maximum itself, the first method winning ties.

    >>> reference_strategy({"cot": 0.5, "tir": 0.5}, {"cot": 1.0, "tir": 1.0})
    {'cot': 1.0, 'tir': 0.0}
    """
    scores = {way: prior[way] * quality[way] for way in quality}
    most = max(scores.values())
    if alpha == inf:
        first = next(way for way in scores if scores[way] == most)
        return {way: float(way == first) for way in scores}
    weights = {way: exp(alpha * (score - most)) for way, score in scores.items()}
    total = sum(weights.values())
    return {way: weight / total for way, weight in weights.items()}


def _share(rollouts: tuple[JudgedRollout, ...]) -> float:
    return sum(rollout.correct for rollout in rollouts) / len(rollouts)
