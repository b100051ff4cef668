"""Write a GGUF file of this recipe in Hugging Face's form: what vLLM and transformers read.

Command:
    python hugging_face.py FILE.gguf TOKENIZER.json FOLDER

The folder gets `model.safetensors`, `config.json`, `generation_config.json`, `tokenizer.json` and
`tokenizer_config.json`. Weights are float32, and exactly those that llama.cpp computes with: a
quantized file is not made more exact. It takes NumPy and gguf, no PyTorch.
"""

from __future__ import annotations

import argparse
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

OUTER = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}
INNER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def write_folder(file: Path, tokenizer: Path, folder: Path) -> None:
    """The model in `file` as a folder; `tokenizer` is the one that it was trained with."""
    reader = gguf.GGUFReader(file)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    for name, content in described(reader).items():
        text = json.dumps(content, indent=2, ensure_ascii=False)
        (folder / name).write_text(f"{text}\n", encoding="utf-8")
    write_safetensors(weights(reader), folder / "model.safetensors")


def weights(reader: gguf.GGUFReader) -> dict[str, Array]:
    """Tensors by transformers' names. The output matrix is the embedding, and stands there once."""
    heads = _value(reader, "llama.attention.head_count")
    found: dict[str, Array] = {}
    for tensor in reader.tensors:
        array = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        if ".attn_q." in tensor.name or ".attn_k." in tensor.name:
            array = in_halves(array, heads)
        found[their_name(tensor.name)] = array
    return found


def their_name(ours: str) -> str:
    """Transformers' name of a tensor.

    >>> their_name("blk.3.attn_q.weight"), their_name("output_norm.weight")
    ('model.layers.3.self_attn.q_proj.weight', 'model.norm.weight')
    """
    part, _, kind = ours.rpartition(".")
    if part in OUTER:
        return f"{OUTER[part]}.{kind}"
    _, layer, name = part.split(".")
    return f"model.layers.{layer}.{INNER[name]}.{kind}"


def in_halves(rows: Array, heads: int) -> Array:
    """The rows of a query or key matrix in transformers' order.

    Rotary positions turn pairs of channels: neighbours with llama.cpp, those of the first half
    with those of the second in transformers.

    >>> in_halves(np.arange(8, dtype=np.float32)[:, None], heads=2).ravel().astype(int).tolist()
    [0, 2, 1, 3, 4, 6, 5, 7]
    """
    width = rows.shape[1]
    return np.ascontiguousarray(rows.reshape(heads, -1, 2, width).swapaxes(1, 2).reshape(-1, width))


def write_safetensors(tensors: Mapping[str, Array], path: Path) -> None:
    """Little-endian float32 after a JSON header of names, shapes and places, 8-byte aligned."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, array in tensors.items():
        begin, end = end, end + 4 * array.size
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            out.write(array.astype("<f4").tobytes())
    partial.replace(path)


def described(reader: gguf.GGUFReader) -> dict[str, dict[str, Any]]:
    """The JSON files beside the weights, by name."""
    end = _value(reader, "tokenizer.ggml.eos_token_id")
    pad = _value(reader, "tokenizer.ggml.padding_token_id")
    names = _value(reader, "tokenizer.ggml.tokens")
    context = _value(reader, "llama.context_length")
    epsilon = _value(reader, "llama.attention.layer_norm_rms_epsilon")
    base = float(_value(reader, "llama.rope.freq_base"))
    return {
        "config.json": {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": _value(reader, "llama.vocab_size"),
            "hidden_size": _value(reader, "llama.embedding_length"),
            "intermediate_size": _value(reader, "llama.feed_forward_length"),
            "num_hidden_layers": _value(reader, "llama.block_count"),
            "num_attention_heads": _value(reader, "llama.attention.head_count"),
            "num_key_value_heads": _value(reader, "llama.attention.head_count_kv"),
            "max_position_embeddings": context,
            "rms_norm_eps": float(f"{epsilon:.6g}"),  # a float32 in the file
            "rope_theta": base,  # for transformers before 5
            "rope_parameters": {"rope_type": "default", "rope_theta": base},
            "hidden_act": "silu",
            "attention_bias": False,
            "mlp_bias": False,
            "tie_word_embeddings": True,
            "bos_token_id": None,
            "eos_token_id": end,
            "pad_token_id": pad,
            "dtype": "float32",
        },
        "generation_config.json": {"eos_token_id": end, "pad_token_id": pad, "do_sample": False},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": context,
            "eos_token": names[end],
            "pad_token": names[pad],
            "clean_up_tokenization_spaces": False,
            "chat_template": _value(reader, "tokenizer.chat_template"),
        },
    }


def _value(reader: gguf.GGUFReader, key: str) -> Any:
    return reader.fields[key].contents()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    write_folder(arguments.gguf, arguments.tokenizer, arguments.folder)
