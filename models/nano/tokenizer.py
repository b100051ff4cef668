"""Byte-level BPE with Qwen2's splitting rule: every digit is a token of its own.

Commands:
    python tokenizer.py train DATA_FOLDER TOKENIZER.json
    python tokenizer.py examples TOKENIZER.json EXAMPLES.json

``examples`` stores texts with their tokens, which a test compares with llama.cpp's.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

from problems import FAMILIES, generate
from problems.problem import prompt_of
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 2048
USER, ASSISTANT, END, PAD = "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>"
SPECIAL = [USER, ASSISTANT, END, PAD]
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def untrained() -> Tokenizer:
    """The pipeline without merges."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def texts(folder: Path, limit: int) -> Iterator[str]:
    """Segments of the documents, special tokens taken out."""
    special = re.compile("|".join(re.escape(token) for token in SPECIAL))
    count = 0
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.open(encoding="utf-8"):
            for text, _ in json.loads(line)["segments"]:
                yield from (part for part in special.split(text) if part)
            count += 1
            if count >= limit:
                return


def train(folder: Path, limit: int = 32_000, vocabulary: int = VOCABULARY) -> Tokenizer:
    """Learn the merges from the first documents of a folder."""
    tokenizer = untrained()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts(folder, limit), trainer)
    return tokenizer


def examples(tokenizer: Tokenizer) -> list[dict[str, object]]:
    """Prompts of every family, and texts that are hard on a tokenizer, with their tokens."""
    texts = [
        prompt_of(generate(family, seed).question) for family in FAMILIES for seed in (1, 2, 3)
    ]
    texts += [
        "\n[2, 3]\n```\n",
        "\n\n  x  =  1,234.50\t\n",
        "½ + π ≈ 3.64 — naïve 数学 🙂",
        "I'll say IT'S",
    ]
    texts += ["```python\nfrom sympy import *\nprint(1)\n```\n```output", "x²−√2·∞"]
    return [{"text": text, "tokens": tokenizer.encode(text).ids} for text in texts]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["train", "examples"])
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    if arguments.action == "train":
        train(arguments.source).save(str(arguments.out))
    else:
        stored = examples(Tokenizer.from_file(str(arguments.source)))
        lines = ",\n".join(json.dumps(example) for example in stored)
        arguments.out.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
