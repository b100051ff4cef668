"""`mathcli replay`: runs recorded programs again; does the solution still stand?"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli import output
from mathcli.cli.completion import complete_recorded
from mathcli.cli.guard import doing
from mathcli.cli.sandbox_option import Sandbox, SandboxName
from mathcli.cli.status_line import passing_line
from mathcli.counting import counted
from mathcli.errors import Exit, UsageError
from mathcli.input_files import is_file, named
from mathcli.json_text import parse
from mathcli.text_safety import one_line, shortened

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.history.replay import Replay
    from mathcli.sandbox import Executor
    from mathcli.solving import Transcript

_SHOWN = 60


@dataclass(frozen=True)
class _TranscriptToReplay:
    """A transcript to run again, and its recorded verdict."""

    transcript: Transcript
    expect: Mapping[str, Any] | None


def replay_command(
    transcripts: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|ID|-...",
            help="Transcripts: a .json or .jsonl file, an id of the history, last, or - to read "
            "standard input.",
            show_default=False,
            autocompletion=complete_recorded,
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a record for each transcript, one a line.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Programs at a time. (default: usable cores)")
    ] = None,
    sandbox: SandboxName = Sandbox.STRICT,
) -> None:
    """Run recorded programs again, compare their outputs, and grade the answers again.

    Prints one line for each transcript. Exit code: 0 if all still stand, 1 if one does not.

    Examples:

        mathcli replay last

        mathcli solve --json "Factor x^2 - 9" > solved.json && mathcli replay solved.json

        mathcli replay answers.jsonl --json | jq 'select(.stands | not)'
    """
    recorded = [one for name in transcripts for one in _read(name)]
    if not recorded:
        raise UsageError("there is no transcript to run again", "see: mathcli history")
    with passing_line():
        doing("running the programs again")
        stand = asyncio.run(_replay(recorded, workers, sandbox, as_json=as_json))
    raise typer.Exit(int(Exit.OK if stand else Exit.WRONG))


async def _replay(
    recorded: Sequence[_TranscriptToReplay], workers: int | None, sandbox: Sandbox, *, as_json: bool
) -> bool:
    """Run all of them again; true if all stand."""
    from mathcli.answers import Grader
    from mathcli.sandbox import Executor

    stand = True
    async with Executor(workers=workers, sandbox=sandbox.value) as executor:
        with Grader(workers=executor.workers) as grader:
            async for done in _in_order(recorded, executor, grader):
                stand = stand and done.stands
                line = output.record_line(_record(done)) if as_json else _line(done) + "\n"
                output.write(line)
    return stand


async def _in_order(
    recorded: Sequence[_TranscriptToReplay], executor: Executor, grader: Grader
) -> AsyncIterator[Replay]:
    """The results in the order of the transcripts; later ones run ahead."""
    from mathcli.history.replay import replay

    running: deque[asyncio.Task[Replay]] = deque()
    try:
        for one in recorded:
            work = replay(one.transcript, executor, grader, one.expect)
            running.append(asyncio.ensure_future(work))
            if len(running) >= 2 * executor.workers:
                yield await running.popleft()
        while running:
            yield await running.popleft()
    finally:
        for task in running:
            task.cancel()


def _line(done: Replay) -> str:
    programs = counted(done.programs, "program")
    if done.stands and not done.programs and done.answer is None:
        return f"{_short(done.id)}: has no programs and no answer: nothing to run again"
    if done.stands:
        answer = "no answer" if done.answer is None else f"answer {_short(done.answer)}"
        return f"{_short(done.id)}: stands ({programs}, {answer})"
    first, *others = done.differences
    more = f" (and {len(others)} more)" if others else ""
    now, before = _first_difference(first.now, first.recorded)
    what = f"{first.what} is {_short(now)}, recorded {_short(before)}"
    return f"{_short(done.id)}: differs: {what}{more}"


def _first_difference(now: str, before: str) -> tuple[str, str]:
    """Of long texts, the first line that differs."""
    if max(len(now), len(before)) <= _SHOWN:
        return now, before
    pairs = zip(now.split("\n"), before.split("\n"), strict=False)
    return next(((one, two) for one, two in pairs if one != two), (now, before))


def _short(text: str) -> str:
    """A text on one line."""
    return shortened(one_line(text), _SHOWN)


def _record(done: Replay) -> dict[str, Any]:
    record = {"schema": output.SCHEMA, **asdict(done), "stands": done.stands}
    return record | {"differences": [asdict(one) for one in done.differences]}


def _read(name: str) -> Iterator[_TranscriptToReplay]:
    """The transcripts that a word of the command line refers to."""
    for where, record in _records(name):
        if "segments" not in record and "error" in record:
            output.note(f"{where}: was not solved, there is nothing to run again")
            continue
        yield _recorded(record, where)


def _recorded(record: Mapping[str, Any], where: str) -> _TranscriptToReplay:
    from mathcli.solving import Transcript

    expect = record.get("expect")
    if expect is None and "verdict" in record and "expected_answer" in record:  # a batch's line
        expect = {"expected": record["expected_answer"], "verdict": record["verdict"]}
    known = {**record, "id": str(record["id"])} if "id" in record else record
    if expect is not None and not isinstance(expect, Mapping):
        raise UsageError(f"{where}: expect must be an object")
    return _TranscriptToReplay(Transcript.from_record(known, where), expect or None)


def _records(name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    path = Path(name)
    if name == "-" or is_file(path) or path.suffix in (".json", ".jsonl"):
        yield from _parsed(named(name), "standard input" if name == "-" else name)
        return
    from mathcli.history import History

    entry = History().find(name)
    record = entry.read()
    if record is None:
        raise UsageError(f"the transcript {entry.id} is damaged", f"see: {entry.path}")
    yield entry.id, record


def _parsed(data: bytes, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """One JSON object, or one on each line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8 text") from None
    try:
        whole = parse(text)
    except ValueError:
        whole = None
    if isinstance(whole, dict):
        yield name, whole
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{name}, line {number}"
            try:
                record = parse(line)
            except ValueError:
                raise UsageError(
                    f"{name} is no transcript: line {number} is not JSON",
                    "give a file that solve --json, batch -o or history export wrote",
                ) from None
            if not isinstance(record, dict):
                raise UsageError(f"{where} is not a transcript")
            yield where, record
