"""Estimators as files: those that `calibrate` learned here come before those of mathcli.

One file for each model file and card. A model file that has changed has another digest; until it
is calibrated again, the estimator from other models is used for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mathcli.errors import UsageError
from mathcli.input_files import own
from mathcli.json_text import parse
from mathcli.kept_files import path_in, write_record
from mathcli.resources import data_path
from mathcli.solving.transcript import ModelInfo
from mathcli.trust.estimate import POOLED, Estimator
from mathcli.typed_records import from_record

SCHEMA = 1


@dataclass(frozen=True)
class Kept:
    """An estimator and its model. `sha256` is "" for a model on a server, and for the estimator
    from other models. `made` is the day, as `2026-01-31`."""

    model: str
    sha256: str
    card: str
    made: str
    estimator: Estimator
    schema: int = SCHEMA

    def record(self) -> dict[str, Any]:
        """As JSON-ready data, `schema` first."""
        record = asdict(self)
        return {"schema": record.pop("schema")} | record


def path_of(model: ModelInfo) -> Path:
    """Where the user's own estimator of a model is, or would be."""
    return path_in("trust", model)


def save(kept: Kept, path: Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    write_record(kept.record(), path)


def read(path: Path) -> Kept:
    """The estimator in a file.

    Raises:
        FileNotFoundError: there is none.
        UsageError: it is damaged, or of another version.
    """
    try:
        record = parse(own(path))
        if not isinstance(record, Mapping) or record.get("schema") != SCHEMA:
            raise ValueError("it is of another version")
        kept = from_record(Kept, record, str(path))
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from None
    except UsageError as error:
        raise _unusable(path, error.message) from None
    curves = filter(None, (kept.estimator.plain, kept.estimator.sure))
    if any(not weight.deviation for curve in curves for weight in curve.weights):
        raise _unusable(path, "a sign has no deviation")
    return kept


def estimator_for(model: ModelInfo) -> Estimator | None:
    """A model's estimator: learned here, or part of mathcli; else the one from other models.

    Raises:
        UsageError: the file with what was learned here cannot be used.

    """
    try:
        kept = read(path_of(model))
        if (kept.sha256, kept.card) == (model.sha256, model.card):
            return kept.estimator
    except FileNotFoundError:
        pass
    shipped = [read(path) for path in sorted(data_path("trust").glob("*.json"))]
    for kept in shipped:
        if model.sha256 and (kept.sha256, kept.card) == (model.sha256, model.card):
            return kept.estimator
    return next((kept.estimator for kept in shipped if kept.model == POOLED), None)


def _unusable(path: Path, reason: str) -> UsageError:
    return UsageError(
        f"the trust file {path} cannot be used: {reason}", "calibrate again, or delete it"
    )
