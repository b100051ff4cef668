"""Runs `from sympy import *`, with which most programs begin, before they arrive.

The statement binds some 900 names. Where it is a program's first statement, it has already run in
the warm parent: it is replaced by `pass`, and the program runs in a namespace that holds those
names. The result is the same, but binding the names after the fork would copy many pages of
memory, a quarter of the cost of a whole run.
"""

from __future__ import annotations

import ast
import builtins
import types

_MODULE = "sympy"

_with_names: types.ModuleType | None = None


def prepare() -> None:
    """Run the statement, in the warm parent."""
    global _with_names
    _with_names = _new_main()
    exec(f"from {_MODULE} import *", _with_names.__dict__)


def main_module(first: ast.Module | None) -> types.ModuleType:
    """The module in which a program runs whose first block is `first`.

    Where `first` begins with the prepared statement, that becomes `pass`.
    """
    if _with_names is None or first is None:
        return _new_main()
    index = _prepared_statement(first, _with_names.__dict__)
    if index is None:
        return _new_main()
    first.body[index] = ast.copy_location(ast.Pass(), first.body[index])
    return _with_names


def _new_main() -> types.ModuleType:
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    return main


def _prepared_statement(tree: ast.Module, names: dict[str, object]) -> int | None:
    """Where the statement stands, if only imports of other names precede it."""
    for index, statement in enumerate(tree.body):
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            return None
        bound = [one.asname or one.name.partition(".")[0] for one in statement.names]
        if bound == ["*"]:
            ours = isinstance(statement, ast.ImportFrom) and statement.module == _MODULE
            return index if ours and not statement.level else None  # type: ignore[union-attr]
        if any(name in names for name in bound):
            return None
    return None
