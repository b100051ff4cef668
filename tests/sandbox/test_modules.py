"""Which modules programs may import, and how the warm parent gets them."""

from __future__ import annotations

import sys

import pytest

from mathcli.sandbox import modules
from tests.sandbox.pool import Pool


@pytest.mark.parametrize(
    "name", ["sympy", "sympy.physics.units", "numpy.linalg", "math", "os", "scipy.optimize", "csv"]
)
def test_libraries_of_mathematics_are_allowed(name: str) -> None:
    assert modules.allowed(name)


@pytest.mark.parametrize(
    "name",
    ["antigravity", "this", "idlelib.idle", "turtle", "matplotlib", "torch", "mathcli", "pip",
     "json.__main__", "numpy.distutils.cpuinfo", "distutils",
     "sympy.testing.tests", "numpy.conftest", "site", "", ".", "sympy..x",
     "sympy.a b", "../sympy", "sympy." + "a" * 300],
)  # fmt: skip
def test_what_acts_or_is_no_library_is_not(name: str) -> None:
    assert not modules.allowed(name)


def test_loading_says_whether_anything_is_new() -> None:
    modules.load("sympy")
    sys.modules.pop("graphlib", None)
    assert modules.load("graphlib")
    assert not modules.load("graphlib")
    assert not modules.load("sympy.there_is_no_such_module")
    assert not modules.load("matplotlib")


def test_the_finder_asks_only_for_what_there_may_be() -> None:
    asked: list[str] = []

    def ask(name: str) -> None:
        asked.append(name)

    finder = modules.Finder(ask)  # type: ignore[arg-type]
    for name in ("matplotlib", "antigravity", "sympy.there_is_no_such_module", "scipy"):
        finder.find_spec(name)
    assert asked[-1:] == ["scipy"]
    assert "matplotlib" not in asked


@pytest.mark.parametrize(
    ("program", "shown"),
    [
        ("import numpy as np\nprint(np.linalg.det(np.eye(2)), np.random.rand() < 1)", "1.0 True"),
        ("import statistics, fractions, decimal\nprint(statistics.mean([1, 3]))", "2"),
        ("from sympy.physics.units import meter\nprint(meter)", "meter"),
        ("from sympy.stats import Die, E\nprint(E(Die('X', 6)))", "7/2"),
        ("from sympy import *\nx = symbols('x')\nprint(integrate(exp(-x**2), (x, -oo, oo)))",
         "sqrt(pi)"),
        ("from sympy import *\nf = Function('f')\nx = symbols('x')\n"
         "print(dsolve(f(x).diff(x) - f(x)))", "Eq(f(x), C1*exp(x))"),
        ("from sympy import *\nx = symbols('x')\nprint(limit(sin(x) / x, x, 0))", "1"),
        ("from sympy import *\nprint(factorint(360), Matrix([[1, 2], [3, 4]]).det())",
         "{2: 3, 3: 2, 5: 1} -2"),
        ("import sympy as sp\nx = sp.symbols('x')\nprint(sp.lambdify(x, sp.sin(x), 'numpy')(0))",
         "0.0"),
        ("from itertools import *\nprint(len(list(permutations(range(5)))))", "120"),
        ("print(len(str(2**20000)))", "6021"),
        ("try:\n    import matplotlib.pyplot\nexcept ImportError:\n    print('no')", "no"),
        ("import importlib.util\nprint(importlib.util.find_spec('matplotlib'))", "None"),
    ],
)  # fmt: skip
def test_honest_programs_work(pool: Pool, program: str, shown: str) -> None:
    assert pool.run(program).stdout.strip() == shown
