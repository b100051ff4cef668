"""Options that are declared once and taken by several commands."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from mathcli.cli.backend import Backend
from mathcli.cli.comparing import Comparing
from mathcli.cli.option_groups import Without, build, declared, grouped
from mathcli.cli.panels import PANELS
from mathcli.cli.request import Request
from mathcli.errors import UsageError


@dataclass(frozen=True)
class Inner:
    colour: Annotated[str, typer.Option(help="Of the box.")] = "red"
    unknown: float = 0.5  # no option: the program's own


@dataclass(frozen=True)
class Outer:
    size: Annotated[int | None, typer.Option("--size", "-s", min=1)] = None
    inner: Inner = field(default_factory=Inner)

    def __post_init__(self) -> None:
        if self.size == 13:
            raise UsageError("13 is no size")


def run(*words: str) -> tuple[int, str]:
    app = typer.Typer()

    @app.command()
    @grouped
    def paint(
        name: Annotated[str, typer.Argument()],
        outer: Outer,
        twice: Annotated[bool, typer.Option("--twice")] = False,
    ) -> None:
        print(name, outer.size, outer.inner.colour, outer.inner.unknown, twice)

    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout.strip()


def test_a_command_gets_its_groups_whole() -> None:
    assert run("box") == (0, "box None red 0.5 False")
    assert run("box", "-s", "3", "--twice", "--colour", "blue") == (0, "box 3 blue 0.5 True")


def test_bounds_and_sense_are_checked() -> None:
    assert run("box", "--size", "0")[0] == 2
    assert run("box", "--size", "13") == (1, "")


def test_what_a_command_leaves_out_is_no_option_of_it() -> None:
    @grouped
    def paint(outer: Annotated[Outer, Without("colour")]) -> Outer:
        return outer

    assert list(inspect.signature(paint).parameters) == ["size"]
    assert paint(size=4) == Outer(4, Inner("red"))


def test_a_group_within_a_group_stands_in_its_place() -> None:
    assert [(one.name, one.default) for one in declared(Outer)] == [
        ("size", None),
        ("colour", "red"),
    ]
    assert build(Outer, {"size": 2, "colour": "green"}) == Outer(2, Inner("green"))


@pytest.mark.parametrize("group", [Request, Backend, Comparing])
def test_every_option_says_what_it_does(group: type) -> None:
    options = list(declared(group))
    assert len({one.name for one in options}) == len(options)
    assert [one.name for one in options if not one.option.help] == []
    panels = {one.option.rich_help_panel for one in options} - {None}
    assert panels <= set(PANELS)


def test_a_group_as_declared_is_a_group_as_built() -> None:
    for group in (Request, Backend, Comparing):
        assert build(group, {one.name: one.default for one in declared(group)}) == group()
