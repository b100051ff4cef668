"""One spelling for small models, with the meaning that was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.models import cards
from mathcli.problems.notation import plain
from mathcli.solving.prompts import render_prompt


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("3 · 4 and 2·x", "3 * 4 and 2*x"),
        ("Solve 2x – 3 = 7", "Solve 2x - 3 = 7"),
        ("Solve x² − 5x = 0", "Solve x^2 - 5x = 0"),
        ("x⁻¹⁰ + (a+b)³", "x^(-10) + (a+b)^3"),
        ("½ + ⅓", "1/2 + 1/3"),
        ("1 ½ cups, or 2½", "3/2 cups, or 5/2"),
        ("Is ½x 3?", "Is (1/2)x 3?"),
        ("15 % of 80, or 5 %.", "15% of 80, or 5%."),
        ("What is 1,000 + 500?", "What is 1000 + 500?"),
        ("It has 12,345,678 people.", "It has 12345678 people."),
        ("It costs $250,000.", "It costs $250000."),
        ("3,5 + 1,25", "3.5 + 1.25"),
        ("2,5 % of 80", "2.5% of 80"),
        ("€1,200.50, 90€, £ 5", "1200.50 euros, 90 euros, 5 pounds"),
        ("5\u00a0+\u20096", "5 + 6"),
        ("2x = 10", "Solve 2x = 10"),
        ("x/2 = 5.", "Solve x/2 = 5."),
        ("3x = x + 8", "Solve 3x = x + 8"),
        ("10 = 2x", "Solve 10 = 2x"),
        ("x² = 9", "Solve x^2 = 9"),
        ("∫₀¹ x² dx", r"\int_{0}^{1} x^2\,dx"),
    ],
)
def test_notation_is_written_plainly(typed: str, expected: str) -> None:
    assert plain(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "What is 17 % 5?",
        "What is 17 %(2+3)?",
        "the points (1,200) and (3,4)",
        "the sets {1,000, 2} and [2,500]",
        "the mean of 100,200,300 and 85,90",
        "gcd(12,18) or gcd of 12,18",
        "f(2,5) - 3",
        "1,2,3",
        "Solve x^2 - 5x + 6 = 0, and 5/36 * 2",
        "What is $3.50 times 4?",
        "y = 2x + 3",
        "f(x) = x^2",
        "2 + 2 =",
        "2 + 2 = ?",
        "Solve 2x = 10",
        "x + y = 5, x - y = 1",
    ],
)
def test_what_may_mean_something_else_stays(typed: str) -> None:
    assert plain(typed) == typed


@given(st.text("0123456789,.%+-*/ ()x½⅓·–€$£"))
def test_no_sign_of_another_spelling_is_left(text: str) -> None:
    assert not set("·–½⅓") & set(plain(text))


@given(st.text("0123456789.+-*/ ()x^", max_size=30))
def test_what_is_plain_is_not_touched(text: str) -> None:
    assert plain(text) == text


def test_only_cards_that_ask_for_it_get_it() -> None:
    for name, card in cards().items():
        if card.methods and card.prompt_for(card.default_method).chat is None:
            text = "".join(p.text for p in render_prompt(card, card.default_method, "3 · 4", None))
            assert ("3 * 4" in text) == (name == "nano")
