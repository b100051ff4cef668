from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mathcli.answers import AnswerClass, Grader, Verdict, answer_classes

VALUES = [
    written
    for n in range(1, 13)
    for written in (f"{n}/4", str(n / 4), f"{n} cm", f"{10 * n} mm", f"x={n}", f"{n}%", f"({n}, 2)",
                    f"{n}:4", f"{25 * n}%", f"{n}, {n + 1}", f"{{{n + 1}, {n}}}", f"{n}.0",
                    f"\\frac{{{n}}}{{4}}", f"{n} apples", f"{n},125", f"{n}:30", f"$ {n}.00$",
                    f"x > {n}", f"({n}, \\infty)")
]  # fmt: skip
NEAR = [
    "5", "5 cm", "5 kg", "5 m", "5.0", "05", "500 cm", "x = 5", "(5)", "{5}", "5%", "0.05",
    "1/3", "0.333333", "0.3333333", "0.33333333", "0.333334", r"\frac{1}{3}", "33.3333%",
    "1,234", "1234", "1, 234", "234, 1", "(1, 234)", "10:15", "2:3", "4:6", "20:30",
    "B", "(B) 5", "(B) 6", "b", "x^2 + C", "x^2 + K", "x^2", "180^\\circ", r"\pi", "180", "3.14159",
]  # fmt: skip


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


def test_what_equals_two_that_differ_is_no_bridge_between_them(grader: Grader) -> None:
    found = answer_classes(["5 cm", "5", "5 kg", "5"], grader)
    assert [each.indices for each in found] == [(0, 1, 3), (2,)]


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.sampled_from(NEAR + VALUES), min_size=20, max_size=50))
def test_classes_are_closed(grader: Grader, pool: list[str]) -> None:
    found = answer_classes(pool, grader)
    assert sorted(index for each in found for index in each.indices) == list(range(len(pool)))
    for each in found:
        texts = sorted({pool[index] for index in each.indices})
        for place, text in enumerate(texts):
            for other in texts[:place]:
                assert grader.compare(text, other).verdict is Verdict.CORRECT
    again = answer_classes(pool + pool, grader)
    assert [each.indices[: each.count // 2] for each in again] == [each.indices for each in found]


def test_hundreds_of_texts_are_grouped_into_closed_classes(grader: Grader) -> None:
    pool = NEAR + VALUES
    assert len(pool) > 200
    for each in answer_classes(pool, grader):
        texts = [pool[index] for index in each.indices]
        assert all(
            grader.compare(text, other).verdict is Verdict.CORRECT
            for place, text in enumerate(texts)
            for other in texts[:place]
        )
