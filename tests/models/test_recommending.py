"""Which models are recommended: those that fit, can be waited for, and are known to be good."""

from __future__ import annotations

import pytest

from mathcli.models import cards
from mathcli.models.card import Card, Checkpoint, Thinking
from mathcli.models.recommending import Purpose, recommended

GB = 1e9


def card(name: str, *, thinks: bool, **sizes: tuple[str, float]) -> Card:
    """Checkpoints by name: parameters, and the percent of every benchmark."""
    return Card(
        name=name,
        title=name,
        thinking=Thinking() if thinks else None,
        checkpoints={
            alias: Checkpoint(
                gguf=("some/repo",),
                parameters=parameters,
                published={"MATH": score, "MATH-500": score, "AIME 2024": score},
                published_by="somebody",
            )
            for alias, (parameters, score) in sizes.items()
        },
    )


WORDS = card("words", thinks=False, w1=("1B", 50), w3=("3B", 60), w7=("7B", 80), w70=("70B", 95))
THINKERS = card("thinkers", thinks=True, t1=("1B", 70), t7=("7B", 75), t14=("14B", 90))
TINY = card("tiny", thinks=False, tiny=("0.1B", 5))
ALL = [WORDS, THINKERS, TINY]


def names(purpose: Purpose, memory: float, speed: float | None = None) -> list[str]:
    found = recommended(purpose, ALL, memory=int(memory), bytes_per_second=speed)
    return [one.name for one in found]


def test_nothing_of_its_size_is_better() -> None:
    assert names("school", 40 * GB) == ["t1", "w7", "t14"]


def test_what_answers_fast_does_not_think() -> None:
    assert names("fast", 40 * GB) == ["w1", "w3", "w7"]


def test_it_fits_into_memory() -> None:
    assert names("school", 6.5 * GB) == ["t1", "w7"]
    assert names("school", 1 * GB) == []


def test_a_slow_machine_gets_what_it_can_be_waited_for_first() -> None:
    assert names("school", 40 * GB, 20 * GB) == ["t1", "w7", "t14"]  # w7: 4.7 tokens a second
    assert names("fast", 40 * GB, 20 * GB) == ["w1", "w3", "w7"]
    more = [WORDS, card("sizes", thinks=False, s2=("2B", 55), s5=("5B", 65))]
    found = recommended("fast", more, memory=int(40 * GB), bytes_per_second=12 * GB)
    assert [one.name for one in found] == ["w1", "s2", "w3"]  # and not s5, with 4 tokens a second
    assert found[0].rate == pytest.approx(19.8, abs=0.1)


def test_without_figures_there_is_no_recommendation() -> None:
    checkpoints = {name: one.replace(published={}) for name, one in WORDS.checkpoints.items()}
    bare = WORDS.replace(checkpoints=checkpoints)
    assert recommended("school", [bare], memory=int(40 * GB), bytes_per_second=None) == []


@pytest.mark.parametrize("purpose", ["school", "competition", "fast"])
def test_the_shipped_cards_have_something_for_everyone(purpose: Purpose) -> None:
    found = recommended(purpose, cards().values(), memory=int(8 * GB), bytes_per_second=15 * GB)
    assert len(found) >= 2
    assert all(one.published_by for one in found)


def test_every_published_figure_has_a_source() -> None:
    for card in cards().values():
        for name, one in card.checkpoints.items():
            assert bool(one.published) == bool(one.published_by), name
