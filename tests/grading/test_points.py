"""What answers are worth: points in keys, alternatives with fewer, parts of lists, totals."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from mathcli.answers import Grader
from mathcli.errors import UsageError
from mathcli.grading.judging import Marked, marked
from mathcli.grading.layout import arranged
from mathcli.grading.partial import parts_of
from mathcli.grading.points import MOST_POINTS, number, right, shown
from mathcli.grading.totals import by_question, by_student, tallied
from mathcli.sheets.rows import read_sheet
from mathcli.spreadsheets import DoubtfulCell
from mathcli.spreadsheets.cells import A_DATE, AN_ERROR


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(timeout=20) as made:
        yield made


def graded(
    grader: Grader, answers: str, key: str | None = None, *, partial: bool = False
) -> list[Marked]:
    sheet = read_sheet("class.csv", answers.encode())
    known = None if key is None else read_sheet("key.csv", key.encode())
    return list(marked(arranged(sheet, known).items, grader, partial=partial))


def earned(found: list[Marked]) -> list[str | None]:
    return [None if one.points is None else shown(one.points) for one in found]


def test_a_row_of_points_and_alternatives_worth_less(grader: Grader) -> None:
    sheet = "name,Q1,Q2\nkey,1/2 || 0.5 m [1 pt],7\npoints,2,\nAda,0.5,7\nBob,0.5 m,8\nCy,9,7\n"
    found = graded(grader, sheet)
    assert earned(found) == ["2", "1", "2", "0", "0", "1"]
    assert [one.item.out_of for one in found[:2]] == [2, 1]
    assert [one.verdict.value for one in found[::2]] == ["correct", "correct", "incorrect"]


def test_points_in_the_names_of_columns(grader: Grader) -> None:
    found = graded(grader, "name,Q1 (2 points),Q2 [0.5 pt],Q3\nkey,5,7,1\nAda,5,7,1\n")
    assert earned(found) == ["2", "0.5", "1"]
    key = "question,answer\n1,5\n2,7\n"
    assert earned(graded(grader, "name,Q1 (2 points),Q2 (3 p)\nAda,5,8\n", key)) == ["2", "0"]


def test_the_reason_says_for_how_many_points(grader: Grader) -> None:
    key = "question,answer,points\nQ1,5,2\nQ1,-5,1\nQ2,7,1\n"
    found = graded(grader, "name,Q1,Q2\nAda,5,7\nBob,-5,7\n", key)
    assert earned(found) == ["2", "1", "1", "1"]
    assert found[2].comparison.reason.endswith("it matches -5, for 1 of 2 points")
    assert found[2].in_part
    assert not found[0].in_part


def test_the_best_alternative_counts_whatever_its_place(grader: Grader) -> None:
    found = graded(grader, "name,Q1\nkey,5.0 [1 point] || 5 [3 points]\nAda,5\n")
    assert earned(found) == ["3"]


def test_two_answers_to_one_question_need_points(grader: Grader) -> None:
    with pytest.raises(UsageError, match="twice"):
        graded(grader, "name,Q1\nAda,5\n", "question,answer\nQ1,5\nQ1,6\n")


PARTIAL = [
    ("{1, 2, 3}", "1, 2", "0.67"),
    ("{1, 2, 3}", "3, 2, 1", "1"),
    ("{1, 2, 3}", "1, 2, 9", "0.67"),
    ("{1, 2}", "1, 2, 3", "0.5"),
    ("{1, 2}", "1, 3, 4, 5, 6", "0"),
    ("{1, 2}", "1", "0.5"),
    ("(1, 2)", "(1, 3)", "0.5"),
    ("(1, 2)", "(2, 1)", "0"),
    ("x = 3 and x = 4", "x = 3 and x = 5", "0.5"),
    ("5", "6", "0"),
]


@pytest.mark.parametrize(("key", "given", "points"), PARTIAL)
def test_parts_earn_points_only_where_asked(
    grader: Grader, key: str, given: str, points: str
) -> None:
    sheet = f'name,Q1\nkey,"{key}"\nAda,"{given}"\n'
    assert earned(graded(grader, sheet, partial=True)) == [points]
    (one,) = graded(grader, sheet)
    assert one.points == (1 if points == "1" else 0)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("(1, 2), (3, 4)", ["(1, 2)", "(3, 4)"]),
        ("[0, 1)", ["0", "1"]),
        (r"\{1; 2,5\}", ["1", "2,5"]),
        ("2, -3 or 4", ["2", "-3", "4"]),
        ("(" * 3000, ["(" * 3000]),
        ("", []),
    ],
)
def test_the_parts_of_a_list(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize("text", ["-1", "two", "1e9", "nan", "1/0", "=2", str(MOST_POINTS + 1)])
def test_what_is_no_number_of_points_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="Q1"):
        number(text, "Q1")


def test_points_are_exact() -> None:
    assert number("0,1", "Q1") == Fraction(1, 10)
    found = right(("1/2", "0.5 [50%]", "[1, 2]"), "3", where="Q1")
    assert found.accepted == ("1/2", "0.5", "[1, 2]")
    assert found.worth == (3, Fraction(3, 2), 3)


def test_totals_of_students_and_questions(grader: Grader) -> None:
    sheet = "name,Q1,Q2\nkey,5,\\foo{1}\npoints,2,3\nAda,5,7\nBob,,\\foo{1}\n"
    found = graded(grader, sheet)
    students, questions, every = by_student(found), by_question(found), tallied(found)
    assert students["Ada"].record(points=True) == {
        "correct": 1, "incorrect": 0, "undecided": 1, "blank": 0, "points": 2, "open_points": 3,
        "out_of": 5,
    }  # fmt: skip
    assert (students["Bob"].blank, students["Bob"].incorrect) == (1, 1)
    assert questions["Q2"].record(points=False)["undecided"] == 1
    assert every.total == 4
    assert every.points + every.open_points <= every.out_of == 10


def test_a_cell_that_may_hold_something_else_is_never_wrong(grader: Grader) -> None:
    date = DoubtfulCell("2026-01-02", A_DATE)
    sheet = read_sheet("class.csv", b"name,Q1\nkey,1/2\nAda,\nBob,\n")
    sheet.rows[1]["Q1"], sheet.rows[2]["Q1"] = date, DoubtfulCell("#DIV/0!", AN_ERROR)
    found = list(marked(arranged(sheet, None).items, grader))
    assert [one.verdict.value for one in found] == ["undecided"] * 2
    assert found[0].comparison.reason == f"{A_DATE}: 2026-01-02"
    sheet.rows[0]["Q1"], sheet.rows[2]["Q1"] = date, "1/2"
    found = list(marked(arranged(sheet, None).items, grader))
    assert [one.verdict.value for one in found] == ["correct", "undecided"]
    assert found[1].comparison.reason == f"in the key, {A_DATE}"


def test_an_answer_that_was_replaced_earns_nothing(grader: Grader) -> None:
    found = graded(
        grader,
        "student,question,answer\nAda,1,6\nAda,1,5\nAda,2,6\n",
        "question,answer,points\n1,6,2\n2,6,3\n",
    )
    for total in (by_student(found)["Ada"], tallied(found)):
        assert (total.points, total.out_of, total.total) == (3, 5, 2)
    assert by_question(found)["1"].out_of == 2
