"""The file that a batch writes: every line whole or absent, every problem once, always resumable.

Results are appended as they finish, in one write each. A process that dies, whatever of, leaves
at most a torn last line, which is dropped on the next start. When all is done, the file is
replaced at once by one in input order.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mathcli.errors import BatchStopped, UsageError
from mathcli.solving import ModelInfo, SolveOptions

UNCALIBRATED = "none"
"""The calibration of a run in which nothing was learned."""
_NOT_THE_ANSWERS = frozenset(("timeout",))  # may change from one start to the next


@dataclass(frozen=True)
class RunSettings:
    """What must be the same for a batch to go on in a file: another model or method would mix
    answers that cannot be compared. `reward` names the reward model, if there is one;
    `calibration` what the method `auto` goes by, where that is the method."""

    model: ModelInfo
    options: SolveOptions
    reward: str | None = None
    calibration: str | None = None

    @property
    def key(self) -> str:
        """Names these settings but for the calibration, which stands beside it in a file. An
        option that is not used leaves it as it is, so that files begun before there was that
        option can go on."""
        usual = asdict(SolveOptions())
        said = {
            name: value
            for name, value in asdict(self.options).items()
            if value != usual[name] and name not in _NOT_THE_ANSWERS
        }
        if self.reward is not None:
            said["reward"] = self.reward
        settings = [self.model.name, self.model.sha256, self.model.card, said]
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]

    def record(self) -> dict[str, str]:
        """As they stand in each line of the file."""
        found = {"run": self.key}
        return found if self.calibration is None else found | {"calibration": self.calibration}

    def refusal(self, record: Mapping[str, Any]) -> str | None:
        """Why a line was not written with these settings; `None` if it was.

        A line without a calibration was written when files did not name it: any may be its own.
        """
        if record["run"] != self.key:
            return "with another model, method or sampling"
        begun = record.get("calibration")
        if begun is None or begun == self.calibration:
            return None
        if begun == UNCALIBRATED:
            return "before --method auto had the calibration that it goes by now"
        if self.calibration == UNCALIBRATED:
            return "with a calibration of --method auto that is not there any more"
        return "with another calibration of --method auto than the one of now"


class Journal:
    """An output file in which a batch goes on.

    Args:
        path: created if need be, its folder too.
        settings: of this run.
        fresh: begin anew, whatever the file holds.

    Raises:
        UsageError: another batch is writing the file; the file holds results of other settings,
            or is no file of results.
        BatchStopped: it cannot be written.
    """

    def __init__(self, path: Path, settings: RunSettings, *, fresh: bool = False) -> None:
        self.path = path
        self._settings = settings
        self._file = self._open()
        try:
            self._lock()
            if fresh:
                os.ftruncate(self._file, 0)
            self._records = self._read()
        except BaseException:
            os.close(self._file)
            raise

    @property
    def done(self) -> Mapping[str, Mapping[str, Any]]:
        """Records by problem key."""
        return self._records

    def add(self, key: str, record: Mapping[str, Any]) -> None:
        """Append one result.

        Raises:
            BatchStopped: it could not be written whole; the file is as it was before.
        """
        record = {"key": key, **self._settings.record(), **record}
        line = (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            written = os.write(self._file, line)
            if written < len(line):  # a disk that is nearly full takes a part
                raise OSError(28, "No space left on device")
        except OSError as error:
            os.ftruncate(self._file, end)
            raise self._stopped(error) from None
        self._records[key] = record

    def finish(self, keys: Iterable[str]) -> None:
        """Put the file into the order of `keys`, by replacing it with another at once.

        Raises:
            BatchStopped: the new file could not be written; the old one stays.
        """
        ordered = [key for key in keys if key in self._records]
        if list(self._records) == ordered:
            return
        wanted = set(ordered)
        ordered += [key for key in self._records if key not in wanted]
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with draft.open("w", encoding="utf-8", errors="backslashreplace") as file:
                for key in ordered:
                    file.write(json.dumps(self._records[key], ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise self._stopped(error) from None

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> int:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise self._stopped(error) from None

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: two batches on one file are not kept apart there
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(
                f"another batch is writing {self.path}", "wait for it, or choose another file"
            ) from None

    def _read(self) -> dict[str, Mapping[str, Any]]:
        """The results so far; a torn last line is cut off."""
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.ftruncate(self._file, len(whole))
        records: dict[str, Mapping[str, Any]] = {}
        for number, line in enumerate(whole.splitlines(), 1):
            record = self._checked(number, line)
            records[record["key"]] = record
        return records

    def _checked(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            record = json.loads(line)
            record["key"]
            refusal = self._settings.refusal(record)
        except (ValueError, KeyError, TypeError):
            raise UsageError(
                f"{self.path}, line {number}, is no result of a batch",
                "choose another file, or --fresh to begin it anew",
            ) from None
        if refusal is not None:
            raise UsageError(
                f"{self.path} was begun {refusal}",
                "choose another file, or --fresh to begin it anew",
            )
        return dict(record)

    def _stopped(self, error: OSError) -> BatchStopped:
        return BatchStopped(
            f"{self.path} cannot be written: {error.strerror}",
            "what was written stays; the same command goes on from there",
        )
