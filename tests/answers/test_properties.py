"""What holds for all texts, tried on random LaTeX, random text and random bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mathcli.answers import Comparison, Grader, Verdict, extract_answer
from mathcli.answers.reader import readings, senses

TIMEOUT = 1.0
SLACK = 0.5
BOUNDED = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

PIECES = st.sampled_from(
    str.split(
        r"""\frac{ } { 1 2 0 x y n \sqrt{ \pi ( ) [ ] , ; = < > \le \in \cup \infty - + * / ^ ^{ _
        ! | \{ \} . ... % \% \$ \text{ cm and or sin( \log i e oo Matrix([[ ]]) 1e9 9^ 99999 &
        \\ \pm \cdot \left( \right) : ' \circ \boxed{ no B (B) Interval( {x: \mathbb{R} 1,000
        1/2 0.5 \overline{3} \begin{pmatrix} \end{pmatrix} factorial( 10^{ ≈ ° ² √ \int
        \sum_{k=1}^{9} \lim"""
    )
)
PIECEWISE = st.lists(PIECES, max_size=14).flatmap(
    lambda parts: st.sampled_from(["".join(parts), " ".join(parts)])
)
ATOMS = st.sampled_from(["x", "y", "2", "3", "7", r"\pi", "e", "0.5", "10", "-1"])
BINARY = st.sampled_from([r"\frac{%s}{%s}", "(%s+%s)", "(%s-%s)", r"%s\cdot %s"])
UNARY = st.sampled_from(["{%s}^{2}", r"\sqrt{%s}", r"\sin(%s)", r"\ln(%s)", "-(%s)"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(BINARY, inner, inner).map(lambda parts: parts[0] % parts[1:]),
        st.tuples(UNARY, inner).map(lambda parts: parts[0] % parts[1]),
    ),
    max_leaves=6,
)
BYTES = st.binary(max_size=60).map(lambda data: data.decode("utf-8", "surrogateescape"))
TEXTS = st.one_of(PIECEWISE, EXPRESSIONS, st.text(max_size=40), BYTES)


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(timeout=TIMEOUT) as grader:
        grader.compare(r"\sin 1", r"\cos 1")
        yield grader


def well_formed(found: Comparison) -> Comparison:
    assert isinstance(found.verdict, Verdict)
    assert found.reason
    assert "failed" not in found.reason
    return found


def decided(found: Comparison) -> bool:
    """Whether time had no part in the verdict."""
    return "no result within" not in found.reason


@BOUNDED
@given(TEXTS, TEXTS)
def test_comparing_never_raises_and_is_symmetric(grader: Grader, first: str, second: str) -> None:
    one, other = grader.compare(first, second), grader.compare(second, first)
    well_formed(one)
    if decided(one) and decided(other):
        assert one == other


@BOUNDED
@given(TEXTS)
def test_what_is_read_equals_itself(grader: Grader, text: str) -> None:
    clean = text.encode("utf-8", "replace").decode()
    if readings(clean):
        assert grader.compare(text, text).verdict is Verdict.CORRECT
        assert grader.compare(text, f" {text} ").verdict is Verdict.CORRECT


@BOUNDED
@given(EXPRESSIONS)
def test_a_rewritten_expression_is_never_incorrect(grader: Grader, text: str) -> None:
    for rewritten in (f"{text}+0", f"1\\cdot({text})", f"({text})-5+5", f"\\frac{{{text}}}{{1}}"):
        found = grader.compare(text, rewritten)
        assert found.verdict is not Verdict.INCORRECT or "no value" in found.reason


@BOUNDED
@given(EXPRESSIONS)
def test_another_value_is_never_correct(grader: Grader, text: str) -> None:
    assert grader.compare(text, f"({text})+1").verdict is not Verdict.CORRECT
    assert grader.compare(text, rf"{text}, {text}+1").verdict is not Verdict.CORRECT


@BOUNDED
@given(TEXTS, TEXTS)
def test_a_comparison_ends_in_time(grader: Grader, first: str, second: str) -> None:
    # Processor time of this thread, because a busy machine may hold up the clock, and the better
    # of two, because a collection of garbage may fall into one; what happens in the worker is
    # cut off by waiting no longer than the timeout.
    costs = []
    for _ in range(2):
        senses.cache_clear()
        start = time.thread_time()
        grader.compare(first, second)
        costs.append(time.thread_time() - start)
    assert min(costs) < SLACK


@BOUNDED
@given(TEXTS)
def test_extraction_never_raises(text: str) -> None:
    found = extract_answer(text)
    assert found is None or found.text.strip()
    boxed = extract_answer(rf"{text} so \boxed{{17}}")
    assert boxed is not None
    assert boxed.text.endswith("17")
