"""Imports point one way: between the rooms of the house, and between files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mathcli"

BASE = {"answers", "engines", "models", "problems", "sandbox", "sheets", "templates"}
MAY_IMPORT: Mapping[str, set[str]] = {
    **{room: set() for room in BASE},
    "spreadsheets": set(),
    "sheets": {"spreadsheets"},
    "answers": {"sheets"},
    "grading": {"answers", "sheets", "spreadsheets"},
    "solving": BASE,
    "trust": {"solving"},
    "batches": BASE | {"solving"},
    "rendering": {"answers", "solving", "evaluation", "trust", "grading"},
    "history": BASE | {"solving"},
    "evaluation": BASE | {"solving", "batches", "trust"},
    "calibration": BASE | {"solving", "batches", "trust"},
    "resident": BASE,
    "api": BASE | {"solving", "rendering", "resident"},
    "cli": BASE | {"solving", "trust", "batches", "rendering", "history", "evaluation",
                   "calibration", "resident", "api", "grading", "spreadsheets"},
}  # fmt: skip
"""What each room may know of, also for types alone: the table in docs/architecture.md."""


@cache
def modules() -> Mapping[str, ast.Module]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


def room(module: str) -> str:
    """The folder that a module is in; "" for those that belong to all."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else ""


def imported(module: str, nodes: Iterator[ast.AST]) -> set[str]:
    """The modules of this package that some statements import."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names if one.name in modules()}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                name = f"{node.module}.{one.name}"
                found.add(name if name in modules() else node.module)
    return {one for one in found if one in modules() and one != module}


def at_the_start(tree: ast.Module) -> Iterator[ast.AST]:
    """The statements that run when a module is loaded, without those for types alone."""
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, (ast.If, ast.Try)) and "TYPE_CHECKING" not in ast.dump(node):
            yield from ast.walk(node)


@pytest.mark.parametrize("name", sorted(MAY_IMPORT))
def test_a_room_knows_only_those_below(name: str) -> None:
    known = {
        (module, other)
        for module, tree in modules().items()
        if room(module) == name
        for other in imported(module, ast.walk(tree))
        if room(other) not in {"", name} | MAY_IMPORT[name]
    }
    assert known == set()


def test_every_room_is_in_the_plan() -> None:
    assert {room(module) for module in modules()} - {""} == set(MAY_IMPORT)
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \|$", page, re.MULTILINE)
    told = {name: set(re.findall(r"`(\w+)`", known)) for name, known in rows}
    for name, known in rows:
        told[name] |= BASE if "the base" in known else set()
        told[name] |= set(MAY_IMPORT) - {"cli"} if known == "all" else set()
    assert told == {**MAY_IMPORT, "cli": set(MAY_IMPORT) - {"cli"}}


def test_what_belongs_to_all_knows_no_room() -> None:
    known = {
        (module, other)
        for module, tree in modules().items()
        if room(module) == "" and module not in ("mathcli.__main__",)
        for other in imported(module, ast.walk(tree))
        if room(other)
    }
    assert known == set()


def test_no_module_is_loaded_in_a_circle() -> None:
    graph = {name: imported(name, at_the_start(tree)) for name, tree in modules().items()}
    packages = {name for name in graph if any(one.startswith(f"{name}.") for one in graph)}
    for name in packages:  # a package collects what its files offer; they do not ask it
        graph[name] = set()
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


MOST_LINES, MOST_OF_A_FUNCTION = 400, 60


def test_a_file_holds_one_idea() -> None:
    lines = {path: path.read_text("utf-8").count("\n") for path in PACKAGE.rglob("*.py")}
    assert {str(path): count for path, count in lines.items() if count > MOST_LINES} == {}


def test_a_function_fits_a_screen() -> None:
    long = {
        node.name
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or 0) - node.lineno >= MOST_OF_A_FUNCTION
    }
    assert long == set()
