"""Tiny models with random weights, one of each kind of memory that llama.cpp has.

Their weights are plain floats, so that arithmetic differs little with the size of a batch, and
they write nearly nothing but the letters `a` to `h`: stop strings are met often.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import gguf
import numpy as np

from tests.random_model import add_tokenizer

WIDTH = 32
HEADS = 4
HEAD = WIDTH // HEADS
KV_HEADS = 2
FEED_FORWARD = 48
LAYERS = 4
CONTEXT = 256
VOCABULARY = 262
WINDOW = 12  # tokens that a sliding window sees
LETTERS = range(ord("a"), ord("h") + 1)
END = 257  # the end token, and rarely written

Value = bool | int | float | Sequence[int] | Sequence[bool]


class _Builder:
    """Writes one model, tensor by tensor."""

    def __init__(self, path: Path, architecture: str, seed: int) -> None:
        self.writer = gguf.GGUFWriter(str(path), architecture)
        self.architecture = architecture
        self._random = np.random.default_rng(seed)

    def set(self, **values: Value) -> None:
        """Metadata of the architecture; `__` stands for a dot."""
        for name, value in values.items():
            key = f"{self.architecture}.{name.replace('__', '.')}"
            if isinstance(value, bool):
                self.writer.add_bool(key, value)
            elif isinstance(value, int):
                self.writer.add_uint32(key, value)
            elif isinstance(value, float):
                self.writer.add_float32(key, value)
            else:
                self.writer.add_array(key, list(value))

    def weights(self, name: str, *shape: int, gain: float = 1.0) -> None:
        """Normal weights that keep the size of what they multiply, times `gain`."""
        data = self._random.standard_normal(shape, np.float32) * (gain / np.sqrt(shape[-1]))
        self.writer.add_tensor(name, data.astype(np.float32))

    def between(self, name: str, low: float, high: float, *shape: int) -> None:
        data = self._random.uniform(low, high, shape)
        self.writer.add_tensor(name, data.astype(np.float32))

    def output(self) -> None:
        """An output layer that is sure of itself, and of a few letters only."""
        data = self._random.standard_normal((VOCABULARY, WIDTH), np.float32) * np.float32(0.01)
        for token, gain in [*((letter, 1.0) for letter in LETTERS), (END, 0.5)]:
            data[token] = gain * self._random.standard_normal(WIDTH, np.float32)
        self.writer.add_tensor("output.weight", data)

    def attention(self, at: str, *, bias: bool = False, query: int = WIDTH) -> None:
        kv = KV_HEADS * HEAD
        for part, size in (("q", query), ("k", kv), ("v", kv)):
            self.weights(f"{at}attn_{part}.weight", size, WIDTH, gain=1.5)
            if bias:
                self.between(f"{at}attn_{part}.bias", -0.1, 0.1, size)
        self.weights(at + "attn_output.weight", WIDTH, WIDTH, gain=1.5)

    def norms(self, at: str, *names: str, size: int = WIDTH) -> None:
        for name in names:
            self.between(f"{at}{name}.weight", 0.8, 1.2, size)

    def feed_forward(self, at: str) -> None:
        self.weights(at + "ffn_gate.weight", FEED_FORWARD, WIDTH)
        self.weights(at + "ffn_up.weight", FEED_FORWARD, WIDTH)
        self.weights(at + "ffn_down.weight", WIDTH, FEED_FORWARD)

    def mamba2(self, at: str, *, states: int = 16, heads: int = 4) -> None:
        """A Mamba-2 mixer with one group."""
        inner = 2 * WIDTH
        self.weights(at + "ssm_in.weight", 2 * inner + 2 * states + heads, WIDTH)
        self.weights(at + "ssm_conv1d.weight", inner + 2 * states, 4)
        self.between(at + "ssm_conv1d.bias", -0.1, 0.1, inner + 2 * states)
        self.between(at + "ssm_dt.bias", -2.0, 0.0, heads)
        self.between(at + "ssm_a", -0.3, -0.02, heads, 1)
        self.between(at + "ssm_d", 0.5, 1.0, heads, 1)
        self.between(at + "ssm_norm.weight", 0.8, 1.2, 1, inner)
        self.weights(at + "ssm_out.weight", WIDTH, inner, gain=2.0)


def _llama(b: _Builder) -> None:
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm", "ffn_norm")
        b.attention(at)
        b.feed_forward(at)


def _qwen2(b: _Builder) -> None:
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm", "ffn_norm")
        b.attention(at, bias=True)
        b.feed_forward(at)


def _gemma3(b: _Builder) -> None:
    b.set(attention__sliding_window=WINDOW, attention__sliding_window_pattern=2)
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
        b.norms(at, "attn_q_norm", "attn_k_norm", size=HEAD)
        b.attention(at)
        b.feed_forward(at)


def _gemma4(b: _Builder) -> None:
    pattern = [layer % 2 == 0 for layer in range(LAYERS)]
    b.set(
        attention__sliding_window=WINDOW, attention__sliding_window_pattern=pattern,
        attention__key_length_swa=HEAD, attention__value_length_swa=HEAD,
        attention__shared_kv_layers=2, embedding_length_per_layer_input=0,
        rope__dimension_count_swa=HEAD,
    )  # fmt: skip
    b.between("rope_freqs.weight", 1.0, 1.0, HEAD // 2)
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
        b.norms(at, "attn_q_norm", "attn_k_norm", size=HEAD)
        b.attention(at)
        b.feed_forward(at)


def _gpt_oss(b: _Builder) -> None:
    experts = 4
    b.set(
        attention__sliding_window=WINDOW, expert_count=experts, expert_used_count=2,
        expert_feed_forward_length=FEED_FORWARD,
    )  # fmt: skip
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm", "post_attention_norm")
        b.attention(at, bias=True)
        b.between(at + "attn_output.bias", -0.1, 0.1, WIDTH)
        b.between(at + "attn_sinks.weight", -1.0, 1.0, HEADS)
        b.weights(at + "ffn_gate_inp.weight", experts, WIDTH)
        b.between(at + "ffn_gate_inp.bias", -0.1, 0.1, experts)
        for part, out, into in (
            ("gate", FEED_FORWARD, WIDTH), ("up", FEED_FORWARD, WIDTH),
            ("down", WIDTH, FEED_FORWARD),
        ):  # fmt: skip
            b.weights(f"{at}ffn_{part}_exps.weight", experts, out, into)
            b.between(f"{at}ffn_{part}_exps.bias", -0.1, 0.1, experts, out)


def _lfm2(b: _Builder) -> None:
    b.set(shortconv__l_cache=3)
    for layer, kv in enumerate(_HYBRID):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm", "ffn_norm")
        b.feed_forward(at)
        if kv:
            b.norms(at, "attn_q_norm", "attn_k_norm", size=HEAD)
            b.attention(at)
        else:
            b.weights(at + "shortconv.conv.weight", WIDTH, 3)
            b.weights(at + "shortconv.in_proj.weight", 3 * WIDTH, WIDTH, gain=1.5)
            b.weights(at + "shortconv.out_proj.weight", WIDTH, WIDTH, gain=1.5)


def _lfm2_window(b: _Builder) -> None:
    b.set(attention__sliding_window=WINDOW)
    _lfm2(b)


def _qwen35(b: _Builder) -> None:
    head, keys, values = 16, 2, 4  # of the gated delta net
    b.set(
        full_attention_interval=2, rope__dimension_sections=[2, 1, 1, 0], ssm__conv_kernel=4,
        ssm__inner_size=head * values, ssm__state_size=head, ssm__time_step_rank=values,
        ssm__group_count=keys,
    )  # fmt: skip
    mixed = head * (2 * keys + values)
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm", "post_attention_norm")
        b.feed_forward(at)
        if layer % 2:
            b.norms(at, "attn_q_norm", "attn_k_norm", size=HEAD)
            b.attention(at, query=2 * WIDTH)
        else:
            b.weights(at + "attn_qkv.weight", mixed, WIDTH)
            b.weights(at + "attn_gate.weight", head * values, WIDTH)
            b.weights(at + "ssm_conv1d.weight", mixed, 4)
            b.between(at + "ssm_dt.bias", -1.0, 1.0, values)
            b.between(at + "ssm_a", -0.3, -0.02, values)
            b.weights(at + "ssm_beta.weight", values, WIDTH)
            b.weights(at + "ssm_alpha.weight", values, WIDTH)
            b.norms(at, "ssm_norm", size=head)
            b.weights(at + "ssm_out.weight", WIDTH, head * values, gain=1.5)


def _granite_hybrid(b: _Builder) -> None:
    _set_mamba2(b)
    for layer, kv in enumerate(_HYBRID):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm", "ffn_norm")
        b.feed_forward(at)
        if kv:
            b.attention(at)
        else:
            b.mamba2(at)


def _falcon_h1(b: _Builder) -> None:
    """Attention and a Mamba-2 mixer side by side in every layer."""
    _set_mamba2(b)
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm")
        b.between(at + "ffn_norm", 0.8, 1.2, WIDTH)  # the only name without `.weight`
        b.attention(at)
        b.mamba2(at)
        b.feed_forward(at)


def _nemotron_h(b: _Builder) -> None:
    """Mamba-2, feed-forward, attention and Mamba-2, a layer each."""
    _set_mamba2(b)
    b.set(attention__layer_norm_epsilon=1e-6)
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm")
        if layer == 1:
            b.weights(at + "ffn_up.weight", FEED_FORWARD, WIDTH)
            b.weights(at + "ffn_down.weight", WIDTH, FEED_FORWARD)
        elif layer == 2:
            b.attention(at)
        else:
            b.mamba2(at)


def _mamba(b: _Builder) -> None:
    inner, states, rank = 2 * WIDTH, 8, 4
    b.set(
        ssm__conv_kernel=4, ssm__inner_size=inner, ssm__state_size=states, ssm__time_step_rank=rank
    )
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        b.norms(at, "attn_norm")
        b.weights(at + "ssm_in.weight", 2 * inner, WIDTH)
        b.weights(at + "ssm_conv1d.weight", inner, 4)
        b.between(at + "ssm_conv1d.bias", -0.1, 0.1, inner)
        b.weights(at + "ssm_x.weight", rank + 2 * states, inner)
        b.weights(at + "ssm_dt.weight", inner, rank)
        b.between(at + "ssm_dt.bias", -1.0, 1.0, inner)
        b.between(at + "ssm_a", -0.3, -0.02, inner, states)
        b.between(at + "ssm_d", 0.5, 1.0, inner)
        b.weights(at + "ssm_out.weight", WIDTH, inner, gain=2.0)


def _mamba2(b: _Builder) -> None:
    _set_mamba2(b)
    for layer in range(LAYERS):
        b.norms(f"blk.{layer}.", "attn_norm")
        b.mamba2(f"blk.{layer}.")


def _set_mamba2(b: _Builder) -> None:
    b.set(
        ssm__conv_kernel=4, ssm__inner_size=2 * WIDTH, ssm__state_size=16,
        ssm__time_step_rank=4, ssm__group_count=1,
    )  # fmt: skip


_HYBRID = [0, 0, KV_HEADS, 0]  # key and value heads of each layer: none in a recurrent one

# By architecture (and what is special): how its layers are written, and the layers' key and value
# heads.
_KINDS: dict[str, tuple[Callable[[_Builder], None], int | list[int]]] = {
    "llama": (_llama, KV_HEADS),
    "qwen2": (_qwen2, KV_HEADS),
    "gemma3": (_gemma3, KV_HEADS),
    "gemma4": (_gemma4, KV_HEADS),
    "gpt-oss": (_gpt_oss, KV_HEADS),
    "lfm2": (_lfm2, _HYBRID),
    "lfm2 window": (_lfm2_window, _HYBRID),
    "qwen35": (_qwen35, KV_HEADS),
    "granitehybrid": (_granite_hybrid, _HYBRID),
    "falcon-h1": (_falcon_h1, KV_HEADS),
    "nemotron_h": (_nemotron_h, _HYBRID),
    "mamba": (_mamba, 0),
    "mamba2": (_mamba2, 0),
}

ATTENTION = ("llama", "qwen2")
SLIDING = ("gemma3", "gemma4", "gpt-oss")
HYBRID = ("lfm2", "qwen35", "granitehybrid", "falcon-h1", "nemotron_h")
WINDOWED_HYBRID = ("lfm2 window",)
RECURRENT = ("mamba", "mamba2")


def write_family_model(path: Path, kind: str, *, seed: int = 0) -> Path:
    """Write a tiny model of a kind, one of those above."""
    layers, kv_heads = _KINDS[kind]
    architecture = kind.split()[0]
    b = _Builder(path, architecture, seed)
    b.writer.add_name(f"random {architecture}")
    feed_forward: int | list[int] = FEED_FORWARD
    if architecture == "nemotron_h":
        feed_forward = [0, FEED_FORWARD, 0, 0]
    b.set(
        context_length=CONTEXT, embedding_length=WIDTH, block_count=LAYERS,
        feed_forward_length=feed_forward, attention__head_count=HEADS if kv_heads else 0,
        attention__head_count_kv=kv_heads, attention__layer_norm_rms_epsilon=1e-6,
        rope__freq_base=10000.0,
    )  # fmt: skip
    if kv_heads:
        b.set(attention__key_length=HEAD, attention__value_length=HEAD, rope__dimension_count=HEAD)
    b.weights("token_embd.weight", VOCABULARY, WIDTH, gain=4.0)
    layers(b)
    add_tokenizer(b.writer, VOCABULARY)
    final = "token_embd_norm" if architecture == "lfm2" else "output_norm"
    b.norms("", final)
    b.output()
    b.writer.write_header_to_file()
    b.writer.write_kv_data_to_file()
    b.writer.write_tensors_to_file()
    b.writer.close()
    return path
