"""Answers checked by a program that did not find them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from mathcli.answers import Grader
from mathcli.engines import Engine
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.models import Card, card_named
from mathcli.resources import embedded_model
from mathcli.sandbox import Executor, Limits
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.checking import _shape
from tests.scripted import ScriptedEngine

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "nano")
GRADER: Grader


@pytest.fixture(scope="module", autouse=True)
def grader() -> Iterator[None]:
    global GRADER
    with Grader() as GRADER:
        yield


def solve(
    engine: Engine, problem: str = "How many?", card: Card | None = None, **options: object
) -> Transcript:
    async def run() -> Transcript:
        async with Executor(workers=1, limits=Limits(wall_seconds=5.0)) as executor:
            solver = Solver(engine, executor, card or card_named("nano"), MODEL, grader=GRADER)
            chosen = SolveOptions(check=True, **options)  # type: ignore[arg-type]
            return await solver.solve(problem, chosen)

    return asyncio.run(run())


def program(text: str) -> str:
    return f"```python\n{text}\n```\n```output"


FIRST = (program("print(6*7)"), "\\boxed{42}")


def test_another_program_that_finds_the_same_confirms() -> None:
    engine = ScriptedEngine(*FIRST, program("print(84/2)"), "\\boxed{42.0}")
    found = solve(engine)
    assert found.check is not None
    assert (found.check.kind, found.check.program) == ("second program", "print(84/2)")
    assert (found.check.output, found.check.holds, found.evidence) == ("42.0", True, "agreed")
    assert "42" not in engine.opened[1].prompt  # it was not told
    assert Transcript.from_record(found.record()) == found


def test_another_program_that_finds_something_else_contradicts() -> None:
    found = solve(ScriptedEngine(*FIRST, program("print(6+7)"), "\\boxed{13}"))
    assert found.check is not None
    assert (found.check.holds, found.evidence) == (False, "computed")
    assert found.answer is not None
    assert found.answer.text == "42"  # it stays


def test_the_same_program_again_checks_nothing() -> None:
    again = (program("print(6 * 7)  # again"), "\\boxed{42}")
    found = solve(ScriptedEngine(*FIRST, *again * 4))
    assert found.check is not None
    assert (found.check.holds, found.evidence) == (None, "computed")


def test_it_is_tried_until_the_program_is_another() -> None:
    again = (program("print(6*7)"), "\\boxed{42}")
    found = solve(ScriptedEngine(*FIRST, *again * 2, program("print(21*2)"), "\\boxed{42}"))
    assert found.check is not None
    assert (found.check.program, found.evidence) == ("print(21*2)", "agreed")


def test_words_check_nothing() -> None:
    found = solve(ScriptedEngine(*FIRST, *["It is \\boxed{42}."] * 4))
    assert found.check is not None
    assert found.check.holds is None


def test_a_model_without_programs() -> None:
    found = solve(ScriptedEngine("It is \\boxed{42}."), card=card_named("qwen2-math"))
    assert found.check is not None
    assert (found.check.output, found.check.holds) == ("the model writes no programs", None)


def test_an_equation_has_its_answer_put_back() -> None:
    engine = ScriptedEngine("\\boxed{2, 3}")
    found = solve(engine, "Solve x^2 - 5x + 6 = 0")
    assert found.check is not None
    assert (found.check.kind, found.check.holds, found.evidence) == (
        "substitution",
        True,
        "checked",
    )
    assert len(engine.opened) == 1
    wrong = solve(ScriptedEngine("\\boxed{2, 4}"), "Solve x^2 - 5x + 6 = 0")
    assert wrong.check is not None
    assert (wrong.check.holds, wrong.evidence) == (False, "reasoned")


def test_without_an_answer_there_is_nothing_to_check() -> None:
    found = solve(ScriptedEngine("Hm."))
    assert (found.check, found.answer) == (None, None)


def test_time_that_is_up_ends_the_check() -> None:
    endless = program("while True: pass")
    found = solve(ScriptedEngine(*FIRST, *[endless] * 9), timeout=3.0)
    assert found.check is not None
    assert (found.check.holds, found.evidence) == (None, "computed")
    assert found.answer is not None


def test_the_answer_of_a_vote() -> None:
    engine = ScriptedEngine("\\boxed{2}", "\\boxed{3}", "\\boxed{3}")
    found = solve(engine, "Solve x + 4 = 7", strategy="vote", samples=3, confidence=1.0)
    assert found.check is not None
    assert (found.check.holds, found.evidence, found.agreement) == (True, "checked", 2 / 3)


def test_the_real_model_is_checked() -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=2))
    try:
        found = solve(engine, "What is 15% of 80?")
        assert found.check is not None
        assert found.check.kind == "second program"
        assert (found.evidence == "agreed") == (found.check.holds is True)
    finally:
        engine.close()


def test_names_comments_and_layout_make_no_other_program() -> None:
    assert _shape("a = 2\nprint(a+1)") == _shape("total = 2  # two\n\nprint( total + 1 )")
    assert _shape("a = 2\nprint(a+1)") != _shape("a = 2\nprint(1+a)")
    assert _shape("print(a b)") == _shape("print( a b )")
