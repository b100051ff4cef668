"""Rows as their authors publish them."""

from __future__ import annotations

from typing import Any

import pytest

from mathcli.evaluation.fields import facts, layout

GSM8K = {"question": "Ann has 2 eggs and buys 3.", "answer": "2 + 3 = <<2+3=5>>5\n#### 1,005"}
MATH = {
    "problem": "Find $x$.",
    "level": "Level 3",
    "type": "Algebra",
    "solution": "So $x=\\boxed{\\frac{1}{2}}$.",
}
MATH_500 = {
    "problem": "Find $x$.", "solution": "\\boxed{7}", "answer": "7", "subject": "Geometry",
    "level": 5, "unique_id": "test/geometry/1.json",
}  # fmt: skip
SVAMP = {
    "ID": "chal-1", "Body": "Paco had 26 cookies. He ate 14", "Question": "How many are left?",
    "Answer": 12.0, "Type": "Subtraction",
}  # fmt: skip
ASDIV = {
    "body": "Seven red apples and two green apples are in the basket.",
    "question": "How many apples are in the basket?", "answer": "9 (apples)",
    "solution_type": "Addition", "formula": "7+2=9", "grade": "1",
}  # fmt: skip
MAWPS = {"iIndex": 3, "sQuestion": "Joan found 70 shells. How many?", "lSolutions": [43.0]}
PLACES = {"Question": "Has number0 pens and number1 cups?", "Numbers": "8.0 3", "Answer": 11.0}
OLYMPIAD = {
    "question": "Solve.", "final_answer": ["2", "5"], "subfield": "Algebra", "id": 1606,
    "difficulty": "Competition",
}  # fmt: skip
AIME = {"ID": "2024-II-4", "Problem": "Find it.", "Solution": "It is 33.", "Answer": 33}
AQUA = {"question": "How many?", "options": ["A)5", "B)7"], "correct": "B", "rationale": "..."}
MMLU = {"question": "How many?", "choices": ["5", "7", "9"], "answer": 2, "subject": "algebra"}
OMNI = {
    "problem": "Find it.", "answer": "3", "solution": "...", "difficulty": 8.0,
    "domain": ["Mathematics -> Number Theory -> Congruences"],
}  # fmt: skip

CARP = {"content": "Solve $x+1=3$.", "answer": "$x=2$", "steps": "..."}
CHAT = {
    "messages": [
        {"role": "system", "content": [{"type": "text", "content": "Solve it."}]},
        {"role": "user", "content": [{"type": "text", "content": "What is 1 + 1?"}]},
    ],
    "ground_truth": {"solution": "1 + 1", "answer": 2.0},
}
TRAINING = {
    "conversations": [
        {"from": "human", "value": "What is 1 + 1?"},
        {"from": "gpt", "value": "It is \\boxed{2}."},
    ]
}
VERL = {
    "prompt": [{"role": "user", "content": "What is 1 + 1?"}],
    "reward_model": {"ground_truth": "2", "style": "rule"},
}
LIGHTEVAL = {"query": "What is 1 + 1?", "choices": ["2"], "gold_index": 0}
TABLE = {"question": "How many?", "table": "a | 1\nb | 2", "table_title": "Pets", "answer": "3"}


@pytest.mark.parametrize(
    ("row", "name", "expected", "subject", "level"),
    [
        (GSM8K, "gsm8k", "1,005", None, None),
        (MATH, "math", "\\frac{1}{2}", "Algebra", "3"),
        (MATH_500, "math", "7", "Geometry", "5"),
        (SVAMP, "svamp", "12", "Subtraction", None),
        (ASDIV, "asdiv", "9", "Addition", "1"),
        (MAWPS, "mawps", "43", None, None),
        (OLYMPIAD, "olympiadbench", "2, 5", "Algebra", "Competition"),
        (AIME, "aime", "33", None, None),
        (AQUA, "choices", "B", None, None),
        (MMLU, "choices", "C", "algebra", None),
        (OMNI, "any", "3", "Number Theory", "8"),
        ({"input": "1+1?", "target": 2}, "any", "2", None, None),
        (CARP, "any", "$x=2$", None, None),
        (CHAT, "any", "2", None, None),
        (TRAINING, "any", "2", None, None),
        (VERL, "any", "2", None, None),
        (LIGHTEVAL, "any", "2", None, None),
        ({"problem": "?", "answers": ["1/2", "50%"]}, "any", "1/2 || 50%", None, None),
        ({"problem": "?", "answer": "5", "accepted": ["five"]}, "any", "5 || five", None, None),
        ({"problem": "1+1?"}, "any", None, None, None),
        ({"problem": "Prove it.", "solution": "Clear."}, "any", None, None, None),
    ],
)
def test_known_layouts(
    row: dict[str, Any], name: str, expected: str | None, subject: str | None, level: str | None
) -> None:
    found = facts(row)
    assert (layout(row), found.expected) == (name, expected)
    assert (found.subject, found.level) == (subject, level)
    assert found.problem


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (SVAMP, "Paco had 26 cookies. He ate 14. How many are left?"),
        (ASDIV, f"{ASDIV['body']} {ASDIV['question']}"),
        (PLACES, "Has 8 pens and 3 cups?"),
        (AQUA, "How many?\n(A) 5\n(B) 7"),
        ({"question": "", "answer": 1}, None),
        (CARP, "Solve $x+1=3$."),
        (CHAT, "What is 1 + 1?"),
        (TRAINING, "What is 1 + 1?"),
        (VERL, "What is 1 + 1?"),
        (LIGHTEVAL, "What is 1 + 1?"),
        (TABLE, "Pets\na | 1\nb | 2\n\nHow many?"),
        ({"answer": 1}, None),
    ],
)
def test_what_the_model_is_asked(row: dict[str, Any], problem: str | None) -> None:
    assert facts(row).problem == problem


def test_ids() -> None:
    assert [facts(row).id for row in (MATH_500, SVAMP, MAWPS, AIME, GSM8K)] == [
        "test/geometry/1.json", "chal-1", "3", "2024-II-4", None,
    ]  # fmt: skip
