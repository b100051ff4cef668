"""The table of a calibration, with the columns of the AutoCode4Math paper (Wang et al. 2025)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean, stdev
from typing import Any

from mathcli.calibration import doubting
from mathcli.calibration.doubting import DoubtedRollout
from mathcli.calibration.learning import Learning
from mathcli.calibration.reference import Judged, JudgedRollout
from mathcli.solving.doubt import doubted
from mathcli.solving.methods import AUTO

OWN = "own cue"
BEST = "best choice"

_Choice = Callable[[int], str]
_Ending = Callable[[int, JudgedRollout, int], tuple[JudgedRollout, ...]]


@dataclass(frozen=True)
class Row:
    """One way to choose the method; all shares from 0 to 1.

    Args:
        name: `cot`, `tir`, `own cue`, `learned`, `learned with the cue`, `best choice`.
        accuracy: right answers of all rollouts.
        error: the standard error of that, over problems.
        code_rate: rollouts in which a program ran.
        selection: problems on which no other method is right more often.
        decided: the same for the problems on which the methods differ; `None` if there are none.
        switching: whether a rollout that leads nowhere is followed by one with the other method,
            as `auto` does it.
        doubt: with switching, how probable each token of words must be to be accepted.
    """

    name: str
    accuracy: float
    error: float
    code_rate: float
    selection: float
    decided: float | None
    switching: bool = False
    doubt: float = 0.0


@dataclass(frozen=True)
class CalibrationReport:
    """The table, and the row whose way of choosing `auto` will use.

    Args:
        rows: one method for all; `auto` with the model's own cue and as it was learned, each with
            switching, as in `solve`; and the result of always choosing right.
        plain: the same without switching.
        uses: the name of the row that `auto` will use.
    """

    rows: tuple[Row, ...]
    plain: tuple[Row, ...]
    uses: str

    @property
    def doubt(self) -> float:
        """How probable each token of words must be in the row that `auto` will use."""
        return next(row.doubt for row in self.rows if row.name == self.uses and row.switching)

    def record(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {
            "uses": self.uses,
            "rows": [asdict(row) for row in self.rows],
            "without_switching": [asdict(row) for row in self.plain],
        }


def report(problems: Sequence[Judged], learnings: Sequence[Learning]) -> CalibrationReport:
    """The table. The learned rows are measured on predictions for problems that were held out.

    `auto` will use the row that is right most often, with switching; of equal rows, the one with
    fewer programs. That row may be one method for all problems. As it is chosen by the same
    figures, its accuracy is a little too high: see the standard errors.
    """
    words, code = problems[0].quality
    autos: dict[str, _Choice] = {one.name: _predicted(one, words, code) for one in learnings}
    if problems[0].free:
        autos[OWN] = lambda _: AUTO
    fixed: dict[str, _Choice] = {words: lambda _: words, code: lambda _: code}
    switching = {name: _switching(name, problems, way) for name, way in (autos | fixed).items()}
    uses = max(switching.values(), key=lambda row: (round(row.accuracy, 9), -row.code_rate)).name
    plain = {name: _row(name, problems, way, _alone) for name, way in (autos | fixed).items()}
    return CalibrationReport(
        rows=(
            *(plain[name] for name in fixed),
            *(switching[name] for name in dict.fromkeys((*autos, uses))),
            _row(BEST, problems, lambda at: problems[at].best, _alone),
        ),
        plain=tuple(plain[name] for name in autos),
        uses=uses,
    )


def _predicted(learning: Learning, words: str, code: str) -> _Choice:
    return lambda at: code if learning.predicted[at] else words


def _switching(name: str, problems: Sequence[Judged], choice: _Choice) -> Row:
    """A row with switching, as `auto` does it. Each problem's threshold of doubt was learned from
    the other folds; the threshold that is kept is learned from all problems."""
    from mathcli.trust.logistic import folds  # takes time to import, and few calibrate

    fold = folds([one.problem for one in problems], doubting.FOLDS, seed=0)
    rollouts = list(_doubtful(problems, choice))
    doubts = doubting.held_out(rollouts, [int(number) for number in fold])

    def ending(at: int, rollout: JudgedRollout, number: int) -> tuple[JudgedRollout, ...]:
        given_up = rollout.lost or doubted(rollout.least, doubts[at])
        return (rollout, _other(problems[at], rollout, number)) if given_up else (rollout,)

    row = _row(name, problems, choice, ending)
    return replace(row, switching=True, doubt=doubting.doubt_of(rollouts))


def _doubtful(problems: Sequence[Judged], choice: _Choice) -> Iterator[DoubtedRollout]:
    """The rollouts in words that a threshold of doubt would accept or not."""
    for at, problem in enumerate(problems):
        for number, rollout in enumerate(problem.rollouts(choice(at))):
            if rollout.least is not None and not rollout.lost:
                both = (rollout, _other(problem, rollout, number))
                yield DoubtedRollout(
                    at,
                    rollout.least,
                    gain=_correct(both) - _correct((rollout,)),
                    cost=any(each.ran for each in both) - rollout.ran,
                )


def _row(name: str, problems: Sequence[Judged], choice: _Choice, ending: _Ending) -> Row:
    begun = [one.rollouts(choice(at)) for at, one in enumerate(problems)]
    ended = [
        [ending(at, rollout, number) for number, rollout in enumerate(rollouts)]
        for at, rollouts in enumerate(begun)
    ]
    right = [fmean(_correct(rollouts) for rollouts in some) for some in ended]
    chosen = [
        fmean(one.quality[rollout.used] == one.quality[one.best] for rollout in rollouts)
        for one, rollouts in zip(problems, begun, strict=True)
    ]
    decided = [share for one, share in zip(problems, chosen, strict=True) if one.decided]
    return Row(
        name,
        accuracy=fmean(right),
        error=stdev(right) / len(right) ** 0.5 if len(right) > 1 else 0.0,
        code_rate=fmean(fmean(any(t.ran for t in rollouts) for rollouts in some) for some in ended),
        selection=fmean(chosen),
        decided=fmean(decided) if decided else None,
    )


def _correct(rollouts: tuple[JudgedRollout, ...]) -> bool:
    """Is the last of the answers right?"""
    return [False, *(rollout.correct for rollout in rollouts if rollout.answered)][-1]


def _alone(at: int, rollout: JudgedRollout, number: int) -> tuple[JudgedRollout, ...]:
    return (rollout,)


def _other(one: Judged, rollout: JudgedRollout, number: int) -> JudgedRollout:
    return (one.code if rollout.used == one.words[0].used else one.words)[number]
