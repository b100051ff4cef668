from __future__ import annotations

import pytest

from mathcli.answers import Grader, Verdict
from mathcli.answers.commas import with_point

ACCEPTED = [
    ("3,5", "3.5"),
    ("-3,5", "-3.5"),
    ("3,50", "3.5"),
    ("0,125", "0.125"),  # no thousand begins with 0
    ("1234,567", "1234.567"),  # nor has four digits before its comma
    ("3{,}5", "3.5"),
    ("$3{,}5$", "3.50"),
    ("3,5 cm", "3.5 cm"),
    ("x = 3,5", "3.5"),
    ("12,5%", "12.5\\%"),
]
LEFT = [
    ("1,234", "1.234"),  # 1234 to most readers
    ("12{,}345", "12.345"),
    ("3,5", "35"),
    ("3,5", "7/2"),
    ("3,5", "3"),
    ("3,5", "{3, 5}"),
    ("3,5", "3,5"),
    ("3,5", "(3.5, 1)"),
    ("3, 5", "3.5"),
    ("(3,5)", "3.5"),
    ("[3,5)", "3.5"),
    ("\\{3,5\\}", "3.5"),
    ("3,5,7", "3.5"),
    ("3,5; 4,5", "3.5"),
    ("3,5 or 7", "3.5"),
    ("1.234,5", "1234.5"),
    (".5,3", "5.3"),
    ("3.5", "3.5"),
    ("", "3.5"),
]


@pytest.mark.parametrize(("given", "expected"), ACCEPTED)
def test_a_comma_that_can_be_nothing_else_is_a_point(given: str, expected: str) -> None:
    read = with_point(given, expected)
    assert read is not None
    with Grader() as grader:
        alone = grader.compare(given, expected).verdict
        # A group of thousands never begins with 0, so that this comma is read without help.
        assert (alone is Verdict.CORRECT) == given.startswith("0,")
        assert grader.compare(read, expected).verdict is Verdict.CORRECT


@pytest.mark.parametrize(("given", "expected"), LEFT)
def test_a_comma_that_may_separate_stays_one(given: str, expected: str) -> None:
    assert with_point(given, expected) is None


def test_another_number_stays_another() -> None:
    with Grader() as grader:
        for given in ("3,6", "35,0", "-3,5", "5,3"):
            read = with_point(given, "3.5")
            assert read is not None
            assert grader.compare(read, "3.5").verdict is Verdict.INCORRECT
