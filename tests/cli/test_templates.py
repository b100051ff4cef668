"""A model file whose chat template does harm."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.random_model import TINY, write_random_model

LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (LOOP, "it takes more than"),
        ("{{ 2**(2**38) }}", "a number is too large"),
        ("{{ raise_exception('\x1b]0;owned\x07') }}", r"\x1b]0;owned\x07"),
        ("{{ messages | nowhere }}", "No filter named 'nowhere'."),
    ],
)
def test_it_ends_in_one_line(mathcli: Run, tmp_path: Path, template: str, reason: str) -> None:
    model = write_random_model(tmp_path / "m.gguf", TINY, template=template)
    began = time.perf_counter()
    done = mathcli("solve", "-q", "--model", str(model), "1 + 1", "--timeout", "5")
    assert time.perf_counter() - began < 30  # it took two seconds; the machine may be very busy
    assert (done.code, done.out) == (4, "")
    error = [line for line in done.err.splitlines() if "template" in line]
    assert len(error) == 1
    assert reason in error[0]
    assert "--card" in done.err
    assert "\x1b" not in done.err


def test_a_batch_of_it_ends_at_once(mathcli: Run, tmp_path: Path) -> None:
    model = write_random_model(tmp_path / "m.gguf", TINY, template=LOOP)
    problems = tmp_path / "p.txt"
    problems.write_text("1 + 1\n" * 30)
    began = time.perf_counter()
    done = mathcli("batch", str(problems), "--model", str(model))
    assert time.perf_counter() - began < 30
    assert (done.code, done.out) == (4, "")
    assert done.err.count("chat template fails") == 1


UNREAD = (
    "{% for tool in tools or [] %}{{ tool | tojson }}{% endfor %}"
    "{% for m in messages %}{{ m.content }}"
    "{% for c in m.tool_calls or [] %}<<{{ c.function.arguments | tojson }}>>{% endfor %}"
    "{% endfor %}"
)


def test_calls_that_nobody_reads_are_said(mathcli: Run, tmp_path: Path) -> None:
    model = write_random_model(tmp_path / "m.gguf", TINY, template=UNREAD)
    done = mathcli("solve", "-q", "--model", str(model), "1 + 1", "--max-tokens", "5")
    assert "hint: how this model calls tools is not known" in done.err
    assert done.code in (0, 3)


def test_show_says_what_was_recognized(mathcli: Run, tmp_path: Path) -> None:
    call = "<tool_call>{{ c.function | tojson }}</tool_call>"
    template = UNREAD.replace("<<{{ c.function.arguments | tojson }}>>", call)
    model = write_random_model(tmp_path / "m.gguf", TINY, template=template)
    done = mathcli("models", "show", str(model))
    assert done.code == 0
    assert "calls:       hermes" in done.out
    assert "verified:    read in documents" in done.out
