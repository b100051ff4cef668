"""`mathcli solve`: solves one problem and compares the answer with an expected one.

Slow imports are inside functions, because shells import this module for completions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from mathcli.cli import output
from mathcli.cli.backend import Backend, Setup, chosen_setup
from mathcli.cli.completion import complete_transcript
from mathcli.cli.embedded_limits import beyond_its_limits
from mathcli.cli.following import earlier_solution, following
from mathcli.cli.help_pages import HelpAll
from mathcli.cli.option_groups import grouped
from mathcli.cli.panels import ENGINE
from mathcli.cli.problem import check_problem, problem_text
from mathcli.cli.request import Request
from mathcli.cli.saving import Html, NoHistory, check_page, remember, write_page
from mathcli.cli.status_line import PassingLine, passing_line
from mathcli.errors import Exit, UsageError
from mathcli.text_safety import given_text, one_line, safe

if TYPE_CHECKING:
    from mathcli.answers import Comparison
    from mathcli.cli.interrupted import InterruptedSolution
    from mathcli.rendering.terminal import TerminalTrace
    from mathcli.solving import SolveOptions, Solver, Transcript


@dataclass(frozen=True)
class Shape:
    """How the solution is shown (as it is written, or afterwards) and whether it is kept.

    Raises:
        UsageError: two forms were requested, or the page cannot be written.
    """

    answer_only: Annotated[
        bool,
        typer.Option(
            "--answer-only",
            "-q",
            help="Print the answer alone: one line, or one a part; or the proof.",
        ),
    ] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print the transcript as JSON.")] = False
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the solution as Markdown.")
    ] = False
    html: Html = None
    no_history: NoHistory = False
    show_thinking: output.ShowThinking = False

    def __post_init__(self) -> None:
        if self.as_markdown and (self.answer_only or self.as_json):
            raise UsageError("--markdown goes with neither --json nor --answer-only")
        check_page(self.html)

    @property
    def is_trace(self) -> bool:
        """Whether the solution is shown as it is written."""
        return not (self.answer_only or self.as_json or self.as_markdown)


@dataclass(frozen=True)
class SolveResult:
    """A finished solve: the transcript, and how the answer compares with the expected one."""

    transcript: Transcript
    expected: str | None
    comparison: Comparison | None
    shape: Shape = field(default_factory=Shape)

    @property
    def exit_code(self) -> Exit:
        """0 answered or proved (or as expected), 1 not as expected, 6 timeout.

        3: no answer or proof, a part without one, an undecided comparison, or too few solutions
        that agree.
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
        """One line with the answer (empty without one), Markdown, or nothing after a trace.

        A problem in parts gives one line for each (`a: 3`), a proof its text as the model wrote
        it. An answer that needs a human's review is left out.
        """
        if self.shape.as_markdown:
            from mathcli.rendering.markdown import markdown

            return markdown(self.transcript)
        if not self.shape.answer_only:
            return ""
        return printed(self.transcript) + "\n"

    def record(self) -> Mapping[str, Any]:
        """The transcript, with an `expect` object if an answer was expected."""
        record = self.transcript.record()
        if self.expected is not None:
            verdict = self.comparison.verdict.value if self.comparison else "undecided"
            reason = self.comparison.reason if self.comparison else "there is no answer"
            record["expect"] = {"expected": self.expected, "verdict": verdict, "reason": reason}
        return record


@dataclass(frozen=True)
class Question:
    """The problem, the earlier solution that it continues, and the expected answer."""

    problem: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROBLEM]",
            help="The problem, or - to read it from standard input. Without one you are asked.",
        ),
    ] = None
    follow: Annotated[
        str | None,
        typer.Option(
            "--continue",
            metavar="[ID]",
            help="Continue an earlier solution: the last, or that with this ID.",
            autocompletion=complete_transcript,
        ),
    ] = None
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="ANSWER",
            help="Compare with this answer (of parts: a=3; b=5): exit 0 equal, 1 different, "
            "3 undecided.",
        ),
    ] = None

    def asked(self) -> ProblemToSolve:
        """The complete question, after reading standard input and the history.

        Raises:
            UsageError, NoProblem: there is no problem, or no earlier solution to continue.
        """
        text = problem_text(self.problem)
        if self.follow is None:
            check_problem(text)
        expect = given_text(self.expect) if self.expect is not None else None
        before = earlier_solution(self.follow) if self.follow is not None else None
        return ProblemToSolve(text, expect, before)


@dataclass(frozen=True)
class ProblemToSolve:
    """A problem, the expected answer, and the solution that it continues."""

    problem: str
    expected: str | None
    before: Transcript | None


@grouped
def solve_command(
    question: Question,
    backend: Backend,
    request: Request,
    shape: Shape,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            help="Show the native library's log on standard error.",
            rich_help_panel=ENGINE,
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
    import asyncio

    asked = question.asked()
    engine = backend.engine.options(sequences=1, verbose=verbose)
    # One solution runs one program at a time.
    workers = 1 if request.effort.name == "once" else None
    setup = chosen_setup(backend, request, engine, workers=workers, limit=request.timeout)
    show = _terminal(shape.show_thinking) if shape.is_trace else None
    with passing_line() as line:
        transcript, comparison = asyncio.run(
            _solve(asked, setup, show, line, kept=not shape.no_history)
        )
    _put_out(SolveResult(transcript, asked.expected, comparison, shape))


def _put_out(result: SolveResult) -> NoReturn:
    """Print the result; keep it after the answer is printed."""
    shape = result.shape
    try:
        output.emit(result, as_json=shape.as_json)
    finally:
        if not shape.no_history:
            remember(result.record())
        if shape.html is not None:
            from mathcli.rendering.html import page

            write_page(shape.html, page(result.transcript))


async def _solve(
    asked: ProblemToSolve,
    setup: Setup,
    show: TerminalTrace | None,
    line: PassingLine | None,
    *,
    kept: bool,
) -> tuple[Transcript, Comparison | None]:
    from mathcli.cli.interrupted import InterruptedSolution
    from mathcli.cli.session import session
    from mathcli.problems import form_of
    from mathcli.solving.form_prompts import kind_by_key

    async with session(setup) as solver:
        options = following(setup.request.options(solver.card), asked.before, solver.card)
        options = kind_by_key(form_of(asked.problem), asked.expected, options)
        if line is not None:
            line.counting(lambda: solver.written)
        written = InterruptedSolution(show, line)
        transcript = await _solved(asked.problem, solver, options, written, kept=kept)
    comparison = None
    if asked.expected is not None and transcript.answer is not None:
        comparison = _compare(transcript.answer.text, asked.expected)
    if show is not None:
        show.finish(transcript, _note(asked.expected, comparison))
    elif not transcript.complete:
        _note_lack(transcript)
    _note_doubts(transcript, setup.request.effort.min_agreement or 0.0)
    return transcript, comparison


def _note_lack(transcript: Transcript) -> None:
    """Report a missing answer and the reason, if no trace showed it."""
    from mathcli.rendering.wording import lacking, why_none

    output.note(f"mathcli: {lacking(transcript)}: {why_none(transcript)}")


def _note_doubts(transcript: Transcript, demanded: float) -> None:
    """Print notes about the answer, or about its absence.

    Args:
        demanded: the share of the solutions that must agree.
    """
    if not transcript.complete and transcript.finish == "loop":
        from mathcli.rendering.wording import AFTER_A_LOOP

        output.note(f"hint: {AFTER_A_LOOP}")
    if transcript.needs_human:
        from mathcli.rendering.several_solutions import disagreement

        output.note(f"mathcli: {disagreement(transcript, demanded)}")
    if advice := beyond_its_limits(transcript):
        output.note(f"hint: {advice}")


def printed(transcript: Transcript) -> str:
    """The output of `-q`, without the final newline."""
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
    problem: str, solver: Solver, options: SolveOptions, written: InterruptedSolution, *, kept: bool
) -> Transcript:
    """Solve the problem; if interrupted, keep what was written."""
    from asyncio import CancelledError

    try:
        return await solver.solve(problem, options, written)
    except CancelledError:
        record = written.interrupted(problem, solver, options)
        if record is not None and kept:
            remember(record)
            output.note(f"mathcli: {_what_is_kept(record)}: mathcli history show last")
        elif options.samples > 1 and not written.unread:
            output.note("mathcli: no solution had come to its end, so nothing is kept")
        raise


def _what_is_kept(record: Mapping[str, Any]) -> str:
    """Of an interrupted solve."""
    ended, wanted = len(record.get("samples", ())), record["sampling"]["samples"]
    if not ended:
        return "the unfinished solution is kept"
    return f"{ended} of {wanted} solutions had come to their end and are kept"


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
