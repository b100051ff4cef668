"""Prompts and outputs against the chat templates that the models' makers published, byte for byte.

A whole conversation (problem, thought, call, output, thought, answer) is rendered by the template,
and built by the real loop with a scripted model. Both must be the same text, and the same tokens
where the archive has the model's tokenizer. Templates and tokenizers are read where they are; see
`tests.servers.archive`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from mathcli.engines import Piece, native
from mathcli.models import Card, Switch, card_named, cards
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.adapting import adapted
from mathcli.solving.calls import TOOL, syntax_named
from mathcli.solving.calls.tool import ARGUMENT, NAME
from mathcli.solving.recognition import end_of_call
from mathcli.solving.thinking import mode_of
from mathcli.templates.bounded import render
from mathcli.templates.messages import Marks, ToolCall, assistant, opening, tool_output, variables
from tests.models.conversation import ChatEngine
from tests.servers.archive import published

PROBLEM = "Halve 6 * 7, then say what is left."
PROGRAM = "print(6 * 7 // 2)"
OUTPUT = "21"
FIRST, SECOND = "The product is 42; I compute its half.", "It printed 21."
ANSWER = "The half is $\\boxed{21}$."
MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "card")
FOLDER = published()


@dataclass(frozen=True)
class Case:
    """One card with one published template.

    Args:
        end: what the template puts after the answer.
        think: as `--think` says it.
        thinks: whether thoughts are put into the conversation.
        raw: the call stands in the message's text, for templates that show no calls of old turns.
        keeps: which thoughts the template shows: all, those before a call as long as there is no
            answer, or none. Of what it leaves out only the frames can be compared.
        vocabulary: of the tokenizer that this family has.
    """

    card: str
    template: str
    end: str
    think: str | None = None
    thinks: bool = True
    raw: bool = False
    keeps: Literal["all", "calls", "none"] = "all"
    method: str = "tir"
    vocabulary: str | None = None
    marks: Marks = field(default_factory=Marks)

    @property
    def name(self) -> str:
        return f"{self.card}-{self.template}-{self.method}-{self.think or 'usual'}"


IM = "<|im_end|>\n"
TURN, R1_END = "<|end_of_text|>\n", "<｜end▁of▁sentence｜>"
NEMOTRON, NANO2 = "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "NVIDIA-Nemotron-Nano-v2"
OSS, GEMMA, SMOL = "openai-gpt-oss-120b", "google-gemma-4-31B-it", "HuggingFaceTB-SmolLM3-3B"
MINISTRAL = "mistralai-Ministral-3-14B-Reasoning-2512"
R1 = "deepseek-ai-DeepSeek-R1-Distill-"
CASES = [
    Case("qwen3.5", "Qwen3.5-4B", IM, vocabulary="qwen35"),
    Case("qwen3.5", "Qwen3.5-4B", IM, "off", thinks=False, vocabulary="qwen35"),
    Case("qwen3.5", "Qwen3.5-4B", IM, method="cot", vocabulary="qwen35"),
    Case("qwen3", "Qwen-Qwen3-0.6B", IM, vocabulary="qwen2"),
    Case("qwen3", "Qwen-Qwen3-0.6B", IM, "off", thinks=False, method="cot", vocabulary="qwen2"),
    Case("qwen3", "Qwen-Qwen3-0.6B", IM, method="cot", vocabulary="qwen2"),
    Case("qwen3-coder", "Qwen3-Coder", IM, thinks=False, vocabulary="qwen2"),
    Case("qwen2.5-coder", "Qwen-Qwen2.5-7B-Instruct", IM, thinks=False, method="cot",
         vocabulary="qwen2"),
    Case("gemma4", GEMMA, "<turn|>\n", keeps="calls", vocabulary="gemma-4"),
    Case("gemma4", GEMMA, "<turn|>\n", "off", thinks=False, keeps="none", vocabulary="gemma-4"),
    Case("gpt-oss", OSS, "<|return|>", keeps="calls"),
    Case("gpt-oss", OSS, "<|return|>", "high", keeps="calls"),
    Case("gpt-oss", OSS, "<|return|>", method="cot"),
    Case("smollm3", SMOL, IM, method="cot", raw=True),
    Case("smollm3", SMOL, IM, "off", method="cot", thinks=False, raw=True),
    Case("lfm2.5", "LFM2.5-8B-A1B", IM),
    Case("lfm2.5", "LFM2.5-Instruct", IM, thinks=False, raw=True),
    Case("granite4", "ibm-granite-granite-4.0", TURN, thinks=False),
    Case("granite4", "ibm-granite-granite-4.1", TURN, thinks=False),
    Case("nemotron3-nano", NEMOTRON, IM),
    Case("nemotron3-nano", NEMOTRON, IM, "off", thinks=False),
    Case("nemotron-nano2", NANO2, "\n<SPECIAL_12>\n", keeps="none"),
    Case("ministral3", MINISTRAL, "</s>", marks=Marks("", "</s>"), raw=True),
    Case("minicpm5", "openbmb-MiniCPM5-1B", IM),
    Case("minicpm5", "openbmb-MiniCPM5-1B", IM, "off", thinks=False, method="cot", keeps="none"),
    Case("r1-distill", R1 + "Llama-8B", R1_END, method="cot", keeps="none", raw=True),
    Case("r1-distill", R1 + "Qwen-32B", R1_END, method="cot", keeps="none", raw=True),
]  # fmt: skip
# Each is compared with at least one case above.
PROVEN = {case.card for case in CASES}


class PublishedEngine(ChatEngine):
    """A scripted model with a published template."""

    def __init__(self, template: str, marks: Marks, *script: str) -> None:
        super().__init__(*script)
        self.known = {
            "tokenizer.chat_template": template,
            "tokenizer.bos_token": marks.bos,
            "tokenizer.eos_token": marks.eos,
        }

    def metadata(self, key: str) -> str | None:
        return self.known.get(key)


class Bench:
    """One event loop with one executor for all conversations."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.executor = Executor(workers=1)

    def play(self, card: Card, engine: PublishedEngine, case: Case) -> Transcript:
        solver = Solver(engine, self.executor, card, MODEL)
        options = SolveOptions(case.method, think=case.think)
        return self.loop.run_until_complete(solver.solve(PROBLEM, options))


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    if FOLDER is None:
        pytest.skip("no published templates: python -m tests.servers.llama_server keeps them")
    bench = Bench()
    yield bench
    bench.loop.run_until_complete(bench.executor.close())
    bench.loop.close()


def test_what_says_that_it_was_compared_is_compared() -> None:
    said = {card.name for card in cards().values() if card.verified == "template"}
    assert said <= PROVEN


@dataclass(frozen=True)
class Reference:
    """What the template makes of it: the prompt, the text up to the second turn, and all of it;
    the first turn and the frame that follows it."""

    prompt: str
    called: str
    whole: str
    written: str
    frame: str


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_loop_builds_what_the_template_renders(bench: Bench, case: Case) -> None:
    played = play(bench, case)
    engine, reference, transcript = played.engine, played.reference, played.transcript
    (sequence,) = engine.opened
    assert sequence.prompt == reference.prompt
    programs = case.method == "tir"
    built = sequence.prompt + sequence.text
    if case.keeps != "none":
        assert built[: len(reference.called)] == reference.called
    if programs:
        [frame] = sequence.appended
        assert "".join(piece.text for piece in frame) == reference.frame
    if case.keeps == "all":
        assert built + case.end == reference.whole
    assert engine.script == []
    assert transcript.finish == "answer"
    assert transcript.answer is not None
    assert transcript.answer.text == OUTPUT
    assert transcript.counts.executions == programs
    kinds = [segment.kind for segment in transcript.segments if segment.text.strip()]
    assert kinds == expected(case, built)
    assert [s.text for s in transcript.segments if s.kind == "code"] == [PROGRAM] * programs
    plain = [piece.text for piece in given(engine) if not piece.markup]
    assert plain == [PROBLEM, *(['"21"' if '"21"' in reference.frame else OUTPUT] * programs)]


TOKENIZED = [case for case in CASES if case.vocabulary and case.method == "tir"]


@pytest.mark.parametrize("case", TOKENIZED, ids=lambda case: case.name)
def test_the_tokens_are_those_of_the_whole_text(
    bench: Bench, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prompt, the model's turns and the frames are tokenized one after the other."""
    assert FOLDER is not None
    played = play(bench, case)
    (sequence,) = played.engine.opened
    defaults = native.lib.llama_model_default_params

    def without_weights() -> Any:
        params = defaults()
        params.vocab_only = True
        return params

    monkeypatch.setattr(native.lib, "llama_model_default_params", without_weights)
    model = native.Model(FOLDER / f"ggml-vocab-{case.vocabulary}.gguf")
    try:
        tokens = model.tokenize(played.engine.prompt, start=True)
        for at, turn in enumerate(played.turns):
            tokens += model.tokenize_further([Piece(turn, markup=True)])
            tokens += model.tokenize_further(sequence.appended[at]) if at == 0 else []
        whole = Piece(sequence.prompt + sequence.text, markup=True)
        assert tokens == model.tokenize([whole], start=True)
    finally:
        model.close()


@dataclass(frozen=True)
class Played:
    engine: PublishedEngine
    reference: Reference
    transcript: Transcript
    turns: Sequence[str]


def play(bench: Bench, case: Case) -> Played:
    assert FOLDER is not None
    template = (FOLDER / "templates" / f"{case.template}.jinja").read_text("utf-8")
    card = adapted(card_named(case.card), PublishedEngine(template, case.marks).metadata).card
    reference = rendered(case, card, template)
    written = turns(case, card, reference)
    engine = PublishedEngine(template, case.marks, *written)
    return Played(engine, reference, bench.play(card, engine, case), written)


def expected(case: Case, built: str) -> list[str]:
    first, second = (["thought"] * (text in built) for text in (FIRST, SECOND))
    return [*first, "code", "output", *second, "text"] if case.method == "tir" else [
        *second, "text"
    ]  # fmt: skip


def given(engine: PublishedEngine) -> Iterator[Piece]:
    """All pieces that did not come from the model."""
    yield from engine.prompt
    for frame in engine.opened[0].appended:
        yield from frame


def rendered(case: Case, card: Card, template: str) -> Reference:
    """The conversation as the template has it."""
    chat = card.prompt_for(case.method).chat
    assert chat is not None
    mode = switch_of(case, card)
    user = chat.user.replace("{problem}", PROBLEM) + mode.user
    asked = opening(user, "\n\n".join(filter(None, (mode.system, chat.system))) or None)
    tools = (TOOL,) if case.method == "tir" else ()

    def text(messages: Sequence[Mapping[str, Any]], *, prompt: bool) -> str:
        found = variables(messages, tools, more=mode.variables, prompt=prompt, marks=case.marks)
        return render(template, found)

    first, second = thoughts(case, card)
    call = ToolCall(NAME, {ARGUMENT: PROGRAM})
    syntax = syntax_named(card.code.syntax)
    between: list[Mapping[str, Any]] = []
    if tools:
        between = [assistant("", first, call), tool_output(OUTPUT, call)]
    if tools and case.raw:
        written = syntax.write(PROGRAM)
        by_template = card.name == "ministral3"  # which writes calls, but thoughts as texts
        between[0] = assistant(first, call=call) if by_template else assistant(first + written)
    last = assistant(second + ANSWER) if case.raw else assistant(ANSWER, second)
    prompt = text(asked, prompt=True)
    called = text([*asked, *between], prompt=True) if tools else prompt
    whole = text([*asked, *between, last], prompt=False)
    if not tools:
        return Reference(prompt, called, whole, "", "")
    at = called.rindex(OUTPUT)
    end = end_of_call(syntax, called, alike(prompt, called), at, PROGRAM)
    assert end is not None
    return Reference(prompt, called, whole, called[len(prompt) : end], called[end:])


def alike(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


def switch_of(case: Case, card: Card) -> Switch:
    return mode_of(card, case.think).switch


def thoughts(case: Case, card: Card) -> tuple[Any, Any]:
    """What stands for the thoughts: texts of their own, or the begin of a raw message."""
    if not case.thinks:
        return ("", "") if case.raw else (None, None)
    if not case.raw:
        return FIRST, SECOND
    assert card.thinking is not None
    opened, closed = card.thinking.open[0], card.thinking.close[0]
    return f"{opened}{FIRST}{closed}", f"{opened}{SECOND}{closed}"


def turns(case: Case, card: Card, reference: Reference) -> list[str]:
    """What the model writes: what stands between the prompt, the output's frame and the end; where
    the template does not show that, the same as it was written."""
    whole = reference.whole.removesuffix(case.end)
    if case.keeps == "none":
        closed = card.thinking.close[0] if card.thinking else ""
        call = syntax_named(card.code.syntax).write(PROGRAM) if case.method == "tir" else ""
        thought = f"{{}}\n{closed}\n\n" if case.thinks else ""
        first, second = thought.format(FIRST), thought.format(SECOND)
        return ([first + call] if call else []) + [second + ANSWER]
    if case.method != "tir":
        return [whole[len(reference.prompt) :]]
    # What follows the output: its frame is there once more where thoughts were left out before it.
    after = whole.rindex(reference.frame) + len(reference.frame)
    return [reference.written, whole[after:]]
