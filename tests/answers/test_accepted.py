from __future__ import annotations

import pytest

from mathcli.answers import Grader, Verdict, split_accepted


def test_the_first_accepted_answer_that_is_equal_is_named() -> None:
    with Grader() as grader:
        found = grader.compare_any("0.5", ["2", "1/2", "0.50"])
        assert (found.comparison.verdict, found.accepted) == (Verdict.CORRECT, "1/2")


def test_an_answer_is_incorrect_only_if_it_differs_from_all() -> None:
    with Grader() as grader:
        differs = grader.compare_any("7", ["2", "1/2"])
        assert (differs.comparison.verdict, differs.accepted) == (Verdict.INCORRECT, None)
        doubtful = grader.compare_any("7", ["2", r"\foo{1}"])
        assert (doubtful.comparison.verdict, doubtful.accepted) == (Verdict.UNDECIDED, None)
        assert grader.compare_any("7", []).comparison.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("3 || three", ("3", "three")),
        ("3||4||5", ("3", "4", "5")),
        ("5", ("5",)),
        ("||v||", ("||v||",)),
        ("2||x||", ("2||x||",)),
        (r"\|v\|", (r"\|v\|",)),
        ("||a|| || ||b||", ("||a||", "||b||")),
        ("3 ||", ("3 ||",)),
        ("", ("",)),
    ],
)
def test_alternatives_in_a_cell(cell: str, parts: tuple[str, ...]) -> None:
    assert split_accepted(cell) == parts
