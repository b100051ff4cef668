"""The Hugging Face form of the embedded model: read as its format says, it is the same model."""

from __future__ import annotations

import asyncio
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hugging_face import write_folder  # type: ignore[import-not-found]
from numpy.typing import NDArray

from mathcli.engines.base import Piece, Sampling
from mathcli.engines.llamacpp import LlamaEngine
from mathcli.resources import embedded_model

Array = NDArray[np.float32]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, recipe: Path) -> Path:
    made = tmp_path_factory.mktemp("nano") / "hf"
    write_folder(embedded_model(), recipe / "tokenizer.json", made)
    return made


def read_safetensors(path: Path) -> dict[str, Array]:
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    assert length % 8 == 0
    found, end = {}, 0
    for name, about in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        assert about["dtype"] == "F32"
        begin, after = about["data_offsets"]
        assert begin == end  # no holes: readers refuse them
        end = after
        flat = np.frombuffer(data[8 + length + begin : 8 + length + after], "<f4")
        found[name] = flat.reshape(about["shape"])
    assert 8 + length + end == len(data)
    return found


def logits(state: dict[str, Array], config: dict[str, Any], ids: list[int]) -> Array:
    """A Llama as transformers computes it: rotary pairs are the two halves of a head."""
    heads, size = config["num_attention_heads"], config["hidden_size"]
    half, length = size // heads // 2, len(ids)
    turns = config["rope_theta"] ** (-np.arange(half) / half)
    angle = np.arange(length)[:, None] * turns
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]

    def norm(x: Array, name: str) -> Array:
        mean = (x * x).mean(-1, keepdims=True)
        return x / np.sqrt(mean + config["rms_norm_eps"]) * state[f"{name}.weight"]

    def turned(x: Array) -> Array:
        a, b = x[..., :half], x[..., half:]
        return np.concatenate([a * cosine - b * sine, b * cosine + a * sine], -1)

    def split(x: Array) -> Array:
        return x.reshape(length, heads, -1)

    future = np.triu(np.full((length, length), -np.inf), 1)
    stream = state["model.embed_tokens.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        x = norm(stream, f"{at}.input_layernorm")
        q, k, v = (split(x @ state[f"{at}.self_attn.{n}_proj.weight"].T) for n in "qkv")
        scores = np.einsum("qhd,khd->hqk", turned(q), turned(k)) / np.sqrt(2 * half) + future
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        mixed = np.einsum("hqk,khd->qhd", weights, v).reshape(length, size)
        stream = stream + mixed @ state[f"{at}.self_attn.o_proj.weight"].T
        x = norm(stream, f"{at}.post_attention_layernorm")
        gate = x @ state[f"{at}.mlp.gate_proj.weight"].T
        up = x @ state[f"{at}.mlp.up_proj.weight"].T
        stream = stream + gate / (1 + np.exp(-gate)) * up @ state[f"{at}.mlp.down_proj.weight"].T
    return norm(stream, "model.norm") @ state["model.embed_tokens.weight"].T


def test_it_writes_what_llama_cpp_writes(folder: Path, nano: LlamaEngine) -> None:
    state = read_safetensors(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    question = [Piece("<|user|>\nWhat is 17 * 23?\n<|assistant|>\n", markup=True)]

    async def greedy() -> str:
        sequence = await nano.open(question, Sampling())
        try:
            return (await sequence.generate(max_tokens=40)).text
        finally:
            await sequence.close()

    written = asyncio.run(greedy())
    asked = nano.tokenize(question)
    ids = nano.tokenize([*question, Piece(written, markup=True)])
    assert len(ids) > len(asked) + 20
    likeliest = logits(state, config, ids).argmax(-1).tolist()
    assert likeliest[len(asked) - 1 :] == [*ids[len(asked) :], config["eos_token_id"]]


def test_what_stands_beside_the_weights(folder: Path, recipe: Path, nano: LlamaEngine) -> None:
    about = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    assert about["eos_token"] == "<|end|>"
    assert about["chat_template"] == nano.metadata("tokenizer.chat_template")
    assert (folder / "tokenizer.json").read_bytes() == (recipe / "tokenizer.json").read_bytes()
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert config["max_position_embeddings"] == nano.context_length
    names = set(read_safetensors(folder / "model.safetensors"))
    assert len(names) == 2 + 9 * config["num_hidden_layers"]
    assert "lm_head.weight" not in names  # the output matrix is the embedding
