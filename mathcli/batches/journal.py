"""The output file of a batch: only whole lines, each problem once, always resumable.

Results are appended as they finish, in one write each. A process that dies, for any reason, leaves
at most a torn last line, which is dropped at the next start. When all problems are done, the file
is replaced atomically by one in input order.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mathcli import output_files
from mathcli.batches.stored import StoredRecords
from mathcli.errors import BatchStopped, OutputError, UsageError
from mathcli.json_text import is_json, parse
from mathcli.output_files import Place
from mathcli.sheets.suffixes import check_json_lines
from mathcli.solving import ModelInfo, SolveOptions
from mathcli.text_safety import json_line

UNCALIBRATED = "none"
"""The calibration of a run without one."""
_GO_ON = "what was written stays; the same command resumes from there"
LONGEST_LINE = 1 << 26  # bytes
# The beginning of a record, whole and torn. Keys are 24 hexadecimal digits today.
_RECORD = rb'\{\s*"key"\s*:\s*"[^"\\]{1,200}"\s*,\s*"run"\s*:\s*"(?P<run>[0-9a-f]{16})"'
_BEGUN = rb'\{(?:"(?:k(?:e(?:y(?:"(?::(?: (?:"[^"\\]{0,200}(?:".{0,30})?)?)?)?)?)?)?)?)?'
_NOT_THE_ANSWERS = frozenset(("timeout",))  # may differ between starts of the same batch


@dataclass(frozen=True)
class RunSettings:
    """The settings that must be the same for a batch to be resumed: another model or method would
    mix answers that cannot be compared. `reward` names the reward model, if there is one;
    `calibration` identifies the one that the method `auto` uses; `larger` are the digests of the
    larger models, used if the first one's answer is not trusted."""

    model: ModelInfo
    options: SolveOptions
    reward: str | None = None
    calibration: str | None = None
    larger: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """Identifies these settings except the calibration, which files record separately. Unused
        options do not change it, so that files from before an option existed can be resumed."""
        usual = asdict(SolveOptions())
        said = {
            name: value
            for name, value in asdict(self.options).items()
            if value != usual[name] and name not in _NOT_THE_ANSWERS
        }
        if self.reward is not None:
            said["reward"] = self.reward
        if self.larger:
            said["larger"] = self.larger
        settings = [self.model.name, self.model.sha256, self.model.card, said]
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]

    def record(self) -> dict[str, str]:
        """The settings as recorded in each line of the file."""
        found = {"run": self.key}
        return found if self.calibration is None else found | {"calibration": self.calibration}

    def refusal(self, record: Mapping[str, Any]) -> str | None:
        """The reason why a line does not belong to these settings; `None` if it does.

        Earlier versions recorded no calibration: a line without one fits any.
        """
        if record["run"] != self.key:
            return "with another model, method or sampling"
        begun = record.get("calibration")
        if begun is None or begun == self.calibration:
            return None
        if begun == UNCALIBRATED:
            return "before --method auto had the calibration that it uses now"
        if self.calibration == UNCALIBRATED:
            return "with a calibration of --method auto that no longer exists"
        return "with another calibration of --method auto than the present one"


class Journal:
    """An output file in which a batch can be resumed.

    A pipe or a device (`/dev/stdout`) gets the results as they finish; it keeps nothing, so
    nothing is read from it and nothing can be resumed.

    Args:
        path: created if necessary, with its folder.
        settings: of this run.
        fresh: overwrite the file; an existing one must hold results, of any settings.
        inputs: files or descriptors that the batch reads; the output must be none of them.

    Raises:
        UsageError: another batch is writing the file; the file holds results of other settings,
            or is not a file of results.
        BatchStopped: the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        settings: RunSettings,
        *,
        fresh: bool = False,
        inputs: Iterable[Path | int] = (),
    ) -> None:
        self.path = path
        self._settings = settings
        self._place = place_of_results(path, inputs)
        self._file = self._open()
        self._records = StoredRecords(self._file)
        if self._place.streams:
            return
        try:
            self._lock()
            if fresh:
                os.ftruncate(self._file, 0)
            self._read()
        except BaseException:
            os.close(self._file)
            raise

    @property
    def streams(self) -> bool:
        """Is the output a pipe or a device, beside which no other file can be written?"""
        return self._place.streams

    @property
    def done(self) -> Mapping[str, Mapping[str, Any]]:
        """Records by problem key, read from the file until it is closed."""
        return self._records

    def add(self, key: str, record: Mapping[str, Any]) -> None:
        """Append one result.

        Raises:
            BatchStopped: it could not be written completely; the file is unchanged.
        """
        record = {"key": key, **self._settings.record(), **record}
        line = f"{json_line(record)}\n".encode()
        try:
            if self._place.streams:
                output_files.write_all(self._file, line)
            else:
                self._records.note(key, self._append(line), len(line))
        except OSError as error:
            raise self._stopped(error) from None

    def finish(self, keys: Iterable[str]) -> None:
        """Put the file into the order of `keys`, by replacing it atomically.

        Raises:
            BatchStopped: the new file could not be written; the old one is kept.
        """
        ordered = [key for key in keys if key in self._records]
        if self._place.streams or list(self._records) == ordered:
            return
        wanted = set(ordered)
        ordered += [key for key in self._records if key not in wanted]
        try:
            with output_files.writing(replace(self._place, exists=True)) as draft:
                for key in ordered:
                    draft.write(f"{self._records.line(key)}\n")
        except OSError as error:
            raise self._stopped(error) from None
        except OutputError as error:
            raise BatchStopped(error.message, _GO_ON) from None

    def close(self) -> None:
        """Close the file and release its lock."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> int:
        try:
            if self._place.streams:
                return output_files.open_stream(self._place)
            self._place.target.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            return os.open(self._place.target, flags, 0o666)
        except OSError as error:
            raise self._stopped(error) from None

    def _append(self, line: bytes) -> int:
        """Write at the end; return the position."""
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            written = os.write(self._file, line)
            if written < len(line):  # a nearly full disk may take only a part
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            os.ftruncate(self._file, end)
            raise
        return end

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: there is no lock against a second batch on the same file
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(
                f"another batch is writing {self.path}", "wait for it, or choose another file"
            ) from None

    def _read(self) -> None:
        """Read the results so far.

        Nothing is changed until every whole line is known to belong to this run. Then a torn
        last line of this run is cut off, and a whole one without its newline gets it.
        """
        whole, tail = 0, b""
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            number = 0
            while line := file.readline(LONGEST_LINE):
                number += 1
                if not line.endswith(b"\n"):
                    tail = line
                    break
                self._take_up(number, line, whole)
                whole += len(line)
        if not tail:
            return
        if is_json(tail):
            self._take_up(number, tail, whole)
            self._append(b"\n")
        elif len(tail) < LONGEST_LINE and _is_torn(tail, self._settings.key, bool(whole)):
            os.ftruncate(self._file, whole)
        else:
            raise foreign(self.path, number)

    def _take_up(self, number: int, line: bytes, at: int) -> None:
        try:
            record = parse(line)
            key = record["key"]
            refusal = self._settings.refusal(record)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise foreign(self.path, number) from None
        if not isinstance(key, str):
            raise foreign(self.path, number)
        if refusal is not None:
            raise UsageError(
                f"{self.path} was begun {refusal}",
                "choose another file, or --fresh to overwrite it",
            )
        self._records.note(key, at, len(line))

    def _stopped(self, error: OSError) -> BatchStopped:
        return BatchStopped(
            f"{self.path} cannot be written: {error.strerror or error}",
            "name another file with -o" if self._place.streams else _GO_ON,
        )


def place_of_results(path: Path, inputs: Iterable[Path | int] = ()) -> Place:
    """The place for results; checks it without changing anything.

    Raises:
        UsageError: an existing file does not hold results of a batch, or is the input; or its
            suffix says another format than JSON Lines.
    """
    place = output_files.look(path, "results", inputs=inputs, folders=True)
    if place.streams:
        return place
    head = output_files.head(place.target) if place.exists else b""
    if not head:
        check_json_lines(path)
    elif re.match(_RECORD, head) is None:
        raise foreign(path, 1)
    return place


def foreign(path: Path, number: int) -> UsageError:
    """The error for a file with a line that is not a result: the file must not be changed."""
    return UsageError(f"{path}, line {number}, is not a result of a batch", "choose another file")


def _is_torn(tail: bytes, run: str, follows: bool) -> bool:
    """Is this the torn beginning of a record of this run, left by a killed process?

    If other records of the run precede it, a shorter beginning is enough.
    """
    found = re.match(_RECORD, tail)
    if found is not None:
        return found["run"] == run.encode()
    return follows and re.fullmatch(_BEGUN, tail) is not None
