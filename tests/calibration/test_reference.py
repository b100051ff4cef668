from __future__ import annotations

from math import exp

import pytest

from mathcli.calibration import reference_strategy
from tests.calibration.judged_rollouts import judged


def test_the_formula_at_a_finite_sharpness() -> None:
    prior, quality = {"cot": 0.25, "tir": 0.75}, {"cot": 0.8, "tir": 0.4}
    words, code = exp(10 * 0.25 * 0.8), exp(10 * 0.75 * 0.4)  # e^2 and e^3
    found = reference_strategy(prior, quality, alpha=10)
    assert found == pytest.approx({"cot": words / (words + code), "tir": code / (words + code)})
    assert found["tir"] == pytest.approx(0.7310585786300049)  # 1 / (1 + 1/e)


def test_without_sharpness_both_are_as_likely() -> None:
    found = reference_strategy({"cot": 1.0, "tir": 0.0}, {"cot": 1.0, "tir": 0.0}, alpha=0)
    assert found == {"cot": 0.5, "tir": 0.5}


def test_great_sharpness_is_the_maximum_and_does_not_overflow() -> None:
    prior, quality = {"cot": 0.5, "tir": 0.5}, {"cot": 0.5, "tir": 1.0}
    assert reference_strategy(prior, quality, alpha=1e6) == {"cot": 0.0, "tir": 1.0}
    assert reference_strategy(prior, quality) == {"cot": 0.0, "tir": 1.0}


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_of_equals_words_win(right: float) -> None:
    even = {"cot": 0.5, "tir": 0.5}
    assert reference_strategy(even, {"cot": right, "tir": right}) == {"cot": 1.0, "tir": 0.0}


def test_a_method_that_the_model_never_chooses_loses_to_a_worse_one() -> None:
    found = reference_strategy({"cot": 0.0, "tir": 1.0}, {"cot": 1.0, "tir": 0.25})
    assert found == {"cot": 0.0, "tir": 1.0}


def test_quality_and_prior_are_shares_of_trials() -> None:
    one = judged("?", [True, False, False, False], [True, True, True, False], ["tir", "cot"])
    assert one.quality == {"cot": 0.25, "tir": 0.75}
    assert one.prior == {"cot": 0.5, "tir": 0.5}
    assert judged("?", [True], [True], ["tir", "tir"]).prior == {"cot": 0.0, "tir": 1.0}
    assert (one.best, one.decided) == ("tir", True)


def test_without_a_cue_of_its_own_the_prior_is_even_and_ties_go_to_words() -> None:
    one = judged("?", [True, True], [True, True])
    assert one.prior == {"cot": 0.5, "tir": 0.5}
    assert (one.best, one.decided) == ("cot", False)
