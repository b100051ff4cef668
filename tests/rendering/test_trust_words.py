"""Colours and words of trust: green only where it is high, never for a guess."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mathcli.rendering.trust_words import how_far, left_out, often, standing, trusted
from mathcli.solving.faithfulness import Faithfulness
from mathcli.solving.transcript import AnswerInfo, Check, TrustBasis
from tests.rendering.samples import CONTRADICTED, outvoted, sample, split, voted

HOLDS = replace(CONTRADICTED, holds=True)
SUBSTITUTED = Check("substitution", "print(True)", "True", True)


def test_green_needs_a_high_trust_that_was_measured() -> None:
    assert standing(sample(trust=0.8)) == "high"
    assert standing(sample(trust=0.79)) == "middle"
    assert standing(sample(trust=0.49)) == "low"
    assert standing(sample()) == "middle"
    assert standing(voted()) == "middle"
    assert standing(sample(evidence="reasoned")) == "middle"


def test_a_check_by_substitution_is_green_unless_it_is_not_believed() -> None:
    checked = sample(evidence="checked", check=SUBSTITUTED)
    assert standing(checked) == "high"
    assert standing(replace(checked, trust=0.6)) == "high"
    assert standing(replace(checked, trust=0.3)) == "low"


def test_that_the_same_model_agrees_with_itself_is_no_check() -> None:
    assert standing(sample(evidence="agreed", check=HOLDS)) == "middle"


@pytest.mark.parametrize("trust", [None, 0.3, 0.99])
def test_what_something_speaks_against_is_red(trust: float | None) -> None:
    assert standing(sample(evidence="guessed", trust=trust)) == "low"
    assert standing(sample(check=CONTRADICTED, trust=trust)) == "low"
    assert standing(voted(needs_human=True, trust=trust)) == "low"
    assert standing(voted(answer=None, trust=trust)) == "low"
    assert standing(sample(answer=AnswerInfo(" ", ""), trust=trust)) == "low"
    assert standing(split(trust=trust)) == "low"
    assert standing(outvoted(trust=trust)) == "low"


def test_trust_is_said_with_what_it_was_measured_on() -> None:
    basis = TrustBasis("a model", 400)
    said = "about 9 in 10 answers like this one are right (400 problems)"
    assert trusted(sample(trust=0.9, trust_basis=basis)) == said
    pooled = TrustBasis("other models", 900)
    said = "about 4 in 10 answers like this one are right (measured on other models)"
    assert trusted(sample(trust=0.4, trust_basis=pooled)) == said
    assert trusted(sample()) == ""
    assert trusted(sample(answer=None, trust=0.9)) == ""


@pytest.mark.parametrize("share", [at / 1000 for at in range(1001)])
def test_a_share_in_words_is_never_far_from_it(share: float) -> None:
    words = often(share)
    said = {"nearly all": 0.99, "about 19 in 20": 0.95, "hardly any": 0.025}.get(words)
    if said is None:
        said = int(words.removeprefix("about ").removesuffix(" in 10")) / 10
    assert abs(said - share) <= 0.051


def test_what_is_left_out_is_told() -> None:
    assert left_out(sample(faithfulness=Faithfulness(("3",), ()))) == (
        "the problem's 3 is not used"
    )
    assert left_out(sample(faithfulness=Faithfulness(("3", "e"), ("17",)))) == (
        "the problem's 3 and e are not used, 17 is not in the problem"
    )
    many = Faithfulness(tuple("23456"), ())
    assert left_out(sample(faithfulness=many)) == "the problem's 2, 3, 4 and 2 more are not used"
    assert left_out(sample(faithfulness=Faithfulness())) == left_out(sample()) == ""


def test_all_of_it_is_one_line() -> None:
    said = how_far(sample(trust=0.5, faithfulness=Faithfulness(("3",), ())))
    assert said == (
        "computed by a program; about 5 in 10 answers like this one are right; "
        "the problem's 3 is not used"
    )
