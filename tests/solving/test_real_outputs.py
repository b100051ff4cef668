"""What real models write, played through the loop as unknown models are asked.

Each case was seen with a small published model; the words here are this project's own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest

from mathcli.models import card_named
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.fences import fenced_program
from tests.scripted import ScriptedEngine

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q4_K_M", "test", "generic")
BOXED = "It is $\\boxed{42}$."


class Player:
    """Plays scripts through the generic card, or another."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.executor = Executor(workers=1)

    def __call__(self, *script: str, method: str = "tir", card: str = "generic") -> Transcript:
        solver = Solver(ScriptedEngine(*script), self.executor, card_named(card), MODEL)
        return self.loop.run_until_complete(solver.solve("?", SolveOptions(method)))


@pytest.fixture(scope="module")
def play() -> Iterator[Player]:
    player = Player()
    yield player
    player.loop.run_until_complete(player.executor.close())
    player.loop.close()


def told(transcript: Transcript) -> tuple[str | None, str | None, int]:
    """The answer, what it rests on, and how many programs ran."""
    answer = transcript.answer.text if transcript.answer else None
    return answer, transcript.evidence, transcript.counts.executions


def outputs(transcript: Transcript) -> list[str]:
    return [segment.text for segment in transcript.segments if segment.kind == "output"]


@pytest.mark.parametrize(
    "guess",
    [
        "\nWhen you run this, it prints 40. The answer is $\\boxed{40}$.",
        "\n```output\n40\n```\nSo it is $\\boxed{40}$.",
        "\nOutput:\n```\n40\n```\nThe final answer is 40.",
        "\n\nThe same once more:\n```python\nprint(40)\n```\n$\\boxed{40}$",
    ],
)
def test_a_model_that_guesses_the_output_is_cut_off_and_gets_the_real_one(
    play: Player, guess: str
) -> None:
    found = play("Multiply.\n```python\nprint(6 * 7)\n```" + guess, BOXED)
    assert told(found) == ("42", "computed", 1)
    assert outputs(found) == ["42"]
    assert "40" not in "".join(segment.text for segment in found.segments)


def test_a_second_program_may_use_the_names_of_the_first(play: Player) -> None:
    found = play(
        "```python\nsix = 6\nprint(six)\n```\n", "Now:\n```python\nprint(six * 7)\n```\n", BOXED
    )
    assert told(found) == ("42", "computed", 2)
    assert outputs(found) == ["6", "42"]


def test_a_program_that_prints_nothing_is_told_to_print(play: Player) -> None:
    found = play("```python\nresult = 6 * 7\n```\n", "```python\nprint(result)\n```\n", BOXED)
    assert outputs(found) == ["(nothing was printed: print the result)", "42"]
    assert told(found) == ("42", "computed", 2)


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("n = int(input('How many? '))\nprint(n * 7)", "EOFError"),
        ("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", "No module named 'matp"),
    ],
)
def test_what_a_program_cannot_have_here_is_said_and_the_model_goes_on(
    play: Player, program: str, error: str
) -> None:
    found = play(f"```python\n{program}\n```\n", "```python\nprint(6 * 7)\n```\n", BOXED)
    assert error in outputs(found)[0]
    assert told(found) == ("42", "computed", 2)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("```py", "```"),
        ("```python3", "```"),
        ("```Python3", "```"),
        ("```PYTHON", "```"),
        ("``` python", "```"),
        ("```", "```"),
        ("~~~", "~~~"),
        ("~~~python", "~~~"),
        ("```sympy", "```"),
    ],
)
@pytest.mark.parametrize("method", ["tir", "pal"])
def test_programs_in_other_fences_run(play: Player, begin: str, end: str, method: str) -> None:
    """A generation ends at a line that is a bare fence; the next one goes on behind it."""
    parts = re.split(r"(?<=```\n)", f"Multiply.\n{begin}\nprint(6 * 7)\n{end}\n")
    found = play(*filter(None, parts), *([] if end == "```" else [""]), BOXED, method=method)
    assert told(found) == ("42", "computed", 1)
    assert [segment.kind for segment in found.segments[:3]] == ["text", "code", "output"]
    assert found.segments[1].text == "print(6 * 7)"


def test_blocks_that_are_no_programs_are_words(play: Player) -> None:
    text = (
        "In short:\n```\n6 * 7 = 42\n```\nand so\n```latex\n\\frac{84}{2}\n```\nThe answer is 42."
    )
    found = play(text, *[""] * 6)
    assert found.counts.executions == 0
    assert fenced_program(text) is None
    assert fenced_program("```json\nprint(1)\n```") is None


def test_an_answer_that_only_the_output_says_is_taken(play: Player) -> None:
    found = play("```python\nprint(6 * 7)\n```\n", "")
    assert told(found) == ("42", "computed", 1)


@pytest.mark.parametrize(
    "printed",
    ["f'The answer is: {x}'", "f'Total number of apples: {x}.'", "f'She has {x} apples left'"],
)
def test_the_words_that_a_program_prints_around_its_answer_are_left_out(
    play: Player, printed: str
) -> None:
    found = play(f"```python\nx = 6 * 7\nprint({printed})\n```\n", method="pal")
    assert told(found)[::2] == ("42", 1)


def test_in_words_a_program_ends_nothing(play: Player) -> None:
    text = "In Python:\n```python\nprint(6 * 7)\n```\n"
    found = play(text, "By hand: six sevens are 42. $\\boxed{42}$", method="cot")
    assert told(found) == ("42", "reasoned", 0)


def test_a_base_model_ends_where_it_would_pose_itself_another_problem(play: Player) -> None:
    text = (
        " Multiply. The answer is $\\boxed{42}$.\n\nProblem: What is 1 + 1?\nSolution: $\\boxed{2}$"
    )
    found = play(text, method="cot", card="base")
    assert told(found) == ("42", "reasoned", 0)
    assert "Problem" not in found.segments[-1].text


def test_a_base_model_s_program_runs_when_its_fence_is_closed(play: Player) -> None:
    first = " Multiply.\n```python\nprint(6 * 7)\n```\n"
    found = play(first, "The answer is $\\boxed{42}$.\n\nProblem: And 1 + 1?", card="base")
    assert told(found) == ("42", "computed", 1)
    found = play("print(6 * 7)\n```\n\nProblem: And 1 + 1?", card="base", method="pal")
    assert told(found) == ("42", "computed", 1)
