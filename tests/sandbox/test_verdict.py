"""How a run ended is the kernel's word, whatever the report says."""

from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.sandbox import Limits, wire
from mathcli.sandbox.connection import RunReply
from mathcli.sandbox.verdict import execution

OK = wire.REPORT.pack(wire.OK, 2, wire.ABSENT) + b"42"
RAISED = wire.REPORT.pack(wire.RAISED, wire.ABSENT, 7) + b"E: text"


def ended(status: int = 0, report: bytes = OK, stopped: int = 0, output: bytes = b"") -> tuple:
    answer = RunReply(status, stopped, 0.5, 1000, report, output)
    found = execution("p", answer, Limits(output_bytes=10))
    return found.status, found.stopped_by, found.value, found.error


@pytest.mark.parametrize(
    ("expected", "how"),
    [
        (("ok", None, "42", None), {}),
        (("raised", None, None, "E: text"), {"report": RAISED}),
        (("raised", None, None, "Exception"),
         {"report": wire.REPORT.pack(wire.RAISED, wire.ABSENT, wire.ABSENT)}),
        (("stopped", "time", None, None), {"status": signal.SIGKILL, "stopped": wire.TIME}),
        (("stopped", "memory", None, None), {"status": signal.SIGKILL, "stopped": wire.MEMORY}),
        (("ok", None, "42", None), {"output": b"x" * 10}),
        (("stopped", "output", None, None), {"output": b"x" * 11}),
        (("stopped", "cpu", None, None), {"status": signal.SIGKILL, "stopped": wire.CPU}),
        (("stopped", "output", None, None), {"status": signal.SIGXFSZ}),
        (("stopped", "cpu", None, None), {"status": signal.SIGXCPU}),
        (("stopped", "forbidden", None, None), {"status": signal.SIGSYS}),
        (("stopped", "crash", None, None), {"status": signal.SIGSEGV}),
        (("stopped", "crash", None, None), {"status": signal.SIGSEGV | 0x80}),
        (("stopped", "killed", None, None), {"status": signal.SIGKILL}),
        (("stopped", "killed", None, None), {"status": 50}),
    ],
)  # fmt: skip
def test_each_end_has_its_verdict(expected: tuple, how: dict) -> None:
    assert ended(**how) == expected


@pytest.mark.parametrize("outcome", [wire.UNSAID, wire.BEGUN, wire.NEEDS_MODULE, 77])
def test_an_end_without_a_report_is_no_success(outcome: int) -> None:
    report = wire.REPORT.pack(outcome, 2, wire.ABSENT) + b"42"
    assert ended(report=report)[:3] == ("raised", None, None)


@given(st.binary(max_size=100), st.integers(1, 127), st.sampled_from([0, 1, 2]))
def test_no_report_turns_a_stop_into_anything_else(report: bytes, by: int, why: int) -> None:
    assert ended(status=by, report=report, stopped=why)[0] == "stopped"


@given(st.binary(max_size=100), st.integers(1, 255))
def test_no_report_turns_another_exit_into_success(report: bytes, code: int) -> None:
    assert ended(status=code << 8, report=report)[0] == "raised"


@given(st.binary(max_size=200))
def test_any_report_is_read(report: bytes) -> None:
    wire.unpack_report(report)
