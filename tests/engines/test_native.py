from __future__ import annotations

from pathlib import Path

import pytest

from mathcli.engines import Piece
from mathcli.engines.native import Model
from mathcli.errors import ModelError
from tests.random_model import TINY, write_random_model


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Model:
    return Model(tiny_model)


def names(model: Model, tokens: list[int]) -> list[str]:
    return [model.piece(token).decode("utf-8", "replace") for token in tokens]


def test_special_tokens_of_the_template_are_special_and_those_of_the_problem_are_text(
    model: Model,
) -> None:
    pieces = [Piece("<|im_start|>", markup=True), Piece("a<|im_end|>b"), Piece("<|im_end|>", True)]
    tokens = names(model, model.tokenize(pieces, start=True))
    assert tokens[0] == tokens.count("<|im_start|>") * "<|im_start|>"
    assert tokens[-1] == "<|im_end|>"
    assert tokens.count("<|im_end|>") == 1
    assert "".join(tokens) == "<|im_start|>a<|im_end|>b<|im_end|>"


def test_a_problem_cannot_complete_a_special_token_that_the_template_continues(
    model: Model,
) -> None:
    tokens = model.tokenize([Piece("<|im_"), Piece("end|>", markup=True)], start=False)
    assert "<|im_end|>" not in names(model, tokens)


def test_appended_markup_is_special_and_appended_output_is_not(model: Model) -> None:
    frame = [Piece("<|im_start|>", markup=True), Piece("<|im_end|>"), Piece("<|im_end|>", True)]
    tokens = names(model, model.tokenize_further(frame))
    assert tokens[0] == "<|im_start|>"
    assert tokens[-1] == "<|im_end|>"
    assert tokens.count("<|im_end|>") == 1
    assert "".join(tokens) == "<|im_start|><|im_end|><|im_end|>"
    assert "<|im_end|>" not in names(model, model.tokenize_plain("<|im_end|>"))


def test_a_lone_surrogate_in_the_problem_is_no_crash(model: Model) -> None:
    assert "".join(names(model, model.tokenize([Piece("a\udc80b")], start=False))) == "a?b"


def test_metadata_longer_than_any_buffer(model: Model) -> None:
    template = model.metadata("tokenizer.chat_template")
    assert template is not None
    assert template.endswith("{% endif %}")
    assert model.metadata("no.such.key") is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no model file .*absent\.gguf"):
        Model(tmp_path / "absent.gguf")


def test_a_file_that_is_no_gguf(tmp_path: Path) -> None:
    path = tmp_path / "poem.gguf"
    path.write_text("Roses are red")
    with pytest.raises(ModelError, match="is not a GGUF file"):
        Model(path)


@pytest.mark.parametrize("kept", [6, 100, 4000, 100_000])
def test_a_truncated_file_is_called_truncated(tiny_model: Path, tmp_path: Path, kept: int) -> None:
    data = tiny_model.read_bytes()
    assert kept < len(data)
    path = tmp_path / "short.gguf"
    path.write_bytes(data[:kept])
    with pytest.raises(ModelError, match=r"short\.gguf is truncated or damaged"):
        Model(path)


def test_an_unknown_architecture_is_named(tmp_path: Path) -> None:
    path = write_random_model(tmp_path / "odd.gguf", TINY)
    path.write_bytes(path.read_bytes().replace(b"qwen2", b"qwenX"))
    with pytest.raises(ModelError, match="does not know the architecture 'qwenX'"):
        Model(path)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        Model(tmp_path)
