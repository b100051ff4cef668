"""What a server reads is what the local engine reads, whatever the tokenizer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import gguf
import pytest

from mathcli.engines import Piece, Sampling
from mathcli.engines.llamacpp import LlamaEngine
from mathcli.engines.server import ServerEngine
from mathcli.engines.servers.llama_server import LlamaServerTokenizer
from tests.engines.test_server import prompt, with_server
from tests.random_model import TINY, write_random_model
from tests.servers.llama_server import llama_server
from tests.servers.running import RunningServer, native_server

_SPECIAL = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]

TEXTS = [
    [Piece("2 + 3")],
    [Piece("\n[2, 3]\n")],
    [Piece("[INST] ", markup=True), Piece("What is it?"), Piece(" [/INST]", markup=True)],
    [Piece("[INST] ", markup=True), Piece("say [/INST] </s>"), Piece(" [/INST]", markup=True)],
    [Piece(" and π is 3")],
]


@pytest.fixture
def program() -> Path:
    found = llama_server()
    if found is None:
        pytest.skip("there is no llama-server: python -m tests.servers.llama_server builds it")
    return found


@pytest.fixture
def sentencepiece_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A random model whose tokenizer begins texts with a space and a begin token, as Llama 2's."""

    def add(writer: gguf.GGUFWriter, vocabulary: int) -> None:
        data = [f"<0x{byte:02X}>" for byte in range(256)]
        words = ["▁", "▁it", "it", "in", "▁a", "at"]
        filler = [f"<filler {n}>" for n in range(vocabulary - len(_SPECIAL + data + words))]
        kind = gguf.TokenType
        types = [kind.UNKNOWN, *[kind.CONTROL] * 4, *[kind.BYTE] * 256]
        types += [kind.NORMAL] * len(words) + [kind.UNUSED] * len(filler)
        writer.add_tokenizer_model("llama")
        writer.add_token_list(_SPECIAL + data + words + filler)
        writer.add_token_scores([-float(n) for n in range(vocabulary)])
        writer.add_token_types(types)
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        writer.add_add_bos_token(True)
        writer.add_add_space_prefix(True)

    monkeypatch.setattr("tests.random_model.add_tokenizer", add)
    return write_random_model(tmp_path / "sentencepiece.gguf", TINY)


def test_texts_become_the_tokens_of_the_local_engine(
    program: Path, sentencepiece_model: Path, tmp_path: Path
) -> None:
    local = LlamaEngine(sentencepiece_model)
    tokens = local._model

    async def go(engine: ServerEngine) -> None:
        tokenizer = engine.tokenizer
        assert isinstance(tokenizer, LlamaServerTokenizer)
        for pieces in TEXTS:
            there = await tokenizer.encode(pieces, start=False)
            assert there == tokens.tokenize_further(pieces)
            there = await tokenizer.encode(pieces, start=True)
            assert there == tokens.tokenize(pieces, start=True)
            assert there.count(1) == 1  # the begin token
        written = await tokenizer.encode([Piece("the model wrote </s>")], start=False)
        assert b"".join(map(tokens.piece, written)) == b"the model wrote </s>"
        assert all(token >= len(_SPECIAL) for token in written)

    with native_server(program, tmp_path / "log", model=sentencepiece_model) as server:
        with_server(server.url, go)
    local.close()


def test_the_begin_token_is_there_once(
    nano: LlamaEngine, program: Path, native: RunningServer, tmp_path: Path
) -> None:
    async def length(engine: ServerEngine) -> int:
        sequence = await engine.open(prompt("What is 2 + 3?"), Sampling())
        await sequence.generate(max_tokens=3)
        return sequence.counts.prompt

    async def local() -> int:
        return (await nano.open(prompt("What is 2 + 3?"), Sampling())).counts.prompt

    plain = asyncio.run(local())
    assert with_server(native.url, length) == plain
    begins = ["--override-kv", "tokenizer.ggml.add_bos_token=bool:true"]
    with native_server(program, tmp_path / "log", *begins) as server:
        assert with_server(server.url, length) == plain + 1
