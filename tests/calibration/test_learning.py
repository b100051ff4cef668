from __future__ import annotations

from math import exp

import pytest

from mathcli.calibration.features import FEATURES
from mathcli.calibration.learning import Classifier, FeatureWeight, learn, target
from mathcli.errors import UsageError
from tests.calibration.judged_rollouts import judged, small_or_large


def test_what_is_at_stake_weighs() -> None:
    assert target(judged("?", [False] * 4, [True] * 4)) == (1.0, 0.5)
    assert target(judged("?", [True] * 4, [True, False, False, False])) == (0.0, 0.375)
    chosen, weight = target(judged("?", [True], [True]))
    assert (chosen, weight) == (0.0, 0.02)  # words, and it hardly matters


def test_the_cue_is_a_prior_only_where_it_is_asked_for() -> None:
    one = judged("?", [True], [True], free=["tir", "tir"])
    assert target(one)[0] == 0.0
    assert target(one, cue=True) == (1.0, 1.0)


def test_large_numbers_are_learned_to_need_programs() -> None:
    learning = learn(small_or_large(120))
    classifier = learning.classifier
    assert learning.accuracy >= 0.95
    assert 0.4 < learning.chance < 0.6
    assert not classifier.code("What is 12 + 15?")
    assert classifier.code("What is 731482 + 520011?")
    heaviest = max(classifier.features, key=lambda one: abs(one.weight))
    assert heaviest.name == "digits of the largest number"
    assert heaviest.weight > 0


def test_predictions_are_of_problems_not_seen() -> None:
    # Two of every three problems say nothing of which method is right: learned by heart they
    # would be predicted; held out they are not.
    problems = [judged(f"word{at} " * (at % 7), [at % 3 > 0], [at % 3 == 0]) for at in range(60)]
    learning = learn(problems)
    assert learning.accuracy < 0.85


def test_the_same_seed_divides_alike() -> None:
    problems = small_or_large(60)
    assert learn(problems, seed=3) == learn(problems, seed=3)


def test_all_problems_of_one_kind_are_learned_too() -> None:
    learning = learn([judged(f"What is {at} + 1?", [False], [True]) for at in range(20)])
    assert learning.predicted == (True,) * 20
    assert (learning.accuracy, learning.chance) == (1.0, 1.0)


def test_from_a_handful_nothing_is_learned() -> None:
    with pytest.raises(UsageError, match="too few problems"):
        learn(small_or_large(3) * 10)


def test_a_probability_is_the_logistic_of_the_weighted_features() -> None:
    names = {one.name: one.measure for one in FEATURES}
    classifier = Classifier(
        0.5, (FeatureWeight("percent", 2.0, 0.25, 0.5), FeatureWeight("words", -1.0, 1.0, 2.0))
    )
    problem = "What is 15% of 80?"
    score = 0.5 + 2.0 * (1 - 0.25) / 0.5 - (names["words"](problem) - 1.0) / 2.0
    assert classifier.probability(problem) == pytest.approx(1 / (1 + exp(-score)))
    assert Classifier(-1e6, ()).probability("?") == 0
    assert Classifier(1e6, ()).probability("?") == 1
    with pytest.raises(ValueError, match="no feature 'colour'"):
        Classifier(0.0, (FeatureWeight("colour", 1.0, 0.0, 1.0),)).probability("?")
