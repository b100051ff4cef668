"""Model cards: how one family of checkpoints is prompted and read, as data.

What a checkpoint was trained on decides its prompt, its code markers, how a program's output is
fed back and where it stops. A card is a TOML file; a new family needs one new file. This module
defines what a card holds; `schema` reads one, `catalogue` finds the card of a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mathcli.errors import ModelError

Aggregation = Literal["last", "min", "product", "mean"]
Verified = Literal["checkpoint", "template", "text"]


@dataclass(frozen=True)
class Example:
    """A solved problem: `solution` is what the model would write, with its programs' outputs."""

    problem: str
    solution: str


@dataclass(frozen=True)
class Chat:
    """A method's prompt for a model that is asked through its file's own chat template.

    `assistant` is how the response begins, where the template does not begin it so itself.
    `tools` are function signatures that the template shows to the model. `examples` are solved
    problems that stand before the problem as turns of the same conversation.
    """

    user: str
    system: str | None = None
    assistant: str = ""
    tools: tuple[Mapping[str, Any], ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class MethodPrompt:
    """How a problem is posed with one method: a raw `prompt` or a `chat`.

    The method `proof` asks for a proof, where the family has a prompt of its own for that.

    Both hold `{problem}`, and may hold `{rounds}`, the number of programs that may run.
    `fallback` names the method that is tried where this one has found no answer. `translations`
    are raw prompts for problems in other languages than English, by the language's code. A
    method is `primed` if its prompt ends inside a program, as `CodeFormat.primed` says of all.
    """

    prompt: str | None = None
    chat: Chat | None = None
    fallback: str | None = None
    translations: Mapping[str, str] = field(default_factory=dict)
    primed: bool = False

    def with_fewer_examples(self) -> Iterator[MethodPrompt]:
        """This prompt, then with its first worked example only, then with none: for models whose
        context has no room for all of them."""
        yield self
        if self.chat is not None and self.chat.examples:
            if len(self.chat.examples) > 1:
                yield replace(self, chat=replace(self.chat, examples=self.chat.examples[:1]))
            yield replace(self, chat=replace(self.chat, examples=()))


@dataclass(frozen=True)
class CodeFormat:
    """How programs and their outputs are marked in this family's text.

    Args:
        open: the strings that begin a program. After one with a fence in it the rest of the line
            is skipped; after any other the program begins at once.
        close: the string that ends it; "" where only the end of the generation does.
        stops: strings that end a generation so that the program can run.
        feedback: what follows the program, with `{output}`, or with `{json}`: the output as a
            string of JSON. As much of it as the model wrote
            itself (a stop string, a newline) is not appended again.
        continues: stops after which the model continues to write where no program precedes them.
        hidden: markers that readers are not shown.
        drop: strings removed from a program before it runs.
        primed: the prompt ends inside a program, so that the generation begins with one.
        call: an expression put after the program, whose value is the output.
        runs_if: a text that a program must contain; without it, it counts as words and is not run.
        unless: a text that makes a generation the last one, whatever else it contains.
        json: the program is the `code` argument of a JSON tool call.
        syntax: how the family writes programs: `fenced` between the markers above, or the name of
            a syntax of tool calls. Markers, stops and feedback are that syntax's own then, where
            the card leaves them at their defaults, and the model is offered the tool through its
            chat template. In `feedback` the text `{begin}` stands for how a response begins (see
            `Switch`): a template opens the model's thought again after every output.
    """

    open: tuple[str, ...] = ("```python", "```py")
    close: str = "\n```"
    stops: tuple[str, ...] = ("```output",)
    feedback: str = "\n```output\n{output}\n```\n"
    continues: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    primed: bool = False
    call: str | None = None
    runs_if: str | None = None
    unless: str | None = None
    json: bool = False
    syntax: str = "fenced"


@dataclass(frozen=True)
class Draw:
    """How tokens are drawn: greedy by default. `samples` is how many solutions vote."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    samples: int = 1


@dataclass(frozen=True)
class Switch:
    """How a family is told to think, not to think, or how hard.

    Args:
        variables: variables of its chat template (`enable_thinking = false`).
        user: text after the words of the user turn (` /no_think`).
        system: text of the system turn, before the method's own, if it has any.
        begin: how the response begins in this mode (`<think>\\n`); put after the prompt where
            the chat template does not begin it so itself, and after every program's output.
        sampling: for one solution in this mode, where it is not the card's.
        votes: for many that vote, where it is not the card's.
        budget: for an effort: the most tokens of thinking that it is meant for.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    user: str = ""
    system: str | None = None
    begin: str = ""
    sampling: Draw | None = None
    votes: Draw | None = None
    budget: int | None = None


@dataclass(frozen=True)
class Thinking:
    """How a family thinks before it answers, and how that is switched.

    Args:
        open: the strings that open a thought.
        close: the strings that close it.
        default: `on` or `off` where it can be switched, `always` where it cannot.
        budget: tokens of thinking that its makers recommend; `None`: no limit of its own.
        begun: the response begins inside a thought even where the prompt does not end with a
            string of `open`.
        runs_code: programs inside a thought are run too.
        forced_close: what is put after a thought whose budget is spent, so that the model answers.
        on: how thinking is asked for.
        off: how an answer without thinking is asked for. A family that always thinks gets
            `forced_close` at once instead.
        efforts: how much thinking is asked for, by the family's names, the least first.
    """

    open: tuple[str, ...] = ("<think>",)
    close: tuple[str, ...] = ("</think>",)
    default: Literal["on", "off", "always"] = "on"
    budget: int | None = None
    begun: bool = False
    runs_code: bool = False
    forced_close: str = "\n</think>\n\n"
    on: Switch = Switch()
    off: Switch = Switch()
    efforts: Mapping[str, Switch] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """One published set of weights.

    Args:
        upstream: the repository of its authors on the hub.
        gguf: repositories that hold it as GGUF, the preferred one first.
        parameters: its nominal size, as in its name (`7B`).
        licence: where it is not the family's.
        context: tokens it was trained for, where it is not the family's.
        published: its accuracy on public benchmarks, as others measured it: percent by name.
        published_by: who published that, and where.
    """

    upstream: str | None = None
    gguf: tuple[str, ...] = ()
    parameters: str | None = None
    licence: str | None = None
    context: int | None = None
    published: Mapping[str, float] = field(default_factory=dict)
    published_by: str | None = None


@dataclass(frozen=True)
class Reward:
    """How a reward model is asked about the steps of a solution.

    Args:
        first: text of the first step, with `{problem}` and `{step}`.
        next: text of each further step, with `{step}`.
        good: the token that stands for a correct step.
        bad: the token that stands for a wrong one.
        position: where the two are compared: where the model `predicts` the last `good` of the
            step's text, or `at` the end of that text.
        head: what a score needs: the model's `logits`, the `hidden` state and a head that GGUF
            files lack, or a `reference` model to compare with.
        aggregation: how a solution's score is made of its steps' scores: the `last` of them, their
            `min`, `product` or `mean`.
    """

    first: str
    next: str
    good: str = "+"
    bad: str = "-"
    position: Literal["predicts", "at"] = "predicts"
    head: Literal["logits", "hidden", "reference"] = "logits"
    aggregation: Aggregation = "last"


@dataclass(frozen=True)
class Card:
    """One family.

    Args:
        name: how the card is called, and its file.
        title: how people call the family.
        methods: the prompts, by method: `tir` words and programs, `pal` one program, `cot`
            words. The first is the one used where none is asked for.
        checkpoints: the family's weights, by the alias that `models pull` takes.
        match: patterns (`*`, `?`) of the names that files of this family carry in their
            metadata, lower case, with hyphens for spaces and underscores.
        architecture: llama.cpp's names of it.
        context: tokens the family was trained for.
        languages: codes of the languages it answers in.
        stops: strings that end the whole solution.
        rounds: how many programs may run for one problem.
        generations: how many generations one problem may take, where the family limits that.
        max_tokens: the most tokens of one generation.
        sampling: for one solution.
        votes: for many that vote.
        answer: the convention in which answers are written.
        execution: what "run the code" means for this family (fields of the executor's
            `Semantics`).
        program_seconds: how long a program may run, where the family says so.
        proofs: whether the family can write a proof at all.
        doubt: how probable each token of a solution in words must be for `auto` to believe it; a
            program follows where one was less. 0 believes all.
        thinking: set for families that think before they answer.
        sources: where the facts were read.
        verified: what the card rests on: a `checkpoint` that was run, the published chat
            `template` that it was compared with, or `text` alone.
        unverified: facts that no published source confirms, in words.
        reward: set for models that score solutions instead of writing them.
    """

    name: str
    title: str
    methods: Mapping[str, MethodPrompt] = field(default_factory=dict)
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)
    match: tuple[str, ...] = ()
    architecture: tuple[str, ...] = ()
    licence: str = "none found"
    context: int | None = None
    languages: tuple[str, ...] = ("en",)
    good_at: str = ""
    note: str = ""
    code: CodeFormat = CodeFormat()
    stops: tuple[str, ...] = ()
    rounds: int = 4
    generations: int | None = None
    max_tokens: int = 1024
    sampling: Draw = Draw()
    votes: Draw = Draw(temperature=0.7, top_p=0.95, samples=8)
    answer: str = "boxed"
    execution: Mapping[str, Any] = field(default_factory=dict)
    program_seconds: float | None = None
    proofs: bool = True
    doubt: float = 0.0
    thinking: Thinking | None = None
    sources: tuple[str, ...] = ()
    verified: Verified = "text"
    unverified: tuple[str, ...] = ()
    reward: Reward | None = None

    @property
    def default_method(self) -> str:
        """The method that is used where none is asked for: the first of the card.

        Raises:
            ModelError: the family does not solve problems.
        """
        if not self.methods:
            raise ModelError(
                f"{self.title} scores solutions and cannot write them",
                "see: mathcli models list",
            )
        return next(iter(self.methods))

    def prompt_for(self, method: str) -> MethodPrompt:
        """The prompt of a method.

        Raises:
            ModelError: this family has none; the message names those it has.
        """
        try:
            return self.methods[method]
        except KeyError:
            known = ", ".join(self.methods) or "none, it scores solutions"
            raise ModelError(
                f"{self.title} has no prompt for the method {method}", f"it has: {known}"
            ) from None
