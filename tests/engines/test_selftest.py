"""The self-test, against a library that really crashes (see tests/crasher.py)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mathcli.engines import selftest
from mathcli.engines.rebuilding import rebuild_command
from mathcli.engines.selftest import Build
from mathcli.errors import EngineError
from tests.crasher import FAST_PATH, Crasher


@pytest.fixture
def no_verdicts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "mathcli" / "native-builds.json"


def test_a_good_build_uses_the_fast_path() -> None:
    assert selftest.try_out() == Build(extra_buffers=True)


@pytest.mark.skipif(sys.platform != "linux", reason="preloads a library as Linux does")
@pytest.mark.parametrize(("number", "name"), [(11, "SIGSEGV"), (4, "SIGILL"), (6, "SIGABRT")])
def test_a_crash_of_the_fast_path_leaves_the_safe_one(
    crasher: Crasher, number: int, name: str
) -> None:
    crasher.arm(FAST_PATH, number)
    build = selftest.try_out()
    assert build == Build(extra_buffers=False, crash=name)
    assert build.hint is not None
    assert "\n" not in build.hint
    assert rebuild_command() in build.hint


@pytest.mark.skipif(sys.platform != "linux", reason="preloads a library as Linux does")
def test_a_crash_of_both_paths_is_an_error_that_says_how_to_mend_it(
    crasher: Crasher,
) -> None:
    crasher.arm("ggml_backend_set_abort_callback", 11)
    with pytest.raises(EngineError, match=r"does not work on this machine \(SIGSEGV\)") as caught:
        selftest.try_out()
    assert caught.value.hint is not None
    assert "pip install" in caught.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="preloads a library as Linux does")
def test_a_solve_on_a_crashing_build_answers_with_one_hint(
    crasher: Crasher, no_verdicts: Path
) -> None:
    crasher.arm(FAST_PATH, 11)
    command = [sys.executable, "-m", "mathcli", "solve", "-q", "Solve x^2 - 5x + 6 = 0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "2, 3\n")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("hint: llama.cpp's fast path crashes here (SIGSEGV)")
    assert "Segmentation" not in done.stderr


def test_the_verdict_is_found_out_once(no_verdicts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = selftest.verdict()
    monkeypatch.setattr(selftest, "try_out", lambda: pytest.fail("tried again"))
    assert selftest.verdict() == first
    assert list(json.loads(no_verdicts.read_text())) == [selftest.build_key()]


def test_another_build_or_processor_is_tried_anew(
    no_verdicts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = selftest.build_key()
    monkeypatch.setattr(selftest, "_processor", lambda: "another")
    assert selftest.build_key() != key


@pytest.mark.parametrize("content", ["", "{", "[]", '{"x": 1}', "\x00"])
def test_a_damaged_cache_is_no_error(no_verdicts: Path, content: str) -> None:
    no_verdicts.parent.mkdir(parents=True)
    no_verdicts.write_text(content)
    assert selftest.verdict() == Build(extra_buffers=True)


def test_a_cache_that_cannot_be_written_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert selftest.verdict() == Build(extra_buffers=True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
