"""`auto`: the first method, and the other one where that leads nowhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from mathcli.engines.llamacpp import LlamaEngine
from mathcli.errors import ModelError
from mathcli.models import Card, MethodPrompt, card_named
from mathcli.sandbox import Executor, Limits
from mathcli.solving import Listener, ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.options import Silent
from mathcli.solving.transcript import Sample
from tests.scripted import ScriptedEngine

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "nano")
FORCED = {
    "tir": MethodPrompt("{problem} PROGRAM "),
    "cot": MethodPrompt("{problem} WORDS "),
}
BOTH = card_named("nano").replace(methods=FORCED, doubt=0.0)
CUED = BOTH.replace(methods={**FORCED, "auto": MethodPrompt("{problem} ")})


@dataclass
class Knows:
    method: str | None
    doubt: float | None = None

    def choose(self, problem: str) -> str | None:
        return self.method


def solve(
    engine: ScriptedEngine | LlamaEngine,
    card: Card = BOTH,
    knows: str | None = None,
    problem: str = "?",
    doubt: float | None = None,
    listener: Listener | None = None,
    **options: object,
) -> Transcript:
    async def run() -> Transcript:
        async with Executor(workers=1, limits=Limits(wall_seconds=5.0)) as executor:
            solver = Solver(engine, executor, card, MODEL, chooser=Knows(knows, doubt))
            chosen = SolveOptions(**{"method": "auto", **options})  # type: ignore[arg-type]
            return await solver.solve(problem, chosen, listener)

    return asyncio.run(run())


def program(text: str) -> str:
    return f"Let me see.\n```python\n{text}\n```\n```output"


def prompts(engine: ScriptedEngine) -> list[str]:
    return [sequence.prompt for sequence in engine.opened]


def test_words_that_state_an_answer_are_the_end_of_it() -> None:
    engine = ScriptedEngine("So it is \\boxed{5}.")
    transcript = solve(engine, knows="cot")
    assert prompts(engine) == ["? WORDS "]
    assert (transcript.method, transcript.chose, transcript.attempts) == ("auto", "cot", ())
    assert transcript.answer is not None
    assert transcript.record()["chose"] == "cot"


@pytest.mark.parametrize("words", ["I do not know.", "We add 2 and 3 and get 6 or so.", ""])
def test_words_without_an_answer_they_stand_by_are_followed_by_a_program(words: str) -> None:
    engine = ScriptedEngine(words, program("print(2 + 3)"), "It is \\boxed{5}.")
    transcript = solve(engine, knows="cot")
    assert prompts(engine) == ["? WORDS ", "? PROGRAM "]
    assert transcript.chose == "tir"
    assert transcript.answer is not None
    assert (transcript.answer.text, transcript.evidence) == ("5", "computed")
    (attempt,) = transcript.attempts
    assert attempt.method == "cot"
    assert transcript.counts.executions == 1
    generated = len(words) + sum(len(one) for one in (program("print(2 + 3)"), "It is \\boxed{5}."))
    assert transcript.counts.generated_tokens == generated


def test_words_cut_off_are_followed_by_a_program() -> None:
    engine = ScriptedEngine("and so on " * 100, program("print(7)"), "\\boxed{7}")
    transcript = solve(engine, knows="cot", max_tokens=200)
    assert [attempt.finish for attempt in transcript.attempts] == ["max_tokens"]
    assert (transcript.chose, transcript.finish) == ("tir", "answer")


def test_a_program_that_fails_three_times_is_followed_by_words() -> None:
    failing = [program("print(1/0)"), program("print(x)"), program("import nothing")]
    engine = ScriptedEngine(*failing, "In words it is \\boxed{4}.", "never written")
    transcript = solve(engine, card=BOTH.replace(rounds=6), knows="tir")
    assert prompts(engine) == ["? PROGRAM ", "? WORDS "]
    assert transcript.chose == "cot"
    assert transcript.answer is not None
    assert transcript.answer.text == "4"
    (attempt,) = transcript.attempts
    assert (attempt.method, attempt.finish, attempt.answer) == ("tir", "stopped", None)
    assert sum(segment.kind == "output" for segment in attempt.segments) == 3
    assert engine.script == ["never written"]


def test_a_program_that_is_mended_in_time_is_no_failure() -> None:
    engine = ScriptedEngine(
        program("print(1/0)"), program("print(x)"), program("print(9)"), "\\boxed{9}"
    )
    transcript = solve(engine, card=BOTH.replace(rounds=6), knows="tir")
    assert prompts(engine) == ["? PROGRAM "]
    assert (transcript.chose, transcript.attempts) == ("tir", ())


def test_a_program_without_an_answer_is_followed_by_words() -> None:
    engine = ScriptedEngine(program("x = 5"), "That is all.", "It is \\boxed{5}.")
    transcript = solve(engine, knows="tir")
    assert [attempt.finish for attempt in transcript.attempts] == ["no_answer"]
    assert transcript.chose == "cot"


def test_a_guess_is_better_than_nothing() -> None:
    engine = ScriptedEngine("It may be 6.", program("x = 5"), "That is all.")
    transcript = solve(engine, knows="cot")
    assert transcript.chose == "cot"
    assert transcript.answer is not None
    assert transcript.answer.text == "6"
    assert [attempt.method for attempt in transcript.attempts] == ["tir"]


def test_it_switches_once() -> None:
    engine = ScriptedEngine("Who knows.", "Nobody.", "Never written.")
    transcript = solve(engine, knows="cot")
    assert prompts(engine) == ["? WORDS ", "? PROGRAM "]
    assert (transcript.answer, transcript.chose) == (None, "tir")


def test_no_budget_is_left_for_the_other_method() -> None:
    engine = ScriptedEngine("I do not know.", "\\boxed{1}")
    transcript = solve(engine, knows="cot", budget=5)
    assert prompts(engine) == ["? WORDS "]
    assert transcript.answer is None


def test_with_a_cue_of_its_own_the_model_chose_what_it_did() -> None:
    wrote = solve(ScriptedEngine(program("print(3)"), "\\boxed{3}"), card=CUED)
    said = solve(ScriptedEngine("It is \\boxed{3}."), card=CUED)
    assert (wrote.method, wrote.chose) == ("auto", "tir")
    assert (said.method, said.chose) == ("auto", "cot")


def test_after_the_cue_the_other_method_is_forced() -> None:
    engine = ScriptedEngine("Hard to say.", program("print(3)"), "\\boxed{3}")
    transcript = solve(engine, card=CUED)
    assert prompts(engine) == ["? ", "? PROGRAM "]
    assert [attempt.method for attempt in transcript.attempts] == ["cot"]
    assert transcript.chose == "tir"


def test_without_experience_or_cue_the_card_decides() -> None:
    engine = ScriptedEngine("\\boxed{3}")
    assert solve(engine).chose == "tir"  # the first of its methods, though no program was needed
    assert prompts(engine) == ["? PROGRAM "]


def test_a_card_with_one_method_refuses_auto() -> None:
    only = BOTH.replace(methods={"tir": FORCED["tir"]})
    with pytest.raises(ModelError, match="no prompt for the method auto") as caught:
        solve(ScriptedEngine(), card=only)
    assert caught.value.hint == "it has: tir"


def test_samples_that_vote_begin_with_what_was_learned(nano: LlamaEngine) -> None:
    card = card_named("nano")
    transcript = solve(
        nano, card, knows="tir", problem="What is 17 + 26?", strategy="vote", samples=3
    )
    assert transcript.method == "auto"
    assert {sample.method for sample in transcript.samples} == {"tir"}


DOUBTS = BOTH.replace(doubt=0.9)


def test_words_in_doubt_are_followed_by_a_program() -> None:
    engine = ScriptedEngine("It is \\boxed{6}.", program("print(2 + 3)"), "\\boxed{5}", sure=0.8)
    transcript = solve(engine, card=DOUBTS, knows="cot")
    assert prompts(engine) == ["? WORDS ", "? PROGRAM "]
    assert (transcript.chose, transcript.evidence) == ("tir", "computed")
    (attempt,) = transcript.attempts
    assert (attempt.method, attempt.least_probability) == ("cot", 0.8)
    assert transcript.least_probability is None  # a program ran
    assert transcript.record()["attempts"][0]["least_probability"] == 0.8


class Heard(Silent):
    def __init__(self) -> None:
        self.given: list[Sample] = []

    def given_up(self, sample: Sample) -> None:
        self.given.append(sample)


def test_whoever_listens_hears_what_is_given_up_and_why() -> None:
    heard = Heard()
    engine = ScriptedEngine("It is \\boxed{6}.", program("print(2 + 3)"), "\\boxed{5}", sure=0.8)
    transcript = solve(engine, card=DOUBTS, knows="cot", listener=heard)
    assert tuple(heard.given) == transcript.attempts
    assert len(heard.given) == 1


def test_words_beyond_doubt_are_the_end_of_it() -> None:
    engine = ScriptedEngine("It is \\boxed{6}.", "never written", sure=0.95)
    transcript = solve(engine, card=DOUBTS, knows="cot")
    assert (transcript.chose, transcript.attempts) == ("cot", ())
    assert transcript.record()["least_probability"] == 0.95


def test_words_in_doubt_are_better_than_nothing() -> None:
    engine = ScriptedEngine("It is \\boxed{6}.", program("x = 5"), "That is all.", sure=0.8)
    transcript = solve(engine, card=DOUBTS, knows="cot")
    assert transcript.answer is not None
    assert (transcript.answer.text, transcript.evidence) == ("6", "reasoned")


def test_what_was_learned_of_doubt_comes_before_what_the_card_says() -> None:
    script = ("\\boxed{6}", program("print(5)"), "\\boxed{5}")
    assert solve(ScriptedEngine(*script, sure=0.8), DOUBTS, "cot", doubt=0.5).chose == "cot"
    assert solve(ScriptedEngine(*script, sure=0.8), DOUBTS, "cot", doubt=0.0).chose == "cot"
    assert solve(ScriptedEngine(*script, sure=0.8), BOTH, "cot", doubt=0.85).chose == "tir"


def test_programs_are_not_doubted_for_their_words() -> None:
    engine = ScriptedEngine(program("print(5)"), "\\boxed{5}", "never written", sure=0.1)
    assert solve(engine, card=DOUBTS, knows="tir").attempts == ()
    assert engine.script == ["never written"]


def test_only_auto_doubts_though_every_solution_is_measured() -> None:
    for card, method in ((DOUBTS, "cot"), (BOTH, "auto")):
        transcript = solve(ScriptedEngine("\\boxed{6}", sure=0.1), card, "cot", method=method)
        assert transcript.record()["least_probability"] == 0.1
        assert transcript.record()["confidence"]["mean"] == pytest.approx(-2.3026)
        assert transcript.attempts == ()


def test_the_embedded_model_measures_its_own_words(nano: LlamaEngine) -> None:
    problem = "What is 2 + 3?"
    believed = solve(nano, card_named("nano").replace(doubt=1e-9), "cot", problem)
    assert believed.least_probability is not None
    assert 0 < believed.least_probability <= 1
    doubted = solve(nano, card_named("nano").replace(doubt=1.0), "cot", problem)
    assert [attempt.method for attempt in doubted.attempts] == ["cot"]
    assert doubted.attempts[0].least_probability == pytest.approx(believed.least_probability)
    assert doubted.evidence == "computed"


def test_a_method_with_programs_that_wrote_none_led_nowhere_and_is_not_doubted() -> None:
    engine = ScriptedEngine("It may be 6.", "It is \\boxed{5}.", sure=0.8)
    (attempt,) = solve(engine, card=DOUBTS, knows="tir").attempts
    assert (attempt.method, attempt.least_probability) == ("tir", None)
