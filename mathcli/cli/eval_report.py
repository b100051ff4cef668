"""What `mathcli eval` returns: measures as text, as JSON, in files, as a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathcli.cli import output
from mathcli.errors import BatchStopped, Exit

if TYPE_CHECKING:
    from mathcli.evaluation.comparison import Comparison
    from mathcli.evaluation.rerun import Tallied
    from mathcli.evaluation.summary import Summary

Record = Mapping[str, Any]


@dataclass(frozen=True)
class EvalReport:
    """A run's measures.

    Args:
        about: the dataset, the model, how it was asked: what the measures are of.
        complete: whether all the problems are done.
    """

    about: Mapping[str, Any]
    summary: Summary
    rerun: Tallied | None = None
    complete: bool = True
    exit_code: Exit = Exit.OK
    extra: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Tables for people."""
        from mathcli.rendering.report_text import summary_text

        return summary_text(self.title(), self.summary, self.rerun)

    def title(self) -> str:
        """What was measured, on one line."""
        about = self.about
        model, sampling = about.get("model") or {}, about.get("sampling") or {}
        parts = [str(about["dataset"])]
        if model:
            parts.append(f"{model.get('name', '')} {model.get('quant', '')}".strip())
        if about.get("method"):
            parts.append(f"{about['method']}, temperature {sampling.get('temperature', 0):g}")
        if self.summary.samples > 1:
            parts.append(f"{self.summary.samples} samples")
        return " · ".join(parts) + ("" if self.complete else " (not complete)")

    def record(self) -> Mapping[str, Any]:
        """The measures as data."""
        measures = self.summary.record()
        found = {"schema": measures.pop("schema"), **self.about, "complete": self.complete}
        found |= measures | dict(self.extra)
        return found | ({"rerun": self.rerun.record()} if self.rerun is not None else {})


@dataclass(frozen=True)
class CompareReport:
    """What differs between two runs."""

    first: str
    second: str
    found: Comparison
    exit_code = Exit.OK

    def text(self) -> str:
        """A table for people."""
        from mathcli.rendering.report_text import comparison_text

        return comparison_text(self.first, self.second, self.found)

    def record(self) -> Mapping[str, Any]:
        """The differences as data."""
        record = self.found.record()
        return {
            "schema": record.pop("schema"),
            "first": self.first,
            "second": self.second,
            **record,
        }


def about(dataset: str, layout: str | None, records: Sequence[Record]) -> dict[str, Any]:
    """What a run's records say of how they came to be."""
    said: dict[str, Any] = {"dataset": dataset} | ({"layout": layout} if layout else {})
    made = next((one for one in records if one.get("model")), {})
    for name in ("model", "method", "strategy", "sampling"):
        if made.get(name):
            said[name] = made[name]
    return said


def written(
    report: EvalReport, records: Sequence[Record], out: Path | None, html: Path | None
) -> EvalReport:
    """Write the summary and the page that were asked for.

    What cannot be written is told, and makes the exit code 6: the measures are still there.
    """
    try:
        if out is not None:
            summary = json.dumps(report.record(), ensure_ascii=False, indent=2) + "\n"
            _replace(out.with_name(f"{out.name}.summary.json"), summary)
        if html is not None:
            _write_page(html, report, records)
    except BatchStopped as error:
        output.report_error(error, as_json=False)
        return replace(report, exit_code=error.exit_code)
    return report


def write_records(out: Path, records: Sequence[Record]) -> None:
    """Write graded records, one a line.

    Raises:
        BatchStopped: the file cannot be written; what was there stays.
    """
    _replace(out, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records))


def _write_page(file: Path, report: EvalReport, records: Sequence[Record]) -> None:
    from mathcli.rendering.report import report_page

    try:
        text = report_page(report.title(), report.record(), report.summary, records)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BatchStopped(
            f"{file} cannot be written: {error.strerror}",
            "write it from results with: mathcli eval --from RESULTS --html FILE",
        ) from None


def _replace(path: Path, text: str) -> None:
    """Write a file at once."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8", errors="backslashreplace")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BatchStopped(
            f"{path} cannot be written: {error.strerror}", "choose another file with -o"
        ) from None
