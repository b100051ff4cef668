"""The words for several solutions and for checks."""

from __future__ import annotations

import pytest

from mathcli.rendering.several_solutions import (
    disagreement,
    numbered,
    other_answers,
    outcome,
)
from mathcli.rendering.wording import how_sure, taking_part
from mathcli.solving.transcript import Check, Vote
from tests.rendering.samples import (
    one_of_several,
    outvoted,
    sample,
    split,
    voted,
)


def test_who_agrees_and_who_does_not() -> None:
    assert how_sure(voted()) == "3 of 5 samples agree"
    assert taking_part(voted()) == 5
    assert other_answers(voted()) == "41 (1), without a vote (1)"
    assert taking_part(sample()) == 0
    assert other_answers(sample()) == ""


def test_many_other_answers_are_counted() -> None:
    votes = (Vote("42", 2), *(Vote(str(number), 1) for number in range(7)))
    assert (
        other_answers(voted(votes=votes, agreement=2 / 9)) == "0 (1), 1 (1), 2 (1), 3 (1), 3 more"
    )


def test_what_came_of_a_sample() -> None:
    assert numbered(3, 8, one_of_several("42")) == "sample 3 of 8: 42, computed"
    assert outcome(one_of_several("4\n2", evidence="reasoned")) == "4 2, in words"
    assert outcome(one_of_several(None)) == "no answer: the model ended without an answer"
    said = outcome(one_of_several("42", evidence="reasoned", pruned=True))
    assert said == "42, in words; does not count, others ran programs"


def test_why_a_human_is_needed() -> None:
    assert disagreement(voted(), 0.75) == (
        "needs a human: 3 of 5 samples agree on 42, fewer than 75 %; "
        "others: 41 (1), without a vote (1)"
    )


@pytest.mark.parametrize(
    ("kind", "holds", "words"),
    [
        ("substitution", True, "checked: put into the problem, it holds"),
        ("substitution", False, "but put into the problem, it does not hold"),
        ("second program", True, "a second program of the same model agrees"),
        ("second program", False, "but a second program says otherwise"),
        ("second program", None, "no second program came to a result"),
    ],
)
def test_what_a_check_says(kind: str, holds: bool | None, words: str) -> None:
    check = Check(kind, "print(1)", "1", holds)  # type: ignore[arg-type]
    checked = sample(check=check, evidence="checked" if holds else "computed")
    assert how_sure(checked) == (words if holds else f"computed by a program; {words}")
    both = voted(check=check, evidence="checked" if holds else "voted")
    assert how_sure(both) == f"3 of 5 samples agree; {words}"


def test_few_that_agree_are_told_as_few() -> None:
    assert how_sure(split()) == "only 1 of 6 samples agree"
    assert other_answers(split()) == "41 (1), 40 (1), 39 (1), 38 (1), without a vote (1)"
    half = voted(votes=(Vote("42", 2), Vote("41", 2)), agreement=0.5)
    assert how_sure(half) == "only 2 of 4 samples agree"
    assert how_sure(voted()) == "3 of 5 samples agree"


def test_the_best_solution_may_stand_against_most() -> None:
    said = "computed by a program; only 1 of 6 samples agree; best of 6 by what their programs did"
    assert how_sure(outvoted()) == said
    assert taking_part(outvoted()) == 6
    assert other_answers(outvoted()) == "41 (3), without a vote (2)"
    assert disagreement(outvoted(), 0.5).startswith("needs a human: 1 of 6 samples agree on 1/2,")


def test_the_answer_is_found_among_the_votes_however_it_is_written() -> None:
    votes = (Vote("41", 3), Vote("0.5", 1))
    assert taking_part(outvoted(votes=votes)) == 6
    assert other_answers(outvoted(votes=votes)) == "41 (3), without a vote (2)"


def test_that_more_were_asked_for_is_told() -> None:
    assert how_sure(voted(needs_human=True)) == "3 of 5 samples agree; needs a human"
