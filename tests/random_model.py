"""Makes GGUF files with random weights: real models to llama.cpp, of any shape, from nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np


@dataclass(frozen=True)
class Shape:
    """Dimensions of a Qwen2-architecture model."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    feed_forward: int
    vocabulary: int
    context: int = 4096


TINY = Shape(
    layers=2, width=64, heads=4, kv_heads=2, feed_forward=128, vocabulary=320, context=2048
)
HALF_BILLION = Shape(24, 896, 14, 2, 4864, 151936)


CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write_random_model(
    path: Path,
    shape: Shape,
    *,
    seed: int = 0,
    name: str = "random",
    template: str = CHATML,
    causal: bool = True,
) -> Path:
    """Write a Q8_0 model of `shape`; its tokenizer knows all bytes and nothing longer.

    One that is not `causal` reads in both directions, as models for embeddings do.
    """
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), "qwen2")
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    add_tokenizer(writer, shape.vocabulary)
    if not causal:
        writer.add_causal_attention(False)
    writer.add_chat_template(template)

    def weights(tensor: str, *dimensions: int, scale: float = 0.02) -> None:
        data = random.standard_normal(dimensions, np.float32) * np.float32(scale)
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(tensor, gguf.quants.quantize(data, kind), raw_dtype=kind)

    def ones(tensor: str, size: int) -> None:
        writer.add_tensor(tensor, np.ones(size, np.float32))

    def zeros(tensor: str, size: int) -> None:
        writer.add_tensor(tensor, np.zeros(size, np.float32))

    kv_width = shape.width * shape.kv_heads // shape.heads
    weights("token_embd.weight", shape.vocabulary, shape.width)
    for layer in range(shape.layers):
        at = f"blk.{layer}."
        ones(at + "attn_norm.weight", shape.width)
        weights(at + "attn_q.weight", shape.width, shape.width)
        weights(at + "attn_k.weight", kv_width, shape.width)
        weights(at + "attn_v.weight", kv_width, shape.width)
        zeros(at + "attn_q.bias", shape.width)
        zeros(at + "attn_k.bias", kv_width)
        zeros(at + "attn_v.bias", kv_width)
        weights(at + "attn_output.weight", shape.width, shape.width)
        ones(at + "ffn_norm.weight", shape.width)
        weights(at + "ffn_gate.weight", shape.feed_forward, shape.width)
        weights(at + "ffn_up.weight", shape.feed_forward, shape.width)
        weights(at + "ffn_down.weight", shape.width, shape.feed_forward)
    ones("output_norm.weight", shape.width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def add_tokenizer(writer: gguf.GGUFWriter, vocabulary: int) -> None:
    """GPT-2's byte alphabet, two special tokens, and filler up to the wanted size."""
    letters = _byte_letters()
    special = ["<|im_start|>", "<|im_end|>"]
    filler = [f"<filler {index}>" for index in range(vocabulary - len(letters) - len(special))]
    control = [gguf.TokenType.CONTROL] * len(special)
    normal = [gguf.TokenType.NORMAL] * len(letters)
    unused = [gguf.TokenType.UNUSED] * len(filler)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(letters + special + filler)
    writer.add_token_types(normal + control + unused)
    writer.add_token_merges([f"{letters[220]} {letters[220]}"])  # an empty list is refused
    writer.add_eos_token_id(len(letters) + 1)
    writer.add_bos_token_id(len(letters))
    writer.add_add_bos_token(False)


def _byte_letters() -> list[str]:
    """The 256 characters that stand for bytes in a byte-level vocabulary, in byte order."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    spare = iter(range(256, 512))
    return [chr(byte if byte in printable else next(spare)) for byte in range(256)]
