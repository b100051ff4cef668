"""The list of models: on this machine, partly downloaded, and available."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mathcli.cli import output
from mathcli.errors import Exit
from mathcli.wrapping import USUAL, columns, wrapped

if TYPE_CHECKING:
    from mathcli.models import Card
    from mathcli.models.store import Unfinished


@dataclass(frozen=True)
class ListedModel:
    """A line of the list."""

    name: str
    installed: bool
    size: int | None
    estimated: bool
    fits: bool | None
    licence: str
    methods: tuple[str, ...]
    good_at: str
    repository: str | None
    place: str | None = None  # the program that owns the files, if not mathcli
    verified: str | None = None  # how the card was checked


@dataclass(frozen=True)
class ModelList:
    """The models in three groups."""

    rows: tuple[ListedModel, ...]
    unfinished: tuple[Unfinished, ...]
    exit_code = Exit.OK

    def text(self) -> str:
        """Aligned lines in groups: models on this machine, and those that `pull` can get.

        A terminal gets the columns that fit; a pipe gets all of them.
        """
        from mathcli.models.quants import about_text, size_text

        width = columns() if sys.stdout.isatty() else None

        def line(row: ListedModel) -> tuple[str, ...]:
            text = about_text if row.estimated else size_text
            size = text(row.size) if row.size else "?"
            fit = {True: "fits", False: "too large", None: "?"}[row.fits]
            does = row.good_at or _DOES.get(row.methods[:1], "")
            where = f" (in {row.place})" if row.place else ""
            if not (row.installed or row.repository):
                where = " (no GGUF repository is known)"
            rests_on = _RESTS_ON.get(row.verified or "", "?")
            return row.name, size, fit, row.licence, rests_on, does + where

        here = _aligned([line(row) for row in self.rows if row.installed], width)
        others = _aligned([line(row) for row in self.rows if not row.installed], width)
        text = ["On this machine:", *here]
        if self.unfinished:
            text += ["", "Unfinished (pull resumes, rm deletes):"]
            text += _aligned([_part(one) for one in self.unfinished], width)
        if others:
            text += ["", "To get (mathcli models pull NAME; sizes for Q4_K_M):", *others]
        text += ["", wrapped(_LEGEND, width or USUAL, indent="")]
        return "\n".join(text)

    def record(self) -> Mapping[str, Any]:
        """The rows as data."""
        parts = [{**asdict(one), "path": str(one.path)} for one in self.unfinished]
        rows = [asdict(row) for row in self.rows]
        return {"schema": output.SCHEMA, "models": rows, "unfinished": parts}


_LEGEND = """\
The prompts of each model were: run (with published weights), compared (with \
the published chat template), or written from texts.
More about a model, with its licence: mathcli models show NAME
For this machine: mathcli models recommend"""
_DISPENSABLE = (3, 4)  # columns: the licence, how a card was checked
_RESTS_ON: Mapping[str, str] = {"checkpoint": "run", "template": "compared", "text": "texts"}
_DOES: Mapping[tuple[str, ...], str] = {
    ("tir",): "words and programs",
    ("pal",): "one program",
    ("cot",): "words",
    (): "scores solutions",
}


def table(everything: bool) -> ModelList:
    """The table of models; `everything` includes checkpoints without a known GGUF repository."""
    from mathcli.models import store

    rows = (*_installed_rows(), *_available_rows(everything))
    return ModelList(rows, tuple(store.unfinished()))


def _installed_rows() -> list[ListedModel]:
    from mathcli.models import cards, places, store
    from mathcli.models.memory import total_memory
    from mathcli.models.quants import fits
    from mathcli.resources import embedded_model

    memory = total_memory()
    known = cards()
    nano = known["nano"]
    rows = [_row("nano", nano, embedded_model().stat().st_size, True, False, memory, None)]
    pulled = store.records()
    paths = {record.path for record in pulled}
    for record in (*pulled, *(one for one in places.elsewhere() if one.path not in paths)):
        card = known.get(record.card or "")
        methods = tuple(card.methods) if card else ()
        rows.append(
            ListedModel(
                record.name,
                True,
                record.size,
                False,
                fits(record.size, memory),
                _licence(card, record.alias),
                methods,
                (card.good_at if card else "") or ("" if card else "of an unknown family"),
                record.repository,
                record.place,
                card.verified if card else None,
            )
        )
    return rows


def _available_rows(everything: bool) -> list[ListedModel]:
    from mathcli.models import cards, store
    from mathcli.models.memory import total_memory
    from mathcli.models.quants import estimated_size

    memory = total_memory()
    here = {record.alias for record in store.records()}
    rows = []
    for card in cards().values():
        for alias, checkpoint in card.checkpoints.items():
            if alias in here or not (checkpoint.gguf or everything):
                continue
            size = estimated_size(checkpoint.parameters)
            place = next(iter(checkpoint.gguf), None)
            rows.append(_row(alias, card, size, False, True, memory, place))
    return rows


def _row(
    name: str,
    card: Card,
    size: int | None,
    installed: bool,
    estimated: bool,
    memory: int,
    repository: str | None,
) -> ListedModel:
    from mathcli.models.quants import fits

    return ListedModel(
        name,
        installed,
        size,
        estimated,
        fits(size, memory) if size else None,
        _licence(card, name),
        tuple(card.methods),
        card.good_at,
        repository,
        verified=card.verified,
    )


def _licence(card: Card | None, alias: str | None) -> str:
    if card is None:
        return "see its page"
    checkpoint = card.checkpoints.get(alias or "")
    return (checkpoint.licence if checkpoint else None) or card.licence


def _part(part: Unfinished) -> tuple[str, str]:
    from mathcli.models.quants import size_text

    return (
        f"{part.repository}/{part.name}",
        f"{size_text(part.size)} of {size_text(part.total)}",
    )


def _aligned(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Rows in columns; if too wide, without the columns that `models show` also prints, and cut."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if width is not None and sum(widths) + 2 * len(widths) > width:
        kept = [at for at in range(len(widths)) if at not in _DISPENSABLE]
        rows, widths = [[row[at] for at in kept] for row in rows], [widths[at] for at in kept]
    lines = (
        "  " + "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return [
        line if width is None or len(line) <= width else line[: width - 1] + "…" for line in lines
    ]
