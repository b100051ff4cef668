"""Whether a program works its result out."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.solving.worked_out import works_out

WORKS = [
    "print(2 + 3)",
    "a = 3\nb = 4\nc = a * b\nprint(f'{c} apples')",
    "def solution():\n    x = 3 * 4\n    return x\nprint(solution())",
    "import sympy as sp\nx = sp.symbols('x')\nprint(sp.solve(x**2 - 4, x))",
    "from sympy import *\nx = symbols('x')\nsolve(x - 3, x)",
    "t = 0\nfor i in range(5): t += i\nprint(t)",
    "found = []\nfor i in range(9):\n    if i % 2 == 0: found.append(i)\nprint(found)",
    "2 + 2",
    "a, b = 3, 4\nprint(a, a * b)",
    "print('a' + str(6 * 7))",
    "class A:\n    def f(self): return 3 * 4\nprint(A().f())",
    "print(sum([1, 2]))",
    "if (total := 3 * 4) > 5:\n    print(total)",
]
KNOWS = [
    "print(5)",
    "x = 7\nx",
    "def solution():\n    return 5\nprint(solution())",
    "x = 5\nprint('The answer is ' + str(x))",
    "y = 6 * 7\nprint(42)",
    "print(f'{5}')",
    "for x in [1, 2]: print(x)",
    "x = -5\nprint(x)",
    "from sympy import Rational\nprint(Rational(5, 36))",
    "import math",
    "print(3, 'apples')",
    "a = 5\nif True:\n    print(a)",
    "",
    "x =",
]


@pytest.mark.parametrize("program", WORKS)
def test_a_calculation_on_the_way(program: str) -> None:
    assert works_out(program)


@pytest.mark.parametrize("program", KNOWS)
def test_nothing_but_what_was_known(program: str) -> None:
    assert not works_out(program)


@given(st.text(max_size=200))
def test_any_text_has_a_verdict(text: str) -> None:
    assert works_out(text) in (True, False)


def test_a_deep_program_is_no_proof() -> None:
    assert not works_out("print(" + "(" * 5000)
    assert not works_out("-" * 50_000 + "1")


@given(st.integers(-1000, 1000))
def test_a_number_alone_is_never_worked_out(number: int) -> None:
    assert not works_out(ast.unparse(ast.parse(f"x = {number}\nprint(x)")))
