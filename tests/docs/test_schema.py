"""The JSON Schema of transcripts says what the program writes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from mathcli.solving.transcript import SCHEMA as SCHEMA_VERSION
from mathcli.solving.transcript import Transcript
from tests.rendering.samples import outvoted, sample, split, voted

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "transcript.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
GIVEN = [one.name for one in fields(Transcript) if one.default is one.default_factory is MISSING]


def as_json(transcript: Transcript) -> Any:
    return json.loads(json.dumps(transcript.record()))


def test_it_has_not_drifted() -> None:
    done = subprocess.run(
        [sys.executable, str(DOCS / "schema.py"), "--check"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("made", [sample, voted, split, outvoted])
def test_transcripts_keep_to_it(made: Any) -> None:
    VALIDATOR.validate(as_json(made()))


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.from_type(Transcript))
def test_any_transcript_keeps_to_it(transcript: Transcript) -> None:
    VALIDATOR.validate(as_json(replace(transcript, schema=SCHEMA_VERSION)))


@pytest.mark.parametrize("key", [*GIVEN, "schema"])
def test_what_lacks_a_key_does_not(key: str) -> None:
    record = as_json(sample())
    del record[key]
    with pytest.raises(ValidationError):
        VALIDATOR.validate(record)


@pytest.mark.parametrize(
    "change", [{"schema": 2}, {"finish": "done"}, {"counts": 3}, {"trust": "high"}]
)
def test_what_has_another_type_does_not(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VALIDATOR.validate(as_json(sample()) | change)
