"""Recorded outputs in the forms that published systems write."""

from __future__ import annotations

from typing import Any

import pytest

from mathcli.errors import UsageError
from mathcli.evaluation.predictions import predictions
from mathcli.evaluation.results import answer_of, samples_of

PROGRAM = "```python\nprint(1+1)\n```\n```output\n2\n```\nIt is $\\boxed{2}$."
TORA = {
    "idx": 7, "question": "1+1?", "gt_cot": "so \\boxed{2}", "gt": "2", "level": "Level 2",
    "type": "Algebra", "code": [PROGRAM, "It is $\\boxed{3}$."], "pred": ["2", "3"],
    "report": ["Done", None], "score": [True, False],
}  # fmt: skip
QWEN_RM = {**TORA, "pred_score": [[0.1, 0.9], [0.2, 0.4]]}
NEMO = {
    "problem": "1+1?", "expected_answer": "2", "generation": PROGRAM, "predicted_answer": "2",
    "is_correct": True,
}  # fmt: skip
HARNESS = {
    "doc_id": 3, "doc": {"question": "1+1?", "answer": "1+1=2\n#### 2"}, "target": "2",
    "resps": [["The answer is 2.", "The answer is 5."]], "filtered_resps": ["2", "5"],
    "exact_match": 1.0,
}  # fmt: skip
DEEPSEEK = {"idx": 1, "question": "1+1?", "answer": "2", "model_output": PROGRAM, "prediction": "2"}
TEXT_ONLY = {"question": "1+1?", "gt": 2, "responses": [{"text": PROGRAM}, {"text": ""}]}
MATHCODER = {
    "id": "1", "messages": [{"role": "user", "content": [{"type": "text", "content": "1+1?"}]}],
    "ground_truth": {"solution": "1 + 1", "answer": "2"}, "completion": "2", "model_answer": "2",
    "debug_result": [
        {"role": "system", "content": ""}, {"role": "user", "content": "1+1?"},
        {"role": "code", "content": "print(1+1)"}, {"type": "execution", "content": "2"},
        {"role": "text", "content": "It is \\boxed{2}."},
    ],
}  # fmt: skip
LIGHTEVAL = {
    "doc": {"query": "1+1?", "choices": ["2"], "gold_index": 0},
    "model_response": {"text": ["The answer is 2."]}, "metric": {"pass@1": 1},
}  # fmt: skip
OPENCOMPASS = {
    "origin_prompt": [{"role": "HUMAN", "prompt": "1+1?"}], "prediction": "2", "gold": "2",
}  # fmt: skip
ANSWERS_ONLY = {"idx": 0, "gt": "2", "pred": ["2", "", "3"]}


@pytest.mark.parametrize(
    ("row", "answers"),
    [
        (TORA, ["2", "3"]),
        (QWEN_RM, ["2", "3"]),
        (NEMO, ["2"]),
        (HARNESS, ["2", "5"]),
        (DEEPSEEK, ["2"]),
        (TEXT_ONLY, ["2", None]),
        (MATHCODER, ["2"]),
        (LIGHTEVAL, ["2"]),
        (OPENCOMPASS, ["2"]),
        (ANSWERS_ONLY, ["2", None, "3"]),
    ],
)
def test_forms(row: dict[str, Any], answers: list[str | None]) -> None:
    (record,) = predictions([row]).records
    assert record["expected_answer"] == "2"
    assert [answer_of(sample) for sample in samples_of(record)] == answers


@pytest.mark.parametrize("row", [MATHCODER, LIGHTEVAL, OPENCOMPASS])
def test_the_problem_of_other_systems_is_found(row: dict[str, Any]) -> None:
    (record,) = predictions([row]).records
    assert record["problem"] == "1+1?"


def test_the_steps_that_mathcoder_records_are_segments() -> None:
    (record,) = predictions([MATHCODER]).records
    assert [part["kind"] for part in record["segments"]] == ["code", "output", "text"]


def test_what_is_kept_of_a_row() -> None:
    found = predictions([TORA])
    (record,) = found.records
    assert (record["id"], record["problem"], record["index"]) == ("7", "1+1?", 0)
    assert record["input"]["type"] == "Algebra"
    assert "code" not in record["input"]
    assert [part["kind"] for part in record["samples"][0]["segments"]] == ["code", "output", "text"]
    assert found.scored == [[True, False]]


def test_scores_of_steps_count_by_the_last() -> None:
    (record,) = predictions([QWEN_RM]).records
    assert [sample["score"] for sample in record["samples"]] == [0.9, 0.4]


def test_a_report_says_what_failed() -> None:
    row = {**TORA, "report": [["SyntaxError: x"], None]}
    (record,) = predictions([row]).records
    assert record["samples"][0]["segments"][1]["error"] == "SyntaxError: x"


def test_answers_are_read_from_texts_where_nobody_did() -> None:
    row = {"question": "?", "gt": "7", "code": ["```python\nprint(7)\n```\n```output\n7\n```\n"]}
    (record,) = predictions([row]).records
    assert record["prediction"] == "7"


def test_rows_without_anything_to_score_are_counted() -> None:
    found = predictions([TORA, {"question": "?", "gt": "1"}, {"question": "?", "pred": "1"}])
    assert (len(found.records), found.skipped) == (1, 2)


def test_nothing_to_score_at_all() -> None:
    with pytest.raises(UsageError, match="the fields are: question, gt") as raised:
        predictions([{"question": "?", "gt": "1"}])
    assert "code" in str(raised.value.hint)
