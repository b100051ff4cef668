"""What running means for each family, by the executor itself and by the text it feeds back."""

from __future__ import annotations

from typing import Any

import pytest

from mathcli.errors import UsageError
from mathcli.sandbox import Execution, Limits, Semantics, feedback
from mathcli.sandbox.semantics import harmless
from tests.sandbox.pool import Pool

TORA = Semantics(value="never")
QWEN = Semantics(value="instead")
DEEPSEEK = Semantics(
    earlier="joined", earlier_prints=False, value="never", limit=100, head=50, tail=50,
    error="Runtime errors: {error}",
)  # fmt: skip
NUMINA = Semantics(
    prelude="import math\nimport numpy as np\nimport sympy as sp", value="appended",
    limit=200, head=200, tail=0, marker=" ... (output truncated)",
)  # fmt: skip
NOTEBOOK = Semantics(
    earlier="replayed", value="appended", value_form="repr", limit=1000, head=1000, tail=0,
    error_keeps_output=True, empty="<empty_execution>", stderr=True,
)  # fmt: skip


def seen(pool: Pool, program: str, semantics: Semantics, *earlier: str, **options: Any) -> str:
    return feedback(pool.run(program, earlier=earlier, semantics=semantics, **options), semantics)


@pytest.mark.parametrize(
    ("semantics", "program", "earlier", "expected"),
    [
        (Semantics(), "print(1)\n2 + 2", [], "1"),
        (Semantics(), "x = 2\nx + 2", [], "4"),
        (Semantics(), "print('  a  ')", [], "a"),
        (Semantics(), "x = 1", [], "Done"),
        (Semantics(), "print(1)\n1/0", [], "ZeroDivisionError: division by zero"),
        (Semantics(), "x =", [], "SyntaxError: invalid syntax"),
        (Semantics(), "print('a' * 401)", [], "a" * 200 + "..." + "a" * 200),
        (Semantics(), "print('a' * 400)", [], "a" * 400),
        (Semantics(), "y", ["y = 3"], "NameError: name 'y' is not defined"),
        (TORA, "2 + 2", [], "Done"),
        (QWEN, "print(1)\n2 + 2", [], "4"),
        (QWEN, "print(1)", [], "1"),
        (DEEPSEEK, "print(y)", ["y = 3\nprint('gone')"], "3"),
        (DEEPSEEK, "print('b' * 101)", [], "b" * 50 + "..." + "b" * 50),
        (DEEPSEEK, "1/0", [], "Runtime errors: ZeroDivisionError: division by zero"),
        (NUMINA, "print('a')\nnp.arange(3).sum() + math.floor(2.5)", [], "a\n5"),
        (NUMINA, "print('c' * 201)", [], "c" * 200 + " ... (output truncated)"),
        (NOTEBOOK, "y + 1", ["y = 3\nprint('gone')\n1/0\ny = 4"], "4"),
        (NOTEBOOK, "'text'", [], "'text'"),
        (NOTEBOOK, "y = 1", ["def", "y = 2"], "<empty_execution>"),
        (NOTEBOOK, "print('kept')\n1/0", [], "kept\nZeroDivisionError: division by zero"),
        (NOTEBOOK, "import sys\nprint('to err', file=sys.stderr)", [], "to err"),
    ],
)
def test_what_the_model_sees(
    pool: Pool, semantics: Semantics, program: str, earlier: list[str], expected: str
) -> None:
    assert seen(pool, program, semantics, *earlier) == expected


def test_a_stop_by_time_has_its_own_text(pool: Pool) -> None:
    short = Limits(wall_seconds=0.3)
    assert seen(pool, "while True: pass", Semantics(), limits=short) == "Timeout Error"
    other = Semantics(timeout="too slow")
    assert seen(pool, "print(1)\nwhile True: pass", other, limits=short) == "too slow"
    processor = Limits(wall_seconds=60, cpu_seconds=0.5)
    assert seen(pool, "while True: pass", other, limits=processor) == "too slow"


def test_values_are_those_of_a_fresh_interpreter(pool: Pool) -> None:
    program = "from sympy import *\nx, y = symbols('x y')\nMatrix([[1, 2], [3, 4]]).det() + x"
    assert pool.run(program).value == "x - 2"
    assert pool.run("None").value is None
    assert pool.run("3;").value == "3"


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("import math\nfrom sympy import *\nprint(math.sqrt(4), sqrt(8))", "2.0 2*sqrt(2)"),
        ("E = 3\nfrom sympy import *\nprint(E)", "E"),
        ("from sympy import *\nE = 3\nprint(E)", "3"),
        ("import numpy as E\nfrom sympy import *\nprint(E)", "E"),
        ("from math import sqrt\nfrom sympy import *\nprint(sqrt(8))", "2*sqrt(2)"),
        ("from sympy import *\nfrom math import *\nprint(sqrt(4))", "2.0"),
        ("'doc'\nfrom sympy import *\nprint(__doc__, sqrt(8))", "doc 2*sqrt(2)"),
        ("from sympy import *\n'not a doc'\nprint(__doc__)", "None"),
        ("print('solve' in globals())", "False"),
        ("from sympy import *\nprint('solve' in globals(), __name__)", "True __main__"),
        ("from sympy import *\nimport __main__\nprint(__main__.solve is solve)", "True"),
        ("if True:\n    from sympy import *\nprint(sqrt(8))", "2*sqrt(2)"),
    ],
)
def test_the_prepared_import_changes_nothing(pool: Pool, program: str, expected: str) -> None:
    assert pool.run(program).stdout.strip() == expected


def test_classes_of_the_program_belong_to_main(pool: Pool) -> None:
    program = (
        "from dataclasses import dataclass\nimport pickle\n@dataclass\nclass P:\n    x: int\n"
        "print(pickle.loads(pickle.dumps(P(3))), P.__module__)"
    )
    assert pool.run(program).stdout == "P(x=3) __main__\n"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\rb", "a\\x0db"),
        ("a\r\nb", "a\nb"),
        ("\x9b1m", "\\x9b1m"),
        ("abc\u202ecba", "abc\\u202ecba"),
        ("√ ∞ é 数", "√ ∞ é 数"),
    ],
)
def test_text_is_made_harmless(raw: str, shown: str) -> None:
    assert harmless(raw) == shown


def test_a_stop_names_its_limit() -> None:
    stopped = Execution("", "stopped", "before", None, None, 1.0, 0, "memory", False)
    assert feedback(stopped, Semantics()) == "Error: stopped (memory)"
    kept = Semantics(error_keeps_output=True, stopped="<{limit}>")
    assert feedback(stopped, kept) == "before\n<memory>"


@pytest.mark.parametrize(
    "fields", [{"earlier": "all"}, {"value": "yes"}, {"value_form": "tex"}, {"head": -1}]
)
def test_impossible_semantics_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Semantics(**fields)
