"""Transcripts read back from their records."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mathcli.errors import UsageError
from mathcli.solving import Sample, Transcript, Vote
from tests.rendering.samples import sample

VOTES = (Vote("2", 3), Vote("3", 1, 0.25))
SAMPLE = Sample("cot", 3, sample().segments, None, None, "stopped", 12)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"answer": None, "evidence": None, "finish": "timeout"},
        {"votes": VOTES, "agreement": 0.75, "chose": "cot", "evidence": "voted"},
        {"attempts": (SAMPLE,), "samples": (SAMPLE, replace(SAMPLE, score=0.0)), "agreement": 0.0},
    ],
)
def test_there_and_back(changes: dict[str, Any]) -> None:
    transcript = sample(**changes)
    assert Transcript.from_record(json.loads(json.dumps(transcript.record()))) == transcript


def test_further_keys_do_no_harm() -> None:
    record = sample().record() | {"expect": {"verdict": "correct"}, "index": 3}
    assert Transcript.from_record(record) == sample()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema 2; this mathcli reads schema 1"),
        ({"problem": 3}, "the transcript: problem must be text, not 3"),
        ({"segments": "x"}, "segments must be a list"),
        (
            {"segments": [{"kind": "image"}]},
            "must be one of: text, code, output, thought, not 'image'",
        ),
        ({"segments": [{"kind": "text"}]}, r"segments\[0\] has no text"),
        ({"counts": {"executions": True}}, "executions must be a whole number, not True"),
        ({"timing": []}, "timing must be an object"),
        ({"finish": "done"}, "finish must be one of"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Transcript.from_record(sample().record() | change)


@pytest.mark.parametrize("record", [{}, [], None, 3])
def test_no_transcript_at_all(record: Any) -> None:
    with pytest.raises(UsageError):
        Transcript.from_record(record)
