"""Trust that is learned from known answers holds for others of the same kind."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from mathcli.solving.confidence import Confidence
from mathcli.solving.transcript import AnswerInfo, Evidence, Segment, TrustBasis
from mathcli.trust import Known, Solved
from mathcli.trust.estimate import AnswerGroup
from mathcli.trust.fitting import FEWEST, fit
from mathcli.trust.reliability import auc, calibration_error
from mathcli.trust.signs import CONFIDENCE, PLAIN

BASIS = TrustBasis("test", 400, ("school.jsonl",))


def made(count: int, seed: int, *, sure: bool = True) -> list[Known]:
    """Answers of which the computed and the confident are right more often."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        computed = draw.random() < 0.6
        mean = -draw.expovariate(4)
        chance = (0.85 if computed else 0.4) + 0.6 * mean
        signs = dict.fromkeys(PLAIN, 0.0) | {"computed": float(computed), "length": 7.0}
        if sure:
            signs |= dict.fromkeys(CONFIDENCE, mean)
        found.append(Known(f"problem {number}", signs, draw.random() < chance))
    return found


def test_it_is_right_as_often_as_it_says_on_answers_it_never_saw() -> None:
    estimator = fit(made(600, 1), BASIS)
    assert estimator.sure is not None
    new = [(estimator.sure.probability(one.signs), one.right) for one in made(3000, 2)]
    assert calibration_error(new) < 0.06
    assert (auc(new) or 0) > 0.72
    assert estimator.measured is not None
    assert estimator.measured["answers"] == 600


def test_without_probabilities_it_uses_what_is_left() -> None:
    estimator = fit(made(600, 1, sure=False), BASIS)
    assert estimator.sure is None
    low, high = (
        estimator.plain.probability(dict.fromkeys(PLAIN, 0.0) | {"computed": computed, "length": 7})
        for computed in (0.0, 1.0)
    )
    assert high > low + 0.2


def test_a_sign_that_never_varies_is_left_out() -> None:
    estimator = fit(made(200, 3), BASIS)
    assert "negative" not in [weight.name for weight in estimator.plain.weights]


@pytest.mark.parametrize("count", [0, FEWEST - 1])
def test_too_few_teach_nothing(count: int) -> None:
    with pytest.raises(ValueError, match="too few"):
        fit(made(count, 1), BASIS)


def test_nearly_all_right_teaches_nothing() -> None:
    always = [Known(one.problem, one.signs, True) for one in made(200, 1)]
    with pytest.raises(ValueError, match="too few"):
        fit(always, BASIS)


def test_what_is_far_outside_is_not_extrapolated() -> None:
    estimator = fit(made(300, 1), BASIS)
    signs = dict.fromkeys(PLAIN, 0.0) | {"computed": 1.0, "length": 1e9}
    assert 0.01 <= estimator.plain.probability(signs) <= 0.99


def solved(evidence: Evidence, *, failed: bool = False) -> Solved:
    error = "SyntaxError: invalid syntax" if failed else None
    program = [Segment("code", "print(2)", 0, 0), Segment("output", "2", 0, 0, error=error)]
    return Solved("What is 1 + 1?", "tir", program, AnswerInfo("2", "2"), evidence, "answer", 20,
                  Confidence(-0.01, -0.01, -0.01, 0))  # fmt: skip


def test_of_what_was_hardly_seen_little_is_believed() -> None:
    estimator = fit(made(600, 1), BASIS)
    assert {group.name for group in estimator.groups} == {"computed", "reasoned"}
    assert sum(group.answers for group in estimator.groups) == 600
    seen, unseen = (
        estimator.probability(solved("computed")),
        estimator.probability(solved("computed", failed=True)),
    )
    assert seen is not None
    assert seen > 0.7
    assert unseen == 0.25
    assert (estimator.probability(solved("guessed")) or 1) <= 0.25
    kept_nothing = replace(estimator, groups=())
    assert kept_nothing.probability(solved("computed", failed=True)) == seen


@pytest.mark.parametrize(
    ("answers", "right", "most"), [(0, 0, 0.25), (4, 0, 0.125), (4, 4, 0.625), (20, 0, 1.0)]
)
def test_the_more_were_seen_the_more_the_curve_is_believed(
    answers: int, right: int, most: float
) -> None:
    assert AnswerGroup("reasoned", answers, right).most == most
