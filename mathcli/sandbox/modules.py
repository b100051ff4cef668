"""Which modules programs may import, and how an import works where there is no file system.

A confined child cannot open a file, so it imports from memory alone. The modules that a program
names (`mentioned`) are loaded before it begins. Where it imports another one, for instance by a
name that it computes, the child reports the name and ends, and the program starts again in a
process that has loaded it. Only that process loads it: which modules a program finds depends on
its own text alone.
"""

from __future__ import annotations

import functools
import importlib
import importlib.machinery
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any, NoReturn

# What functions of SymPy import when they are first called (`simplify` imports units).
_CALLED = ("sympy.assumptions.ask", "sympy.assumptions.facts",
           "sympy.assumptions.handlers.calculus", "sympy.assumptions.handlers.common",
           "sympy.assumptions.handlers.matrices",
           "sympy.assumptions.handlers.ntheory", "sympy.assumptions.handlers.order",
           "sympy.assumptions.handlers.sets", "sympy.assumptions.lra_satask",
           "sympy.assumptions.satask", "sympy.assumptions.wrapper", "sympy.codegen.ast",
           "sympy.combinatorics", "sympy.concrete.delta", "sympy.discrete.recurrences",
           "sympy.integrals.heurisch", "sympy.integrals.manualintegrate", "sympy.integrals.risch",
           "sympy.integrals.prde",
           "sympy.logic.algorithms.dpll2", "sympy.logic.algorithms.lra_theory",
           "sympy.matrices.expressions.applyfunc", "sympy.physics.units.util",
           "sympy.polys.dispersion", "sympy.polys.domains.old_fractionfield",
           "sympy.polys.domains.old_polynomialring", "sympy.polys.domains.quotientring",
           "sympy.sets.handlers.add", "sympy.sets.handlers.functions",
           "sympy.sets.handlers.issubset", "sympy.sets.handlers.mul", "sympy.sets.handlers.power",
           "sympy.sets.setexpr")  # fmt: skip

# Loaded before the first program; SymPy brings most of what mathematics needs.
FIRST = ("sympy", "math", "cmath", "fractions", "itertools", "collections", "random", "json",
         "statistics", "decimal", "datetime", "calendar", "time", "heapq", "bisect", "functools",
         "operator", "string", "re", "copy", "typing", "dataclasses", "enum", "textwrap", "pprint",
         "timeit", "array", "queue", "secrets", "hashlib", "base64", "uuid", "csv",
         "sympy.abc", *_CALLED)  # fmt: skip

# What the library process loads besides (see `forkers`).
POPULAR = ("numpy", "numpy.linalg", "numpy.polynomial", "numpy.fft", "numpy.random", "sympy.stats",
           "sympy.vector", "sympy.crypto", "sympy.printing.pycode", "sympy.printing.c",
           "sympy.tensor.array.expressions", "sympy.codegen.abstract_nodes", "scipy",
           "networkx")  # fmt: skip

PACKAGES = frozenset({"sympy", "mpmath", "numpy", "scipy", "networkx", "gmpy2", "flint", "antlr4"})

# What acts on import (prints, opens a window or a browser, asks the shell about the machine).
_ACTING = frozenset({"antigravity", "distutils", "this", "idlelib", "turtle", "turtledemo",
                     "tkinter", "test", "lib2to3", "ensurepip", "venv", "webbrowser", "site",
                     "sitecustomize", "usercustomize", "pip", "__main__"})  # fmt: skip
_ACTING_PARTS = frozenset(
    {"__main__", "distutils", "test", "tests", "conftest", "setup", "idle_test"}
)
_LONGEST_NAME = 200
_MOST_MENTIONED = 32

_IMPORTED = r"([\w.]+(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*[\w.]+(?:[ \t]+as[ \t]+\w+)?)*)"
_STATEMENT = re.compile(rf"^[ \t]*(?:import[ \t]+{_IMPORTED}|from[ \t]+([\w.]+)[ \t]+import)", re.M)

_failed: set[str] = set()  # they are there, and cannot be loaded


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


def mentioned(text: str) -> list[str]:
    """Modules that import statements in `text` name, in order: a guess that only saves time."""
    if "import" not in text:
        return []
    names: dict[str, None] = {}
    for several, single in _STATEMENT.findall(text):
        for part in (several or single).split(","):
            names[part.split()[0]] = None
    return [name for name in names if allowed(name)][:_MOST_MENTIONED]


def can_be_asked(name: str) -> bool:
    """Whether programs may import `name`, and it is not loaded yet."""
    return allowed(name) and name not in sys.modules


def in_library(name: str) -> bool:
    """Whether programs that need `name` run beside the popular libraries."""
    return name.partition(".")[0] in PACKAGES


@functools.lru_cache(4096)
def exists(name: str) -> bool:
    """Whether there is such a module, found out without importing it."""
    return _spec(name) is not None


def _spec(name: str) -> importlib.machinery.ModuleSpec | None:
    package, _, _ = name.rpartition(".")
    path: Sequence[str] | None = None
    if package:
        parent = _spec(package)
        if parent is None or parent.submodule_search_locations is None:
            return None
        path = list(parent.submodule_search_locations)
    for finder in (importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter,
                   importlib.machinery.PathFinder):  # fmt: skip
        try:
            found = finder.find_spec(name, path)
        except (ImportError, OSError, ValueError):
            continue
        if found is not None:
            return found
    return None


def load(name: str) -> bool:
    """Import `name`; a module whose import fails counts as missing.

    Returns:
        Whether that loaded anything.
    """
    if not allowed(name) or name in sys.modules or name in _failed:
        return False
    before = len(sys.modules)
    try:
        importlib.import_module(name)
    except BaseException:  # a library may fail in any way, SystemExit included
        _failed.add(name)
    return len(sys.modules) > before


class Finder:
    """The child's last import hook: asks for modules instead of looking for files.

    Args:
        ask: ends this process; the program begins again where the module is loaded.
        missing: modules that this program has asked for and that are not there.
    """

    def __init__(self, ask: Callable[[str], NoReturn], missing: Iterable[str] = ()) -> None:
        self._ask = ask
        self.missing = set(missing)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Ends this process where `name` could be loaded; else there is no such module."""
        if name in _failed or name in self.missing or "*" in self.missing or not allowed(name):
            return None
        self._ask(name)


def confine_imports(ask: Callable[[str], NoReturn]) -> Finder:
    """Make this process import from memory only, asking for what is not there."""
    keep = (importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter)
    finder = Finder(ask)
    sys.meta_path[:] = [*keep, finder]
    sys.path[:] = []
    return finder


def open_packages() -> None:
    """Let `sympy.stats` name a module of SymPy, whether or not something has imported it.

    In a plain interpreter that depends on what else was imported; here it is always so.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "sympy" and hasattr(module, "__path__"):
            vars(module).setdefault("__getattr__", functools.partial(_submodule, name))


def _submodule(package: str, name: str) -> Any:
    if not name.startswith("_"):
        try:
            return importlib.import_module(f"{package}.{name}")
        except ImportError:
            pass
    raise AttributeError(f"module {package!r} has no attribute {name!r}")
