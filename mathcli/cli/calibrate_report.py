"""The output of `mathcli calibrate`: the table of the methods, and the classifier."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathcli.calibration.learning import RELIABLE
from mathcli.errors import Exit
from mathcli.screen import Stream
from mathcli.wrapping import columns, wrapped

if TYPE_CHECKING:
    from mathcli.calibration import Learned
    from mathcli.calibration.report import Row
    from mathcli.trust import Estimator

_CHOOSE = ("learned", "learned with the cue", "own cue")
_Z95 = 1.96
_TOP = 5  # number of features named below the table


@dataclass(frozen=True)
class CalibrationResult:
    """A finished calibration, and its file; `None` if it had too few problems to be kept."""

    learned: Learned
    path: Path | None
    keyed: int
    skipped: int = 0
    trust: Estimator | None = None
    exit_code = Exit.OK

    def text(self) -> str:
        """The table, what `auto` will do, and how accurate the classifier is."""
        learned = self.learned
        by = _graded(self.keyed, learned.problems)
        return _joined(
            [
                f"{learned.file or learned.model}, card {learned.card}: {learned.problems} "
                f"problems, {learned.rollouts} rollouts with each method, {by}",
                "",
                *_table(learned.rows),
                "",
                *([_uses(learned)] if self.path is not None else []),
                _telling(learned),
                _weighing(learned),
                *_trust(self.trust),
                *self._kept(),
            ]
        )

    def _kept(self) -> list[str]:
        """Where the calibration is kept, and a warning if it had few problems."""
        few = self.learned.problems < RELIABLE
        said = [f"{self.learned.problems} problems are too few to rely on this."] if few else []
        if self.path is None:
            return [
                *said,
                f"Not kept: learn from {RELIABLE} problems or more, or keep it with --allow-few.",
            ]
        return [*said, f"Kept in {self.path}"]

    def record(self) -> Mapping[str, Any]:
        """The calibration as data, with its file."""
        record = self.learned.record()
        path = str(self.path) if self.path is not None else None
        found = {"keyed": self.keyed, "skipped": self.skipped, "path": path}
        return record | found | ({"trust": self.trust.record()} if self.trust else {})


def _trust(estimator: Estimator | None) -> list[str]:
    """How well trust separates right from wrong answers, on problems not used for learning."""
    if estimator is None or estimator.measured is None:
        return []
    found = estimator.measured
    return [
        f"Trust: of {found['answers']:.0f} answers {100 * found['accuracy']:.0f} % are right; "
        f"calibration error {found['calibration_error']:.3f}, AUC {found['auc']:.2f}."
    ]


@dataclass(frozen=True)
class ShownCalibration:
    """An earlier calibration of a model."""

    learned: Learned
    path: Path
    exit_code = Exit.OK

    def text(self) -> str:
        """Every feature with its weight, the heaviest first."""
        learned = self.learned
        features = sorted(learned.classifier.features, key=lambda one: -abs(one.weight))
        width = max(len(one.name) for one in features)
        return _joined(
            [
                f"{learned.file or learned.model}, card {learned.card}: learned on {learned.made} "
                f"from {learned.problems} problems",
                "",
                *_table(learned.rows),
                "",
                _uses(learned),
                _telling(learned),
                "",
                f"Log-odds of {learned.code}: {learned.classifier.bias:+.2f}, and for each "
                "standard deviation above the mean:",
                f"{'':{width}}  {'weight':>7}  {'mean':>7}  deviation",
                *(
                    f"{one.name:{width}}  {one.weight:+7.2f}  {one.mean:7.2f}  {one.deviation:9.2f}"
                    for one in features
                ),
                f"Kept in {self.path}",
            ]
        )

    def record(self) -> Mapping[str, Any]:
        """The stored calibration as data, with its file."""
        return self.learned.record() | {"path": str(self.path)}


def _graded(keyed: int, problems: int) -> str:
    if keyed == problems:
        return "graded by the key"
    if not keyed:
        return "graded by agreement (there is no key)"
    return f"{keyed} graded by the key, the others by agreement"


def _joined(lines: Sequence[str]) -> str:
    """The lines of a report; on a terminal no wider than it, with whole words."""
    if not Stream(sys.stdout).isatty():
        return "\n".join(lines)
    return "\n".join(wrapped(line, columns(), indent="") for line in lines)


def _table(rows: Sequence[Row]) -> list[str]:
    """Numbers beside the names; below them on a terminal that is too narrow."""
    names = [_name(row) for row in rows]
    width = max(map(len, names))
    head = f"  {'accuracy':>15}  {'code rate':>9}  {'selection':>9}  where it matters"
    narrow = Stream(sys.stdout).isatty() and columns() < width + len(head)
    width = 0 if narrow else width
    lines = [f"{'':{width}}{head}"]
    for row, name in zip(rows, names, strict=True):
        accuracy = f"{_percent(row.accuracy)} ± {100 * _Z95 * row.error:4.1f}"
        decided = "-" if row.decided is None else _percent(row.decided)
        lines += [name] if narrow else []
        lines.append(
            f"{'' if narrow else name:{width}}  {accuracy:>15}  {_percent(row.code_rate):>9}  "
            f"{_percent(row.selection):>9}  {decided:>16}"
        )
    return lines


def _name(row: Row) -> str:
    name = f"auto, {row.name}" if row.name in _CHOOSE else str(row.name)
    return f"{name} (switching)" if row.switching else name


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _uses(learned: Learned) -> str:
    return f"{_choice(learned)}{_doubt(learned)}"


def _doubt(learned: Learned) -> str:
    if not learned.doubt:
        return ""
    return (
        " Words are believed if their least probable token has at least "
        f"{_percent(learned.doubt)}; others are followed by a program."
    )


def _choice(learned: Learned) -> str:
    if learned.uses in ("learned", "learned with the cue"):
        with_cue = ", the model's own choices being the prior" if "cue" in learned.uses else ""
        return f"auto uses what was learned{with_cue}: no other choice was right more often."
    if learned.uses == "own cue":
        return (
            "auto leaves the choice to the model's own cue: no other choice was right more often."
        )
    return f"auto takes {learned.uses} for every problem: no choice was right more often."


def _telling(learned: Learned) -> str:
    return (
        f"The classifier agrees with the reference strategy on {_percent(learned.accuracy)} of "
        f"problems that it had not seen (one method for all: {_percent(learned.chance)})."
    )


def _weighing(learned: Learned) -> str:
    features = sorted(learned.classifier.features, key=lambda one: -abs(one.weight))[:_TOP]
    heaviest = ", ".join(
        f"{one.name} ({learned.code if one.weight > 0 else learned.words})"
        for one in features
        if one.weight
    )
    if not heaviest:
        return "Nothing in the problems' texts tells which method is better."
    return f"Weighs most: {heaviest}."
