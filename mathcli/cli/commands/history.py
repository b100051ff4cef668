"""`mathcli history`: earlier solutions, kept on this machine."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli import output
from mathcli.cli.completion import complete_transcript
from mathcli.cli.help_pages import Group
from mathcli.cli.output import AsJson, ShowThinking
from mathcli.cli.saving import check_page, write_page
from mathcli.counting import counted
from mathcli.errors import Exit, UsageError
from mathcli.history import MAX_BYTES, MAX_COUNT
from mathcli.screen import Stream
from mathcli.text_safety import given_text, one_line, shortened
from mathcli.wrapping import columns

if TYPE_CHECKING:
    from mathcli.history import Entry
    from mathcli.solving import Transcript

history_app = Group(
    name="history",
    help="Earlier solutions: list (also without a command), search, show, export, clear.\n\n"
    f"The latest {MAX_COUNT} are kept on this machine, at most {MAX_BYTES >> 20} MiB, readable "
    "only by you. solve --no-history and MATHCLI_NO_HISTORY=1 keep nothing.",
    invoke_without_command=True,
)

Id = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The beginning of a transcript's id, or last.",
        autocompletion=complete_transcript,
    ),
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="Most solutions to list.")]


_PROBLEM, _LEAST = 60, 12  # most and least columns of a problem in the list
_BEFORE, _TIME = 46, 18  # columns before it, and of them those of the time


@dataclass(frozen=True)
class ListedSolution:
    """A row of the list."""

    id: str
    at: str
    model: str
    answer: str | None
    finish: str
    problem: str
    kind: str = "question"


@dataclass(frozen=True)
class SolutionList:
    """Kept transcripts, the newest first."""

    rows: tuple[ListedSolution, ...]
    exit_code: Exit = Exit.OK

    def text(self) -> str:
        """One line for each: id, time, answer, problem; a narrow terminal gets no time."""
        from mathcli.rendering.drawn_answers import answer_line

        lines = []
        room, with_time = _PROBLEM, True
        if Stream(sys.stdout).isatty():
            room = min(columns() - _BEFORE, _PROBLEM)
            with_time = room >= _LEAST
            room = room if with_time else max(_LEAST, room + _TIME)
        for row in self.rows:
            answer = "-" if row.answer is None else _cut(answer_line(row.answer), 16)
            if row.kind == "proof" and row.finish == "proof":
                answer = "(proof)"
            at = row.at[:16].replace("T", " ") + "  " if with_time else ""
            lines.append(f"{row.id[:8]}  {at}{answer:16}  {_cut(row.problem, room)}")
        return "".join(f"{line}\n" for line in lines)

    def record(self) -> Mapping[str, Any]:
        """The rows, `at` in UTC."""
        return {"schema": output.SCHEMA, "transcripts": [vars(row) for row in self.rows]}


@history_app.callback()
def _history(context: typer.Context, limit: Limit = 20, as_json: AsJson = False) -> None:
    if context.invoked_subcommand is None:
        list_command(limit, as_json)


@history_app.command("list")
def list_command(limit: Limit = 20, as_json: AsJson = False) -> None:
    """List the latest solutions.

    Examples:

        mathcli history list -n 5

        mathcli history list --json | jq -r .transcripts[].id
    """
    _list(_records(), limit, as_json=as_json)


@history_app.command("search")
def search_command(
    text: Annotated[str, typer.Argument(help="A text in the problem or the answer.")],
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List the solutions whose problem or answer contains a text. Exit code 1 if there is none.

    Examples:

        mathcli history search "x^2"
    """
    text = given_text(text)
    wanted = text.casefold()

    def fits(record: Mapping[str, Any]) -> bool:
        return wanted in f"{record.get('problem')}\n{_answer(record) or ''}".casefold()

    found = [(entry, record) for entry, record in _records() if fits(record)]
    if not found:
        if not as_json:
            output.note(f"mathcli: no solution in the history contains {text}")
        output.emit(SolutionList((), Exit.WRONG), as_json=as_json)
    _list(iter(found), limit, as_json=as_json)


@history_app.command("show")
def show_command(
    id: Id = "last",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it as one HTML page.")
    ] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print it as Markdown.")] = False,
    show_thinking: ShowThinking = False,
    as_json: AsJson = False,
) -> None:
    """Show a solution again: on the terminal, as Markdown, as JSON, or as an HTML page.

    Examples:

        mathcli history show last

        mathcli history show 9c09 --html solution.html
    """
    from mathcli.history import History
    from mathcli.solving import Transcript

    if html is not None:
        _check_name(html, id)
        check_page(html)
    entry = History().find(id)
    record = entry.read()
    if record is None:
        raise UsageError(f"the transcript {entry.id} is damaged", f"see: {entry.path}")
    if as_json:
        output.write_record(record)
        return
    transcript = Transcript.from_record(record, f"the transcript {entry.id}")
    if html is not None:
        from mathcli.rendering.html import page

        write_page(html, page(transcript))
    elif as_markdown:
        from mathcli.rendering.markdown import markdown

        output.write(markdown(transcript))
    else:
        _show(transcript, whole_thoughts=show_thinking)


def _check_name(html: Path, id: str) -> None:
    """Refuse a name for a page that is rather an id: `show --html a5bd` for `show a5bd --html F`.

    Raises:
        UsageError: the name has neither a suffix nor a folder.
    """
    if html.suffix or html.name != str(html):
        return
    hint = f"for the solution {id}: mathcli history show {id} --html {html}.html"
    if id == "last" and re.fullmatch(r"[0-9a-f]{2,16}", html.name):
        hint = f"for the solution {html}: mathcli history show {html} --html solution.html"
    raise UsageError(f"--html needs the name of a file, such as solution.html, not {html}", hint)


@history_app.command("export")
def export_command() -> None:
    """Print all transcripts as JSONL, the oldest first: for jq, grade and replay.

    Examples:

        mathcli history export > transcripts.jsonl && mathcli replay transcripts.jsonl
    """
    for _, record in reversed(list(_records())):
        output.write_record(record)


@history_app.command("clear")
def clear_command(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
) -> None:
    """Delete all kept solutions.

    Examples:

        mathcli history clear --yes
    """
    from mathcli.history import History

    history = History()
    count = len(history.entries())
    if count and not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"{counted(count, 'transcript')} would be deleted", "add: --yes")
        output.confirm(f"Delete {counted(count, 'transcript')}?")
    output.note(f"{counted(history.clear(), 'transcript')} deleted")


@history_app.command("path")
def path_command() -> None:
    """Print the folder where solutions are kept.

    Examples:

        du -sh "$(mathcli history path)"
    """
    from mathcli.history import History

    output.write(f"{History().folder}\n")


def _records() -> Iterator[tuple[Entry, dict[str, Any]]]:
    from mathcli.history import History

    for entry in History().entries():
        record = entry.read()
        if record is not None:
            yield entry, record


def _list(records: Iterator[tuple[Entry, dict[str, Any]]], limit: int, *, as_json: bool) -> None:
    from itertools import islice

    rows = tuple(_row(entry, record) for entry, record in islice(records, limit))
    if not rows and not as_json:
        output.note('The history is empty. Try: mathcli solve "Solve x^2 - 5x + 6 = 0"')
    output.emit(SolutionList(rows), as_json=as_json)


def _row(entry: Entry, record: Mapping[str, Any]) -> ListedSolution:
    model = record.get("model")
    return ListedSolution(
        id=entry.id,
        at=entry.at.isoformat(timespec="seconds"),
        model=str(model.get("name", "")) if isinstance(model, Mapping) else "",
        answer=_answer(record),
        finish=str(record.get("finish", "")),
        problem=str(record.get("problem", "")),
        kind=str(record.get("kind", "question")),
    )


def _answer(record: Mapping[str, Any]) -> str | None:
    answer = record.get("answer")
    return str(answer.get("text", "")) if isinstance(answer, Mapping) else None


def _cut(text: str, width: int) -> str:
    return shortened(one_line(text), width)


def _show(transcript: Transcript, *, whole_thoughts: bool) -> None:
    from mathcli.console import console
    from mathcli.rendering.terminal import TerminalTrace

    trace = TerminalTrace(console(), whole_thoughts=whole_thoughts)
    output.write(f"Problem: {transcript.problem.strip()}\n\n")
    if not transcript.segments:  # several solutions, interrupted before one was chosen
        for number, sample in enumerate(transcript.samples, 1):
            trace.sample(number, len(transcript.samples), sample)
    for segment in transcript.segments:
        if segment.kind != "output":
            trace.delta(segment.kind, segment.text)
        trace.segment(segment)
    trace.finish(transcript)
