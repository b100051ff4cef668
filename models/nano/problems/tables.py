"""Reads the phrase tables of `text/`: sections that start with ``@ name | field | …``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "text"


@dataclass(frozen=True)
class Section:
    """The fields of a section's head line after its name, and the lines below it."""

    fields: tuple[str, ...]
    lines: tuple[str, ...]


def content(file: str) -> list[str]:
    """The lines of a file that are neither empty nor comments."""
    text = (_FOLDER / file).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def sections(file: str) -> dict[str, Section]:
    """All sections of a table, by name, in their order."""
    found: dict[str, tuple[tuple[str, ...], list[str]]] = {}
    lines: list[str] = []
    for line in content(file):
        if line.startswith("@ "):
            name, *fields = (field.strip() for field in line[2:].split(" | "))
            lines = []
            found[name] = (tuple(fields), lines)
        else:
            lines.append(line)
    return {name: Section(fields, tuple(rows)) for name, (fields, rows) in found.items()}


def frames(file: str, name: str) -> tuple[str, ...]:
    """The lines of one section."""
    return sections(file)[name].lines
