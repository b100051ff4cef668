"""Lines that are wrapped between words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.wrapping import columns, wrapped


@given(st.text(alphabet="ab -\n", max_size=200), st.integers(5, 40))
def test_words_stay_whole_and_in_order(text: str, width: int) -> None:
    shown = wrapped(text, width)
    assert shown.split() == text.split()
    for line in shown.split("\n"):
        assert len(line) <= width or len(line.split()) <= 1


def test_a_command_to_copy_stays_one_line() -> None:
    command = 'CMAKE_ARGS="-DGGML_CUDA=on" pip install --no-binary llama-cpp-python'
    assert wrapped(f"  next: for the GPU here: {command}", 20) == (
        f"  next: for the GPU\n    here:\n    {command}"
    )


def test_the_width_is_what_columns_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert columns() == 40
    for nonsense in ("", "0", "-3", "wide", "²"):
        monkeypatch.setenv("COLUMNS", nonsense)
        assert columns() > 0
