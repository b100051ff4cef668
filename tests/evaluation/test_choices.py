"""Multiple-choice sets as their authors publish them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mathcli.errors import UsageError
from mathcli.evaluation.datasets import read_dataset
from mathcli.evaluation.fields import facts, lacking

ASKED = "How many?\n(A) 5\n(B) 7"
SHAPES: list[tuple[str, dict[str, Any]]] = [
    ("AQuA", {"options": ["A)5", "B)7"], "correct": "B"}),
    ("MMLU", {"choices": ["5", "7"], "answer": 1}),
    ("AGIEval", {"passage": None, "options": ["(A)5", "(B)7"], "label": "B", "answer": None}),
    ("Gaokao", {"options": {"A": "5", "B": "7"}, "label": "B", "answer": None}),
    ("Gaokao, letters twice", {"options": {"A": "A. 5", "B": "B. 7"}, "label": "B"}),
    ("SAT", {"options": "A) 5 B) 7", "Answer": "B"}),
    ("SAT, by lines", {"options": "(A) 5\n(B) 7", "Answer": "B"}),
    ("MathQA", {"options": "a ) 5 , b ) 7", "correct": "b"}),
    ("ARC", {"choices": {"text": ["5", "7"], "label": ["A", "B"]}, "answerKey": "B"}),
    ("records", {"options": [{"label": "A", "text": "5"}, {"label": "B", "text": "7"}],
                 "answer": "B"}),
    ("C-Eval", {"A": "5", "B": "7", "answer": "B"}),
    ("columns", {"option_a": "5", "option_b": "7", "correct_option": "B"}),
    ("the text itself", {"choices": ["5", "7"], "answer": "7"}),
    ("MMLU-Pro", {"options": ["5", "7"], "answer": "B", "answer_index": 1}),
    ("GaokaoBench", {"options": ["5", "7"], "answer": ["B"]}),
    ("a bracketed letter", {"options": ["5", "7"], "answer": "(B)"}),
]  # fmt: skip


@pytest.mark.parametrize("row", [row for _, row in SHAPES], ids=[name for name, _ in SHAPES])
def test_choices_are_shown_and_the_right_one_is_known(row: dict[str, Any]) -> None:
    found = facts({"question": "How many?", **row})
    assert (found.problem, found.expected) == (ASKED, "B")
    assert lacking({"question": "How many?", **row}, found) is None


def test_choices_that_the_problem_shows_already_are_not_repeated() -> None:
    question = "How many?\nA. 5\nB. 7"
    assert facts({"question": question, "choices": ["5", "7"], "answer": 1}).problem == question


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"question": "How many?", "options": "five or seven", "answer": "B"}, "cannot be read"),
        ({"question": "How many?", "options": [["5"], ["7"]], "answer": "B"}, "cannot be read"),
        ({"question": "A man is late. Why?", "label": "A"}, "shows no choices"),
        ({"question": "How many?", "answer": "B"}, "shows no choices"),
    ],
)
def test_a_question_is_never_posed_without_its_choices(
    row: dict[str, Any], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(row) + "\n")
    with pytest.raises(UsageError, match=says):
        read_dataset(path)


@pytest.mark.parametrize(
    "row",
    [
        {"problem": "Which is larger, A = 5 or B = 7?", "answer": "B"},
        {"problem": 'label("A"); label("B"); Which graph is it?', "answer": "B"},
        {"problem": "Name the point.", "answer": "P"},
    ],
)
def test_a_letter_may_be_an_answer_by_itself(row: dict[str, Any]) -> None:
    assert lacking(row, facts(row)) is None
