"""There is one gate to the screen: no other module prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mathcli

ROOT = Path(mathcli.__file__).parent
GATE = {"screen.py", "console.py"}
# Programs of their own, whose streams are a protocol with their parent, not a screen.
OTHER_PROCESSES = {"answers/worker.py", "sandbox/child.py", "sandbox/tryout.py",
                   "sandbox/warm_parent.py", "sandbox/windows.py"}  # fmt: skip
PRINTS = {"print", "pprint", "input", "Console", "Styled", "Progress"}
MODULES = {"typer": {"echo", "secho", "confirm", "prompt", "echo_via_pager"},
           "click": {"echo", "secho", "confirm", "prompt"},
           "rich": {"print", "print_json", "inspect"},
           "traceback": {"print_exc", "print_exception", "print_stack"}}  # fmt: skip


def modules() -> list[Path]:
    found = sorted(ROOT.rglob("*.py"))
    return [one for one in found if str(one.relative_to(ROOT)) not in GATE | OTHER_PROCESSES]


def printing(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What would print past the gate; `Progress` may, where its console is the gate's."""
    from_rich = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rich")
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        base, _, name = called.rpartition(".")
        values = [*node.args, *(one.value for one in node.keywords)]
        given = {ast.unparse(one) for one in values}
        consoles = [one.value for one in node.keywords if one.arg == "console"]
        if called == "Progress" and "Progress" not in from_rich:
            continue  # another class of that name
        if called == "Progress" and consoles and _is_the_gates(consoles[0]):
            continue
        prints = called in PRINTS or name in MODULES.get(base, ())
        on_stream = base in ("sys.stdout", "sys.stderr") and name != "isatty"
        handed_on = given & {"sys.stdout", "sys.stderr"} and name != "Stream" and called != "Stream"
        if prints or on_stream or handed_on:
            yield node.lineno, called


def _is_the_gates(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "console"


@pytest.mark.parametrize("path", modules(), ids=lambda one: str(one.relative_to(ROOT)))
def test_nothing_is_printed_past_the_gate(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert not list(printing(tree))


def test_what_prints_is_found() -> None:
    said = "Console()\nprint(1)\nsys.stderr.write('x')\nProgress(console=console())\nf(sys.stdout)"
    assert [name for _, name in printing(ast.parse(said))] == [
        "Console", "print", "sys.stderr.write", "f",
    ]  # fmt: skip
