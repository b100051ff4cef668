"""What calibration found, in the columns of the AutoCode4Math paper (Wang et al. 2025)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev
from typing import Any

from mathcli.calibration.learning import Learning
from mathcli.calibration.reference import Judged, Trial
from mathcli.solving.methods import AUTO

OWN = "own cue"
BEST = "best choice"

_Choice = Callable[[int], str]


@dataclass(frozen=True)
class Row:
    """One way to choose the method; all shares from 0 to 1.

    Args:
        name: `cot`, `tir`, `own cue`, `learned`, `learned with the cue`, `best choice`.
        accuracy: right answers of all rollouts.
        error: the standard error of that, over problems.
        code_rate: rollouts in which a program ran.
        selection: problems on which no other method is right more often.
        decided: the same of those problems alone on which it matters; `None` if there are none.
        switching: whether a rollout that leads nowhere is followed by one with the other method,
            as `auto` does it.
    """

    name: str
    accuracy: float
    error: float
    code_rate: float
    selection: float
    decided: float | None
    switching: bool = False


@dataclass(frozen=True)
class Report:
    """The table, and which row `auto` will do as.

    Args:
        rows: one method for all; `auto` with the model's own cue and as it was learned, each as
            `solve` does it, with switching; and what choosing right every time would come to.
        plain: the same without switching.
        uses: the name of the row.
    """

    rows: tuple[Row, ...]
    plain: tuple[Row, ...]
    uses: str

    def record(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {
            "uses": self.uses,
            "rows": [asdict(row) for row in self.rows],
            "without_switching": [asdict(row) for row in self.plain],
        }


def report(problems: Sequence[Judged], learnings: Sequence[Learning]) -> Report:
    """The table. What was learned is measured on predictions for problems that were held out.

    `auto` will do as the row that is right most often, with switching; of equal ones, as that
    which runs fewer programs. That row may be one method for all problems. Being chosen by the
    same figures flatters it a little: see their errors.
    """
    words, code = problems[0].quality
    autos: dict[str, _Choice] = {one.name: _predicted(one, words, code) for one in learnings}
    if problems[0].free:
        autos[OWN] = lambda _: AUTO
    fixed: dict[str, _Choice] = {words: lambda _: words, code: lambda _: code}
    switching = {
        name: _row(name, problems, choice, switching=True)
        for name, choice in (autos | fixed).items()
    }
    uses = max(switching.values(), key=lambda row: (round(row.accuracy, 9), -row.code_rate)).name
    return Report(
        rows=(
            *(_row(name, problems, choice, switching=False) for name, choice in fixed.items()),
            *(switching[name] for name in dict.fromkeys((*autos, uses))),
            _row(BEST, problems, lambda at: problems[at].best, switching=False),
        ),
        plain=tuple(
            _row(name, problems, choice, switching=False) for name, choice in autos.items()
        ),
        uses=uses,
    )


def _predicted(learning: Learning, words: str, code: str) -> _Choice:
    return lambda at: code if learning.predicted[at] else words


def _row(name: str, problems: Sequence[Judged], choice: _Choice, *, switching: bool) -> Row:
    ways = [choice(at) for at in range(len(problems))]
    begun = [one.trials(way) for one, way in zip(problems, ways, strict=True)]
    ended = [
        [_switched(one, trial, at) if switching else (trial,) for at, trial in enumerate(trials)]
        for one, trials in zip(problems, begun, strict=True)
    ]
    right = [fmean(_correct(trials) for trials in some) for some in ended]
    chosen = [
        fmean(one.quality[trial.used] == one.quality[one.best] for trial in trials)
        for one, trials in zip(problems, begun, strict=True)
    ]
    decided = [share for one, share in zip(problems, chosen, strict=True) if one.decided]
    return Row(
        name,
        accuracy=fmean(right),
        error=stdev(right) / len(right) ** 0.5 if len(right) > 1 else 0.0,
        code_rate=fmean(fmean(any(t.ran for t in trials) for trials in some) for some in ended),
        selection=fmean(chosen),
        decided=fmean(decided) if decided else None,
        switching=switching,
    )


def _correct(trials: tuple[Trial, ...]) -> bool:
    """Is the last of the answers right?"""
    return [False, *(trial.correct for trial in trials if trial.answered)][-1]


def _switched(one: Judged, trial: Trial, at: int) -> tuple[Trial, ...]:
    """A trial, and where it led nowhere the one with the other method and the same seed."""
    if not trial.lost:
        return (trial,)
    other = one.code if trial.used == one.words[0].used else one.words
    return trial, other[at]
