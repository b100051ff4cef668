from __future__ import annotations

from collections.abc import Iterator

import pytest

from mathcli.answers import AnswerClass, Grader, answer_classes


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader() as grader:
        yield grader


def test_equal_answers_are_one_candidate(grader: Grader) -> None:
    found = answer_classes(["1/2", "0.5", "3", r"\frac12", "3.0", "x"], grader)
    assert [(each.count, each.indices) for each in found] == [
        (3, (0, 1, 3)),
        (2, (2, 4)),
        (1, (5,)),
    ]


def test_of_equally_many_votes_the_first_seen_wins(grader: Grader) -> None:
    found = answer_classes(["2", "1", "1", "2"], grader)
    assert max(found, key=lambda each: each.count).answer == "2"


def test_the_most_readable_member_is_shown(grader: Grader) -> None:
    answers = ["0.3333333333333333", r"\frac{1}{3}", "0.33333333333"]
    assert answer_classes(answers, grader) == [AnswerClass(r"\frac{1}{3}", 3, (0, 1, 2))]


def test_answers_that_cannot_be_read_vote_for_themselves(grader: Grader) -> None:
    found = answer_classes([r"\foo{1}", r"\bar@2", r"\foo{1}"], grader)
    assert [each.count for each in found] == [2, 1]


def test_no_answers_have_no_classes(grader: Grader) -> None:
    assert answer_classes([], grader) == []
