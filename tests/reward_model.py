"""Makes a process reward model whose verdicts can be worked out by hand.

It is a real model to llama.cpp: one layer whose attention looks at all earlier bytes alike. `=`
speaks for a solution and `?` against it, each by its share of all that was read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

from mathcli.engines import Piece
from tests.random_model import add_tokenizer

GOOD, BAD = b"=", b"?"
NAME = "Llama3.1-8B-PRM-Deepseek-Data"  # so that the card rlhflow-prm is found
WIDTH = 64
_STRENGTH = 1.0  # of what was read, against the byte that was read last
_SCALE = 0.5  # of the logits
_VOCABULARY = 320


def write_reward_model(
    path: Path, *, name: str = NAME, context: int = 2048, words: Sequence[str] = ()
) -> Path:
    """Write the model; its tokenizer knows all bytes and nothing longer.

    Args:
        words: with these it is one of SentencePiece's kind, which has tokens for words with the
            space before them; the model's verdicts are then not the known ones.
    """
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(WIDTH)
    writer.add_vocab_size(_VOCABULARY)
    if words:
        _add_sentencepiece(writer, words)
    else:
        add_tokenizer(writer, _VOCABULARY)
    square = np.zeros((WIDTH, WIDTH), np.float32)
    ones = np.ones(WIDTH, np.float32)
    marks = square.copy()
    marks[1, 1] = marks[2, 2] = 1.0
    output = np.zeros((_VOCABULARY, WIDTH), np.float32)
    output[ord("+"), 1] = output[ord("-"), 2] = _SCALE
    writer.add_tensor("token_embd.weight", _embedding())
    writer.add_tensor("blk.0.attn_norm.weight", ones)
    writer.add_tensor("blk.0.attn_q.weight", square)  # no question: all answers weigh alike
    writer.add_tensor("blk.0.attn_k.weight", square)
    writer.add_tensor("blk.0.attn_v.weight", marks)
    writer.add_tensor("blk.0.attn_output.weight", marks * np.float32(_STRENGTH))
    writer.add_tensor("blk.0.ffn_norm.weight", ones)
    writer.add_tensor("blk.0.ffn_gate.weight", square)
    writer.add_tensor("blk.0.ffn_up.weight", square)
    writer.add_tensor("blk.0.ffn_down.weight", square)
    writer.add_tensor("output_norm.weight", ones)
    writer.add_tensor("output.weight", output)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_sentencepiece(writer: gguf.GGUFWriter, words: Sequence[str]) -> None:
    """All bytes, and every beginning of `words`, of which a longer one is always preferred."""
    known = ["\u2581" + word[:n] for word in words for n in range(len(word) + 1)]
    letters = [letter for word in words for letter in word]
    pieces = list(dict.fromkeys([*letters, *known]))
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *pieces]
    kinds = [gguf.TokenType.UNKNOWN] + [gguf.TokenType.CONTROL] * 2 + [gguf.TokenType.BYTE] * 256
    spare = _VOCABULARY - len(tokens)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens + [f"<spare {index}>" for index in range(spare)])
    writer.add_token_scores([0.0] * 259 + [float(len(p)) for p in pieces] + [-1e9] * spare)
    usual = [gguf.TokenType.NORMAL] * len(pieces)
    writer.add_token_types(kinds + usual + [gguf.TokenType.UNUSED] * spare)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_space_prefix(True)


def verdict(text: str) -> float:
    """What the model thinks of a text that it has read: the probability of `+` against `-`."""
    seen = _embedding()[list(text.encode())].astype(np.float64)
    read = np.mean([_normal(row) for row in seen], axis=0)
    state = seen[-1].copy()
    state[1:3] += _STRENGTH * read[1:3]
    logits = _SCALE * _normal(state)[1:3]
    return 1 / (1 + math.exp(logits[1] - logits[0]))


def text_of(pieces: list[Piece]) -> str:
    """The text of a prompt's pieces."""
    return "".join(piece.text for piece in pieces)


def _embedding() -> npt.NDArray[np.float32]:
    """A constant for every byte, and a mark on the good and the bad one."""
    table = np.zeros((_VOCABULARY, WIDTH), np.float32)
    table[:, 0] = 1.0
    table[GOOD[0], 1] = table[BAD[0], 2] = 1.0
    return table


def _normal(row: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(row / math.sqrt(np.mean(row**2) + 1e-6))
