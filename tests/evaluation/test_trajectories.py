from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.evaluation.trajectories import segments
from mathcli.models import CodeFormat, card_named

TORA = (
    "Let us compute.\n```python\nprint(2)\nprint(3)\n```\n```output\n2\n3\n```\n"
    "Again.\n\n```python\nprint(x)\n```\n```output\nNameError: name 'x' is not defined\n```\n"
    "It is $\\boxed{3}$."
)


def kinds(text: str, code: CodeFormat | None = None) -> list[tuple[str, str]]:
    return [(one["kind"], one["text"]) for one in segments(text, code or CodeFormat())]


def test_words_programs_and_outputs() -> None:
    assert kinds(TORA) == [
        ("text", "Let us compute."),
        ("code", "print(2)\nprint(3)"),
        ("output", "2\n3"),
        ("text", "Again."),
        ("code", "print(x)"),
        ("output", "NameError: name 'x' is not defined"),
        ("text", "It is $\\boxed{3}$."),
    ]
    assert [one.get("error") for one in segments(TORA) if one["kind"] == "output"] == [
        None, "NameError: name 'x' is not defined",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ("Timeout Error", "timeout"),
        ("timed out", "timeout"),
        ("Runtime errors: name 'x' is not defined", "Runtime errors: name 'x' is not defined"),
        ("1\nZeroDivisionError: division by zero", "ZeroDivisionError: division by zero"),
        ("sympy.SympifyError: x", "sympy.SympifyError: x"),
        ("Error: no", "Error: no"),
        ("The error is 0.5", None),
        ("12", None),
        ("[TypeError]", None),
    ],
)
def test_which_outputs_are_failures(output: str, error: str | None) -> None:
    text = f"```python\nf()\n```\n```output\n{output}\n```"
    (one,) = [part for part in segments(text) if part["kind"] == "output"]
    assert one.get("error") == error


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```python\nprint(1)", [("code", "print(1)")]),  # cut off
        ("```python\n1\n```\n```output\n1", [("code", "1"), ("output", "1")]),
        ("```output\n1\n```", [("text", "1")]),  # an output of nothing is words
        ("", []),
        ("```python\n```\n", []),
        ("a ``` b", [("text", "a ``` b")]),
        (
            "```python\nif x:\n    s = '''\n    ```\n```",
            [("code", "if x:\n    s = '''"), ("text", "```")],
        ),
    ],
)
def test_texts_that_are_odd(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


def test_other_families_use_other_marks() -> None:
    nemo = card_named("openmath1").code
    text = "Go.\n<llm-code>\n1+1\n</llm-code>\n<llm-code-output>\n2\n</llm-code-output>\nIt is 2."
    assert kinds(text, nemo) == [
        ("text", "Go."), ("code", "1+1"), ("output", "2"), ("text", "It is 2."),
    ]  # fmt: skip
    assert kinds(text) == [("text", text)]


@given(st.lists(st.sampled_from(["```python\n", "```", "```output\n", "\n", "x", "error: "])))
def test_any_text_is_taken_apart(parts: list[str]) -> None:
    found = segments("".join(parts))
    assert all(one["text"].strip() or one["kind"] == "output" for one in found)
    kinds = [one["kind"] for one in found]
    assert all(kinds[at - 1] == "code" for at, kind in enumerate(kinds) if kind == "output")
