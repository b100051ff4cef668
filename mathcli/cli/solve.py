"""`mathcli solve`: one problem, from its text to an answer and an exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli import output
from mathcli.cli.completion import complete_transcript
from mathcli.cli.effort import (
    Branch,
    Budget,
    Check,
    Confidence,
    Effort,
    Iterations,
    MinAgreement,
    MinTrust,
    Paraphrases,
    RewardName,
    Samples,
    StrategyChoice,
)
from mathcli.cli.following import earlier_solution, following
from mathcli.cli.help_pages import HelpAll
from mathcli.cli.keeping import Html, NoHistory, check_page, remember, write_page
from mathcli.cli.limits import beyond_its_limits
from mathcli.cli.options import (
    Asked,
    CardName,
    ChatTemplate,
    Concurrency,
    Context,
    Gpu,
    MaxRounds,
    MaxTokens,
    MethodName,
    ModelName,
    Patience,
    Sandbox,
    SandboxName,
    Seed,
    ServerUrl,
    Temperature,
    Threads,
    Timeout,
    TopP,
)
from mathcli.cli.passing import PassingLine, passing_line
from mathcli.cli.problem import check_problem, problem_text
from mathcli.cli.remote import Remote
from mathcli.cli.session import Setup, chosen_setup, session
from mathcli.cli.sharing import Keep, NoResident, Sharing
from mathcli.cli.thinking import ShowThinking, Think, asked_thinking
from mathcli.errors import Exit, UsageError
from mathcli.text_safety import given_text, one_line, safe

if TYPE_CHECKING:
    from mathcli.answers import Comparison
    from mathcli.cli.interrupted import Written
    from mathcli.rendering.terminal import TerminalTrace
    from mathcli.solving import SolveOptions, Solver, Transcript


@dataclass(frozen=True)
class SolveResult:
    """A finished solve: the transcript, and how the answer compares with the expected one."""

    transcript: Transcript
    expected: str | None
    comparison: Comparison | None
    answer_only: bool
    as_markdown: bool = False

    @property
    def exit_code(self) -> Exit:
        """0 answered or proved (or as expected), 1 not as expected, 6 timeout.

        3: no answer or no proof, none to one of the parts, undecided, or fewer solutions agree than
        was demanded.
        """
        if not self.transcript.complete:
            return Exit.STOPPED if self.transcript.finish == "timeout" else Exit.NO_ANSWER
        if self.transcript.needs_human:
            return Exit.NO_ANSWER
        if self.comparison is None:
            return Exit.OK
        verdicts = {"correct": Exit.OK, "incorrect": Exit.WRONG}
        return verdicts.get(self.comparison.verdict.value, Exit.NO_ANSWER)

    def text(self) -> str:
        """One line with the answer (an empty one without), Markdown, or nothing after a trace.

        Of a problem in parts one line each (`a: 3`), of a proof its text as the model wrote it.
        An answer that a human is to look at first is none.
        """
        if self.as_markdown:
            from mathcli.rendering.markdown import markdown

            return markdown(self.transcript)
        if not self.answer_only:
            return ""
        return printed(self.transcript) + "\n"

    def record(self) -> Mapping[str, Any]:
        """The transcript, with an `expect` object where an answer was expected."""
        record = self.transcript.record()
        if self.expected is not None:
            verdict = self.comparison.verdict.value if self.comparison else "undecided"
            reason = self.comparison.reason if self.comparison else "there is no answer"
            record["expect"] = {"expected": self.expected, "verdict": verdict, "reason": reason}
        return record


def solve_command(
    problem: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROBLEM]",
            help="The problem, or - to read it from standard input. Without one you are asked.",
        ),
    ] = None,
    follow: Annotated[
        str | None,
        typer.Option(
            "--continue",
            metavar="[ID]",
            help="Go on from an earlier solution: the last one, or that of the history's ID.",
            autocompletion=complete_transcript,
        ),
    ] = None,
    model: ModelName = None,
    card: CardName = None,
    method: MethodName = None,
    answer_only: Annotated[
        bool,
        typer.Option(
            "--answer-only",
            "-q",
            help="Print the answer alone: one line, or one a part; or the proof.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the transcript as JSON.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the solution as Markdown.")
    ] = False,
    html: Html = None,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="ANSWER",
            help="Compare with this answer (of parts: a=3; b=5): exit 0 equal, 1 different, "
            "3 undecided.",
        ),
    ] = None,
    temperature: Temperature = None,
    top_p: TopP = None,
    seed: Seed = 0,
    max_rounds: MaxRounds = None,
    max_tokens: MaxTokens = None,
    think: Think = None,
    timeout: Timeout = None,
    samples: Samples = None,
    strategy: StrategyChoice = None,
    budget: Budget = None,
    confidence: Confidence = None,
    min_agreement: MinAgreement = None,
    min_trust: MinTrust = None,
    check: Check = False,
    paraphrase: Paraphrases = 0,
    reward: RewardName = None,
    branch: Branch = 4,
    iterations: Iterations = None,
    context: Context = None,
    threads: Threads = None,
    gpu: Gpu = "auto",
    guess: Annotated[
        int,
        typer.Option(
            min=0,
            max=16,
            help="Tokens to guess ahead from the text itself; none with hybrid models.",
            rich_help_panel="Engine",
        ),
    ] = 0,
    keep: Keep = None,
    no_resident: NoResident = False,
    server: ServerUrl = None,
    concurrency: Concurrency = None,
    patience: Patience = None,
    chat_template: ChatTemplate = None,
    sandbox: SandboxName = Sandbox.STRICT,
    no_history: NoHistory = False,
    show_thinking: ShowThinking = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            help="Show the native library's log on standard error.",
            rich_help_panel="Engine",
        ),
    ] = False,
    help_all: HelpAll = False,
) -> None:
    """Solve one problem and show the reasoning, the programs, their outputs and the answer.

    Examples:

        mathcli solve "Solve x^2 - 5x + 6 = 0"

        echo "What is 15% of 80?" | mathcli solve -q -

        mathcli solve -q --expect "{2, 3}" "Solve x^2 - 5x + 6 = 0" && echo correct

        mathcli solve --html solution.html "Factor x^2 - 9"

        mathcli solve --continue "and of x^2 - 16?"
    """
    from mathcli.engines.options import EngineOptions

    if as_markdown and (answer_only or as_json):
        raise UsageError("--markdown goes with neither --json nor --answer-only")
    check_page(html)
    text = problem_text(problem)
    if follow is None:
        check_problem(text)
    expect = given_text(expect) if expect is not None else None
    effort = Effort(
        strategy, samples, budget, confidence, min_agreement, min_trust, check, paraphrase,
        reward, branch, iterations,
    )  # fmt: skip
    asked = Asked(
        method, temperature, top_p, seed, max_rounds, max_tokens, timeout, effort,
        asked_thinking(think),
    )  # fmt: skip
    engine = EngineOptions(
        context=context, sequences=1, threads=threads, gpu=gpu, guesses=guess, verbose=verbose
    )
    workers = 1 if effort.name == "once" else None  # one solution runs one program at a time
    remote = Remote(server, concurrency, patience, chat_template, limit=timeout)
    setup = chosen_setup(
        model, engine, card, sandbox, remote=remote, workers=workers, effort=effort,
        sharing=Sharing(keep, no_resident), asked=asked,
    )  # fmt: skip
    trace = not (answer_only or as_json or as_markdown)
    show = _terminal(show_thinking) if trace else None
    before = earlier_solution(follow) if follow is not None else None
    with passing_line() as line:
        transcript, comparison = asyncio.run(
            _solve(text, setup, asked, expect, show, line, before, kept=not no_history)
        )
    result = SolveResult(transcript, expect, comparison, answer_only, as_markdown)
    try:
        output.emit(result, as_json=as_json)
    finally:  # when the reader has the answer
        if not no_history:
            remember(result.record())
        if html is not None:
            from mathcli.rendering.html import page

            write_page(html, page(transcript))


async def _solve(
    problem: str,
    setup: Setup,
    asked: Asked,
    expect: str | None,
    show: TerminalTrace | None,
    line: PassingLine | None,
    before: Transcript | None,
    *,
    kept: bool,
) -> tuple[Transcript, Comparison | None]:
    from mathcli.cli.interrupted import Written
    from mathcli.problems import request_of
    from mathcli.solving.requests import kind_by_key

    async with session(setup) as solver:
        options = following(asked.options(solver.card), before, solver.card)
        options = kind_by_key(request_of(problem), expect, options)
        if line is not None:
            line.counting(lambda: solver.written)
        written = Written(show, line)
        transcript = await _solved(problem, solver, options, written, kept=kept)
    comparison = None
    if expect is not None and transcript.answer is not None:
        comparison = _compare(transcript.answer.text, expect)
    if show is not None:
        show.finish(transcript, _note(expect, comparison))
    elif not transcript.complete:
        from mathcli.rendering.wording import lacking, what_to_raise, why_none

        untold = transcript.withheld or transcript.kind in ("none", "proof", "parts")
        why = why_none(transcript) if untold else transcript.finish
        output.note(f"mathcli: {lacking(transcript)} ({why})")
        if advice := what_to_raise(transcript):
            output.note(f"hint: the model was still thinking: {advice}")
    if not transcript.complete and transcript.finish == "loop":
        from mathcli.rendering.wording import AFTER_A_LOOP

        output.note(f"hint: {AFTER_A_LOOP}")
    if transcript.needs_human:
        from mathcli.rendering.several import disagreement

        output.note(f"mathcli: {disagreement(transcript, asked.effort.min_agreement or 0.0)}")
    if advice := beyond_its_limits(transcript):
        output.note(f"hint: {advice}")
    return transcript, comparison


def printed(transcript: Transcript) -> str:
    """What `-q` prints, without the last line's end."""
    if transcript.needs_human:
        return ""
    if transcript.kind == "proof":
        return safe(transcript.proof or "")
    if transcript.kind == "parts" and transcript.answer is not None:
        return "\n".join(
            f"{part.label}: {one_line(part.answer.text) if part.answer else ''}".rstrip()
            for part in transcript.parts
        )
    return one_line(transcript.answer.text) if transcript.answer else ""


async def _solved(
    problem: str, solver: Solver, options: SolveOptions, written: Written, *, kept: bool
) -> Transcript:
    """Solve; where that is interrupted, what was written is kept."""
    try:
        return await solver.solve(problem, options, written)
    except asyncio.CancelledError:
        record = written.interrupted(problem, solver, options)
        if record is not None and kept:
            remember(record)
            output.note("mathcli: what was written is kept: mathcli history show last")
        raise


def _terminal(whole_thoughts: bool) -> TerminalTrace:
    from mathcli.console import console
    from mathcli.rendering.terminal import TerminalTrace

    return TerminalTrace(console(), whole_thoughts=whole_thoughts)


def _compare(answer: str, expected: str) -> Comparison:
    from mathcli.answers import Grader
    from mathcli.answers.keys import judged

    with Grader() as grader:
        return judged(answer, expected, grader)


def _note(expected: str | None, comparison: Comparison | None) -> str | None:
    if expected is None or comparison is None:
        return None
    return f"{comparison.verdict.value}: {comparison.reason} (expected {expected})"
