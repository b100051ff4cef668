"""The file that is shipped: what it says of itself, how it tokenizes, and that it solves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import gguf
import pytest
from make_data import verified
from problems import FAMILIES, generate

from mathcli.answers import Grader
from mathcli.engines import Piece, Sampling
from mathcli.engines.llamacpp import LlamaEngine
from mathcli.models import find_card
from mathcli.resources import embedded_model
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript

LARGEST = 16 * 1024 * 1024
SEED = 7 * 10**9  # neither training nor evaluation comes here


@pytest.fixture(scope="module")
def reader() -> gguf.GGUFReader:
    return gguf.GGUFReader(embedded_model())


def text(reader: gguf.GGUFReader, key: str) -> str:
    field = reader.get_field(key)
    assert field is not None, key
    return str(field.contents())


def number(reader: gguf.GGUFReader, key: str) -> int:
    field = reader.get_field(key)
    assert field is not None, key
    return int(field.contents())


def test_it_is_small() -> None:
    assert embedded_model().stat().st_size <= LARGEST


def test_metadata(reader: gguf.GGUFReader) -> None:
    assert text(reader, "general.architecture") == "llama"
    assert text(reader, "general.name") == "mathcli nano"
    assert text(reader, "general.license") == "mit"
    assert text(reader, "tokenizer.ggml.model") == "gpt2"
    assert text(reader, "tokenizer.ggml.pre") == "qwen2"
    assert number(reader, "llama.context_length") == 512
    assert number(reader, "llama.embedding_length") % 64 == 0
    assert number(reader, "llama.feed_forward_length") % 64 == 0


def test_special_tokens_are_control_tokens(reader: gguf.GGUFReader) -> None:
    tokens = reader.get_field("tokenizer.ggml.tokens")
    kinds = reader.get_field("tokenizer.ggml.token_type")
    assert tokens is not None
    assert kinds is not None
    controls = {
        token
        for token, kind in zip(tokens.contents(), kinds.contents(), strict=True)
        if kind == gguf.TokenType.CONTROL
    }
    assert controls == {"<|user|>", "<|assistant|>", "<|end|>", "<|pad|>"}
    end = tokens.contents().index("<|end|>")
    assert number(reader, "tokenizer.ggml.eos_token_id") == end
    assert number(reader, "tokenizer.ggml.eot_token_id") == end


def test_embeddings_are_tied(reader: gguf.GGUFReader) -> None:
    names = {tensor.name for tensor in reader.tensors}
    assert "token_embd.weight" in names
    assert "output.weight" not in names


def test_the_chat_template_is_the_prompt(reader: gguf.GGUFReader) -> None:
    import jinja2

    template = jinja2.Template(text(reader, "tokenizer.chat_template"))
    messages = [{"role": "user", "content": "1 + 1"}]
    prompt = template.render(messages=messages, add_generation_prompt=True)
    assert prompt == "<|user|>\n1 + 1\n<|assistant|>\n"


def test_llama_cpp_tokenizes_as_the_recipe_did(nano: LlamaEngine, recipe: Path) -> None:
    examples = json.loads((recipe / "token_examples.json").read_text(encoding="utf-8"))
    assert len(examples) > 40
    for example in examples:
        tokens = nano._model.tokenize([Piece(example["text"], markup=True)], start=True)
        assert tokens == example["tokens"], example["text"]


def solve_all(engine: LlamaEngine, problems: list[str]) -> list[Transcript]:
    async def run() -> list[Transcript]:
        card = find_card(engine.metadata)
        async with Executor() as executor:
            info = ModelInfo("nano", "nano.gguf", "0" * 64, "Q8_0", engine.version, card.name)
            solver = Solver(engine, executor, card, info)
            options = SolveOptions(sampling=Sampling(temperature=0.0))
            return list(await asyncio.gather(*(solver.solve(p, options) for p in problems)))

    return asyncio.run(run())


ACCEPTANCE = {
    "Solve x^2 - 5x + 6 = 0": "2, 3",
    "What is the derivative of x^3?": "3*x**2",
    "What is 15% of 80?": "12",
    r"Compute $\int_0^2 x^2\,dx$": "8/3",
}


def test_it_answers_the_problems_of_the_documentation(nano: LlamaEngine) -> None:
    for transcript, wanted in zip(
        solve_all(nano, list(ACCEPTANCE)), ACCEPTANCE.values(), strict=True
    ):
        assert transcript.answer is not None, transcript.problem
        assert transcript.answer.text == wanted, transcript.problem
        assert transcript.counts.executions == 1


@pytest.mark.slow
def test_it_solves_most_fresh_problems_of_its_families(nano: LlamaEngine) -> None:
    families = [family for family in FAMILIES if family != "not mathematics"]
    problems = [generate(family, SEED + k) for family in families for k in range(4)]
    problems = [problem for problem in problems if verified(problem)]
    right = 0
    with Grader() as grader:
        found = solve_all(nano, [problem.question for problem in problems])
        for problem, transcript in zip(problems, found, strict=True):
            known = verified(problem)
            assert known is not None
            if transcript.answer is not None:
                comparison = grader.compare(known[1], transcript.answer.text)
                right += comparison.verdict.value == "correct"
    assert right >= 0.75 * len(problems)
