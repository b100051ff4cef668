from __future__ import annotations

import pytest

from mathcli.solving.evidence import says


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        ("[2, 3]\n", "2, 3"),
        ("12.0", "12"),
        ("12", "12.0"),
        ("{x: 6, y: 4}", "x = 6, y = 4"),
        ("True", "yes"),
        ("3*x**2", "3*x**2"),
        ("x = 2\ny = 3", "3"),
    ],
)
def test_the_same_at_a_glance(output: str, answer: str) -> None:
    assert says(output, answer)


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        ("12", "2"),
        ("2.5", "2"),
        ("25", "2.5"),
        ("", "1"),
        ("x", ""),
        ("1/2", "0.5"),
        ("1.20", "1.2"),
    ],
)
def test_anything_else_is_not(output: str, answer: str) -> None:
    assert not says(output, answer)
