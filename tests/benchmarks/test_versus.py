"""The labels of the pairs on which graders are compared are true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("lark")
sympy = pytest.importorskip("sympy")

from tests.benchmarks.versus_math_verify import (  # noqa: E402
    EQUAL,
    differ,
    made,
    rows_from,
    values,
)

KEYS = [r"\frac{1}{2}", r"2\sqrt{3}", "x^2-1", "(3,-4)", r"12\pi", "7", r"\text{Evelyn}", "4+6i"]


def test_pairs_are_what_they_are_labelled() -> None:
    rows = made(KEYS, seed=1)
    assert {row.key for row in rows} >= {r"\frac{1}{2}", "x^2-1", "(3,-4)", r"12\pi"}
    for row in rows:
        if "," in row.answer or "i" in row.answer:
            continue
        assert row.answer != row.key
        assert differ(values(row.answer), values(row.key)) == (row.verdict != EQUAL), row


def test_what_cannot_be_read_for_certain_makes_no_pair() -> None:
    assert values(r"\text{Evelyn}") is None
    assert values("5x(x+1)") is None
    assert values("") is None
    assert values(r"3 \frac{3}{8}") is None
    assert values(r"\overline{CD}") is None


def test_labelled_rows_are_taken_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"answer": "1", "key": "2", "verdict": "incorrect"}) + "\n")
    (row,) = rows_from(path, 0)
    assert (row.answer, row.key, row.verdict) == ("1", "2", "incorrect")
