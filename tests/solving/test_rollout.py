from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.engines import Engine, Piece, Sampling, TextSequence
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.errors import ContextFull, ModelError
from mathcli.models import Card, card_named, find_card, load_card
from mathcli.rendering.wording import how_sure, why_none
from mathcli.resources import data_path
from mathcli.sandbox import Executor, Limits
from mathcli.solving import ModelInfo, Segment, SolveOptions, Solver, Transcript
from mathcli.solving.transcript import Sample, SegmentKind
from tests.scripted import ScriptedEngine

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "nano")
NANO = load_card(data_path("cards/nano.toml"))
BENCH: Bench
FRAGMENTS = ("```", "python", "```python\n", "output", "\n", "print(7)", "\\boxed{", "}", "a")


class Recorder:
    """Remembers what a listener was told."""

    def __init__(self) -> None:
        self.deltas: list[tuple[SegmentKind, str]] = []
        self.segments: list[Segment] = []

    def delta(self, kind: SegmentKind, text: str) -> None:
        self.deltas.append((kind, text))

    def segment(self, segment: Segment) -> None:
        self.segments.append(segment)

    def given_up(self, sample: Sample) -> None:
        raise AssertionError("no solution was given up")


class Bench:
    """One event loop with one executor, for all tests of this module."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.executor = Executor(workers=1, limits=Limits(wall_seconds=1.0))


@pytest.fixture(scope="module", autouse=True)
def bench() -> Iterator[None]:
    global BENCH
    BENCH = Bench()
    yield
    BENCH.loop.run_until_complete(BENCH.executor.close())
    BENCH.loop.close()


def solve(
    engine: Engine,
    problem: str = "?",
    *,
    card: Card = NANO,
    listener: Recorder | None = None,
    **options: object,
) -> Transcript:
    solver = Solver(engine, BENCH.executor, card, MODEL)
    work = solver.solve(problem, SolveOptions(**options), listener)  # type: ignore[arg-type]
    return BENCH.loop.run_until_complete(work)


def program(text: str) -> str:
    return f"Let me see.\n```python\n{text}\n```\n```output"


def kinds(transcript: Transcript) -> list[str]:
    return [segment.kind for segment in transcript.segments]


# -- the real model --------------------------------------------------------------------------


def test_the_embedded_model_solves_a_quadratic_with_a_program(nano: LlamaEngine) -> None:
    transcript = solve(nano, "Solve x^2 - 5x + 6 = 0", card=find_card(nano.metadata))
    assert transcript.answer is not None
    assert transcript.answer.text == "2, 3"
    assert (transcript.finish, transcript.evidence) == ("answer", "computed")
    assert kinds(transcript) == ["text", "code", "output", "text"]
    assert transcript.segments[2].text == "[2, 3]"


def test_nothing_is_evaluated_twice(nano: LlamaEngine) -> None:
    counts = solve(nano, "What is the derivative of x^3?").counts
    assert counts.executions == 1
    assert counts.evaluated_tokens == counts.prompt_tokens + counts.generated_tokens


def test_the_same_seed_gives_the_same_solution(nano: LlamaEngine) -> None:
    def texts(seed: int) -> list[str]:
        sampling = Sampling(temperature=5.0, seed=seed)
        run = solve(nano, "What is 17 + 26?", sampling=sampling, max_tokens=30)
        return [segment.text for segment in run.segments]

    assert texts(3) == texts(3)
    assert len({tuple(texts(seed)) for seed in range(6)}) > 1


def test_a_listener_hears_every_segment_as_it_is_written(nano: LlamaEngine) -> None:
    listener = Recorder()
    transcript = solve(nano, "Solve x^2 - 5x + 6 = 0", listener=listener)
    assert [s.text for s in listener.segments] == [s.text for s in transcript.segments]
    written = "".join(text for _, text in listener.deltas)
    expected = "".join(s.text for s in transcript.segments if s.kind != "output")
    assert "".join(written.split()) == "".join(expected.split())
    assert len(listener.deltas) > 10  # streamed, not delivered at the end


def test_a_model_that_writes_noise_ends_at_the_token_limit(tiny_model: Path) -> None:
    engine = LlamaEngine(tiny_model, EngineOptions(sequences=1))
    try:
        card = find_card(engine.metadata)
        transcript = solve(
            engine, "What is 1 + 1?", card=card, max_tokens=60,
            sampling=Sampling(temperature=1.0, seed=5),
        )  # fmt: skip
        assert card.name == "generic"
        assert transcript.finish in ("max_tokens", "no_answer")
        assert transcript.counts.generated_tokens <= 60
    finally:
        engine.close()


def test_worked_examples_make_room_where_the_context_is_short(tiny_model: Path) -> None:
    engine = LlamaEngine(tiny_model, EngineOptions(sequences=1))
    try:
        card = find_card(engine.metadata)
        transcript = solve(engine, "What is 1 + 1?", card=card, max_tokens=5)
    finally:
        engine.close()
    chat = card.prompt_for("tir").chat
    assert chat is not None
    assert len(chat.examples) > 1
    examples = "".join(one.problem + one.solution for one in chat.examples)
    assert len(examples) > engine.context_length  # a token each character, in this model
    assert transcript.counts.prompt_tokens <= engine.context_length / 2


def test_a_problem_longer_than_the_context_is_an_error_with_numbers(nano: LlamaEngine) -> None:
    with pytest.raises(ContextFull, match="the context holds"):
        solve(nano, "1 + " * 5000)


# -- what models do wrong --------------------------------------------------------------------


def test_the_error_of_a_program_goes_back_and_the_next_program_may_mend_it() -> None:
    engine = ScriptedEngine(program("print(1/0)"), program("print(6*7)"), "It is \\boxed{42}.")
    transcript = solve(engine)
    assert kinds(transcript) == ["text", "code", "output"] * 2 + ["text"]
    assert transcript.segments[2].text == "ZeroDivisionError: division by zero"
    assert transcript.segments[2].error == "ZeroDivisionError: division by zero"
    assert transcript.answer is not None
    assert (transcript.answer.text, transcript.evidence) == ("42", "computed")


def test_the_output_completes_the_frame_that_the_model_began() -> None:
    engine = ScriptedEngine(program("print(5)"), "\\boxed{5}")
    solve(engine)
    assert "```\n```output\n5\n```\n\\boxed{5}" in engine.opened[0].text


def test_the_output_is_framed_whole_when_the_model_ended_after_its_program() -> None:
    engine = ScriptedEngine("```python\nprint(5)\n```", "\\boxed{5}")
    transcript = solve(engine)
    assert engine.opened[0].text == "```python\nprint(5)\n```\n```output\n5\n```\n\\boxed{5}"
    assert transcript.counts.executions == 1


def test_text_that_is_no_python_comes_back_as_a_syntax_error() -> None:
    transcript = solve(ScriptedEngine(program("let x be 5"), "\\boxed{1}"))
    assert transcript.segments[2].text.startswith("SyntaxError")


def test_an_endless_program_is_stopped_and_the_model_told() -> None:
    engine = ScriptedEngine(program("while True: pass"), "\\boxed{1}")
    transcript = solve(engine)
    assert transcript.segments[2].text == "Timeout Error"
    assert transcript.segments[2].error == "time"
    assert transcript.finish == "answer"
    assert transcript.evidence == "reasoned"


def test_an_output_fence_without_a_program_is_answered() -> None:
    transcript = solve(ScriptedEngine("I see ```output", "\\boxed{1}"))
    assert "no program" in transcript.segments[1].text
    assert transcript.counts.executions == 0
    assert transcript.answer is not None


def test_a_fence_that_never_closes_is_run_when_the_model_has_ended() -> None:
    transcript = solve(ScriptedEngine("```python\nprint(3*3)", "\\boxed{9}"))
    assert [s.text for s in transcript.segments[:2]] == ["print(3*3)", "9"]


def test_an_endless_generation_ends_at_the_token_limit() -> None:
    transcript = solve(ScriptedEngine("and so on " * 1000), max_tokens=100)
    assert (transcript.finish, transcript.answer) == ("max_tokens", None)


def test_a_model_that_only_writes_programs_ends_at_the_last_round() -> None:
    engine = ScriptedEngine(*[program(f"print({n})") for n in range(9)])
    transcript = solve(engine, rounds=2)
    assert (transcript.finish, transcript.counts.executions) == ("max_rounds", 2)
    assert transcript.answer is None  # its last output is a step, not an answer


def test_a_program_that_has_just_failed_is_not_run_again() -> None:
    wrong = program("print(1/0)")
    transcript = solve(ScriptedEngine(wrong, "Again.\n" + wrong, "\\boxed{1}"))
    assert (transcript.finish, transcript.counts.executions) == ("loop", 1)
    assert transcript.answer is None
    assert "repeated itself" in why_none(transcript)


@pytest.mark.parametrize(
    "programs",
    [
        ("print(1/0)", "print(2/0)", "print(1/0)"),  # not one after the other
        ("print(6)", "print(6)"),  # it did not fail
        ("while True: pass", "while True: pass"),  # it may end on a machine that is less busy
    ],
)
def test_a_program_may_be_repeated_that_may_do_better(programs: Sequence[str]) -> None:
    engine = ScriptedEngine(*map(program, programs), "It is \\boxed{6}.")
    transcript = solve(engine)
    assert (transcript.finish, transcript.counts.executions) == ("answer", len(programs))


def test_the_last_output_is_the_answer_where_the_words_state_none() -> None:
    transcript = solve(ScriptedEngine(program("print(6*7)"), "That is it."))
    assert transcript.answer is not None
    assert (transcript.answer.text, transcript.evidence) == ("42", "computed")


def test_a_refusal_is_no_answer() -> None:
    transcript = solve(ScriptedEngine("I can only solve mathematics problems."))
    assert (transcript.answer, transcript.finish) == (None, "no_answer")


def test_a_solution_that_repeats_itself_is_a_loop_and_its_numbers_are_no_answer() -> None:
    transcript = solve(ScriptedEngine("So 3 + 4 is 7. " * 1000), max_tokens=5000)
    assert (transcript.finish, transcript.answer) == ("loop", None)
    assert transcript.counts.generated_tokens < 400
    assert why_none(transcript) == "the model repeated itself without an end"
    script = "So it is \\boxed{7}. " + "Now check. " * 1000
    stated = solve(ScriptedEngine(script), max_tokens=5000)
    assert stated.finish == "loop"
    assert stated.answer is not None
    assert "repeated itself" in how_sure(stated)


def test_a_solution_that_was_cut_off_has_no_guessed_answer() -> None:
    assert solve(ScriptedEngine("First, 3 + 4 is 7, and so on"), max_tokens=20).answer is None
    stated = solve(ScriptedEngine("So \\boxed{7}. And then" + " more" * 50), max_tokens=60)
    assert stated.answer is not None
    assert stated.finish == "max_tokens"


def test_the_answer_is_marked_reasoned_when_no_output_says_it() -> None:
    assert solve(ScriptedEngine(program("print(12)"), "\\boxed{2}")).evidence == "reasoned"
    assert solve(ScriptedEngine("It is \\boxed{2}.")).evidence == "reasoned"
    known = ScriptedEngine(program("print('x = 2')"), "\\boxed{2}")
    assert solve(known).evidence == "reasoned"
    worked_out = ScriptedEngine(program("print('x =', 4 // 2)"), "\\boxed{2}")
    assert solve(worked_out).evidence == "computed"


def test_the_sign_and_the_last_program_matter() -> None:
    assert solve(ScriptedEngine(program("print(2 - 7)"), "\\boxed{5}")).evidence == "reasoned"
    engine = ScriptedEngine(program("print(6 * 7)"), program("print(6 + 7)"), "\\boxed{42}")
    assert solve(engine).evidence == "reasoned"


def test_an_answer_that_is_not_stated_is_a_guess() -> None:
    assert solve(ScriptedEngine("That would come to 12.")).evidence == "guessed"
    assert solve(ScriptedEngine("So it is 12 or more, \\boxed{12}.")).evidence == "reasoned"


def test_names_of_earlier_programs_count_as_worked_out() -> None:
    engine = ScriptedEngine(program("x = 6 * 7"), program("x = 6 * 7\nprint(x)"), "\\boxed{42}")
    assert solve(engine).evidence == "computed"


def test_words_alone_run_nothing() -> None:
    transcript = solve(ScriptedEngine(program("print(5)") + "\n5\n```\n"), method="cot")
    assert transcript.counts.executions == 0


def test_a_method_that_the_card_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(ModelError, match="no prompt for the method pal") as caught:
        solve(ScriptedEngine(), method="pal")
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("it has: tir, cot")


def test_time_is_up_in_the_middle_and_what_was_written_is_kept(nano: LlamaEngine) -> None:
    engine = ScriptedEngine(program("while True: pass"), "\\boxed{1}")
    transcript = solve(engine, timeout=0.3)
    assert (transcript.finish, kinds(transcript)) == ("timeout", ["text", "code"])
    assert engine.opened[0].closed


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join) | st.text(max_size=30),
        max_size=5,
    )
)
def test_whatever_a_model_writes_ends_in_a_transcript(script: list[str]) -> None:
    transcript = solve(ScriptedEngine(*script), rounds=2)
    assert transcript.finish in ("answer", "no_answer", "max_rounds")
    assert transcript.record()["schema"] == 1


# -- what families do differently --------------------------------------------------------------


def test_a_fence_that_never_closes_is_closed_before_its_output() -> None:
    engine = ScriptedEngine("```python\nprint(5)", "\\boxed{5}")
    solve(engine)
    assert engine.opened[0].text == "```python\nprint(5)\n```\n```output\n5\n```\n\\boxed{5}"


def test_without_a_method_the_card_s_first_is_used() -> None:
    transcript = solve(ScriptedEngine("\\boxed{5}"), card=card_named("qwen2-math"))
    assert transcript.method == "cot"


def test_a_program_without_an_answer_is_followed_by_words() -> None:
    engine = ScriptedEngine("print(1/0)", "Half of 42 is 21. The answer is 21.")
    transcript = solve(engine, card=card_named("mammoth"))
    assert (transcript.method, transcript.chose) == ("pal", "cot")
    assert kinds(transcript) == ["text"]
    assert [s.kind for s in transcript.attempts[0].segments] == ["code", "output"]
    assert transcript.answer is not None
    assert (transcript.answer.text, transcript.evidence) == ("21", "reasoned")
    assert len(engine.opened) == 2
    assert transcript.counts.generated_tokens == sum(s.counts.generated for s in engine.opened)


def test_words_where_a_program_was_asked_for_are_words() -> None:
    transcript = solve(ScriptedEngine("The answer is 21."), card=card_named("mammoth"))
    assert kinds(transcript) == ["text"]
    assert transcript.counts.executions == 0
    assert transcript.answer is not None
    assert transcript.answer.text == "21"


def test_blocks_without_end_end() -> None:
    engine = ScriptedEngine(*["<|text|>And so on.<|endofblock|>"] * 50)
    transcript = solve(engine, card=card_named("mathcoder"))
    assert transcript.finish == "max_rounds"
    assert len(engine.script) == 50 - 16


def test_outputs_that_nobody_can_run_end() -> None:
    transcript = solve(ScriptedEngine(*["```output"] * 50), rounds=2)
    assert transcript.finish == "max_rounds"


def test_a_tool_call_that_is_no_json_comes_back_as_an_error() -> None:
    engine = ScriptedEngine('<tool_call>\n{"name": oh}</tool_call>', "\\boxed{1}")
    transcript = solve(engine, card=card_named("rstar2-agent"))
    assert transcript.segments[1].error is not None
    assert transcript.finish == "answer"


def test_a_card_may_give_its_programs_less_time() -> None:
    engine = ScriptedEngine(program("import time; time.sleep(0.9); print(1)"), "\\boxed{1}")
    transcript = solve(engine, card=NANO.replace(program_seconds=0.3))
    assert transcript.segments[2].error == "time"


def test_special_tokens_that_a_program_prints_stay_text() -> None:
    engine = ScriptedEngine("<|code|>print('<|' 'endofmessage|>')<|endofblock|>", "\\boxed{1}")
    solve(engine, card=card_named("mathcoder"))
    frame = engine.opened[0].appended[0]
    assert [(piece.text, piece.markup) for piece in frame] == [
        ("<|execution|>", True),
        ("<|endofmessage|>", False),
        ("<|endofblock|>", True),
    ]


def test_a_family_may_run_nothing_once_it_has_answered() -> None:
    text = "It is \\boxed{5}. To be sure:\n```python\nprint(6)\n```\n```output"
    transcript = solve(ScriptedEngine(text, "\\boxed{6}"), card=card_named("tora"))
    assert transcript.counts.executions == 0
    assert transcript.answer is not None
    assert transcript.answer.text == "5"
    assert solve(ScriptedEngine(text, "\\boxed{6}")).counts.executions == 1


def test_the_real_engine_and_the_frame_make_one_text(
    nano: LlamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    real = nano.open

    async def remember(prompt: Sequence[Piece], sampling: Sampling) -> TextSequence:
        opened.append(await real(prompt, sampling))
        return opened[-1]

    monkeypatch.setattr(nano, "open", remember)
    transcript = solve(nano, "What is 17 + 26?")
    assert transcript.counts.executions == 1
    assert "\n```\n```output\n43\n```\n" in opened[0].text
    assert opened[0].text.count("```output") == 1


def test_an_answer_that_was_cut_in_the_middle_is_none() -> None:
    transcript = solve(
        ScriptedEngine("The answer is \\boxed{27}."), max_tokens=len("The answer is \\boxed{2")
    )
    assert (transcript.finish, transcript.answer) == ("max_tokens", None)
    whole = solve(ScriptedEngine("The answer is \\boxed{27}. And"), max_tokens=25)
    assert whole.answer is not None
    assert whole.answer.text == "27"
