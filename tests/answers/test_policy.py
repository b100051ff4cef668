"""What careful people decide differently, and what each option changes."""

from __future__ import annotations

from typing import Any

import pytest

from mathcli.answers import Policy
from mathcli.answers.describing import described
from mathcli.answers.equivalence import Equivalence

CHANGED: list[tuple[dict[str, Any], str, str, str, str]] = [
    ({"decimal_comma": True}, "3,5", "3.5", "incorrect", "correct"),
    ({"decimal_comma": True}, "1.234", "1234", "incorrect", "correct"),
    ({"decimal_comma": True}, "2,50 €", "€2,5", "incorrect", "correct"),
    ({"decimal_comma": True}, "1,234", "1234", "correct", "incorrect"),
    ({"positive": True}, r"\sqrt{a^2 b}", r"a\sqrt{b}", "undecided", "correct"),
    ({"positive": True}, r"\sqrt{x^2}", "x", "undecided", "correct"),
    ({"positive": True}, r"\sqrt{x^2}", "2x", "incorrect", "incorrect"),
    ({"units": "require"}, "5 cm", "5", "correct", "incorrect"),
    ({"units": "require"}, "5 cm", "50 mm", "correct", "correct"),
    ({"units": "require"}, "5 apples", "5", "correct", "correct"),
    ({"units": "ignore"}, "5 cm", "5 kg", "incorrect", "correct"),
    ({"units": "ignore"}, "5 cm", "6 cm", "incorrect", "incorrect"),
    ({"digits": 3}, "3.14", r"\pi", "incorrect", "correct"),
    ({"digits": 2}, "0.33", "1/3", "incorrect", "correct"),
    ({"digits": 2}, "0.34", "1/3", "incorrect", "incorrect"),
    ({"digits": 4}, "0.33", "1/3", "incorrect", "incorrect"),
    ({"digits": 3}, "12345", "12300", "incorrect", "correct"),
    ({"digits": 3}, r"\sqrt{2}", "1.41", "incorrect", "correct"),
    ({"case": True}, "Even", "even", "correct", "incorrect"),
    ({"case": True}, "Even", "Even", "correct", "correct"),
    ({"percent": True}, "75%", "0.75", "incorrect", "correct"),
    ({"tolerance": 0.01}, "3.14", r"\pi", "incorrect", "correct"),
]


@pytest.mark.parametrize(("options", "first", "second", "without", "with_it"), CHANGED)
def test_an_option_changes_what_it_says(
    options: dict[str, Any], first: str, second: str, without: str, with_it: str
) -> None:
    for policy, verdict in ((Policy(), without), (Policy(**options), with_it)):
        equivalence = Equivalence(policy, algebra=True)
        found = equivalence.compare(first, second)
        assert found.verdict.value == verdict, found.reason
        assert equivalence.compare(second, first) == found


@pytest.mark.parametrize("wrong", [{"digits": -1}, {"digits": 51}, {"units": "some"}])
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Policy(**wrong)


def test_a_policy_says_what_is_in_force() -> None:
    for options in ({}, {"digits": 3}, {"decimal_comma": True}, {"units": "require"}):
        assert len(list(Policy(**options).sentences())) == 7  # type: ignore[arg-type]
    assert list(Policy(digits=3).sentences()) != list(Policy().sentences())


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("36 km/h", "quantity: 36 km/h"),
        ("x > 2", "values of a variable: x in (2, infinity)"),
        ("{3, 2}", "set: {3, 2}"),
        ("4:20", "time of the day: 4:20"),
        ("July 4, 1999", "date: 1999-07-04"),
        ("no solution", "nothing: there is none"),
        (r"\begin{pmatrix}1\\2\end{pmatrix}", "matrix: [[1], [2]]"),
        ("7 R 3", "quotient and remainder: (7, 3)"),
        ("%%%", "not understood: compared as text only"),
        (r"\begin{cases}1 & x>0\\ 2 & x\le 0\end{cases}",
         "cases: 1 if x in (0, infinity); 2 if x in (-infinity, 0]"),
    ],
)  # fmt: skip
def test_a_reading_is_described(text: str, first: str) -> None:
    assert described(text)[0] == first
