"""Recommends three models for a machine and a purpose, by their published accuracy.

A model is judged by its published accuracy on a benchmark that is near the purpose, never by an
estimate of it. Of the models that the machine can hold and run at a bearable rate, the best of each
size are chosen: no model of the same or a smaller size is better.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from mathcli.models.card import Card, Checkpoint
from mathcli.models.quants import estimated_size, fits, memory_needed

Purpose = Literal["school", "competition", "fast"]

# The benchmarks that say most, the first one known counts. MATH-500 is a part of MATH.
_BENCHMARKS: Mapping[Purpose, tuple[str, ...]] = {
    "school": ("MATH-500", "MATH"),
    "competition": ("AIME 2024",),
    "fast": ("MATH", "MATH-500"),
}
# Tokens a second; slower models are left out: a model that thinks writes thousands of tokens.
_PATIENCE: Mapping[Purpose, float] = {"school": 4, "competition": 3, "fast": 8}
_WORTH = 1 / 3  # of the best one's accuracy: what has less is no choice
_CHOICES = 3


@dataclass(frozen=True)
class CheckpointChoice:
    """A checkpoint, and what is known of it.

    Args:
        size: bytes on the disk, estimated for Q4_K_M.
        memory: bytes that it takes while it writes, about.
        rate: tokens a second, estimated; `None` where nothing was measured.
        published: accuracy on benchmarks in percent, as others measured it.
        installed: it was pulled already.
    """

    name: str
    good_at: str
    licence: str
    size: int
    memory: int
    rate: float | None
    thinks: bool
    published: Mapping[str, float]
    published_by: str
    installed: bool


def recommended(
    purpose: Purpose,
    cards: Iterable[Card],
    *,
    memory: int,
    bytes_per_second: float | None,
    installed: Collection[str] = (),
) -> list[CheckpointChoice]:
    """At most three checkpoints, the smallest first.

    Args:
        purpose: `fast` leaves out models that think before they answer.
        cards: where to choose from.
        memory: bytes that a model may take on this machine.
        bytes_per_second: how many bytes of weights this machine gets through while it writes: all
            of a model's for each token.
        installed: names of checkpoints that are here.
    """
    choices = []
    for card in cards:
        for name, checkpoint in card.checkpoints.items():
            choice = _choice(name, card, checkpoint, bytes_per_second, name in installed)
            if choice is None or not fits(choice.size, memory):
                continue
            if not (purpose == "fast" and choice.thinks):
                choices.append(choice)
    best = _best_of_each_size(choices, purpose)
    least = _PATIENCE[purpose]
    bearable = [one for one in best if one.rate is None or one.rate >= least]
    slower = [one for one in best if one not in bearable]  # all of them larger
    chosen = bearable[-_CHOICES:]
    return chosen + slower[: _CHOICES - len(chosen)]


def scores_text(published: Mapping[str, float], published_by: str | None) -> str:
    """Figures with who published them.

    >>> scores_text({"GSM8K": 79.2}, "its makers")
    'GSM8K 79.2 % (its makers)'
    """
    listed = ", ".join(f"{name} {value:g} %" for name, value in published.items())
    return f"{listed} ({published_by})"


def _choice(
    name: str, card: Card, checkpoint: Checkpoint, speed: float | None, installed: bool
) -> CheckpointChoice | None:
    size = estimated_size(checkpoint.parameters)
    if size is None or not checkpoint.gguf or card.reward is not None:
        return None
    return CheckpointChoice(
        name=name,
        good_at=card.good_at,
        licence=checkpoint.licence or card.licence,
        size=size,
        memory=memory_needed(size),
        rate=speed / size if speed else None,
        thinks=card.thinking is not None,
        published=checkpoint.published,
        published_by=checkpoint.published_by or "",
        installed=installed,
    )


def _score(choice: CheckpointChoice, purpose: Purpose) -> float:
    """Percent on the purpose's benchmark; 0 if none was published."""
    known = (choice.published.get(name) for name in _BENCHMARKS[purpose])
    return next((one for one in known if one is not None), 0)


def _best_of_each_size(
    found: Iterable[CheckpointChoice], purpose: Purpose
) -> list[CheckpointChoice]:
    """The models that no other of the same or a smaller size beats, the smallest first."""
    best: list[CheckpointChoice] = []
    for one in sorted(found, key=lambda one: (one.size, -_score(one, purpose))):
        if _score(one, purpose) > (_score(best[-1], purpose) if best else 0):
            best.append(one)
    return [one for one in best if _score(one, purpose) >= _WORTH * _score(best[-1], purpose)]
