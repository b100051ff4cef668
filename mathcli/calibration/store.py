"""Stores what was learned for a model, in a file that a person can read.

One file for each model file and card, in `calibrations` in the user's data folder. A model file
that has changed has another digest, and has to be calibrated again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mathcli.calibration.features import FEATURES
from mathcli.calibration.learning import LEARNED, WITH_CUE, Classifier, Learning
from mathcli.calibration.reference import Judged
from mathcli.calibration.report import OWN, CalibrationReport, Row
from mathcli.errors import UsageError
from mathcli.input_files import own
from mathcli.json_text import parse
from mathcli.kept_files import path_in, write_record
from mathcli.solving import ModelInfo
from mathcli.solving.methods import AUTO
from mathcli.typed_records import from_record

SCHEMA = 1


@dataclass(frozen=True)
class Learned:
    """When code beats words for one model; a `Chooser` of the solving loop.

    Args:
        model: the model's name.
        file: the name of its weights' file.
        sha256: the file's digest; "" for a model on a server.
        card: the card that it was prompted with.
        made: the day, as `2026-01-31`.
        words: the method in words.
        code: the method with programs.
        uses: `learned` or `learned with the cue` (the classifier), `own cue`, or the method that
            is best for all problems.
        classifier: says which problems code is better for.
        accuracy: of the classifier, on problems that it had not seen.
        chance: the accuracy of always predicting the more frequent method.
        problems: the number of problems that it was learned from.
        rollouts: the number of rollouts of each problem with each method.
        report: the table, as `calibrate --json` prints it.
        doubt: how probable each token of words must be for `auto` to accept them.
    """

    model: str
    file: str
    sha256: str
    card: str
    made: str
    words: str
    code: str
    uses: str
    classifier: Classifier
    accuracy: float
    chance: float
    problems: int
    rollouts: int
    report: dict[str, Any]
    doubt: float = 0.0
    schema: int = SCHEMA

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table's rows. Raises UsageError where the report is damaged."""
        return from_record(_Table, self.report, "its report").rows

    def choose(self, problem: str) -> str:
        """The method for a problem; `auto` for the model's own cue."""
        if self.uses == OWN:
            return AUTO
        if self.uses in (LEARNED, WITH_CUE):
            return self.code if self.classifier.code(problem) else self.words
        return self.uses

    @property
    def digest(self) -> str:
        """A digest of what decides: equal for calibrations that choose alike for every problem, no
        matter when and from which problems they were learned."""
        decides: list[Any] = [self.uses, self.doubt]
        if self.uses in (LEARNED, WITH_CUE):
            decides = [self.words, self.code, self.doubt, asdict(self.classifier)]
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:16]

    @classmethod
    def of(
        cls,
        model: ModelInfo,
        problems: Sequence[Judged],
        learnings: Sequence[Learning],
        report: CalibrationReport,
        *,
        rollouts: int,
        made: str,
    ) -> Learned:
        """What is kept of a calibration."""
        words, code = problems[0].quality
        learning = next((one for one in learnings if one.name == report.uses), learnings[0])
        return cls(
            model=model.name,
            file=model.file,
            sha256=model.sha256,
            card=model.card,
            made=made,
            words=words,
            code=code,
            uses=report.uses,
            classifier=learning.classifier,
            accuracy=learning.accuracy,
            chance=learning.chance,
            problems=len(problems),
            rollouts=rollouts,
            report=report.record(),
            doubt=report.doubt,
        )

    def record(self) -> dict[str, Any]:
        """As JSON-ready data, `schema` first."""
        record = asdict(self)
        return {"schema": record.pop("schema")} | record


@dataclass(frozen=True)
class _Table:
    """The part of a report that is shown again."""

    rows: tuple[Row, ...]


def path_of(model: ModelInfo) -> Path:
    """Where a model's file is, or would be."""
    return path_in("calibrations", model)


def save(learned: Learned, path: Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    write_record(learned.record(), path)


def load(model: ModelInfo) -> Learned | None:
    """What was learned for a model with its card; `None` if nothing was.

    Raises:
        UsageError: the file is damaged, or was written by another version.
    """
    path = path_of(model)
    try:
        record = parse(own(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from None
    if not isinstance(record, Mapping) or record.get("schema") != SCHEMA:
        raise _unusable(path, "it is of another version")
    try:
        learned = from_record(Learned, record, str(path))
        rows = learned.rows
    except UsageError as error:
        raise _unusable(path, error.message) from None
    known = {feature.name for feature in FEATURES}
    features = learned.classifier.features
    if not rows or not features:
        raise _unusable(path, "it is incomplete")
    if not all(one.name in known and one.deviation for one in features):
        raise _unusable(path, "it has features of another version")
    if (learned.sha256, learned.card) != (model.sha256, model.card):
        return None
    return learned


def _unusable(path: Path, reason: str) -> UsageError:
    return UsageError(
        f"the calibration {path} cannot be used: {reason}", "calibrate again, or delete it"
    )
