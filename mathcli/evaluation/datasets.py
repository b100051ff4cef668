"""Datasets from files: problems with their right answers."""

from __future__ import annotations

import gzip
import random
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from mathcli.batches import BadLine, Problem
from mathcli.batches.problem_files import Keys, read_rows
from mathcli.errors import UsageError
from mathcli.evaluation.fields import facts, lacking, layout
from mathcli.input_files import bounded
from mathcli.json_text import parse
from mathcli.sheets.decoding import decoded
from mathcli.sheets.rows import is_plain_table, read_sheet
from mathcli.sheets.suffixes import DELIMITERS, SUFFIXES, WORKBOOKS

_LISTS = ("data", "examples", "problems", "questions", "test", "rows", "instances")


@dataclass(frozen=True)
class Dataset:
    """Problems with right answers.

    Args:
        name: the file's.
        layout: the dataset that its rows look like (see `fields.layout`).
        problems: in the file's order; each has an expected answer.
        bad: lines that hold no problem or no right answer.
    """

    name: str
    layout: str
    problems: tuple[Problem, ...]
    bad: tuple[BadLine, ...] = ()

    def limited(self, count: int | None) -> Dataset:
        """The first `count` problems, and the bad lines among them."""
        if count is None or count >= len(self.problems):
            return self
        end = self.problems[count].index
        bad = tuple(row for row in self.bad if row.index < end)
        return replace(self, problems=self.problems[:count], bad=bad)

    def sampled(self, count: int | None, seed: int) -> Dataset:
        """`count` problems drawn without replacement, in the file's order."""
        if count is None or count >= len(self.problems):
            return self
        places = sorted(random.Random(seed).sample(range(len(self.problems)), count))
        return replace(self, problems=tuple(self.problems[at] for at in places), bad=())


def read_dataset(path: Path, notify: Callable[[str], None] = lambda _: None) -> Dataset:
    """Read a dataset: JSON lines, JSON, CSV, TSV, any of them compressed with gzip, a workbook (its
    first sheet), or a folder of JSON files, as MATH was published.

    Args:
        notify: called with notes for the user about how the file is read.

    Raises:
        UsageError: it cannot be read, or holds no problem with a right answer.
    """
    keys, layouts = Keys(), Counter[str]()
    problems: list[Problem] = []
    bad: list[BadLine] = []
    names: tuple[str, ...] = ()
    for index, (line, text, row) in enumerate(rows_of(path, notify)):
        if isinstance(row, str):
            if row:
                bad.append(BadLine(index, line, text, row))
            continue
        names = names or tuple(map(str, row))
        known = facts(row)
        reason = lacking(row, known)
        if reason or known.problem is None or known.expected is None:
            bad.append(BadLine(index, line, text, reason or ""))
            continue
        layouts[layout(row)] += 1
        key = keys.key(known.problem, known.id)
        problems.append(
            Problem(index, line, key, known.problem, known.id, known.expected, fields=row)
        )
    if not problems:
        raise _nothing(path, bad, names)
    return Dataset(path.name, layouts.most_common(1)[0][0], tuple(problems), tuple(bad))


def rows_of(
    path: Path, notify: Callable[[str], None] = lambda _: None
) -> Iterator[tuple[int, str, dict[str, Any] | str]]:
    """(line or place, text, fields or what is wrong) for each row of a file or folder.

    Args:
        notify: called with notes for the user about how the file is read.

    Raises:
        UsageError: it cannot be read.
    """
    if path.suffix in (".parquet", ".arrow"):
        raise UsageError(
            f"{path.name} is no text; a dataset has to be .jsonl, .json, .csv or .tsv",
            f"python -c \"import pandas; pandas.read_parquet('{path}').to_json("
            f"'{path.stem}.jsonl', orient='records', lines=True)\"",
        )
    try:
        if path.is_dir():
            yield from _folder_rows(path)
            return
        data = _read(path)
        path = path.with_suffix("") if path.suffix == ".gz" else path
    except (OSError, EOFError, ValueError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {path}: {reason}", "name a dataset's file") from None
    suffix = path.suffix.lower()
    form = SUFFIXES.get(suffix)
    if form in WORKBOOKS or (form in DELIMITERS and not is_plain_table(path.name, data)):
        sheet = read_sheet(path.name, data)
        for note in sheet.notes:
            notify(note)
        yield from ((at, "", row) for at, row in enumerate(sheet.rows, 2))
        return
    text, encoding = decoded(path.name, data)
    if encoding is not None:
        notify(f"{path.name} is read as {encoding}")
    data = text.encode("utf-8", "replace")
    if suffix not in (".csv", ".tsv") and (whole := _whole_json(data)) is not None:
        yield from ((at, "", row) for at, row in enumerate(whole, 1))
        return
    yield from read_rows(path.name, data.splitlines(keepends=True))


def _read(path: Path) -> bytes:
    """A file's content, unpacked where it is compressed; its size is limited in both cases."""
    with path.open("rb") as file:
        if path.suffix != ".gz":
            return bounded(file, str(path))
        with gzip.open(file) as unpacked:
            return bounded(cast("BinaryIO", unpacked), f"{path}, unpacked,")


def _folder_rows(folder: Path) -> Iterator[tuple[int, str, dict[str, Any] | str]]:
    files = [file for file in folder.rglob("*.json") if file.is_file()]
    for number, file in enumerate(sorted(files, key=lambda one: _natural(one, folder)), 1):
        rows = _whole_json(_read(file))
        name = str(file.relative_to(folder))
        for row in rows if rows is not None else ["it is not JSON"]:
            yield number, name, row if isinstance(row, str) else {"unique_id": name, **row}


def _natural(file: Path, folder: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", str(file.relative_to(folder)))
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _whole_json(data: bytes) -> list[dict[str, Any] | str] | None:
    """The rows of a file that is one JSON text; `None` if it is not."""
    try:
        value = parse(data.decode("utf-8-sig"))
    except ValueError:
        return None
    if isinstance(value, dict):
        held = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), None)
        numbered = value and all(name.isdigit() and isinstance(value[name], dict) for name in value)
        value = [*value.values()] if numbered else [value] if held is None else held
    if not isinstance(value, list):
        return None
    return [_unwrapped(row) for row in value]


def _unwrapped(row: object) -> dict[str, Any] | str:
    if isinstance(row, Mapping):
        inner = row.get("row")  # as the hub's viewer gives them
        return dict(inner) if isinstance(inner, Mapping) else dict(row)
    return "it is not a JSON object"


def _nothing(path: Path, bad: list[BadLine], names: tuple[str, ...]) -> UsageError:
    if names:
        return UsageError(
            f"{path.name}: {bad[0].reason if bad else 'it is empty'}; its fields are: "
            f"{', '.join(names)}",
            "name them problem and answer, or solution with \\boxed{} or #### in it",
        )
    reason = f": {bad[0].reason}" if bad else ""
    return UsageError(
        f"{path.name} holds no problems{reason}",
        "give a dataset: rows with a problem and its right answer",
    )
