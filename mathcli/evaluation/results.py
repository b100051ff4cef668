"""One problem's result, as the measures need it: read from the records that runs write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from mathcli.errors import UsageError
from mathcli.evaluation.fields import facts

_TIMES = ("timeout", "time", "cpu")
_MOST = 1e18  # of a count
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "samples": list, "attempts": list, "segments": list, "verdicts": list, "groups": list,
    "rerun": list, "counts": Mapping, "timing": Mapping, "input": Mapping, "model": Mapping,
    "sampling": Mapping, "verdict": str, "finish": str, "method": str, "chose": str,
    "strategy": str, "prediction": str, "expected_answer": str, "problem": str,
    "answer": (str, Mapping), "score": (int, float), "generated_tokens": (int, float),
}  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """One of a problem's samples.

    `group` is the class of its answer among the problem's samples (`None`: no answer); `score` a
    reward model's or strategy's; `ran` whether it ran a program.
    """

    verdict: str
    group: int | None
    score: float | None
    ran: bool

    @property
    def correct(self) -> bool:
        """An undecided answer is not correct."""
        return self.verdict == "correct"


@dataclass(frozen=True)
class Programs:
    """What became of programs: how many ran, and of them how many failed, and how many of these
    by time."""

    executions: int = 0
    errors: int = 0
    timeouts: int = 0

    def __add__(self, other: Programs) -> Programs:
        return Programs(
            self.executions + other.executions,
            self.errors + other.errors,
            self.timeouts + other.timeouts,
        )


@dataclass(frozen=True)
class Result:
    """What became of one problem.

    Tokens are those of all its samples; `ms` is wall time, and `None` where it was not recorded,
    as are tokens. `independent` says whether the samples were drawn each by itself. `trust` is what
    was said of the answer, where anything was; `model` the file of the one that gave it.
    """

    key: str
    id: str | None
    problem: str
    expected: str
    subject: str | None
    level: str | None
    verdict: str
    answer: str | None
    method: str
    chose: str | None
    attempts: tuple[Attempt, ...]
    independent: bool
    programs: Programs
    generated: int | None
    evaluated: int | None
    ms: float | None
    trust: float | None = None
    model: str = ""

    @property
    def correct(self) -> bool:
        """An undecided answer is not correct."""
        return self.verdict == "correct"

    @property
    def ran(self) -> bool:
        """Did any of the samples run a program?"""
        return any(attempt.ran for attempt in self.attempts)


def result(record: Mapping[str, Any]) -> Result:
    """The result that a graded record holds (see `grading`)."""
    fields = record.get("input")
    known = facts(fields if isinstance(fields, Mapping) else record)
    samples = samples_of(record)
    verdict = str(record["verdict"])
    verdicts = record.get("verdicts", [verdict] * len(samples))
    groups = record.get("groups", [0 if record.get("prediction") else None] * len(samples))
    counts, timing = record.get("counts") or {}, record.get("timing") or {}
    return Result(
        key=str(record.get("key", "")),
        id=known.id,  # the record's own may be the transcript's
        problem=str(record.get("problem", "")),
        expected=str(record["expected_answer"]),
        subject=known.subject,
        level=known.level,
        verdict=verdict,
        answer=record.get("prediction") or None,
        method=str(record.get("method", "")),
        chose=record.get("chose"),
        attempts=tuple(
            Attempt(one_verdict, group, sample.get("score"), bool(programs_of(sample).executions))
            for sample, one_verdict, group in zip(samples, verdicts, groups, strict=True)
        ),
        independent=_independent(record.get("strategy")),
        programs=sum(map(programs_of, [*samples, *record.get("attempts", ())]), Programs()),
        generated=counts.get("generated_tokens"),
        evaluated=counts.get("evaluated_tokens"),
        ms=timing.get("total_ms"),
        trust=record.get("trust"),
        model=_model(record),
    )


def _model(record: Mapping[str, Any]) -> str:
    found = record.get("model")
    return str(found.get("file") or found.get("name", "")) if isinstance(found, Mapping) else ""


def samples_of(record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The samples that competed; a record of one sample is that sample.

    Those that were stopped because they were not needed any more have no say.
    """
    found = record.get("samples") or [record]
    ended = [one for one in found if one.get("finish") != "stopped" or answer_of(one)]
    return ended or found


def answer_of(sample: Mapping[str, Any]) -> str | None:
    """A sample's answer."""
    found = sample.get("answer")
    text = found.get("text") if isinstance(found, Mapping) else found
    return str(text) if text not in (None, "") else None


def programs_of(sample: Mapping[str, Any]) -> Programs:
    """What became of a sample's programs, by its segments."""
    outputs = [
        two
        for one, two in pairwise(sample.get("segments", ()))
        if (one.get("kind"), two.get("kind")) == ("code", "output")
    ]
    failed = [str(output["error"]) for output in outputs if output.get("error")]
    times = sum(error.partition(":")[0].strip().lower() in _TIMES for error in failed)
    return Programs(len(outputs), len(failed), times)


def read_records(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of results.

    Raises:
        UsageError: it cannot be read, or a line of it is no JSON object. A torn last line, as a
            killed run leaves, is passed over.
    """
    from mathcli.evaluation.datasets import rows_of

    rows = list(rows_of(path))
    if rows and isinstance(rows[-1][2], str):
        rows.pop()
    for line, _, row in rows:
        if isinstance(row, str) and row:
            raise UsageError(f"{path.name}, line {line}: {row}", "each line has to be one result")
    found = [row for _, _, row in rows if isinstance(row, dict)]
    if not found:
        raise UsageError(f"{path.name} holds no results", "write some with: mathcli eval -o FILE")
    return found


def is_own(record: Mapping[str, Any]) -> bool:
    """Was this record written by `mathcli batch` or `mathcli eval`?"""
    return {"key", "index", "prediction", "input"} <= record.keys()


def check_own(record: Mapping[str, Any], where: str) -> None:
    """Refuse a record of our own form whose fields are of other types than ours.

    Args:
        where: what the record is, for the message (`out.jsonl, record 3`).

    Raises:
        UsageError: it names the field.
    """
    wrong = _wrong_field(record)
    for part in ("samples", "attempts"):
        for one in (record.get(part) or ()) if wrong is None else ():
            wrong = wrong or (_wrong_field(one) if isinstance(one, Mapping) else part)
    if wrong is None and not is_own(record):
        wrong = "prediction"
    for part in ("verdicts", "groups"):
        if wrong is None and part in record and len(record[part]) != len(samples_of(record)):
            wrong = part
    if wrong is not None:
        raise UsageError(f"{where} is no result of mathcli: see its {wrong}", "is it damaged?")


def _wrong_field(record: Mapping[str, Any]) -> str | None:
    """The first field that is of another type than it should be."""
    for name, kinds in _TYPES.items():
        if record.get(name) is not None and not isinstance(record[name], kinds):
            return name
    for segment in record.get("segments") or ():
        whole = isinstance(segment, Mapping) and isinstance(segment.get("text"), str)
        if not whole or segment.get("kind") not in ("thought", "text", "code", "output"):
            return "segments"
    for name in ("counts", "timing"):
        values = (record.get(name) or {}).values()
        numbers = [one for one in values if one is not None]
        if not all(isinstance(one, (int, float)) and abs(one) < _MOST for one in numbers):
            return name
    if not all(isinstance(one, str) for one in record.get("verdicts") or ()):
        return "verdicts"
    if not all(one is None or isinstance(one, int) for one in record.get("groups") or ()):
        return "groups"
    return None


def _independent(strategy: object) -> bool:
    """Whether the samples of a strategy are drawn independently; those of an unknown one are not
    known to be."""
    from mathcli.solving.strategies import STRATEGIES

    if strategy is None:
        return True
    known = STRATEGIES.get(strategy) if isinstance(strategy, str) else None
    return known is not None and known.independent
