"""Every way to think and every syntax of calls, through the real loop with a replayed model."""

# ruff: noqa: E501 (texts as models write them)

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.engines import Piece
from mathcli.errors import UsageError
from mathcli.models import Card, Chat, CodeFormat, MethodPrompt, Switch, Thinking, cards
from mathcli.sandbox import Executor, Limits
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.calls import syntax_named
from mathcli.solving.options import Silent
from mathcli.solving.paraphrases import paraphrases
from mathcli.solving.prompts import render_prompt
from mathcli.solving.task import Task
from mathcli.solving.thinking import begins_inside, mode_of
from tests.replayed import ReplayedEngine

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "test")
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n{% if enable_thinking is defined and enable_thinking %}<think>\n"
    "{% elif enable_thinking is defined %}<think>\n\n</think>\n\n{% endif %}"
)
BENCH: Bench


class Bench:
    """One event loop with one executor, for all tests of this module."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.executor = Executor(workers=1, limits=Limits(wall_seconds=2.0))


@pytest.fixture(scope="module", autouse=True)
def bench() -> Iterator[None]:
    global BENCH
    BENCH = Bench()
    yield
    BENCH.loop.run_until_complete(BENCH.executor.close())
    BENCH.loop.close()


def solve(engine: ReplayedEngine, card: Card, problem: str = "?", **options: object) -> Transcript:
    solver = Solver(engine, BENCH.executor, card, MODEL)
    work = solver.solve(problem, SolveOptions(**options))  # type: ignore[arg-type]
    return BENCH.loop.run_until_complete(work)


def card(syntax: str = "fenced", thinking: Thinking | None = None, **changes: object) -> Card:
    asked = MethodPrompt(chat=Chat(user="{problem}"))
    code = CodeFormat(syntax=syntax)
    return Card(
        "x", "X", methods={"tir": asked, "cot": asked}, code=code, thinking=thinking, **changes
    )  # type: ignore[arg-type]


def kinds(transcript: Transcript) -> list[str]:
    return [segment.kind for segment in transcript.segments]


def texts(transcript: Transcript, kind: str) -> list[str]:
    return [segment.text.strip() for segment in transcript.segments if segment.kind == kind]


# -- the matrix: families as they think and call ------------------------------------------------

HARMONY = Thinking(
    open=("<|channel|>analysis<|message|>",),
    close=("<|end|>",),
    default="always",
    forced_close="<|end|><|start|>assistant<|channel|>final<|message|>",
)
GEMMA = Thinking(open=("<|channel>thought",), close=("<channel|>",), forced_close="\n<channel|>")
MISTRAL = Thinking(open=("[THINK]",), close=("[/THINK]",), forced_close="[/THINK]")
BEGUN = Thinking(on=Switch(variables={"enable_thinking": True}, begin="<think>\n"))


@dataclass(frozen=True)
class Family:
    """How a family writes: what opens and closes its thoughts, and what stands before words."""

    syntax: str
    thinking: Thinking
    open: str = "<think>\n"
    close: str = "\n</think>\n\n"
    words: str = ""  # before the answer
    after: str = ""  # before a call

    @property
    def card(self) -> Card:
        return card(self.syntax, self.thinking)

    def thought(self, text: str) -> str:
        return self.open + text + self.close

    def call(self, program: str) -> str:
        return self.after + syntax_named(self.syntax).write(program)


FAMILIES = {
    "qwen3": Family("hermes", Thinking()),
    "qwen3.5": Family("qwen-xml", BEGUN, open=""),
    "gpt-oss": Family(
        "harmony", HARMONY, "<|channel|>analysis<|message|>", "<|end|><|start|>assistant",
        words="<|channel|>final<|message|>",
    ),
    "gemma 4": Family("gemma4", GEMMA, "<|channel>thought\n", "\n<channel|>"),
    "lfm2.5": Family("lfm2", Thinking(), "<think>", "</think>"),
    "smollm3": Family("smollm3", Thinking()),
    "ministral 3": Family("mistral", MISTRAL, "[THINK]", "[/THINK]"),
    "llama 3": Family("llama3", Thinking(), close="\n</think>\n"),
    "granite": Family("granite", Thinking()),
    "nemotron nano": Family("nemotron", BEGUN, open=""),
    "phi": Family("phi", Thinking()),
    "minicpm": Family("minicpm", Thinking()),
    "r1 with fences": Family("fenced", Thinking(begun=True), open=""),
}  # fmt: skip
families = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


def play(family: Family, *turns: str, **options: object) -> tuple[ReplayedEngine, Transcript]:
    engine = ReplayedEngine(*turns, template=CHATML)
    return engine, solve(engine, family.card, **options)


@families
def test_a_thought_a_call_an_error_another_call_and_the_answer(family: Family) -> None:
    engine, found = play(
        family,
        family.thought("Is it \\boxed{1}? I compute.") + family.call("print(1/0)"),
        family.thought("Oh.") + family.call("print(6 * 7)"),
        family.thought("So it is 42, not \\boxed{7}.") + family.words + "It is \\boxed{42}.",
    )
    assert kinds(found) == ["thought", "code", "output"] * 2 + ["thought", "text"]
    assert texts(found, "thought")[1] == "Oh."
    assert texts(found, "code") == ["print(1/0)", "print(6 * 7)"]
    assert "ZeroDivisionError" in texts(found, "output")[0]
    assert texts(found, "output")[1] == "42"
    assert texts(found, "text") == ["It is \\boxed{42}."]
    assert found.answer is not None
    assert (found.answer.text, found.evidence, found.finish) == ("42", "computed", "answer")
    assert found.counts.executions == 2
    assert 0 < found.counts.thinking_tokens < found.counts.generated_tokens
    assert sum(s.tokens for s in found.segments if s.kind != "output") <= (
        found.counts.generated_tokens
    )
    shown = "".join(segment.text for segment in found.segments)
    for marker in (family.open.strip(), family.close.strip(), "<|", "tool_call", "<function"):
        assert not marker or marker not in shown
    (sequence,) = engine.opened
    assert len(sequence.appended) == 2
    for frame in sequence.appended:  # the output is text, whatever it says
        assert [piece.text for piece in frame if not piece.markup] in (
            [texts(found, "output")[0]], ["42"],
            [f'"{texts(found, "output")[0]}"'], ['"42"'],
        )  # fmt: skip


@families
def test_a_call_that_cannot_be_read_comes_back_as_an_error(family: Family) -> None:
    if family.syntax in ("fenced", "smollm3"):
        pytest.skip("whatever stands there is a program, of which Python says what is wrong")
    empty = family.call("")
    answer = family.thought("So.") + family.words + "It is \\boxed{1}."
    _, found = play(family, family.thought("Now.") + empty, answer)
    assert kinds(found)[:3] in (["thought", "code", "output"], ["thought", "output", "text"])
    output = next(segment for segment in found.segments if segment.kind == "output")
    assert output.error is not None
    assert "code" in output.text
    assert found.counts.executions == 0
    assert found.finish == "answer"


CUTS = ("max_tokens", "context", "end")


@families
@pytest.mark.parametrize("how", CUTS)
def test_no_answer_is_taken_from_a_thought_that_was_cut_off(family: Family, how: str) -> None:
    """At every place: in the markers, in the thought, in the call, after the close."""
    thought = family.thought("It may be \\boxed{1}. The answer is 1.")
    turn = thought + family.call("print(2)")
    for at in range(CUTS.index(how), len(turn) + 1, len(CUTS)):  # together: everywhere
        found = cut(family, turn, at, how)
        assert found.answer is None or found.answer.text != "1", at
        if how == "max_tokens" and at < len(thought.rstrip()) and found.answer is not None:
            raise AssertionError(f"an answer from {turn[:at]!r}")


def cut(family: Family, turn: str, at: int, how: str) -> Transcript:
    """What becomes of a turn that ends after `at` characters."""
    one = family.card.replace(max_tokens=10_000)
    if how == "end":
        return solve(ReplayedEngine(turn[:at], template=CHATML), one)
    if how == "max_tokens":
        return solve(ReplayedEngine(turn, template=CHATML), one, max_tokens=max(1, at), rounds=1)
    engine = ReplayedEngine(turn, template=CHATML)
    length = len("".join(piece.text for piece in prompt_of(one)))
    engine.context = length + max(1, at)
    return solve(engine, one, rounds=1)


def prompt_of(one: Card) -> list[Piece]:
    return render_prompt(one, "tir", "?", CHATML, None, mode_of(one).switch)


@families
def test_a_thought_cut_off_in_the_middle_is_kept_and_named(family: Family) -> None:
    _, found = play(family, family.thought("Let me think about this for long."), max_tokens=40)
    assert (found.finish, found.answer) == ("max_tokens", None)
    assert kinds(found) == ["thought"]
    assert found.counts.thinking_tokens > 0


@pytest.mark.parametrize("name", [name for name, one in cards().items() if one.thinking])
@pytest.mark.parametrize("how", ["max_tokens", "context", "end", "budget"])
def test_no_card_takes_an_answer_from_a_thought(name: str, how: str) -> None:
    one = cards()[name]
    assert one.thinking is not None
    guesses = "I guess \\boxed{1}. The answer is 1.\n#### 1\n<answer>1</answer> "
    for method in one.methods:
        prompt = render_prompt(one, method, "?", CHATML, None, mode_of(one).switch)
        inside = begins_inside(one.thinking, prompt, first=True)
        written = ("" if inside else one.thinking.open[0] + "\n") + guesses * 3
        engine = ReplayedEngine(written, "It is \\boxed{3}.", template=CHATML)
        if how == "context":
            engine.context = sum(len(piece.text) for piece in prompt) + 80
        if how == "end":
            engine.texts = [written]
        options = {"max_tokens": {"max_tokens": 80}, "budget": {"think": 40}}.get(how, {})
        found = solve(engine, one, method=method, **options)
        answer = found.answer.text if found.answer else None
        assert answer == ("3" if how == "budget" else None)
        assert found.segments[0].kind == "thought"
        assert found.counts.thinking_tokens > 30


# -- budgets -----------------------------------------------------------------------------------


@families
def test_a_budget_closes_the_thought_and_the_model_answers(family: Family) -> None:
    long = family.open + "I think. " * 100 + "\\boxed{1}"
    engine, found = play(family, long, "It is \\boxed{3}.", think=50)
    assert found.answer is not None
    assert (found.answer.text, found.finish) == ("3", "answer")
    assert kinds(found) == ["thought", "text"]
    thought = found.segments[0]
    assert thought.truncated is True
    assert found.counts.thinking_tokens == thought.tokens == 50
    (frame,) = engine.opened[0].appended
    assert frame == [Piece(family.thinking.forced_close, markup=True)]
    assert found.sampling.thinking_budget == 50


def test_a_budget_is_one_for_all_turns_of_a_solution() -> None:
    family = FAMILIES["qwen3.5"]
    _, found = play(
        family,
        family.thought("12345678") + family.call("print(5)"),
        "This goes on for a long time, and on, and on.",
        "It is \\boxed{5}.",
        think=30,
    )
    assert kinds(found) == ["thought", "code", "output", "thought", "text"]
    assert found.counts.thinking_tokens == 30
    assert found.answer is not None


def test_without_thinking_the_thought_is_closed_by_the_template_or_at_once() -> None:
    off = Switch(variables={"enable_thinking": False}, begin="<think>\n\n</think>\n\n")
    switched = FAMILIES["qwen3"].card.replace(thinking=Thinking(off=off))
    engine = ReplayedEngine("It is \\boxed{3}.", template=CHATML)
    found = solve(engine, switched, think="off")
    assert engine.prompt[-1].text.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert engine.opened[0].appended == []
    assert (kinds(found), found.sampling.thinking) == (["text"], "off")

    family = FAMILIES["nemotron nano"]
    engine, found = play(family, "It is \\boxed{3}.", think="off")
    assert engine.prompt[-1].text.endswith("<think>\n")
    assert engine.opened[0].text == "\n</think>\n\nIt is \\boxed{3}."
    assert (kinds(found), found.counts.thinking_tokens) == (["text"], 0)
    assert found.answer is not None


def test_a_model_that_opens_thought_after_thought_ends() -> None:
    family = FAMILIES["qwen3"]
    _, found = play(family, *["<think>Hm" * 3] * 200, think=0)
    assert found.answer is None
    assert found.counts.thinking_tokens < 100


def test_the_answer_has_room_after_a_thought_that_was_closed() -> None:
    family = FAMILIES["qwen3"]
    _, found = play(family, "<think>" + "x" * 500, "It is \\boxed{3}.", think=90, max_tokens=97)
    assert found.answer is not None


def test_a_model_that_ends_in_its_thought_is_asked_for_the_answer() -> None:
    engine, found = play(FAMILIES["qwen3"], "<think>It is 3.", "It is \\boxed{3}.")
    assert engine.opened[0].text == "<think>It is 3.\n</think>\n\nIt is \\boxed{3}."
    assert found.answer is not None
    assert found.segments[0].truncated is None  # no budget did it


# -- markers in odd places -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "thoughts", "words"),
    [
        ("Is it 1?</think>It is 3.", ["Is it 1?"], ["It is 3."]),
        ("Is it \\boxed{1}?\n\nOr 2?\n</think>\n\nIt is 3.", ["Is it \\boxed{1}?\n\nOr 2?"], None),
        ("<think>a<think>b</think>c</think>It is 3.", ["ab", "c"], ["It is 3."]),
        ("<think></think>It is 3.", [], ["It is 3."]),
        ("<think>a</think>b<think>c</think>It is 3.", ["a", "c"], ["b", "It is 3."]),
        ("<think>a</think></think>It is 3.", ["a"], ["It is 3."]),
        ("a < b, <thin ice>, <think hard. It is 3.", [], ["a < b, <thin ice>, <think hard. It is 3."]),
    ],
)  # fmt: skip
def test_markers_that_are_doubled_nested_or_stray(
    written: str, thoughts: list[str], words: list[str] | None
) -> None:
    _, found = play(FAMILIES["qwen3"], written)
    assert "\n".join(texts(found, "thought")).split() == "\n".join(thoughts).split()
    assert texts(found, "text") == (words or ["It is 3."])
    assert found.answer is not None
    assert found.answer.text == "3"


def test_an_answer_before_a_stray_end_is_none() -> None:
    _, found = play(FAMILIES["qwen3"], "It is \\boxed{1}.</think>")
    assert (found.answer, kinds(found)) == (None, ["thought"])
    assert found.counts.thinking_tokens > 0


def test_markers_in_the_problem_and_in_an_output_are_text() -> None:
    family = FAMILIES["qwen3"]
    engine = ReplayedEngine(
        family.call("print('</think>' + '<think>')"), "It is \\boxed{3}.", template=CHATML
    )
    found = solve(engine, family.card, "What does <think> mean? <think>\n")
    assert [piece.text for piece in engine.prompt if not piece.markup] == [
        "What does <think> mean? <think>\n"
    ]
    assert kinds(found) == ["code", "output", "text"]
    assert texts(found, "output") == ["</think><think>"]
    assert found.answer is not None
    assert found.counts.thinking_tokens == 0


def test_a_marker_in_a_string_of_a_program_is_part_of_it() -> None:
    for name, family in FAMILIES.items():
        program = "print('<think>', '</think>', '<|end|>', \"</tool_call>\", '[THINK]')"
        _, found = play(family, family.call(program), "It is \\boxed{3}.")
        if family.open:
            assert texts(found, "code") == [program], name
            assert found.answer is not None


def test_a_program_in_a_thought_is_a_thought_unless_the_family_runs_it_there() -> None:
    thinks = "<think>\n```python\nprint(6 * 7)\n```\n```output\n41\n```\nSo 41.\n</think>\nIt is \\boxed{42}."
    _, found = play(Family("fenced", Thinking()), thinks)
    assert (kinds(found), found.counts.executions) == (["thought", "text"], 0)

    runs = card("fenced", Thinking(runs_code=True))
    engine = ReplayedEngine(
        "<think>I compute.\n```python\nprint(6 * 7)\n```\n```output",
        "Yes, 42, not \\boxed{7}.\n</think>\n\nIt is \\boxed{42}.",
    )
    found = solve(engine, runs)
    assert kinds(found) == ["thought", "code", "output", "thought", "text"]
    assert found.answer is not None
    assert (found.answer.text, found.evidence) == ("42", "computed")


def test_stop_strings_in_a_thought_stop_nothing() -> None:
    one = card("fenced", Thinking()).replace(stops=("### Problem", "<|im_end|>"))
    written = "<think>\n### Problem\nis 3. ```output\n</think>\nIt is \\boxed{3}.<|im_end|>More."
    found = solve(ReplayedEngine(written), one)
    assert found.answer is not None
    assert found.answer.text == "3"
    assert "### Problem" in texts(found, "thought")[0]
    cut_off = solve(ReplayedEngine("<think>It is \\boxed{1}<|im_end|>"), one)
    assert (cut_off.answer, kinds(cut_off)) == (None, ["thought"])


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(FAMILIES)),
    parts=st.lists(
        st.sampled_from(
            ["<think>", "</think>", "<tool_call>", "</tool_call>", "```python\n", "\n```", "print(1)",
             "\\boxed{1}", "<|channel|>", "analysis", "<|message|>", "<|end|>", "[THINK]", "[/THINK]",
             "{\"name\"", "<function=python>", "\n", "<|channel>thought\n", "<channel|>", "a", "<|im_end|>"]
        )
        | st.text(max_size=5),
        max_size=14,
    ),
    budget=st.none() | st.integers(0, 30),
    size=st.integers(1, 9),
)  # fmt: skip
def test_whatever_a_model_writes_ends_in_a_transcript(
    name: str, parts: list[str], budget: int | None, size: int
) -> None:
    engine = ReplayedEngine("".join(parts), "".join(parts[::-1]), template=CHATML, size=size)
    found = solve(engine, FAMILIES[name].card, rounds=1, think=budget, max_tokens=400)
    assert found.finish in ("answer", "no_answer", "max_rounds", "max_tokens")
    if budget is not None:
        assert found.counts.thinking_tokens <= budget + len("".join(parts)) * 2
    assert Transcript.from_record(found.record()) == found


# -- what is asked for ---------------------------------------------------------------------------

EFFORTS = Thinking(
    default="always",
    off=Switch({"reasoning_effort": "low"}),
    efforts={
        "low": Switch({"reasoning_effort": "low"}, budget=1000),
        "medium": Switch({"reasoning_effort": "medium"}, budget=5000),
        "high": Switch({"reasoning_effort": "high"}),
    },
)


@pytest.mark.parametrize(
    ("asked", "name", "effort", "budget"),
    [
        (None, "on", None, None),
        ("on", "on", None, None),
        ("off", "off", "low", None),
        (0, "off", "low", None),
        (500, "low", "low", 500),
        (3000, "medium", "medium", 3000),
        (90_000, "high", "high", 90_000),
        ("low", "low", "low", 1000),
        ("high", "high", "high", None),
    ],
)
def test_an_effort_is_what_a_budget_is_meant_for(
    asked: int | str | None, name: str, effort: str | None, budget: int | None
) -> None:
    mode = mode_of(card(thinking=EFFORTS), asked)
    assert (mode.name, mode.switch.variables.get("reasoning_effort"), mode.budget) == (
        name, effort, budget,
    )  # fmt: skip


def test_what_a_family_cannot_do_is_said() -> None:
    assert mode_of(card(), "off").name is None
    with pytest.raises(UsageError, match="X does not think before it answers"):
        mode_of(card(), 100)
    with pytest.raises(UsageError, match="no thinking effort called huge") as caught:
        mode_of(card(thinking=EFFORTS), "huge")
    assert (
        caught.value.hint
        == "use --think with a number of tokens, or one of: on, off, low, medium, high"
    )


def test_a_family_that_does_not_think_by_itself_is_left_so() -> None:
    assert mode_of(card(thinking=Thinking(default="off")), None).name == "off"
    assert mode_of(card(thinking=Thinking(default="off")), "on").name == "on"


def test_where_a_response_begins_is_what_the_template_wrote() -> None:
    def begins(*pieces: Piece, thinking: Thinking | None = None) -> bool:
        return begins_inside(thinking or Thinking(), pieces, first=True)

    assert begins(Piece("<|im_start|>assistant\n<think>\n", markup=True))
    assert not begins(Piece("assistant\n<think>\n\n</think>\n\n", markup=True))
    assert not begins(Piece("assistant\n", markup=True), Piece("<think>"))
    assert begins(Piece("assistant\n", markup=True), thinking=Thinking(begun=True))
    assert not begins(Piece("</think>", markup=True), thinking=Thinking(begun=True))
    assert not begins_inside(None, [Piece("<think>", markup=True)], first=True)


# -- fences of a model that was offered a tool -----------------------------------------------------


@pytest.mark.parametrize("name", ["qwen3", "lfm2.5", "mistral", "llama 3"])
def test_a_fence_in_place_of_a_call_runs_too(name: str) -> None:
    family = FAMILIES.get(name, FAMILIES["ministral 3"])
    written = "I compute.\n```python\nx = 6 * 7\nprint(x)\n```\n\nWhen you run this it prints 41."
    engine, found = play(family, written, "It is \\boxed{42}.")
    assert kinds(found) == ["text", "code", "output", "text"]
    assert texts(found, "code") == ["x = 6 * 7\nprint(x)"]
    assert "41" not in engine.opened[0].text
    assert found.answer is not None
    assert (found.answer.text, found.evidence) == ("42", "computed")


def test_a_fence_does_not_run_where_words_were_asked_for_or_an_answer_stands() -> None:
    written = "So:\n```python\nprint(6 * 7)\n```\nIt is \\boxed{42}."
    _, words = play(FAMILIES["qwen3"], written, method="cot")
    assert (words.counts.executions, words.finish) == (0, "answer")
    assert words.answer is not None
    _, after = play(FAMILIES["qwen3"], "It is \\boxed{42}. To see it:\n```python\nprint(41)\n```\n")
    assert (after.counts.executions, after.finish) == (0, "answer")


# -- what else a model is asked ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["qwen3", "qwen3.5"])
def test_rewordings_are_written_without_a_thought(name: str) -> None:
    problem = "Ann has 3 boxes with 12 pens each. How many pens has she?"
    good = "Each of Ann's 3 boxes holds 12 pens. How many pens has she?"
    turns = ["<think>I should", good] if name == "qwen3" else [good]
    engine = ReplayedEngine(*turns, template=CHATML)
    solver = Solver(engine, BENCH.executor, FAMILIES[name].card, MODEL)

    async def asked() -> list[str]:
        task = Task(solver, problem, "tir", SolveOptions(), Silent())
        return await paraphrases(task, 1)

    assert BENCH.loop.run_until_complete(asked()) == [good]
    assert engine.opened[0].text.endswith("</think>\n\n") or name == "qwen3"
