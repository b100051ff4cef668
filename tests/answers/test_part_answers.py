r"""The answers to the parts of a problem in what models write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.answers import Grader, Verdict
from mathcli.answers.multipart import LABELS, compare_parts, joined_parts, split_parts
from mathcli.answers.part_answers import part_answers
from mathcli.answers.verdict import undecided


def read(text: str, labels: str = "a b", **how: object) -> str:
    found = part_answers(text, labels.split(), **how)  # type: ignore[arg-type]
    return "; ".join(f"{label}: {answer.text}" for label, answer in found.items())


TEXTS = [
    # boxes with labels before them
    (r"(a) It is \boxed{3}. (b) So \boxed{5}.", "a: 3; b: 5"),
    ("(a) 2+1 gives\n\\[ \\boxed{3} \\]\n(b) 2+3 gives\n\\[ \\boxed{5} \\]", "a: 3; b: 5"),
    ("**Part (a):** so $x = \\boxed{3}$\n\n**Part (b):** so $y = \\boxed{5}$", "a: 3; b: 5"),
    ("### Part a\nIt is $\\boxed{3}$.\n### Part b\nIt is $\\boxed{5}$.", "a: 3; b: 5"),
    ("a) $\\boxed{3}$\nb) $\\boxed{5}$", "a: 3; b: 5"),
    ("a. $\\boxed{3}$\nb. $\\boxed{5}$", "a: 3; b: 5"),
    ("For part (a) the answer is $\\boxed{3}$. For part (b) it is $\\boxed{5}$.", "a: 3; b: 5"),
    # labels inside
    (r"\boxed{(a) 3} and \boxed{(b) 5}", "a: 3; b: 5"),
    (r"\boxed{\text{(a) } 3}, \boxed{\text{(b) } 5}", "a: 3; b: 5"),
    (r"\boxed{(a) 3, (b) 5}", "a: 3; b: 5"),
    (r"\boxed{a = 3; b = 5}", "a: 3; b: 5"),
    (r"\boxed{(b) 5} \boxed{(a) 3}", "a: 3; b: 5"),
    # boxes in order
    (r"First $\boxed{3}$, second $\boxed{5}$.", "a: 3; b: 5"),
    (r"It is \boxed{3}. Then \boxed{5}. In sum: \boxed{3} and \boxed{5}.", "a: 3; b: 5"),
    # sentences
    ("(a) The area is 24 square units.\n(b) The perimeter is 20 units.", "a: 24; b: 20"),
    ("(a) The answer is 3.\n(b) The answer is 5.", "a: 3; b: 5"),
    ("(a) x = 2 or x = 3\n(b) -1/4", "a: x = 2 or x = 3; b: -1/4"),
    # one list
    (r"So \boxed{3, 5}.", "a: 3; b: 5"),
    (r"So \boxed{3 \text{ and } 5}.", "a: 3; b: 5"),
    ("The answers are 3 and 5.", "a: 3; b: 5"),
    # the working first, a summary last
    ("(a) 2+1 = 3\n(b) 2+3 = 5\nSummary: (a) \\boxed{3} (b) \\boxed{5}", "a: 3; b: 5"),
    # what cannot be told apart is no answer
    (r"It is \boxed{3}.", ""),
    (r"(a) So it is \boxed{3}.", "a: 3"),
    ("We can use the sum of the two.", ""),
    (r"\boxed{3} \boxed{5} \boxed{7}", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), TEXTS)
def test_texts(text: str, found: str) -> None:
    assert (
        read(text, convention="boxed").replace(" square units", "").replace(" units", "") == found
    )


def test_other_labels() -> None:
    assert read("1) \\boxed{3}\n2) \\boxed{5}\n3) \\boxed{7}", "1 2 3") == "1: 3; 2: 5; 3: 7"
    assert read("(i) \\boxed{3} (ii) \\boxed{5}", "i ii") == "i: 3; ii: 5"
    assert read("Teil a) \\boxed{3}\nTeil b) \\boxed{5}") == "a: 3; b: 5"
    assert read("（1）\\boxed{3}；（2）\\boxed{5}", "1 2") == "1: 3; 2: 5"


def test_only_what_was_asked_for() -> None:
    assert read(r"(a) A proof. (b) So \boxed{5}. (c) So \boxed{7}.", "b c") == "b: 5; c: 7"


def test_what_programs_printed_where_words_say_nothing() -> None:
    assert read("", outputs=["24\n20"]) == "a: 24; b: 20"
    assert read("", outputs=["(a) 24\n(b) 20"]) == "a: 24; b: 20"
    assert read("", outputs=["24", "20"]) == "a: 24; b: 20"
    assert read("", outputs=["24"]) == ""
    assert read(r"(a) \boxed{3} (b) \boxed{5}", outputs=["1\n2"]) == "a: 3; b: 5"


def test_outputs_do_not_count_where_the_only_box_says_something_else() -> None:
    assert read(r"So it is \boxed{2}.", outputs=["(3, 1)", "2.0"]) == "a: (3, 1); b: 2.0"
    assert read(r"So it is \boxed{7}.", outputs=["(3, 1)", "2.0"]) == ""


def test_a_text_that_was_cut_off() -> None:
    assert read(r"(a) It is \boxed{3}. (b) Now we take 7", ended=False) == "a: 3"


KEYS = [
    ("a=3; b=5", "correct"), ("(a) 3; (b) 5", "correct"), ("b: 5; a: 3", "correct"),
    ("a: 3\nb: 5", "correct"), ('{"a": 3, "b": "5"}', "correct"), ("3; 5", "correct"),
    ("1: 3; 2: 5", "correct"),
    ("a=3, b=5", "correct"), ("a: 6/2; b: 5.0", "correct"), ("a) 3; b) 5", "correct"),
    ("a=3; b=6", "incorrect"), ("5; 3", "incorrect"), ("a=3; b=5; c=7", "incorrect"),
]  # fmt: skip


def test_keys() -> None:
    with Grader() as grader:
        for key, verdict in KEYS:
            assert grader.compare("a: 3; b: 5", key).verdict.value == verdict, key
        found = grader.compare("a: 3; b:", "a=3; b=5")
        assert (found.verdict, found.reason) == (
            Verdict.INCORRECT, "one side has no answer for (b)",
        )  # fmt: skip
        assert "part b" in grader.compare("a: 3; b: 5", "a: 3; b: 6").reason
        lists = grader.compare("a: 2, 3; b: [0, 1]", "a={3, 2}; b=0 <= x <= 1")
        assert lists.verdict is Verdict.CORRECT
        assert all(one.verdict is Verdict.CORRECT
                   for one in grader.compare_many([("a: 3; b: 5", "b=5; a=3")] * 3))  # fmt: skip


def test_other_texts_are_no_parts() -> None:
    for text in ("3; 5", "x = 3; y = 5", "1:2", "(a, b)", "{1, 2}", "a", "", "a=3", "12:30; 13:00"):
        assert split_parts(text) is None, text


VALUES = st.sampled_from(["3", "-1/2", "2, 3", "x = 5", "(0, 1)", "\\frac{1}{2}", "yes", "5 cm"])


@given(st.sampled_from(LABELS), st.lists(VALUES, min_size=2, max_size=6))
def test_what_is_joined_comes_apart_again(labels: tuple[str, ...], values: list[str]) -> None:
    answers = dict(zip(labels, values, strict=False))
    assert split_parts(joined_parts(answers)) == answers


@given(st.lists(VALUES, min_size=2, max_size=6))
def test_boxes_with_labels_are_read_back(values: list[str]) -> None:
    labels = LABELS[0][: len(values)]
    text = "\n".join(
        rf"({label}) So \boxed{{{one}}}." for label, one in zip(labels, values, strict=True)
    )
    found = part_answers(text, labels)
    assert [answer.text for answer in found.values()] == values


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_are_taken_apart_or_not(first: str, second: str) -> None:
    compare_parts(first, second, lambda one, two: undecided(f"{one} {two}"))


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert set(part_answers(text, ["a", "b"])) <= {"a", "b"}
