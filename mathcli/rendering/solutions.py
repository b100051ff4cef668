"""One graded result as HTML: the problem, the key, and the solutions that tell something new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mathcli.evaluation.results import answer_of, samples_of
from mathcli.rendering import pages
from mathcli.rendering.wording import OUTCOMES, Step, steps_of

Record = Mapping[str, Any]
_SHOWN = 8  # samples of one problem that are shown whole
_MOST_GROUPS = 20  # of answers that are the same
_LONGEST = 40_000  # characters of one text; a model that repeats itself says nothing new


def solution_html(record: Record) -> str:
    """What is to be read of one result."""
    samples = samples_of(record)
    verdicts = record.get("verdicts", [record["verdict"]])
    return pages.part(
        "result.html",
        problem=str(record.get("problem", "")),
        prediction=str(record.get("prediction") or ""),
        why_none=_why(record),
        verdict=record["verdict"],
        key=str(record["expected_answer"]),
        several=len(samples) > 1,
        groups=_groups(record, samples, verdicts),
        samples=[
            {
                "number": at + 1,
                "answer": answer_of(samples[at]) or "no answer",
                "verdict": verdicts[at] if len(samples) > 1 else "",
                "steps": _steps(samples[at]),
                "rerun": _rerun(record, at),
            }
            for at in _new(samples, record.get("groups"))
        ],
        total=len(samples),
    )


def _why(record: Record) -> str:
    error = record.get("error")
    said = error.get("message") if isinstance(error, Mapping) else None
    return f"none ({said or record.get('finish') or 'nothing recorded'})"


def _groups(
    record: Record, samples: Sequence[Record], verdicts: Sequence[str]
) -> list[dict[str, Any]]:
    """The classes of equal answers, and how many samples gave each; the largest first."""
    places: dict[int | None, list[int]] = {}
    for at, group in enumerate(record.get("groups", [])):
        places.setdefault(group, []).append(at)
    ordered = sorted(places.values(), key=lambda ats: (-len(ats), ats[0]))
    return [
        {
            "answer": answer_of(samples[ats[0]]) or "none",
            "count": len(ats),
            "verdict": verdicts[ats[0]],
        }
        for ats in ordered[:_MOST_GROUPS]
    ]


def _new(samples: Sequence[Record], groups: Sequence[int | None] | None) -> list[int]:
    """Places of the samples to show: of few all, of many the first with each answer."""
    if len(samples) <= _SHOWN or groups is None:
        return list(range(min(len(samples), _SHOWN)))
    first: dict[int | None, int] = {}
    for at, group in enumerate(groups):
        first.setdefault(group, at)
    return sorted(first.values())[:_SHOWN]


def _steps(sample: Record) -> Iterator[Step]:
    from mathcli.solving.transcript import Segment

    return steps_of(
        [
            Segment(
                kind=one["kind"],
                text=str(one["text"])[:_LONGEST],
                ms=float(one.get("ms") or 0),
                tokens=int(one.get("tokens") or 0),
                error=one.get("error"),
                truncated=one.get("truncated"),
            )
            for one in sample.get("segments", ())
        ]
    )


def _rerun(record: Record, at: int) -> list[str]:
    """What became of a sample's programs when they ran again."""
    reruns = record.get("rerun", [])
    return [
        f"program {number}, {OUTCOMES[one['outcome']]}"
        + ("" if one["outcome"] == "same" else f": {one['now']}")
        for number, one in enumerate(reruns[at] if at < len(reruns) else (), 1)
    ]
