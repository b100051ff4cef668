"""Sheets of a class: each layout is recognised, and all of them say the same."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.errors import UsageError
from mathcli.grading import Layout
from mathcli.grading.layout import Exam, arranged
from mathcli.grading.roles import read_columns
from mathcli.sheets.rows import Sheet, read_sheet

WIDE = "name,Q1,Q2\nAda,5,7\nBob,6,\n"
LONG_KEY = "question,answer\nQ1,5\nQ2,7\n"


def exam(
    answers: str, key: str | None = None, *, key_name: str = "key.csv", **more: object
) -> Exam:
    sheet = read_sheet("class.csv", answers.encode())
    right = None if key is None else read_sheet(key_name, key.encode())
    return arranged(sheet, right, **more)  # type: ignore[arg-type]


def asked(found: Exam) -> list[tuple[str, str, str, str | None]]:
    return [(one.student, one.question, one.predicted, one.expected) for one in found.items]


ADA_AND_BOB = [
    ("Ada", "Q1", "5", "5"), ("Ada", "Q2", "7", "7"), ("Bob", "Q1", "6", "5"),
    ("Bob", "Q2", "", "7"),
]  # fmt: skip

SHEETS = {
    "a key row": ("name,Q1,Q2\nkey,5,7\nAda,5,7\nBob,6,\n", None),
    "a key row below": ("name,Q1,Q2\nAda,5,7\nBob,6,\nAnswer Key:,5,7\n", None),
    "an average row": ("name,Q1,Q2\nkey,5,7\nAda,5,7\nBob,6,\nAverage,5.5,7\n,,\n", None),
    "a long key": (WIDE, LONG_KEY),
    "a key by numbers": (WIDE, "id,answer\n1,5\n2,7\n"),
    "a key in another order": (WIDE, "no,solution\n2,7\n1,5\n"),
    "a wide key": (WIDE, "Q2,Q1\n7,5\n"),
    "a wide key with a name": (WIDE, "name,Question 1,Question 2\nsolution,5,7\n"),
    "a wide key below a column called key": (WIDE, "Key,Q1,Q2\nanswers,5,7\n"),
    "a wide key with points and a total": (WIDE, "name,Q1,Q2,Total\nkey,5,7,\npoints,2,1,3\n"),
    "more columns": ("name,class,Q1,Q2,Total\nkey,,5,7,\nAda,7b,5,7,2\nBob,7b,6,,0\n", None),
    "turned": ("question,key,Ada,Bob\nQ1,5,5,6\nQ2,7,7,\n", None),
    "turned, with a key": ("question,Ada,Bob\nQ1,5,6\nQ2,7,\n", LONG_KEY),
    "turned, without a name": (",Ada,Bob\nQ1,5,6\nQ2,7,\n", "Q1,Q2\n5,7\n"),
    "long": ("student,question,answer\nAda,Q1,5\nAda,Q2,7\nBob,Q1,6\nBob,Q2,\n", LONG_KEY),
    "long, with a wide key": (
        "student,question,answer\nAda,Q1,5\nAda,Q2,7\nBob,Q1,6\nBob,Q2,\n", "Q1,Q2\n5,7\n"),
    "long, with a key in it": (
        "student,q,answer\nkey,Q1,5\nkey,Q2,7\nAda,Q1,5\nAda,Q2,7\nBob,Q1,6\nBob,Q2,\n", None),
    "long, with a key by a column": (
        "student,question,answer,key\nAda,Q1,5,5\nAda,Q2,7,7\nBob,Q1,6,5\nBob,Q2,,7\n", None),
    "semicolons": ("name;Q1;Q2\nkey;5;7\nAda;5;7\nBob;6;\n", None),
    "a title": ("Class 7b,,,\nname,Q1,Q2,\nkey,5,7,\nAda,5,7,\nBob,6,,\n", None),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_every_layout_says_the_same(name: str) -> None:
    answers, key = SHEETS[name]
    assert asked(exam(answers, key)) == ADA_AND_BOB


@pytest.mark.parametrize(
    ("answers", "key", "layout", "told"),
    [
        (WIDE, LONG_KEY, Layout.STUDENTS,
         "class.csv: a row a student, a column a question: 2 students, 2 questions"),
        (SHEETS["turned"][0], None, Layout.QUESTIONS,
         "class.csv: a row a question, a column a student: 2 students, 2 questions"),
        (SHEETS["long"][0], LONG_KEY, Layout.ANSWERS,
         "class.csv: a row an answer: 2 students, 2 questions"),
    ],
)  # fmt: skip
def test_what_is_recognised_is_said(
    answers: str, key: str | None, layout: Layout, told: str
) -> None:
    found = exam(answers, key)
    assert (found.layout, found.notes[0]) == (layout, told)


def test_a_key_of_json_is_an_object_or_its_rows() -> None:
    for key in (
        '{\n"Q1": "5",\n"Q2": 7\n}',
        '[{"id": 1, "answer": "5"}, {"id": 2, "answer": "7"}]',
    ):
        assert asked(exam(WIDE, key, key_name="key.json")) == ADA_AND_BOB


def test_several_rows_of_a_key_are_alternatives_and_that_is_said() -> None:
    found = exam("name,Q1,Q2\nkey,5,7\nkey,-5,\nAda,-5,7\n")
    assert [one.accepted for one in found.items] == [("5", "-5"), ("7",)]
    assert found.notes[1] == "class.csv: the 2 rows of its key are alternatives"


def test_a_plain_key_is_joined_in_the_order_of_the_columns() -> None:
    assert asked(exam(WIDE, "5\n7\n\n", key_name="key.txt")) == ADA_AND_BOB
    with pytest.raises(UsageError, match=r"has 3 answers, .* has 2 questions"):
        exam(WIDE, "5\n7\n8\n", key_name="key.txt")


def test_questions_may_be_whole_sentences() -> None:
    found = exam("Timestamp,Email,What is 2+3?,Solve x=7\n,key,5,7\nmorning,a@b.c,5,7\n")
    assert asked(found) == [("a@b.c", "What is 2+3?", "5", "5"), ("a@b.c", "Solve x=7", "7", "7")]


def test_names_in_two_columns_are_one_student_and_equal_ones_are_two() -> None:
    found = exam("Last name,First name,Q1\nkey,,5\nKey,John,5\nLee,Ann,5\nLee,Ann,6\n")
    assert [one.student for one in found.items] == ["Key John", "Lee Ann", "Lee Ann (2)"]


def test_what_the_two_do_not_share_is_said_or_undecided() -> None:
    found = exam("name,Q1,Q3\nAda,5,9\n", LONG_KEY)
    assert asked(found) == [("Ada", "Q1", "5", "5"), ("Ada", "Q3", "9", None)]
    assert found.notes[1] == "class.csv has no column for 1 of the key's: 2"
    found = exam("name,Q1,Q2\nkey,5,8\nAda,5,7\n", LONG_KEY)
    assert asked(found)[1] == ("Ada", "Q2", "7", "7")
    assert "left out, key.csv is used" in found.notes[1]


DOUBTFUL = {
    "answers and questions": ("student,answer,Q1,Q2\nAda,5,5,7\n", None, "--layout"),
    "two directions": ("question,key,1,2,Ada\nQ1,5,5,6,5\nQ2,7,7,8,7\n", None, "--layout"),
    "no key": (WIDE, None, "--key FILE"),
    "two keys": (WIDE, "name,Q1,Q2\nA,5,7\nB,6,8\n", "call it key"),
    "no question of the key": ("name,alpha,beta\nAda,5,7\n", LONG_KEY, ""),
    "one question twice": ("name,Q1,1\nkey,5,7\nAda,5,7\n", None, "rename"),
    "two columns of one name": ("name,Q1,Q1\nkey,5,7\n", None, "its own name"),
    "students with numbers": ("question,101,102\nQ1,5,6\nQ2,7,8\n", LONG_KEY, "--layout"),
    "a key of another test": ("name,Q11,Q12\nAda,5,7\n", LONG_KEY, "as the key calls"),
    "no student": ("name,Q1\nkey,5\n", None, "a row a student"),
    "points in words": ("name,Q1\nkey,5\npoints,many\nAda,5\n", None, "write 2 or 0.5"),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_not_clear_is_asked(name: str) -> None:
    answers, key, hint = DOUBTFUL[name]
    with pytest.raises(UsageError) as raised:
        exam(answers, key)
    assert hint in str(raised.value.hint)


def test_the_layout_can_be_said() -> None:
    answers = DOUBTFUL["answers and questions"][0]
    found = exam(answers, LONG_KEY, layout=Layout.STUDENTS)
    assert [one.question for one in found.items] == ["Q1", "Q2"]
    numbers = DOUBTFUL["students with numbers"][0]
    found = exam(numbers, LONG_KEY, layout=Layout.QUESTIONS)
    assert [one.student for one in found.items] == ["101", "101", "102", "102"]
    turned = "question,answer,Ada,Bob\nQ1,5,5,6\nQ2,7,7,\n"
    assert asked(exam(turned, layout=Layout.QUESTIONS)) == ADA_AND_BOB


def test_columns_can_be_named() -> None:
    answers = "wer,was,Antwort\nAda,Q1,5\nAda,Q2,7\nBob,Q1,6\nBob,Q2,\n"
    columns = read_columns(["student=wer", "question=WAS", "answer=antwort"])
    assert asked(exam(answers, LONG_KEY, columns=columns)) == ADA_AND_BOB
    own = "wer,was,Antwort,stimmt\nAda,Q1,5,5\n"
    columns = read_columns(["student=wer", "question=was", "answer=Antwort", "key=stimmt"])
    assert asked(exam(own, columns=columns)) == [("Ada", "Q1", "5", "5")]
    for wrong in ("answer", "who=wer", "answer="):
        with pytest.raises(UsageError, match="not ROLE=NAME"):
            read_columns([wrong])
    with pytest.raises(UsageError, match="there is no such column"):
        exam(answers, LONG_KEY, columns={"answer": "reply"})


def test_a_name_that_stands_once_in_a_workbook_goes_for_the_rows_below() -> None:
    rows = [
        {"student": name, "question": question, "answer": answer}
        for name, question, answer in
        [("Ada", "Q1", "5"), ("", "Q2", "7"), ("Bob", "Q1", "6"), ("", "Q2", "")]
    ]  # fmt: skip
    key = read_sheet("key.csv", LONG_KEY.encode())
    found = arranged(Sheet("a.xlsx", "xlsx", rows), key)
    assert asked(found) == ADA_AND_BOB
    assert found.notes[1] == "a.xlsx: an empty cell of student is the student above"


def test_empty_rows_below_a_table_are_nothing() -> None:
    assert asked(exam(SHEETS["long"][0] + ",,\n,,\n", LONG_KEY)) == ADA_AND_BOB


def test_fields_of_json_may_be_called_anything() -> None:
    rows = [{"pred": "5", "answer": "5", "part 1": "a", "part 2": "b"}]
    assert arranged(Sheet("a.jsonl", "jsonl", rows), None).layout is Layout.ANSWERS
    wide = [{"student": "Ada", "Q1": 5, "Q2": 7}, {"student": "Bob", "Q1": 6, "Q2": None}]
    key = read_sheet("key.csv", LONG_KEY.encode())
    assert asked(arranged(Sheet("a.jsonl", "jsonl", wide), key)) == ADA_AND_BOB
    key = Sheet("key.jsonl", "jsonl", [{"Q1": 5, "Q2": None, "Q3": None}])
    found = arranged(Sheet("a.jsonl", "jsonl", wide), key)
    assert [one.expected for one in found.items] == ["5", None, "5", None]


NUMBER = st.integers(-9, 9).map(str)
CLASSES = st.integers(1, 4).flatmap(
    lambda count: st.tuples(
        st.lists(NUMBER, min_size=count, max_size=count),
        st.lists(st.lists(NUMBER | st.just(""), min_size=count, max_size=count), min_size=2,
                 max_size=4),
    )
)  # fmt: skip


def table(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


@settings(max_examples=50, deadline=None)
@given(CLASSES)
def test_wide_long_and_turned_sheets_are_one(data: tuple[list[str], list[list[str]]]) -> None:
    key, answers = data
    questions = [f"Q{at}" for at, _ in enumerate(key, 1)]
    students = [f"S {chr(65 + at)}" for at, _ in enumerate(answers)]
    named = [*zip(students, answers, strict=True)]
    wide = table([["name", *questions], ["key", *key], *([name, *row] for name, row in named)])
    by_question = [
        [one, right, *(row[at] for row in answers)]
        for at, (one, right) in enumerate(zip(questions, key, strict=True))
    ]
    turned = table([["question", "key", *students], *by_question])
    long = table([["student", "question", "answer"],
                  *([name, one, row[at]] for name, row in named
                    for at, one in enumerate(questions))])  # fmt: skip
    of_key = table([["question", "answer"], *map(list, zip(questions, key, strict=True))])
    expected = sorted(asked(exam(wide)), key=str)
    assert len(expected) == len(key) * len(answers)
    assert sorted(asked(exam(turned)), key=str) == expected
    assert sorted(asked(exam(long, of_key)), key=str) == expected


@pytest.mark.parametrize(
    "header",
    [
        "Name,Aufgabe,Antwort,Schlüssel",
        "Élève,Exercice,Réponse,Corrigé",
        "alumno,pregunta,respuesta,Respuesta correcta",
        " STUDENT , Question,ANSWER , Key",
    ],
)
def test_columns_may_have_names_in_other_languages(header: str) -> None:
    (item,) = exam(f"{header}\nAda,1,5,6\n", None).items
    assert (item.student, item.question, item.predicted, item.expected) == ("Ada", "1", "5", "6")


def test_a_file_without_a_key_says_so() -> None:
    with pytest.raises(UsageError, match="has no key") as refused:
        exam("id,answer\n1,5\n", None)
    assert "--key FILE" in refused.value.hint


def test_of_several_answers_of_a_student_to_a_question_the_last_counts() -> None:
    text = "student,question,answer\nAnna,1,5\nAnna,Q1,6\nAnna,2,6\nBob,1,6\n"
    found = exam(text, "question,answer\n1,6\n2,6\n")
    assert [one.replaced for one in found.items] == [True, False, False, False]
    note = "class.csv: answered more than once, and the last answer counts: Anna, 1"
    assert note in found.notes


def test_rows_of_the_same_name_are_told_apart_everywhere() -> None:
    found = exam("first name,last name,Q1\nAnn,Lee,5\nAnn,Lee,6\n", "question,answer\nQ1,6\n")
    assert [one.student for one in found.items] == ["Ann Lee", "Ann Lee (2)"]
    assert [one.fields["last name"] for one in found.items] == ["Lee", "Lee (2)"]
    note = "class.csv: rows of the same name count as different students: Ann Lee (2)"
    assert note in found.notes


@pytest.mark.parametrize("key", [LONG_KEY, "Q1,Q2\n5,7\n", "id,answer\n1,5\n2,7\n"])
@pytest.mark.parametrize(
    ("answers", "what"),
    [("name,Q1\nAda,5\n", "column"), ("name,question,answer\nAda,Q1,5\n", "row")],
)
def test_questions_of_the_key_that_nobody_answered(answers: str, what: str, key: str) -> None:
    assert f"class.csv has no {what} for 1 of the key's: 2" in exam(answers, key).notes


def test_a_header_without_a_name_is_no_title() -> None:
    found = exam(",1,2\nsolution,5,7\nAda,5,8\n", None)
    assert asked(found) == [("Ada", "1", "5", "5"), ("Ada", "2", "8", "7")]
