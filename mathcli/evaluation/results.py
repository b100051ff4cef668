"""One problem's result, read from the records that runs write, for the measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathcli.errors import UsageError
from mathcli.evaluation.fields import facts

if TYPE_CHECKING:
    from mathcli.solving.strategies import Strategy

_TIMES = ("timeout", "time", "cpu")
_MOST = 1e18  # of a count
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "samples": list, "attempts": list, "segments": list, "verdicts": list, "groups": list,
    "rerun": list, "counts": Mapping, "timing": Mapping, "input": Mapping, "model": Mapping,
    "sampling": Mapping, "verdict": str, "finish": str, "method": str, "chose": str,
    "strategy": str, "prediction": str, "expected_answer": str, "problem": str,
    "answer": (str, Mapping), "score": (int, float), "trust": (int, float),
    "generated_tokens": (int, float),
}  # fmt: skip


@dataclass(frozen=True)
class GradedSample:
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
    """How many programs ran, how many of them failed, and how many of those ran out of time."""

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
    """The result of one problem.

    Tokens are those of all its samples; `ms` is wall time in milliseconds; both are `None` where
    they were not recorded. `independent`: the samples were drawn independently. `voted`: the answer
    is the most common one, by the strategy and without weights. `trust` is the trust in the answer,
    where it was estimated; `model` the file of the model that gave it.
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
    samples: tuple[GradedSample, ...]
    independent: bool
    voted: bool
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
        return any(sample.ran for sample in self.samples)


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
        samples=tuple(
            GradedSample(
                one_verdict, group, sample.get("score"), bool(programs_of(sample).executions)
            )
            for sample, one_verdict, group in zip(samples, verdicts, groups, strict=True)
        ),
        independent=_independent(record.get("strategy")),
        voted=_voted(record),
        programs=sum(map(programs_of, [*samples, *record.get("attempts", ())]), Programs()),
        generated=counts.get("generated_tokens"),
        evaluated=counts.get("evaluated_tokens"),
        ms=timing.get("total_ms"),
        trust=record.get("trust"),
        model=_model(record),
    )


def _model(record: Mapping[str, Any]) -> str:
    model = record.get("model")
    return str(model.get("file") or model.get("name", "")) if isinstance(model, Mapping) else ""


def samples_of(record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The samples that count; a record without samples is itself the only one.

    Samples that were stopped because they were no longer needed do not count.
    """
    samples = record.get("samples") or [record]
    ended = [one for one in samples if one.get("finish") != "stopped" or answer_of(one)]
    return ended or samples


def answer_of(sample: Mapping[str, Any]) -> str | None:
    """A sample's answer."""
    answer = sample.get("answer")
    text = answer.get("text") if isinstance(answer, Mapping) else answer
    return str(text) if text not in (None, "") else None


def programs_of(sample: Mapping[str, Any]) -> Programs:
    """How a sample's programs ended, by its segments."""
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
        UsageError: it cannot be read, or a line of it is no JSON object. An incomplete last line,
            as a killed run leaves, is skipped.
    """
    from mathcli.evaluation.datasets import rows_of

    rows = list(rows_of(path))
    if rows and isinstance(rows[-1][2], str):
        rows.pop()
    for line, _, row in rows:
        if isinstance(row, str) and row:
            raise UsageError(f"{path.name}, line {line}: {row}", "each line has to be one result")
    records = [row for _, _, row in rows if isinstance(row, dict)]
    if not records:
        raise UsageError(f"{path.name} holds no results", "write some with: mathcli eval -o FILE")
    return records


def is_own(record: Mapping[str, Any]) -> bool:
    """Was this record written by `mathcli batch` or `mathcli eval`?"""
    return {"key", "index", "prediction", "input"} <= record.keys()


def check_own(record: Mapping[str, Any], where: str) -> None:
    """Refuse a record in mathcli's format whose fields have wrong types.

    Args:
        where: what the record is, for the message (`out.jsonl, record 3`).

    Raises:
        UsageError: it names the field.
    """
    wrong = _wrong_field(record)
    for part in ("samples", "attempts"):
        for inner in (record.get(part) or ()) if wrong is None else ():
            wrong = wrong or (_wrong_field(inner) if isinstance(inner, Mapping) else part)
    if wrong is None and not is_own(record):
        wrong = "prediction"
    for part in ("verdicts", "groups"):
        if wrong is None and part in record and len(record[part]) != len(samples_of(record)):
            wrong = part
    if wrong is not None:
        raise UsageError(
            f"{where} is no result of mathcli: its field {wrong} has a wrong value",
            "give a file that mathcli batch or mathcli eval wrote",
        )


def _wrong_field(record: Mapping[str, Any]) -> str | None:
    """The first field with a wrong type."""
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
    """Whether the samples of a strategy are drawn independently; no for an unknown strategy."""
    if strategy is None:
        return True
    known = _strategy(strategy)
    return known is not None and known.independent


def _voted(record: Mapping[str, Any]) -> bool:
    """Whether the answer is the most common one of several: what decided otherwise is recorded."""
    known = _strategy(record.get("strategy"))
    return known is not None and known.votes and record.get("scored_by") is None


def _strategy(name: object) -> type[Strategy] | None:
    from mathcli.solving.strategies import STRATEGIES

    return STRATEGIES.get(name) if isinstance(name, str) else None
