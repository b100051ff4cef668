from __future__ import annotations

from pathlib import Path

import pytest

from mathcli.engines.header import layer_lists
from mathcli.resources import embedded_model
from tests.random_family import write_family_model


def test_lists_of_numbers_are_read_with_their_types(tmp_path: Path) -> None:
    lists = layer_lists(write_family_model(tmp_path / "gemma4.gguf", "gemma4"))
    assert lists["gemma4.attention.sliding_window_pattern"] == (True, False, True, False)
    lists = layer_lists(write_family_model(tmp_path / "lfm2.gguf", "lfm2"))
    assert lists == {"lfm2.attention.head_count_kv": (0, 0, 2, 0)}


def test_a_model_without_such_lists_has_none() -> None:
    assert layer_lists(embedded_model()) == {}


@pytest.mark.parametrize("size", [0, 4, 23, 60, 500, 700])
def test_a_damaged_file_gives_what_could_be_read(tmp_path: Path, size: int) -> None:
    whole = write_family_model(tmp_path / "model.gguf", "lfm2")
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(whole.read_bytes()[:size])
    assert set(layer_lists(cut)) <= set(layer_lists(whole))
    assert layer_lists(tmp_path / "none.gguf") == {}


def test_absurd_sizes_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "absurd.gguf"
    file.write_bytes(b"GGUF\x03\0\0\0" + b"\xff" * 40)
    assert layer_lists(file) == {}
