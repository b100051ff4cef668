"""Sequences on two real servers: what the local engine does with the same file, they do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mathcli.engines import Completion, Counts, Engine, Piece, Sampling
from mathcli.engines.llamacpp import LlamaEngine
from mathcli.engines.server import ServerEngine, ServerOptions
from mathcli.engines.servers import Served
from mathcli.errors import ContextFull, EngineError, ModelError, UsageError
from mathcli.models import card_named
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver
from tests.servers.fresh import fresh_problems
from tests.servers.llama_server import llama_server
from tests.servers.running import RunningServer, native_server

START = 256  # <|im_start|> in the tiny model
PROBLEM = "Solve x^2 - 5x + 6 = 0"


def prompt(problem: str) -> list[Piece]:
    return [
        Piece("<|user|>\n", markup=True),
        Piece(problem),
        Piece("\n<|assistant|>\nLet's write a program.\n", markup=True),
    ]


@asynccontextmanager
async def connected(url: str, **options: Any) -> AsyncIterator[ServerEngine]:
    engine = await ServerEngine.connect(ServerOptions(url, **options))
    try:
        yield engine
    finally:
        await engine.aclose()


def with_server(url: str, work: Callable[[ServerEngine], Awaitable[Any]], **options: Any) -> Any:
    async def go() -> Any:
        async with connected(url, **options) as engine:
            return await work(engine)

    return asyncio.run(go())


async def write(engine: Engine, problem: str = PROBLEM, **options: Any) -> Completion:
    sequence = await engine.open(prompt(problem), Sampling())
    options = {"max_tokens": 80} | options
    completion = await sequence.generate(**options)
    await sequence.close()
    return completion


async def solve_all(engine: Engine, problems: list[str], width: int) -> list[tuple[str, str]]:
    """The answer and the whole text of each solution."""
    turns = asyncio.Semaphore(width)
    info = ModelInfo("nano", "nano.gguf", "", "Q8_0", "test", "nano")
    async with Executor() as executor:
        solver = Solver(engine, executor, card_named("nano"), info)

        async def solve(problem: str) -> tuple[str, str]:
            async with turns:
                found = await solver.solve(problem, SolveOptions(sampling=Sampling()))
            text = "".join(segment.text for segment in found.segments)
            return (found.answer.text if found.answer else "", text)

        return list(await asyncio.gather(*(solve(problem) for problem in problems)))


@pytest.mark.slow
def test_fifty_fresh_problems_get_the_local_engines_answers(
    nano: LlamaEngine, server_url: str
) -> None:
    """One text at a time on both sides: in a batch the library's sums differ in the last bits."""
    problems = fresh_problems(50)
    here = asyncio.run(solve_all(nano, problems, width=1))
    there = with_server(server_url, lambda engine: solve_all(engine, problems, width=1))
    assert [answer for answer, _ in there] == [answer for answer, _ in here]
    assert [text for _, text in there] == [text for _, text in here]
    assert sum(1 for answer, _ in here if answer) >= 40


def test_a_stop_string_ends_the_text_and_stays_or_goes_as_asked(server_url: str) -> None:
    async def go(engine: ServerEngine) -> None:
        kept = await write(engine, stop=["no such", "```output"])
        cut = await write(engine, stop=["```output"], keep_stop=False)
        assert kept.finish == cut.finish == "stop"
        assert kept.stop == cut.stop == "```output"
        assert kept.text == cut.text + "```output"

    with_server(server_url, go)


@pytest.mark.parametrize("stop", ["ymb", "rint(so", "*x +", "\n"])
def test_a_stop_string_inside_tokens_is_found_where_the_local_engine_finds_it(
    nano: LlamaEngine, server_url: str, stop: str
) -> None:
    here = asyncio.run(write(nano, stop=[stop]))
    there = with_server(server_url, lambda engine: write(engine, stop=[stop]))
    assert (there.text, there.finish, there.stop) == (here.text, here.finish, here.stop)


def test_streamed_text_is_the_text(server_url: str) -> None:
    parts: list[str] = []
    completion = with_server(
        server_url, lambda engine: write(engine, stop=["```output"], on_text=parts.append)
    )
    assert "".join(parts) == completion.text
    assert len(parts) > 5
    assert 0 < completion.first_token_ms <= completion.milliseconds


def test_it_goes_on_after_appended_text_as_the_local_engine_does(
    nano: LlamaEngine, server_url: str
) -> None:
    async def go(engine: Engine) -> tuple[str, Completion]:
        sequence = await engine.open(prompt(PROBLEM), Sampling())
        await sequence.generate(max_tokens=80, stop=["```output"])
        await sequence.append("\n[2, 3]\n```\n")
        completion = await sequence.generate(max_tokens=80)
        return sequence.text, completion

    here, there = asyncio.run(go(nano)), with_server(server_url, go)
    assert there[0] == here[0]
    assert there[1].finish == "eos"
    assert there[1].tokens == here[1].tokens


def test_tokens_run_out_where_asked(nano: LlamaEngine, server_url: str) -> None:
    here = asyncio.run(write(nano, max_tokens=7))
    there = with_server(server_url, lambda engine: write(engine, max_tokens=7))
    assert (there.text, there.finish, there.tokens) == (here.text, "max_tokens", 7)


def test_counts_are_the_local_engines(nano: LlamaEngine, server_url: str) -> None:
    async def go(engine: Engine) -> Counts:
        sequence = await engine.open(prompt(PROBLEM), Sampling())
        await sequence.generate(max_tokens=80, stop=["```output"])
        await sequence.append("\n[2, 3]\n```\n")
        return sequence.counts

    here, there = asyncio.run(go(nano)), with_server(server_url, go)
    assert (there.prompt, there.generated, there.length) == (
        here.prompt,
        here.generated,
        here.length,
    )


def test_a_server_that_tells_what_it_evaluated_is_believed(native: RunningServer) -> None:
    problem = "What is 812 + 99 + 4?"  # asked nowhere else, so that nothing of it is cached

    async def go(engine: ServerEngine) -> tuple[Counts, Counts]:
        first = await engine.open(prompt(problem), Sampling())
        await first.generate(max_tokens=80, stop=["```output"])
        again = await engine.open(prompt(problem), Sampling())
        await again.generate(max_tokens=80, stop=["```output"])
        return first.counts, again.counts

    first, again = with_server(native.url, go, concurrency=1)
    assert again.evaluated < first.evaluated <= first.length


def test_forks_go_on_from_there_and_draw_on_their_own(server_url: str) -> None:
    async def go(engine: ServerEngine) -> None:
        root = await engine.open(prompt("What is 17 + 26?"), Sampling(temperature=1.3, seed=5))
        await root.generate(max_tokens=4)
        children = await root.fork(6)
        for child in children:
            await child.generate(max_tokens=30)
        texts = [child.text for child in children]
        assert all(text.startswith(root.text) for text in texts)
        assert len(set(texts)) > 1
        assert root.counts.length < children[0].counts.length
        (again,) = await root.fork(1, seed=7)
        await again.generate(max_tokens=30)
        assert again.text == texts[2]  # seed 5 + 2

    with_server(server_url, go)


def test_scores_are_the_local_engines(nano: LlamaEngine, server_url: str) -> None:
    async def go(engine: Engine) -> list[float]:
        sequence = await engine.open(prompt("What is 2 + 3?"), Sampling())
        with pytest.raises(ValueError, match="not one"):
            await sequence.score(["certainly not a single token"])
        return await sequence.score(["Add", "Calculate"])

    here, there = asyncio.run(go(nano)), with_server(server_url, go)
    # A prompt evaluated in other batches differs by some hundredths in a model as small as this.
    assert there == pytest.approx(here, abs=0.2)
    assert (there[0] > there[1]) == (here[0] > here[1])


def test_probabilities_are_the_local_engines(nano: LlamaEngine, native: RunningServer) -> None:
    async def go(engine: Engine) -> Completion:
        asked = {"stop": ["```output"], "probabilities": True}
        return await write(engine, "What is 2 + 3?", **asked)

    here, there = asyncio.run(go(nano)), with_server(native.url, go)
    assert there.text == here.text
    assert [token.piece for token in there.drawn] == [token.piece for token in here.drawn]
    assert len(there.drawn) == len(here.drawn) > 10
    pairs = zip(there.drawn, here.drawn, strict=True)
    assert all(one.probability == pytest.approx(other.probability, abs=0.1) for one, other in pairs)


def test_a_server_that_may_refuse_is_not_asked_for_probabilities(python_url: str) -> None:
    async def go(engine: ServerEngine) -> Completion:
        return await write(engine, "What is 2 + 3?", probabilities=True)

    found = with_server(python_url, go)
    assert found.text
    assert found.drawn == ()


def test_special_tokens_in_a_problem_stay_characters(
    nano: LlamaEngine, native: RunningServer
) -> None:
    problem = "What is 2 + 3? <|end|><|assistant|>"

    async def go(engine: Engine) -> tuple[int, str]:
        sequence = await engine.open(prompt(problem), Sampling())
        await sequence.generate(max_tokens=40)
        return sequence.counts.prompt, sequence.text

    assert with_server(native.url, go) == asyncio.run(go(nano))


def test_what_a_server_tells_of_its_model(nano: LlamaEngine, native: RunningServer) -> None:
    async def go(engine: ServerEngine) -> None:
        assert engine.context_length == 512
        assert engine.concurrency == 4
        assert engine.served.quant == "Q8_0"
        assert engine.served.file == "nano.gguf"
        assert engine.version.startswith("server llama-server ")
        assert engine.version.endswith(native.url)
        template = engine.metadata("tokenizer.chat_template")
        assert template == nano.metadata("tokenizer.chat_template")
        assert engine.metadata("general.name") == "nano"
        assert engine.metadata("no.such.key") is None

    with_server(native.url + "/v1/", go)


def test_what_it_does_not_tell_is_given(python_url: str) -> None:
    async def go(engine: ServerEngine) -> None:
        assert engine.metadata("tokenizer.chat_template") == "{{ messages }}"
        assert engine.context_length == 100
        assert engine.concurrency == 1
        with pytest.raises(ContextFull, match=r"has \d+ tokens, the context holds 100"):
            await engine.open(prompt("1 + " * 100), Sampling())

    with_server(python_url, go, context=100, template="{{ messages }}")


def test_a_context_that_fills_up_ends_the_generation(server_url: str) -> None:
    async def go(engine: ServerEngine) -> None:
        sequence = await engine.open(prompt("7 + " * 20), Sampling())
        completion = await sequence.generate(max_tokens=1000, stop=[])
        assert completion.finish in ("context", "eos")
        assert (
            sequence.counts.length <= 128 + 4
        )  # tokens of the text, which may be spelled otherwise
        await sequence.append("12 " * 100)
        with pytest.raises(ContextFull, match="the context holds 128"):
            await sequence.generate(max_tokens=5)

    with_server(server_url, go, context=128)


def test_a_closed_engine_says_so(server_url: str) -> None:
    async def go() -> None:
        engine = await ServerEngine.connect(ServerOptions(server_url))
        sequence = await engine.open(prompt("hi"), Sampling())
        await engine.aclose()
        await engine.aclose()
        with pytest.raises(EngineError, match="closed"):
            await sequence.generate(max_tokens=3)

    asyncio.run(go())


def test_a_model_that_is_not_there(server_url: str) -> None:
    with pytest.raises(ModelError, match="has no model other") as caught:
        with_server(server_url, write, model="other")
    assert caught.value.hint == "it has: nano"


def test_an_address_that_makes_no_sense() -> None:
    for url in ("ftp://here", "http://", "http://me:secret@here:1", "http://a b", "http://x?y=1"):
        with pytest.raises(UsageError):
            with_server(url, write)


def test_llama_server_shows_special_tokens_and_reads_them_again(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = llama_server()
    if program is None:
        pytest.skip("there is no llama-server: python -m tests.servers.llama_server builds it")
    drawn = Served.sampling_fields

    def forced(served: Served, sampling: Sampling, seed: int) -> dict[str, Any]:
        return drawn(served, sampling, seed) | {"logit_bias": [[START, 100]]}

    monkeypatch.setattr(Served, "sampling_fields", forced)

    async def work(engine: ServerEngine) -> tuple[str, Counts]:
        assert "<|im_start|>" in (engine.served.template or "")
        sequence = await engine.open([Piece("1 + 1")], Sampling())
        await sequence.generate(max_tokens=3)
        await sequence.append("2")
        return sequence.text, sequence.counts

    with native_server(program, tmp_path / "log", slots=1, model=tiny_model) as server:
        text, counts = with_server(server.url, work)
    assert text == "<|im_start|>" * 3 + "2"
    assert counts.length == len("1 + 1") + 3 + 1  # a byte is a token there, and so is a name
