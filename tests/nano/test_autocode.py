"""The choice between words and programs is taught by what the model itself gets right."""

from __future__ import annotations

import asyncio

from autocode import CUE_WEIGHT, chosen
from evaluate import open_solver
from problems import generate
from problems.problem import PROGRAM_CUE, WORDS_CUE, Problem

from mathcli.resources import embedded_model


def documents(problems: list[Problem]) -> list[list[list[object]]]:
    """The segments of the document that each problem gets, by the shipped model's attempts."""

    async def made() -> list[list[list[object]]]:
        async with open_solver(embedded_model(), live=2) as solver:
            rows = [await chosen(solver, problem) for problem in problems]
        return [row["segments"] for row in rows if row is not None]  # type: ignore[misc]

    return asyncio.run(made())


def test_what_cannot_be_done_in_words_gets_a_program() -> None:
    # Nobody says this of 2 + 2, so the model never does.
    impossible = Problem(
        "sums",
        "What is 2 + 2?",
        "Add 2 and 2.",
        "print(2 + 2 + 10**9)",
        spoken="Add 2 and 2. The answer is \\boxed{1000000004}.",
    )
    found = documents([impossible, generate("not mathematics", 1)])
    cues = [segments[1] for segments in found]
    assert cues == [[PROGRAM_CUE, CUE_WEIGHT], [WORDS_CUE, CUE_WEIGHT]]
    assert "```python" in str(found[0])
    assert "```python" not in str(found[1])
