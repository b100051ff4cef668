from __future__ import annotations

from math import isclose, log1p, log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.calibration.features import FEATURES, measured


def value(name: str, problem: str) -> float:
    (feature,) = [one for one in FEATURES if one.name == name]
    return feature.measure(problem)


def test_there_are_a_few_dozen_each_with_a_name_of_its_own() -> None:
    names = [one.name for one in FEATURES]
    assert len(set(names)) == len(names)
    assert 24 <= len(names) <= 48


@pytest.mark.parametrize(
    ("name", "problem", "count"),
    [
        ("words", "Add 2 and x.", 2),
        ("sentences", "He ran 2.5 miles. How far is that?", 2),
        ("numbers", "1,200 and 3.5 and 7x", 3),
        ("round numbers", "10 times 120 is not 105 nor 1.0", 2),
        ("decimals", "2.5 and .5 and 3", 1),
        ("fractions", r"1/2 of \frac{3}{4} of a half", 2),
        ("LaTeX commands", r"\sqrt{\alpha} + 2", 2),
        ("equation signs", "x + y = 3, x = 2", 2),
        ("unknown letters", "I have a map: 3x + y = 2x, Bob's b", 3),
        ("operators", "2 + 3 - 4 * 5", 3),
        ("powers", "x^2 + y² + z**3", 3),
        ("brackets", "(1 + 2)[3]", 2),
        ("story: each, every, per", "Each of 3 boys eats two a day, per week.", 2),
    ],
)
def test_counts_are_logarithms_of_one_more(name: str, problem: str, count: int) -> None:
    assert isclose(value(name, problem), log1p(count))


def test_the_largest_number_counts_in_decimal_digits() -> None:
    name = "digits of the largest number"
    assert isclose(value(name, "2 and 1,999 and 7.5"), log10(2000))
    assert value(name, "no number") == 0
    assert value(name, "9" * 400) == 15  # larger than a float can be


@pytest.mark.parametrize(
    ("family", "problem", "other"),
    [
        ("equations", "Solve x^2 = 4", "What is x^2 for x = 4?"),
        ("derivatives", "Differentiate x^3", "What is x^3 for x = 2?"),
        ("integrals", r"Find \int x dx", "Find x"),
        ("limits", "the limit as x approaches 0", "the value at x = 0"),
        ("algebra", "Factor x^2 - 9", "the factorial of 9"),
        ("divisors", "Is 91 prime?", "Is 91 odd?"),
        ("counting", "In how many ways can 5 people sit?", "How many people sit?"),
        ("sequences", "What is the next number: 2, 4, 8", "What is 2 + 4 + 8"),
        ("geometry", "the area of a circle of radius 2", "twice the number 2"),
        ("averages", "What is the median of 1, 2, 9?", "What is the largest of 1, 2, 9?"),
    ],
)
def test_families_are_known_by_their_words(family: str, problem: str, other: str) -> None:
    assert (value(f"family: {family}", problem), value(f"family: {family}", other)) == (1, 0)


@given(st.text())
def test_any_text_has_finite_features(problem: str) -> None:
    values = measured(problem)
    assert len(values) == len(FEATURES)
    assert all(0 <= one < 1e3 for one in values)
