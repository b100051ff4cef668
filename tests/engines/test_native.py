from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest

from mathcli.engines import Piece
from mathcli.engines.native import Model
from mathcli.errors import ModelError
from tests.random_model import TINY, add_tokenizer, write_random_model


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


def write_image_encoder(path: Path) -> None:
    writer = gguf.GGUFWriter(str(path), "clip")
    writer.add_type("mmproj")
    writer.add_bool("clip.has_vision_encoder", True)
    _finish(writer)


def write_adapter(path: Path) -> None:
    writer = gguf.GGUFWriter(str(path), "qwen2")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    _finish(writer)


def write_embedding_model(path: Path) -> None:
    write_random_model(path, TINY, causal=False)


def write_tokenizer(path: Path) -> None:
    writer = gguf.GGUFWriter(str(path), "qwen2")
    writer.add_context_length(64)
    writer.add_embedding_length(64)
    writer.add_block_count(1)
    writer.add_feed_forward_length(64)
    writer.add_head_count(4)
    writer.add_layer_norm_rms_eps(1e-6)
    add_tokenizer(writer, 320)
    _finish(writer)


def _finish(writer: gguf.GGUFWriter) -> None:
    writer.add_tensor("some.weight", np.zeros((4, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize(
    ("write", "what"),
    [
        (write_image_encoder, r"it reads images for another model \(mmproj\)"),
        (write_adapter, r"it has no value qwen2\.context_length; is it an adapter\?"),
        (write_embedding_model, r"it turns texts into vectors, or fills gaps in them \(qwen2\)"),
        (write_tokenizer, "it has a tokenizer and no weights"),
    ],
)
def test_a_file_that_is_no_model_that_writes_text_is_refused_for_what_it_is(
    write: Callable[[Path], None], what: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.gguf"
    write(path)
    with pytest.raises(ModelError, match=rf"other\.gguf is not a model that writes text: {what}"):
        Model(path)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        Model(tmp_path)
