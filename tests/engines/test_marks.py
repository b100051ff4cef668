"""Begin and end tokens of a model, as chat templates are to write them."""

from __future__ import annotations

from pathlib import Path

import gguf
import pytest

from mathcli.engines import Piece
from mathcli.engines.native import Model, with_header
from tests import random_model
from tests.random_model import TINY, add_tokenizer, write_random_model


@pytest.fixture
def adding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model whose tokenizer begins every text with `<|im_start|>`."""

    def add(writer: gguf.GGUFWriter, vocabulary: int) -> None:
        add_tokenizer(writer, vocabulary)
        del writer.kv_data[0]["tokenizer.ggml.add_bos_token"]
        writer.add_add_bos_token(True)

    monkeypatch.setattr(random_model, "add_tokenizer", add)
    return write_random_model(tmp_path / "adding.gguf", TINY)


def test_a_template_writes_the_begin_token_that_nobody_adds(tiny_model: Path) -> None:
    marks = ("tokenizer.bos_token", "tokenizer.eos_token")
    found = with_header(tiny_model, lambda metadata: [metadata(mark) for mark in marks])
    assert found == ["<|im_start|>", "<|im_end|>"]


def test_a_template_does_not_write_the_one_that_the_tokenizer_adds(adding: Path) -> None:
    assert with_header(adding, lambda metadata: metadata("tokenizer.bos_token")) == ""


def test_a_begin_token_is_never_there_twice(adding: Path) -> None:
    model = Model(adding)
    try:
        plain = model.tokenize([Piece("user", markup=True)], start=True)
        spelled = model.tokenize([Piece("<|im_start|>user", markup=True)], start=True)
        asked = model.tokenize([Piece("<|im_start|>user")], start=True)  # a problem's own words
    finally:
        model.close()
    assert spelled == plain
    assert len(asked) == len(plain) + len("<|im_start|>")
