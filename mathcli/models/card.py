"""Model cards: how one family of checkpoints is prompted and read, as data.

What a checkpoint was trained on decides its prompt, its code markers, how a program's output is
fed back and where it stops. A card is a TOML file; a new family needs one new file. This module
defines what a card holds, `card_values` what its values may be; `schema` reads a card, `catalogue`
finds the card of a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict

from mathcli.errors import ModelError
from mathcli.models.card_values import (
    METHODS,
    TRANSLATED,
    Aggregation,
    Amount,
    Convention,
    Count,
    Marks,
    Notation,
    Number,
    Percent,
    Share,
    SyntaxName,
    Table,
    Verified,
    check_holes,
    check_names,
)
from mathcli.typed_records import Misfit


class Example(Table, frozen=True):
    """A solved problem: `solution` is what the model would write, with its programs' outputs."""

    problem: str
    solution: str


class Chat(Table, frozen=True):
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

    def __post_init__(self) -> None:
        check_holes("user", self.user, "{problem}")


class MethodPrompt(Table, frozen=True):
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
    translations: Mapping[str, str] = {}
    primed: bool = False

    def __post_init__(self) -> None:
        check_holes("prompt", self.prompt, "{problem}")
        if (self.prompt is None) == (self.chat is None):
            raise Misfit("", "needs either a prompt or a chat")
        if self.translations and self.prompt is None:
            raise Misfit("translations", "can only be given with a prompt, not with a chat")
        check_names("translations", self.translations, TRANSLATED)
        for code, prompt in self.translations.items():
            check_holes(f"translations.{code}", prompt, "{problem}")

    def with_fewer_examples(self) -> Iterator[MethodPrompt]:
        """This prompt, then with its first worked example only, then with none: for models whose
        context has no room for all of them."""
        yield self
        if self.chat is not None and self.chat.examples:
            if len(self.chat.examples) > 1:
                yield self.replace(chat=self.chat.replace(examples=self.chat.examples[:1]))
            yield self.replace(chat=self.chat.replace(examples=()))


class CodeFormat(Table, frozen=True):
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
    syntax: SyntaxName = "fenced"

    def __post_init__(self) -> None:
        if "{output}" not in self.feedback and "{json}" not in self.feedback:
            raise Misfit("feedback", "has no {output} and no {json}")


class Draw(Table, frozen=True):
    """How tokens are drawn: greedy by default. `samples` is how many solutions vote."""

    temperature: Number = 0.0
    top_p: Number = 1.0
    top_k: Amount = 0
    min_p: Number = 0.0
    samples: Count = 1


class Switch(Table, frozen=True):
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

    variables: Mapping[str, Any] = {}
    user: str = ""
    system: str | None = None
    begin: str = ""
    sampling: Draw | None = None
    votes: Draw | None = None
    budget: Amount | None = None


class Thinking(Table, frozen=True):
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

    open: Marks = ("<think>",)
    close: Marks = ("</think>",)
    default: Literal["on", "off", "always"] = "on"
    budget: Amount | None = None
    begun: bool = False
    runs_code: bool = False
    forced_close: str = "\n</think>\n\n"
    on: Switch = Switch()
    off: Switch = Switch()
    efforts: Mapping[str, Switch] = {}

    def __post_init__(self) -> None:
        if not any(mark in self.forced_close for mark in self.close):
            raise Misfit("forced_close", "has none of the texts of close")


class Checkpoint(Table, frozen=True):
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
    context: Count | None = None
    published: Mapping[str, Percent] = {}
    published_by: str | None = None


class Reward(Table, frozen=True):
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

    def __post_init__(self) -> None:
        check_holes("first", self.first, "{problem}", "{step}")
        check_holes("next", self.next, "{step}")


class Running(Table, frozen=True):
    """How programs are run: those fields of the executor's `Semantics` that a card sets."""

    earlier: Literal["ignored", "joined", "replayed"] | UnsetType = UNSET
    earlier_prints: bool | UnsetType = UNSET
    prelude: str | UnsetType = UNSET
    value: Literal["never", "if_silent", "instead", "appended"] | UnsetType = UNSET
    value_form: Literal["str", "repr"] | UnsetType = UNSET
    stderr: bool | UnsetType = UNSET
    limit: Amount | UnsetType = UNSET
    head: Amount | UnsetType = UNSET
    tail: Amount | UnsetType = UNSET
    marker: str | UnsetType = UNSET
    error: str | UnsetType = UNSET
    error_keeps_output: bool | UnsetType = UNSET
    timeout: str | UnsetType = UNSET
    stopped: str | UnsetType = UNSET
    empty: str | UnsetType = UNSET
    strip: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.error is not UNSET:
            check_holes("error", self.error, "{error}")

    @property
    def given(self) -> Mapping[str, Any]:
        """The fields that are set, by name."""
        return {name: value for name, value in asdict(self).items() if value is not UNSET}


class Card(Table, frozen=True):
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
        notation: how problems are written in its prompts: as the user typed them, or in the plain
            notation of `problems.notation`.
        execution: what "run the code" means for this family.
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
    methods: Mapping[str, MethodPrompt] = {}
    checkpoints: Mapping[str, Checkpoint] = {}
    match: tuple[str, ...] = ()
    architecture: tuple[str, ...] = ()
    licence: str = "none found"
    context: Count | None = None
    languages: tuple[str, ...] = ("en",)
    good_at: str = ""
    note: str = ""
    code: CodeFormat = CodeFormat()
    stops: tuple[str, ...] = ()
    rounds: Count = 4
    generations: Count | None = None
    max_tokens: Count = 1024
    sampling: Draw = Draw()
    votes: Draw = Draw(temperature=0.7, top_p=0.95, samples=8)
    answer: Convention = "boxed"
    notation: Notation = "as typed"
    execution: Running = Running()
    program_seconds: Number | None = None
    proofs: bool = True
    doubt: Share = 0.0
    thinking: Thinking | None = None
    sources: tuple[str, ...] = ()
    verified: Verified = "text"
    unverified: tuple[str, ...] = ()
    reward: Reward | None = None

    def __post_init__(self) -> None:
        check_names("methods", self.methods, METHODS)
        for name, method in self.methods.items():
            if method.fallback is not None and method.fallback not in self.methods:
                raise Misfit(f"methods.{name}.fallback", "names no method of this card")

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
