"""Write a checkpoint as GGUF, and check it against PyTorch through llama.cpp.

Commands:
    python export.py write CHECKPOINT.pt TOKENIZER.json OUT.gguf [--type Q8_0] [--weights mean]
                           [--hugging-face FOLDER]
    python export.py check CHECKPOINT.pt TOKENIZER.json FILE.gguf [--weights mean]

``--hugging-face`` also writes the new file's weights as a folder for vLLM and transformers;
``hugging_face.py`` does it with a file that is there.

``check`` compares the log-probabilities of every position of stored questions. The tolerance is
on their mean absolute difference: 0.01 for F32 and F16, 0.05 for Q8_0. The smaller types have
none; they keep the embedding, which is the output matrix too, in Q8_0.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Quant
from hugging_face import write_folder
from model import Nano, Shape
from numpy.typing import NDArray
from problems import generate
from problems.problem import prompt_of
from tokenizer import END, PAD, SPECIAL
from tokenizers import Tokenizer
from torch import Tensor

TOLERANCE = {"F32": 0.01, "F16": 0.01, "Q8_0": 0.05}
FILE_TYPES = {"F32": 0, "F16": 1, "Q8_0": 7, "Q5_0": 8, "Q4_0": 2}
EMBEDDING = {"Q5_0": "Q8_0", "Q4_0": "Q8_0"}
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'user' %}<|user|>\n"
    "{{ message['content'] }}\n{% elif message['role'] == 'assistant' %}<|assistant|>\n"
    "{{ message['content'] }}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
DESCRIPTION = (
    "A very small Llama, trained from scratch on generated problems to write short SymPy programs "
    "for school mathematics. Made by models/nano of mathcli."
)


def load(checkpoint: Path, weights: str) -> Nano:
    """The network of a checkpoint: the trained weights or their running mean."""
    state = torch.load(checkpoint, map_location="cpu")
    model = Nano(Shape(**state["shape"]))
    model.load_state_dict(state[weights])
    return model.eval()


def names(layers: int) -> dict[str, str]:
    """Our parameter names and llama.cpp's."""
    parts = {
        "attention_norm": "attn_norm",
        "query": "attn_q",
        "key": "attn_k",
        "value": "attn_v",
        "output": "attn_output",
        "hidden_norm": "ffn_norm",
        "gate": "ffn_gate",
        "up": "ffn_up",
        "down": "ffn_down",
    }
    table = {"embedding.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}
    for layer in range(layers):
        for ours, theirs in parts.items():
            table[f"blocks.{layer}.{ours}.weight"] = f"blk.{layer}.{theirs}.weight"
    return table


def write(model: Nano, tokenizer: Tokenizer, path: Path, kind: str) -> None:
    """One GGUF file with weights, vocabulary and prompt; replaced only when complete."""
    partial = path.with_suffix(".partial")
    writer = gguf.GGUFWriter(str(partial), "llama")
    _describe(writer, model.shape, kind)
    _vocabulary(writer, tokenizer)
    state = model.state_dict()
    for ours, theirs in names(model.shape.layers).items():
        array = state[ours].float().numpy()
        own = EMBEDDING.get(kind, kind) if ours == "embedding.weight" else kind
        quant = Quant.F32 if array.ndim == 1 else Quant[own]
        data = gguf.quants.quantize(array, quant)
        writer.add_tensor(theirs, data, raw_dtype=quant)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(path)


def _describe(writer: gguf.GGUFWriter, shape: Shape, kind: str) -> None:
    writer.add_name("mathcli nano")
    writer.add_description(DESCRIPTION)
    writer.add_license("mit")
    writer.add_file_type(FILE_TYPES[kind])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(shape.vocabulary)


def _vocabulary(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    described = json.loads(tokenizer.to_str())["model"]
    vocabulary = sorted(described["vocab"], key=described["vocab"].get)
    kinds = [gguf.TokenType.CONTROL if t in SPECIAL else gguf.TokenType.NORMAL for t in vocabulary]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(vocabulary)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in described["merges"]])
    end = tokenizer.token_to_id(END)
    writer.add_eos_token_id(end)
    writer.add_eot_token_id(end)
    writer.add_pad_token_id(tokenizer.token_to_id(PAD))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def check(model: Nano, tokenizer: Tokenizer, path: Path) -> dict[str, float]:
    """How far llama.cpp's log-probabilities of the file are from PyTorch's."""
    from llama_cpp import Llama

    engine = Llama(str(path), n_ctx=512, logits_all=True, verbose=False)
    differences: list[NDArray[np.float32]] = []
    agreed = total = 0
    for seed in range(20):
        family = ["equations", "integrals", "arithmetic", "geometry"][seed % 4]
        text = prompt_of(generate(family, 10**9 + seed).question)
        ids = tokenizer.encode(text).ids
        if ids != engine.tokenize(text.encode(), add_bos=False, special=True):
            raise SystemExit(f"llama.cpp tokenizes differently: {text!r}")
        engine.reset()
        engine.eval(ids)
        theirs = torch.from_numpy(np.array(engine.scores[: len(ids)]))
        ours = _logits(model, ids)
        gap = (ours.log_softmax(-1) - theirs.log_softmax(-1)).abs()
        differences.append(gap.numpy())
        agreed += int((ours.argmax(-1) == theirs.argmax(-1)).sum())
        total += len(ids)
    gaps = np.concatenate([gap.ravel() for gap in differences])
    return {"mean": float(gaps.mean()), "largest": float(gaps.max()), "same choice": agreed / total}


def _logits(model: Nano, ids: list[int]) -> Tensor:
    tokens = torch.tensor([ids])
    with torch.no_grad():
        return model(tokens, torch.zeros_like(tokens))[0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["write", "check"])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("--type", choices=list(FILE_TYPES), default="Q8_0")
    parser.add_argument("--weights", choices=["model", "mean"], default="model")
    parser.add_argument("--hugging-face", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    network = load(arguments.checkpoint, arguments.weights)
    vocabulary = Tokenizer.from_file(str(arguments.tokenizer))
    if arguments.action == "write":
        write(network, vocabulary, arguments.gguf, arguments.type)
        if arguments.hugging_face is not None:
            write_folder(arguments.gguf, arguments.tokenizer, arguments.hugging_face)
    else:
        found = check(network, vocabulary, arguments.gguf)
        print(json.dumps(found))
        if found["mean"] > TOLERANCE.get(arguments.type, math.inf):
            raise SystemExit("the file is further from the checkpoint than the tolerance")
