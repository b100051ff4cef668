from __future__ import annotations

from collections.abc import Iterator

import pytest

from mathcli.answers import Grader
from mathcli.evaluation.grading import grade_all, graded
from tests.evaluation.samples import record, sample


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(workers=2, timeout=20) as grader:
        yield grader


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("1/2", "correct"), ("0.5", "correct"), ("2", "incorrect"), (None, "incorrect")],
)
def test_one_sample(answer: str | None, verdict: str, grader: Grader) -> None:
    assert graded(record(answer, "\\frac{1}{2}"), grader) == {"verdict": verdict}


def test_samples_have_verdicts_and_classes(grader: Grader) -> None:
    answers = ["3", "0.5", None, "\\frac12", "3.0", "x", "1/2"]
    one = record("0.5", "1/2", samples=[sample(answer) for answer in answers])
    found = graded(one, grader)
    assert found["verdict"] == "correct"
    assert [verdict[0] for verdict in found["verdicts"]] == list("iciciic")
    assert found["groups"] == [0, 1, None, 1, 0, 2, 1]


def test_the_majority_counts_where_nobody_has_decided(grader: Grader) -> None:
    answers = ["3", "1/2", "3.0", "0.5"]
    one = record("", "1/2", samples=[sample(answer) for answer in answers])
    assert graded(one, grader, vote=True)["prediction"] == "3"  # a tie: the first seen
    one["samples"].append(sample("\\frac{1}{2}"))
    found = graded(one, grader, vote=True)
    assert (found["prediction"], found["verdict"]) == ("1/2", "correct")


def test_a_vote_without_answers(grader: Grader) -> None:
    one = record("", "1", samples=[sample(None), sample(None)])
    found = graded(one, grader, vote=True)
    assert (found["prediction"], found["verdict"]) == ("", "incorrect")
    assert found["groups"] == [None, None]


def test_samples_that_were_not_needed_have_no_say(grader: Grader) -> None:
    samples = [sample("1"), sample(None, finish="stopped"), sample("2", finish="stopped")]
    found = graded(record("1", "1", samples=samples), grader)
    assert found["verdicts"] == ["correct", "incorrect"]


def test_many_come_back_in_order(grader: Grader) -> None:
    many = [record(str(n % 3), "1", index=n) for n in range(100)]
    found = list(grade_all(many, grader))
    assert [one["index"] for one, _ in found] == list(range(100))
    assert [grades["verdict"] == "correct" for _, grades in found] == [
        n % 3 == 1 for n in range(100)
    ]


def test_of_several_accepted_answers_the_one_that_matched_is_named() -> None:
    with Grader() as grader:
        assert graded(record("0.5", "2 || 1/2"), grader) == {
            "verdict": "correct", "matched": "1/2",
        }  # fmt: skip
        assert graded(record("3", "2 || 1/2"), grader) == {"verdict": "incorrect"}
        assert graded(record("2", "2"), grader) == {"verdict": "correct"}
