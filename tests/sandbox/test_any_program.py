"""Random bytes and random programs: whatever they are, the next program's result is right."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mathcli.sandbox import Limits, Semantics, feedback
from tests.sandbox.pool import Pool

SHORT = Limits(wall_seconds=1.0, cpu_seconds=5.0, memory_bytes=128 * 1024 * 1024)
ENDS = {"ok", "raised", "stopped"}

names = st.sampled_from(
    ["x", "print", "sympy", "os", "sys", "__builtins__", "__import__", "exec", "open", "type",
     "object", "globals()", "gc", "ctypes", "sys.modules", "sys.stdout", "os._exit"]
)  # fmt: skip
values = st.one_of(names, st.integers().map(str), st.text(max_size=5).map(repr), st.just("[]"))
operators = st.sampled_from(["+", "*", "**", "%", "==", "in", "and"])
expressions = st.recursive(
    values,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, operators, inner),
        st.builds("{}({})".format, names, inner),
        st.builds("[{} for x in {}]".format, inner, inner),
        st.builds("(lambda *x: {})()".format, inner),
        st.builds("{}.{}".format, names, st.sampled_from(["__dict__", "__class__", "clear()"])),
    ),
    max_leaves=6,
)
statements = st.one_of(
    expressions,
    st.builds("x = {}".format, expressions),
    st.builds("print({})".format, expressions),
    st.builds("import {}".format, st.sampled_from(["os", "sys", "gc", "ctypes", "nothing"])),
    st.builds("del {}".format, names),
    st.builds("try: {}\nexcept BaseException: pass".format, expressions),
    st.builds("for x in range(3): {}".format, expressions),
    st.builds("while {}: x = 0".format, expressions),
    st.builds("def f(): return {}\nf()".format, expressions),
    st.builds("sys.stdout = {}".format, expressions),
)
programs = st.lists(statements, max_size=6).map("\n".join)

whatever = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check(pool: Pool, program: str) -> None:
    found, honest = pool.run_together([program, "print(6 * 7)"], limits=SHORT)
    assert found.status in ENDS
    assert (found.stopped_by is None) == (found.status != "stopped")
    assert isinstance(feedback(found, Semantics()), str)
    assert honest.stdout == "42\n"
    assert pool.run("print(6 * 8)").stdout == "48\n"


@whatever
@given(st.binary(max_size=200))
def test_any_bytes(pool: Pool, data: bytes) -> None:
    check(pool, data.decode("utf-8", "surrogateescape"))


@whatever
@given(st.text(max_size=200))
def test_any_text(pool: Pool, text: str) -> None:
    check(pool, text)


@whatever
@given(programs)
def test_any_program(pool: Pool, program: str) -> None:
    check(pool, program)


@whatever
@given(st.binary(max_size=100))
def test_any_bytes_on_standard_output(pool: Pool, data: bytes) -> None:
    program = f"import os\nos.write(1, {data!r})\nprint('end')"
    assert pool.run(program).stdout == data.decode("utf-8", "replace") + "end\n"
