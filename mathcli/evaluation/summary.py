"""The measures of a run: accuracy, pass@k, maj@k and rm@k, code rate, cost."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mathcli.evaluation.estimators import (
    Share,
    maj_at,
    mean_interval,
    pass_at_k,
    powers,
    rm_at_k,
)
from mathcli.evaluation.results import Programs, Result
from mathcli.trust.reliability import Reliability, reliability

SCHEMA = 1


@dataclass(frozen=True)
class Estimate:
    """A mean over problems and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """The measures of a run.

    Args:
        accuracy: problems whose answer is correct; undecided ones are not.
        undecided: problems whose answer could not be compared with the key.
        unanswered: problems without an answer.
        by_subject: accuracy in each part of the dataset that its rows name.
        by_level: accuracy by level.
        by_method: accuracy by the method that was used, where a run chose between several.
        pass_at: pass@k by k, where all problems have the same number of independent samples, two
            or more; likewise `maj_at` and `rm_at`.
        code_rate: solutions that ran a program.
        selection: how often the right method was chosen, where it is known (see `selection`).
        generated: tokens sampled, over all problems; `None` where they were not recorded.
        evaluated: tokens that went through the model.
        seconds: the median wall time of a problem while others were solved at the same time.
        trust: how good the estimated trust in the answers was, where there was any.
        by_model: accuracy by the model that answered, where there were several.
        voted: whether every answer is the most common one of its samples, by the strategy.
    """

    accuracy: Share
    undecided: int
    unanswered: int
    by_subject: Mapping[str, Share]
    by_level: Mapping[str, Share]
    by_method: Mapping[str, Share]
    pass_at: Mapping[int, Estimate]
    maj_at: Mapping[int, Estimate]
    rm_at: Mapping[int, Estimate]
    samples: int
    code_rate: Share
    selection: Share | None
    programs: Programs
    generated: int | None
    evaluated: int | None
    seconds: float | None
    trust: Reliability | None = None
    by_model: Mapping[str, Share] = field(default_factory=dict)
    voted: bool = False

    def record(self) -> dict[str, Any]:
        """The measures as JSON-ready data; shares are from 0 to 1."""
        total = self.accuracy.total
        return {
            "schema": SCHEMA,
            "problems": total,
            "samples": self.samples,
            "accuracy": share_record(self.accuracy),
            "accuracy_of": self.accuracy_of,
            "undecided": self.undecided,
            "unanswered": self.unanswered,
            **{
                name: {part: share_record(share) for part, share in shares.items()}
                for name, shares in self._parts()
                if shares
            },
            **{
                name: {str(k): vars(estimate) for k, estimate in curve.items()}
                for name, curve in self.curves().items()
            },
            "code_rate": share_record(self.code_rate),
            **({"selection_accuracy": share_record(self.selection)} if self.selection else {}),
            **vars(self.programs),
            "tokens": {"generated": self.generated, "evaluated": self.evaluated},
            "median_seconds": self.seconds,
            **({"trust": self.trust.record()} if self.trust else {}),
        }

    @property
    def accuracy_of(self) -> str:
        """What the accuracy measures: `one solution`; `maj@4` of a vote; or `chosen of 4`, where
        the strategy chose otherwise. A vote that ended early, or that left answers without a
        program out, is no maj@4 either."""
        if self.samples < 2:
            return "one solution"
        most = self.maj_at.get(self.samples)
        whole = most is not None and abs(most.value - self.accuracy.value) < 5e-4
        return f"maj@{self.samples}" if self.voted and whole else f"chosen of {self.samples}"

    @property
    def meaning(self) -> str | None:
        """A sentence on what the accuracy measures, beside the measures that it could be confused
        with; `None` where there are none."""
        if self.samples < 2:
            return None
        of = f"of the most common answers of {self.samples} samples ({self.accuracy_of})"
        others: list[str] = []
        if not self.accuracy_of.startswith("maj"):
            of = f"of the answers that were chosen from up to {self.samples} samples"
            most = self.maj_at.get(self.samples)
            if most is not None:
                others.append(f"of the most common (maj@{self.samples}) {100 * most.value:.1f} %")
        single = self.pass_at.get(1)
        if single is not None:
            others.append(f"of one alone (pass@1) {100 * single.value:.1f} %")
        return "; ".join([of, *others])

    def curves(self) -> dict[str, Mapping[int, Estimate]]:
        """The measures at k that there are, by name."""
        measures = {"pass@k": self.pass_at, "maj@k": self.maj_at, "rm@k": self.rm_at}
        return {name: curve for name, curve in measures.items() if curve}

    def _parts(self) -> tuple[tuple[str, Mapping[str, Share]], ...]:
        return (
            ("by_subject", self.by_subject),
            ("by_level", self.by_level),
            ("by_method", self.by_method),
            ("by_model", self.by_model),
        )


def summarize(results: Sequence[Result], selection: Share | None = None) -> Summary:
    """The measures of a run's results."""
    samples = [sample for one in results for sample in one.samples]
    pass_at, maj_at_k, rm_at = _curves(results)
    times = [one.ms / 1000 for one in results if one.ms is not None]
    methods = {one.chose or one.method for one in results}
    models = {one.model for one in results}
    chosen = any(one.chose for one in results) or len(methods) > 1
    return Summary(
        accuracy=_share(results),
        undecided=sum(one.verdict == "undecided" for one in results),
        unanswered=sum(one.answer is None for one in results),
        by_subject=shares_by(results, lambda one: one.subject),
        by_level=shares_by(results, lambda one: one.level),
        by_method=shares_by(results, lambda one: one.chose or one.method) if chosen else {},
        pass_at=pass_at,
        maj_at=maj_at_k,
        rm_at=rm_at,
        samples=max((len(one.samples) for one in results), default=0),
        code_rate=Share(sum(sample.ran for sample in samples), len(samples)),
        selection=selection,
        programs=sum((one.programs for one in results), Programs()),
        generated=_total(one.generated for one in results),
        evaluated=_total(one.evaluated for one in results),
        seconds=round(statistics.median(times), 3) if times else None,
        trust=reliability(
            [(one.trust, one.correct) for one in results if one.trust is not None], len(results)
        ),
        by_model=shares_by(results, lambda one: one.model) if len(models) > 1 else {},
        voted=all(one.voted for one in results if len(one.samples) > 1),
    )


def shares_by(results: Iterable[Result], part: Callable[[Result], str | None]) -> dict[str, Share]:
    """Accuracy in each part; numbers come in their order, names in the alphabet's."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        name = part(result)
        if name:
            groups.setdefault(name, []).append(result)
    return {name: _share(groups[name]) for name in sorted(groups, key=by_number)}


def selection(chosen: Sequence[Result], *forced: Sequence[Result]) -> Share:
    """Selection accuracy: of the problems on which forced methods differ in being right, the
    share in which a right one was chosen.

    Args:
        chosen: a run with the method `auto`.
        forced: runs over the same problems, each with one method for all.
    """
    right: dict[str, dict[str, bool]] = {}
    for run in forced:
        for result in run:
            right.setdefault(result.key, {})[result.method] = result.correct
    hits = total = 0
    for result in chosen:
        known = right.get(result.key, {})
        picked = _picked(result, known)
        if len(set(known.values())) == 2 and picked in known:
            total += 1
            hits += known[picked]
    return Share(hits, total)


def _picked(one: Result, known: Iterable[str]) -> str:
    """The method that a run chose; where none is recorded, that of the forced runs which it is
    most like."""
    if one.chose or one.method != "auto":
        return one.chose or one.method
    return next((name for name in known if (name == "cot") != one.ran), "")


def share_record(share: Share) -> dict[str, Any]:
    """A share as JSON-ready data."""
    low, high = share.interval
    return {
        "count": share.count,
        "total": share.total,
        "value": share.value,
        "low": low,
        "high": high,
    }


def _share(results: Sequence[Result]) -> Share:
    return Share(sum(one.correct for one in results), len(results))


def _curves(results: Sequence[Result]) -> tuple[dict[int, Estimate], ...]:
    """pass@k, maj@k and rm@k, where all problems have equally many, independent samples.

    Samples of a search, or of a vote that ended early, are not independent, and would bias them.
    """
    several = [result.samples for result in results if len(result.samples) > 1]
    same = len(set(map(len, several))) == 1 and all(result.independent for result in results)
    if not same:
        return {}, {}, {}
    sizes = powers(len(several[0]))
    scored = all(sample.score is not None for samples in several for sample in samples)
    passed: dict[int, list[float]] = {k: [] for k in sizes}
    voted: dict[int, list[float]] = {k: [] for k in sizes}
    ranked: dict[int, list[float]] = {k: [] for k in sizes}
    for result in results:
        correct = [sample.correct for sample in result.samples]
        if len(correct) < sizes[-1]:  # it failed as a whole, or began with what ended it
            correct = [result.correct] * sizes[-1]
        groups = [sample.group for sample in result.samples]
        votes = maj_at(groups, correct, sizes) if len(groups) == len(correct) else {}
        scores = [sample.score or 0.0 for sample in result.samples]
        for k in sizes:
            passed[k].append(pass_at_k(len(correct), sum(correct), k))
            voted[k].append(votes.get(k, float(result.correct)))
            if scored:
                whole = len(scores) == len(correct)
                ranked[k].append(rm_at_k(scores, correct, k) if whole else float(result.correct))
    curves = [_estimates(passed), _estimates(voted), _estimates(ranked) if scored else {}]
    return tuple(curves)


def _estimates(values: Mapping[int, Sequence[float]]) -> dict[int, Estimate]:
    return {k: Estimate(*mean_interval(ones)) for k, ones in values.items()}


def _total(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def by_number(name: str) -> tuple[int, float, str]:
    """Sorts numbers by value, before names by the alphabet."""
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name.lower()
