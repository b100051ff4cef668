"""Integrals, sums and limits that mathcli's own reader lacks: read and compared by math-verify.

The library gets only LaTeX with such an operator: in other texts it finds more than they say. Its
grammar builds SymPy objects; it does not run the text.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

from mathcli.answers.terms import Apply, Constant, Number, Symbol, Term
from mathcli.answers.verdict import Comparison, correct, incorrect, undecided

_OPERATORS = re.compile(r"\\(?:i*int|sum|prod|lim)(?![A-Za-z])")
_STATEMENT = re.compile(r"[=<>,;]|\\(?:le|ge|ne|in|text|cup|cap|quad)(?![A-Za-z])")
_BOUNDS = re.compile(r"_\s*(?:\{[^{}]*\}|\S)")
_CLOSE = 1e-9

announce: Callable[[bool], None] | None = None
"""Called before and after a comparison loads the library, which takes long on a slow machine."""
_loading = threading.Lock()
_loaded = False


def preload() -> None:
    """Load the library, and let it parse once, because the first parse is slow as well."""
    global _loaded
    with _loading:
        if not _loaded:
            from math_verify import LatexExtractionConfig, parse

            parse(r"$\int_0^1 x dx$", [LatexExtractionConfig()], parsing_timeout=None)
            _loaded = True


def _load() -> None:
    if _loaded:
        return
    if announce is not None:
        announce(True)
    preload()
    if announce is not None:
        announce(False)


def is_for_library(text: str) -> bool:
    """Whether cleaned `text` is one expression with an operator that the library is asked about."""
    return bool(_OPERATORS.search(text)) and not _STATEMENT.search(_BOUNDS.sub("", text))


def compare_with_library(first: str, second: str) -> Comparison:
    """Compare two expressions in LaTeX, in both orders; only agreement counts.

    Differing numbers are incorrect; whatever else is not found equal is undecided.
    """
    _load()
    from math_verify import verify

    parsed = _parsed(first), _parsed(second)
    if parsed[0] is None or parsed[1] is None:
        return undecided("an expression that could not be read")
    if all(verify(*pair, timeout_seconds=None) for pair in (parsed, parsed[::-1])):
        return correct("equal, as SymPy works them out")
    values = [_number(side) for side in parsed]
    if None not in values and abs(values[0] - values[1]) > _CLOSE * max(map(abs, values)):
        return incorrect("different numbers")
    return undecided("expressions that could not be shown to be equal")


def _parsed(latex: str) -> Any:
    from math_verify import LatexExtractionConfig, parse

    parsed = parse(
        f"${latex}$", [LatexExtractionConfig()], fallback_mode="no_fallback", parsing_timeout=None
    )
    return next((term for term in parsed if not isinstance(term, str)), None)


def _number(term: Any) -> Any:
    try:
        return complex(term.doit().evalf(30))
    except (AttributeError, TypeError, ValueError, ArithmeticError):
        return None


def to_latex(term: Term) -> str | None:
    """An expression in the LaTeX that the library reads, or `None` if it has an operation that
    is seldom written with an integral.
    """
    if isinstance(term, Number):
        return rf"\frac{{{term.value.numerator}}}{{{term.value.denominator}}}"
    if isinstance(term, Symbol):
        return term.name if len(term.name) == 1 else None
    if isinstance(term, Constant):
        return {"pi": r"\pi", "e": "e", "i": "i", "infinity": r"\infty"}.get(term.name)
    if not isinstance(term, Apply):
        return None
    parts = [to_latex(arg) for arg in term.args]
    args = [part for part in parts if part is not None]
    if len(args) < len(parts):
        return None
    if term.op in ("add", "mul"):
        return "(" + {"add": " + ", "mul": r" \cdot "}[term.op].join(args) + ")"
    templates = {"neg": r"(-{0})", "div": r"\frac{{{0}}}{{{1}}}", "pow": "{{{0}}}^{{{1}}}",
                 "sqrt": r"\sqrt{{{0}}}", "exp": "e^{{{0}}}", "ln": r"\ln({0})", "log": r"\ln({0})",
                 "factorial": "({0})!", "root": r"\sqrt[{1}]{{{0}}}"}  # fmt: skip
    if term.op in templates and len(args) <= 2:
        return templates[term.op].format(*args)
    simple = ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")
    return rf"\{term.op}({args[0]})" if term.op in simple else None
