"""Which modules programs may import, and how an import works where there is no file system.

A confined child cannot open a file, so it cannot import what the warm parent has not loaded. A
missing module is fetched like a missing page of memory: the child reports the name and ends, the
warm parent imports it (if it is on the list below and really exists) and runs the program again
from the start in a fresh fork. Programs are deterministic and have had no effect so far, so
nobody can tell, and every later program finds the module loaded.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import NoReturn

# Loaded before the first program; SymPy brings most of what mathematics needs.
FIRST = ("sympy", "math", "cmath", "fractions", "itertools", "collections", "random", "json")

# Loaded as soon as the first programs can run; what is missing here costs its first user a rerun.
SOON = ("numpy", "statistics", "decimal", "datetime", "calendar", "time", "heapq", "bisect",
        "functools", "operator", "string", "re", "copy", "typing", "dataclasses", "enum",
        "textwrap", "pprint", "timeit", "sympy.stats", "sympy.abc", "numpy.linalg",
        "sympy.solvers.diophantine", "sympy.parsing.sympy_parser")  # fmt: skip

PACKAGES = frozenset({"sympy", "mpmath", "numpy", "scipy", "networkx", "gmpy2", "flint", "antlr4"})

# Of the standard library, what acts on import (prints, opens a window or a browser).
_ACTING = frozenset({"antigravity", "this", "idlelib", "turtle", "turtledemo", "tkinter", "test",
                     "lib2to3", "ensurepip", "venv", "webbrowser", "site", "sitecustomize",
                     "usercustomize", "pip", "__main__"})  # fmt: skip
_ACTING_PARTS = frozenset({"__main__", "test", "tests", "conftest", "setup", "idle_test"})
_LONGEST_NAME = 200
_MOST_MISSING = 2000

_missing: set[str] = set()


def allowed(name: str) -> bool:
    """Whether programs may import the module `name` at all."""
    parts = name.split(".")
    top = parts[0]
    known = top in PACKAGES or (top in sys.stdlib_module_names and top not in _ACTING)
    return (
        known
        and len(name) <= _LONGEST_NAME
        and all(part.isidentifier() for part in parts)
        and _ACTING_PARTS.isdisjoint(parts[1:])
    )


def load(name: str) -> bool:
    """Import `name` in the warm parent; whether that loaded anything.

    A name that does not exist is remembered, so that children know without asking.
    """
    if not allowed(name) or name in sys.modules or name in _missing:
        return False
    before = len(sys.modules)
    try:
        importlib.import_module(name)
    except BaseException:  # a library may fail in any way, SystemExit included
        if len(_missing) >= _MOST_MISSING:
            _missing.clear()
        _missing.add(name)
    return len(sys.modules) > before


class Finder:
    """The child's last import hook: asks for modules instead of looking for files."""

    def __init__(self, ask: Callable[[str], NoReturn]) -> None:
        self._ask = ask

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Ends this process where the warm parent could load `name`; else there is no such."""
        if name in _missing or not allowed(name):
            return None
        self._ask(name)


def confine_imports(ask: Callable[[str], NoReturn]) -> None:
    """Make this process import from memory only, asking for what is not there."""
    keep = (importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter)
    sys.meta_path[:] = [*keep, Finder(ask)]
    sys.path[:] = []
