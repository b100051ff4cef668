"""The results of `mathcli eval`: measures as text, as JSON, in files, as a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathcli.cli import output
from mathcli.cli.saving import write_page
from mathcli.errors import Exit, MathcliError, OutputError
from mathcli.output_files import Place, look, writing
from mathcli.sheets.suffixes import check_json_lines
from mathcli.text_safety import json_line, json_page, shortened

if TYPE_CHECKING:
    from mathcli.evaluation.comparison import RunComparison
    from mathcli.evaluation.rerun import Tallied
    from mathcli.evaluation.summary import Summary

Record = Mapping[str, Any]


@dataclass(frozen=True)
class EvalReport:
    """A run's measures.

    Args:
        about: the dataset, the model and the settings that were measured.
        complete: whether all problems are done.
    """

    about: Mapping[str, Any]
    summary: Summary
    rerun: Tallied | None = None
    complete: bool = True
    exit_code: Exit = Exit.OK
    extra: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Tables to read."""
        from mathcli.rendering.report_text import summary_text

        return summary_text(self.title(), self.summary, self.rerun)

    def title(self) -> str:
        """The model, dataset and settings, on one line."""
        about = self.about
        model, sampling = about.get("model") or {}, about.get("sampling") or {}
        parts = [str(about["dataset"])]
        if len(self.summary.by_model) > 1:
            parts.append(" and ".join(self.summary.by_model))
        elif model:
            parts.append(f"{model.get('name', '')} {model.get('quant', '')}".strip())
        if about.get("method"):
            temperature = sampling.get("temperature", 0)
            known = isinstance(temperature, float)
            shown = f"{temperature:g}" if known else shortened(str(temperature), 20)
            parts.append(f"{about['method']}, temperature {shown}")
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
    """The differences between two runs."""

    first: str
    second: str
    found: RunComparison
    exit_code = Exit.OK

    def text(self) -> str:
        """A table to read."""
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


ABOUT = ("model", "method", "strategy", "sampling")
"""The fields of a record that describe its run."""


def about(dataset: str, layout: str | None, records: Sequence[Record]) -> dict[str, Any]:
    """The settings of a run, as its records give them."""
    said: dict[str, Any] = {"dataset": dataset} | ({"layout": layout} if layout else {})
    made = next((one for one in records if one.get("model")), {})
    for name in ABOUT:
        if made.get(name):
            said[name] = made[name]
    return said


def written(
    report: EvalReport, records: Sequence[Record], out: Path | None, html: Path | None
) -> EvalReport:
    """Write the requested summary and page.

    A file that cannot be written is reported and gives exit code 6; the measures are still
    printed.
    """
    try:
        if out is not None:
            place = place_of_summary(out)
            if not place.streams:
                _write(place, json_page(report.record()))
        if html is not None:
            _write_page(html, report, records)
    except MathcliError as error:
        output.report_error(error, as_json=False)
        return replace(report, exit_code=error.exit_code)
    return report


def place_of_summary(out: Path) -> Place:
    """The file for the measures, beside the results; the results' own stream if they go to one.

    Raises:
        UsageError: another kind of file exists there.
    """
    results = look(out, "results", folders=True)
    if results.streams:
        return results
    summary = out.with_name(f"{out.name}.summary.json")
    return look(summary, "a summary", is_ours=_is_summary, folders=True)


def place_of_graded(out: Path, inputs: Iterable[Path | int]) -> Place:
    """Where graded records go.

    Raises:
        UsageError: another kind of file exists there, or it is an input; or its suffix says
            another format than JSON Lines.
    """
    place = look(out, "graded results", inputs=inputs, is_ours=_are_graded)
    if not place.streams:
        check_json_lines(out)
    return place


def write_records(place: Place, records: Sequence[Record]) -> None:
    """Write graded records, one a line.

    Raises:
        OutputError: the file cannot be written; an existing one is kept.
    """
    _write(place, "".join(f"{json_line(one)}\n" for one in records))


def _write(place: Place, text: str) -> None:
    with writing(place) as draft:
        draft.write(text)


def _write_page(file: Path, report: EvalReport, records: Sequence[Record]) -> None:
    from mathcli.rendering.report import report_page

    text = report_page(report.title(), report.record(), report.summary, records)
    try:
        write_page(file, text)
    except OutputError as error:
        hint = "write it from results with: mathcli eval --from RESULTS --html FILE"
        raise OutputError(error.message, hint) from None


def _is_summary(head: bytes) -> bool:
    return re.match(rb'\{\s*"schema": \d+,\s*"dataset": ', head) is not None


def _are_graded(head: bytes) -> bool:
    """Whether these are records of `eval`, from any format."""
    return head.startswith(b"{") and b'"verdict": ' in head
