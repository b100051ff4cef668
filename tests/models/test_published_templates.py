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
from pathlib import Path
from typing import Any

import pytest

from mathcli.engines import Completion, Piece, Sampling
from mathcli.models import Card, card_named, cards
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.adapting import adapted
from mathcli.solving.calls import TOOL, syntax_named
from mathcli.solving.calls.tool import ARGUMENT, NAME
from mathcli.solving.recognition import end_of_call
from mathcli.templates.bounded import render
from mathcli.templates.messages import Call, Marks, assistant, opening, tool_output, variables
from tests.scripted import ScriptedEngine, ScriptedSequence
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
        vocabulary: of the tokenizer that this family has.
    """

    card: str
    template: str
    end: str
    think: str | None = None
    thinks: bool = True
    raw: bool = False
    method: str = "tir"
    vocabulary: str | None = None
    marks: Marks = field(default_factory=Marks)

    @property
    def name(self) -> str:
        return f"{self.card}-{self.template}-{self.method}-{self.think or 'usual'}"


IM = "<|im_end|>\n"
CASES = [
    Case("qwen3.5", "Qwen3.5-4B", IM, vocabulary="qwen35"),
    Case("qwen3.5", "Qwen3.5-4B", IM, "off", thinks=False, vocabulary="qwen35"),
    Case("qwen3.5", "Qwen3.5-4B", IM, method="cot", vocabulary="qwen35"),
    Case("qwen3", "Qwen-Qwen3-0.6B", IM, vocabulary="qwen2"),
    Case("qwen3", "Qwen-Qwen3-0.6B", IM, "off", thinks=False, vocabulary="qwen2"),
    Case("qwen3", "Qwen-Qwen3-0.6B", IM, method="cot", vocabulary="qwen2"),
    Case("qwen3-coder", "Qwen3-Coder", IM, thinks=False, vocabulary="qwen2"),
    Case("gemma4", "google-gemma-4-31B-it", "<turn|>\n", vocabulary="gemma-4"),
    Case("gpt-oss", "openai-gpt-oss-120b", "<|return|>"),
    Case("gpt-oss", "openai-gpt-oss-120b", "<|return|>", "high"),
    Case("gpt-oss", "openai-gpt-oss-120b", "<|return|>", method="cot"),
    Case("smollm3", "HuggingFaceTB-SmolLM3-3B", IM, method="cot", raw=True),
    Case("smollm3", "HuggingFaceTB-SmolLM3-3B", IM, "off", method="cot", thinks=False, raw=True),
    Case("lfm2.5", "LFM2.5-8B-A1B", IM),
    Case("lfm2.5", "LFM2.5-Instruct", IM, thinks=False, raw=True),
    Case("granite4", "ibm-granite-granite-4.0", "<|end_of_text|>\n", thinks=False),
    Case("granite4", "ibm-granite-granite-4.1", "<|end_of_text|>\n", thinks=False),
    Case("nemotron3-nano", "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", IM),
    Case("nemotron3-nano", "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", IM, "off", thinks=False),
    Case("nemotron-nano2", "NVIDIA-Nemotron-Nano-v2", "\n<SPECIAL_12>\n"),
    Case(
        "ministral3",
        "mistralai-Ministral-3-14B-Reasoning-2512",
        "</s>",
        marks=Marks("", "</s>"),
        raw=True,
    ),
    Case("minicpm5", "openbmb-MiniCPM5-1B", IM),
    Case("minicpm5", "openbmb-MiniCPM5-1B", IM, "off", thinks=False),
    Case(
        "r1-distill",
        "deepseek-ai-DeepSeek-R1-Distill-Llama-8B",
        "<｜end▁of▁sentence｜>",
        method="cot",
        raw=True,
    ),
]
# Each is compared with at least one case above.
PROVEN = {case.card for case in CASES}


class PublishedSequence(ScriptedSequence):
    """Goes on with a text of the script where a stop string has ended a stretch of it."""

    async def generate(self, **settings: Any) -> Completion:
        whole = self._script[0] if self._script else ""
        completion = await super().generate(**settings)
        rest = whole[len(completion.text) :]
        if completion.finish == "stop" and rest:
            self._script.insert(0, rest)
        return completion


class PublishedEngine(ScriptedEngine):
    """A scripted model with a published template."""

    def __init__(self, template: str, marks: Marks, *script: str) -> None:
        super().__init__(*script)
        self.known = {
            "tokenizer.chat_template": template,
            "tokenizer.bos_token": marks.bos,
            "tokenizer.eos_token": marks.eos,
        }
        self.prompt: Sequence[Piece] = ()

    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> ScriptedSequence:
        self.prompt = prompt
        text = "".join(piece.text for piece in prompt)
        self.opened.append(PublishedSequence(self.script, text, self.sure))
        return self.opened[-1]

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
    """What the template makes of it: the prompt, the text after the output, and all of it."""

    prompt: str
    called: str
    whole: str


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_loop_builds_what_the_template_renders(bench: Bench, case: Case) -> None:
    assert FOLDER is not None
    template = (FOLDER / "templates" / f"{case.template}.jinja").read_text("utf-8")
    card = adapted(card_named(case.card), PublishedEngine(template, case.marks).metadata).card
    reference = rendered(case, card, template)
    engine = PublishedEngine(template, case.marks, *turns(case, card, reference))
    transcript = bench.play(card, engine, case)
    (sequence,) = engine.opened
    assert sequence.prompt == reference.prompt
    programs = case.method == "tir"
    if programs:
        assert (sequence.prompt + sequence.text)[: len(reference.called)] == reference.called
    assert sequence.prompt + sequence.text + case.end == reference.whole
    assert engine.script == []
    assert transcript.finish == "answer"
    assert transcript.answer is not None
    assert transcript.answer.text == OUTPUT
    assert transcript.counts.executions == programs
    kinds = [segment.kind for segment in transcript.segments if segment.text.strip()]
    assert kinds == expected(case, programs)
    assert [s.text for s in transcript.segments if s.kind == "code"] == [PROGRAM] * programs
    assert all(piece.markup or piece.text in (PROBLEM, OUTPUT, '"21"') for piece in given(engine))


def expected(case: Case, programs: bool) -> list[str]:
    thought = ["thinking"] if case.thinks else []
    return [*thought, "code", "output", *thought, "text"] if programs else [*thought, "text"]


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
    call = Call(NAME, {ARGUMENT: PROGRAM})
    between: list[Mapping[str, Any]] = []
    if tools and case.raw:
        written = syntax_named(card.code.syntax).write(PROGRAM)
        between = [assistant(first + written), tool_output(OUTPUT, call)]
        if "[TOOL_CALLS]" in written:
            between[0] = assistant(first, call=call)
    elif tools:
        between = [assistant("", first, call), tool_output(OUTPUT, call)]
    last = assistant(second + ANSWER) if case.raw else assistant(ANSWER, second)
    prompt = text(asked, prompt=True)
    called = text([*asked, *between], prompt=True) if tools else prompt
    return Reference(prompt, called, text([*asked, *between, last], prompt=False))


def switch_of(case: Case, card: Card) -> Any:
    from mathcli.solving.thinking import mode_of

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
    """What the model writes: what stands between the prompt, the output's frame and the end."""
    whole = reference.whole.removesuffix(case.end)
    if case.method != "tir":
        return [whole[len(reference.prompt) :]]
    syntax = syntax_named(card.code.syntax)
    at = reference.called.rindex(OUTPUT)
    end = end_of_call(syntax, reference.called, len(reference.prompt), at, PROGRAM)
    assert end is not None
    return [reference.called[len(reference.prompt) : end], whole[len(reference.called) :]]
