"""Words that lead to a result; a value named a second time by an approximation; named boxes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mathcli.answers import Grader, extract_answer


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(timeout=20) as made:
        yield made


@pytest.mark.parametrize(
    "words",
    [
        "So", "so", "So,", "Now", "Ans", "Ans:", "Sol", "Answer:", "I get", "I got", "We have",
        "We find that", "This gives", "Solving gives", "Hence,", "Therefore we get", "And so",
        "So then", "Yes,", "OK", "i.e.", "Also", "Donc", "Let", "But", "Put", "Dan",
    ],
)  # fmt: skip
def test_words_before_a_formula_change_nothing(grader: Grader, words: str) -> None:
    for formula, other in (("x = 3", "x=4"), ("x = 3 and y = 2", "x=3, y=4")):
        said = f"{words} {formula}"
        found = grader.compare(said, formula.replace(" and", ",")).verdict.value
        assert found == "correct" or (
            found == "undecided" and words in ("Let", "But", "Put", "Dan")
        )
        assert grader.compare(said, other).verdict.value != "correct"


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("x = 3, so y = 2", "x=3, y=2"),
        ("x = 3 and so y = 2", "x=3, y=2"),
        ("So $f(x) = 2x$", "f(x) = 2x"),
        ("So x > 3", "x > 3"),
        ("Ans 3/4", "3/4"),
        ("Now, 3", "3"),
        ("so = 3", "so = 3"),
        ("I x = 3", "I x = 3"),
        ("yes, because 5 > 3", "yes"),
    ],
)
def test_other_places_and_variables_of_such_names(grader: Grader, said: str, key: str) -> None:
    assert grader.compare(said, key).verdict.value == "correct"


@pytest.mark.parametrize("said", ["not x = 3", "never x = 3", "x is not 3", "First 10 primes"])
def test_words_with_a_meaning_are_kept(grader: Grader, said: str) -> None:
    assert grader.compare(said, "x = 3").verdict.value != "correct"
    assert grader.compare(said, "10").verdict.value != "correct"


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("The probability is 5/36, or about 13.9 %.", "5/36"),
        ("5/36 (about 13.9%)", "5/36"),
        ("5/36, which is roughly 0.139", "5/36"),
        ("5/36, i.e. about 0.139", "5/36"),
        ("1/3 or about 0.3", "1/3"),
        ("sqrt(2), approximately 1.414", "sqrt(2)"),
        ("10/3 cm, or about 3.33 cm", "10/3"),
        ("10/3 cm ≈ 3.33 cm", "10/3 cm"),
        ("about 5", "5"),
    ],
)
def test_a_value_and_its_approximation_are_one(grader: Grader, said: str, key: str) -> None:
    assert grader.compare(said, key).verdict.value == "correct"


@pytest.mark.parametrize("said", ["2 or about 3", "x = 2 or about 3", "5/36, or about 15%"])
def test_another_value_is_no_approximation(grader: Grader, said: str) -> None:
    for key in ("2", "5/36"):
        assert grader.compare(said, key).verdict.value != "correct"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("First:\n\\boxed{3}\nSecond:\n\\boxed{4}", "3, 4"),
        ("**Width:**\n\n$\\boxed{3}$\n\n**Length:**\n\n$\\boxed{4}$", "3, 4"),
        ("Guess:\n\\boxed{3}\nCorrected:\n\\boxed{4}", "4"),
        ("First:\n\\boxed{3}\nFinal answer:\n\\boxed{4}", "4"),
        ("Let us see:\n\\boxed{3}\nWe add one and get\n\\boxed{4}", "4"),
    ],
)
def test_boxes_below_lines_that_name_them(text: str, answer: str) -> None:
    found = extract_answer(text)
    assert found is not None
    assert found.text == answer
