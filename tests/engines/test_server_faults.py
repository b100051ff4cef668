"""A server that is busy, breaks off, goes away, comes back or is none: real text through a server
that fails as it is told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mathcli.engines import Completion, Piece, Sampling
from mathcli.engines.llamacpp import LlamaEngine
from mathcli.engines.retries import Backoff
from mathcli.engines.server import ServerEngine
from mathcli.errors import ContextFull, EngineError
from tests.engines.test_server import PROBLEM, connected, prompt, with_server, write
from tests.servers.faulty import Body, Faulty, faulty
from tests.servers.running import free_port, python_server

QUICK = Backoff(patience=60, first=0.01, longest=0.05)
IMPATIENT = Backoff(patience=0.2, first=0.02, longest=0.05)


@pytest.fixture
def server(python_url: str) -> Iterator[Faulty]:
    with faulty(python_url) as state:
        yield state


@pytest.fixture
def whole(nano: LlamaEngine) -> Completion:
    """What is written when nothing goes wrong."""
    return asyncio.run(write(nano, stop=["```output"]))


def written(server: Faulty, parts: list[str] | None = None, **options: Any) -> Completion:
    on_text = None if parts is None else parts.append

    async def go(engine: ServerEngine) -> Completion:
        return await write(engine, stop=["```output"], on_text=on_text)

    found = with_server(server.url, go, **({"backoff": QUICK} | options))
    assert isinstance(found, Completion)
    return found


def same_text(found: Completion, whole: Completion) -> bool:
    return (found.text, found.finish, found.stop) == (whole.text, whole.finish, whole.stop)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(server: Faulty, whole: Completion, status: int) -> None:
    server.refusals += [(status, {}), (status, {"Retry-After": "0.2"}), (status, {})]
    assert same_text(written(server), whole)
    assert len(server.requests) == 4


def test_the_time_that_a_server_asks_for_is_given(server: Faulty) -> None:
    server.refusals.append((429, {"Retry-After": "1"}))
    began = time.monotonic()
    written(server)
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("cuts", [[10], [0, 0, 3], [1] * 12, [5, None]])
def test_a_stream_that_breaks_off_goes_on_and_nothing_is_written_twice(
    server: Faulty, whole: Completion, cuts: list[int | None]
) -> None:
    server.cuts += cuts
    parts: list[str] = []
    found = written(server, parts)
    assert same_text(found, whole)
    assert "".join(parts) == whole.text
    first, last = server.requests[0]["prompt"], server.requests[-1]["prompt"]
    assert len(server.requests) == len([cut for cut in cuts if cut is not None]) + 1
    assert last.startswith(first)
    assert whole.text.startswith(last[len(first) :])


def test_tokens_of_broken_streams_count_towards_the_most(server: Faulty, nano: LlamaEngine) -> None:
    server.cuts += [4, 2]

    async def go(engine: ServerEngine) -> Completion:
        return await write(engine, max_tokens=9)

    found = with_server(server.url, go, backoff=QUICK)
    assert [request["max_tokens"] for request in server.requests] == [9, 5, 3]
    assert found.tokens == 9
    assert found.text == asyncio.run(write(nano, max_tokens=9)).text


@pytest.mark.parametrize("reason", [None, "abort"])
def test_a_stream_that_was_aborted_goes_on(
    server: Faulty, whole: Completion, reason: str | None
) -> None:
    def abort(event: Body, number: int) -> Body:
        if len(server.requests) == 1 and number >= 6:
            event["choices"][0] |= {"text": "", "finish_reason": reason}
        return event

    server.event = abort
    assert same_text(written(server), whole)
    assert len(server.requests) == 2


def test_sampled_text_goes_on_with_other_draws(server: Faulty) -> None:
    server.cuts.append(3)

    async def go(engine: ServerEngine) -> None:
        sequence = await engine.open(prompt(PROBLEM), Sampling(temperature=1.0, seed=3))
        await sequence.generate(max_tokens=20)

    with_server(server.url, go, backoff=QUICK)
    assert server.requests[0]["seed"] == 3
    assert server.requests[1]["seed"] != 3


def test_a_server_that_goes_away_and_comes_back(tmp_path: Path, whole: Completion) -> None:
    said: list[str] = []

    async def go() -> Completion:
        with python_server(tmp_path / "log") as server:
            async with connected(server.url, backoff=QUICK, on_wait=said.append) as engine:
                server.kill()
                writing = asyncio.create_task(write(engine, stop=["```output"]))
                while not said:
                    await asyncio.sleep(0.01)
                await asyncio.to_thread(server.start)
                return await writing

    assert same_text(asyncio.run(go()), whole)
    away, back = said
    assert "does not answer (connection refused); trying again for up to 60 s" in away
    assert "answers again" in back


def test_a_server_that_stays_away(tmp_path: Path) -> None:
    said: list[str] = []

    async def go() -> None:
        with python_server(tmp_path / "log") as server:
            async with connected(server.url, backoff=IMPATIENT, on_wait=said.append) as engine:
                server.kill()
                await asyncio.gather(*(write(engine) for _ in range(3)))

    with pytest.raises(EngineError, match="does not answer: connection refused") as caught:
        asyncio.run(go())
    assert caught.value.exit_code == 5
    assert len(said) == 1


def test_nobody_at_the_address() -> None:
    with pytest.raises(EngineError, match="does not answer: connection refused"):
        with_server(f"127.0.0.1:{free_port()}", write, backoff=IMPATIENT)


def test_a_key_is_needed_wrong_or_right(tmp_path: Path) -> None:
    with python_server(tmp_path / "log", "--api_key", "right") as server:
        with pytest.raises(EngineError, match="asks for a key") as caught:
            with_server(server.url, write, key=None)
        assert caught.value.hint == "set MATHCLI_API_KEY to the server's key"
        with pytest.raises(EngineError, match="refuses the key in MATHCLI_API_KEY"):
            with_server(server.url, write, key="wrong")
        assert with_server(server.url, write, key="right").text


def test_the_key_comes_from_the_environment(
    server: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATHCLI_API_KEY", "of the environment")
    written(server)
    assert set(server.keys) == {"Bearer of the environment"}


@pytest.mark.parametrize(
    ("status", "says"), [(500, "failed"), (404, "does not complete texts"), (422, "refuses")]
)
def test_what_asking_again_does_not_mend(server: Faulty, status: int, says: str) -> None:
    server.refusals.append((status, {}))
    with pytest.raises(EngineError, match=rf"{says}.*\({status}\): not now"):
        written(server)
    assert len(server.requests) == 1


def test_a_server_that_sends_us_elsewhere_does_not_get_there(server: Faulty) -> None:
    server.refusals.append((307, {"Location": "http://127.0.0.1:1/"}))
    with pytest.raises(EngineError, match=r"redirects \(307\)"):
        written(server, key="secret")


def test_a_context_that_the_server_finds_too_small(python_url: str) -> None:
    """llama-cpp-python does not tell how long its context is, and breaks such a stream off."""

    async def go(engine: ServerEngine) -> None:
        assert engine.context_length > 512
        sequence = await engine.open(prompt("1 + " * 300), Sampling())
        await sequence.generate(max_tokens=5)

    with pytest.raises(ContextFull, match="maximum context length is 512 tokens"):
        with_server(python_url, go, backoff=QUICK)


def test_an_answer_that_is_no_stream(server: Faulty) -> None:
    server.answers["/v1/completions"] = lambda _: {"text": "hello"}
    with pytest.raises(EngineError, match="is no OpenAI-compatible server"):
        written(server)


def test_an_error_in_the_middle_of_a_stream(server: Faulty) -> None:
    def fail(event: Body, number: int) -> Body:
        return event if number < 4 else {"error": {"code": 500, "message": "out of memory"}}

    server.event = fail
    with pytest.raises(EngineError, match=r"failed \(500\): out of memory"):
        written(server)


def test_a_context_that_ran_out_in_the_middle_of_a_stream(server: Faulty) -> None:
    said = "Context size has been exceeded."
    server.event = lambda event, number: {"error": {"code": 400, "message": said}}
    with pytest.raises(ContextFull, match=said):
        written(server)


def test_something_else_at_the_address(server: Faulty) -> None:
    server.answers["/v1/models"] = lambda _: {"hello": "world"}
    with pytest.raises(EngineError, match="does not list its models"):
        written(server)


def test_a_cancelled_generation_closes_its_stream(server: Faulty, whole: Completion) -> None:
    server.gate = threading.Event()

    async def go(engine: ServerEngine) -> Completion:
        begun = asyncio.Event()
        doomed = asyncio.create_task(write(engine, on_text=lambda _: begun.set()))
        await begun.wait()
        doomed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doomed
        assert server.gate is not None
        server.gate.set()
        return await write(engine, stop=["```output"])

    assert same_text(with_server(server.url, go, concurrency=1), whole)
    wait_for(lambda: server.gone >= 1)


def test_no_more_texts_at_once_than_asked(server: Faulty) -> None:
    server.gate = threading.Event()

    async def go(engine: ServerEngine) -> None:
        tasks = [asyncio.create_task(write(engine, max_tokens=5)) for _ in range(6)]
        await asyncio.to_thread(wait_for, lambda: server.at_once == 2)
        await asyncio.sleep(0.3)
        assert server.most_at_once == 2
        assert server.gate is not None
        server.gate.set()
        await asyncio.gather(*tasks)

    with_server(server.url, go, concurrency=2)
    assert len(server.requests) == 6


def test_log_probabilities_that_are_missing(server: Faulty) -> None:
    async def go(engine: ServerEngine) -> None:
        sequence = await engine.open(prompt("What is 2 + 3?"), Sampling())
        await sequence.score(["Add", "Calculate"])

    server.rewrite = lambda body: body | {"logprobs": 1}
    with pytest.raises(EngineError, match="'Calculate' is not among them"):
        with_server(server.url, go)
    server.rewrite = lambda body: {k: v for k, v in body.items() if k != "logprobs"}
    with pytest.raises(EngineError, match="gives no log-probabilities"):
        with_server(server.url, go)


def test_a_server_that_counts_by_usage_alone(server: Faulty, nano: LlamaEngine) -> None:
    """As Ollama and LM Studio do: no tokenizer, the usage with the last event."""
    model = {"id": "nano", "owned_by": "library"}
    server.answers["/v1/models"] = lambda _: {"data": [model]}

    def count(event: Body, number: int) -> Body:
        if event["choices"][0]["finish_reason"]:
            event["usage"] = {"prompt_tokens": 25, "completion_tokens": number - 1}
        return event

    server.event = count

    async def go(engine: ServerEngine) -> tuple[int, int]:
        assert engine.tokenizer is None
        sequence = await engine.open(prompt(PROBLEM), Sampling())
        assert sequence.counts.length == 0  # nobody knows yet
        completion = await sequence.generate(max_tokens=9)
        assert completion.tokens == 9
        return sequence.counts.prompt, sequence.counts.generated

    assert with_server(server.url, go) == (25, 9)
    assert server.requests[0]["stream_options"] == {"include_usage": True}


class TestVllm:
    """llama.cpp behind the questions and answers of vLLM; what vLLM itself said is in test_vllm."""

    @pytest.fixture
    def vllm(self, server: Faulty, nano: LlamaEngine) -> Faulty:
        model = {"id": "org/nano", "owned_by": "vllm", "max_model_len": 512, "root": "/m/nano"}
        tokens = nano._model

        def tokenize(body: Body) -> Body:
            ids = tokens.tokenize(
                [Piece(body["prompt"], markup=True)], start=body["add_special_tokens"]
            )
            return {"tokens": ids, "count": len(ids), "max_model_len": 512}

        def as_llama(body: Body) -> Body:
            assert body.pop("include_stop_str_in_output", True)
            body.pop("stop", None)  # what is left in the text is found by the client
            if isinstance(body["prompt"], list):
                ids = body["prompt"]
                body["prompt"] = b"".join(tokens.piece(token) for token in ids).decode()
            return body | {"model": "nano", "top_k": 0}

        def count(event: Body, number: int) -> Body:
            details = {"cached_tokens": 16}
            usage = {"prompt_tokens": 25, "completion_tokens": number}
            return event | {"usage": usage | {"prompt_tokens_details": details}}

        server.answers |= {
            "/v1/models": lambda _: {"data": [model]},
            "/version": lambda _: {"version": "0.99"},
            "/tokenizer_info": lambda _: {"chat_template": "{{ messages[0].content }}"},
            "/tokenize": tokenize,
        }
        server.rewrite, server.event = as_llama, count
        return server

    def test_what_it_is_asked(self, vllm: Faulty, whole: Completion) -> None:
        async def go(engine: ServerEngine) -> Completion:
            assert engine.version == f"server vLLM 0.99 {vllm.url}"
            assert engine.context_length == 512
            assert engine.metadata("tokenizer.chat_template") == "{{ messages[0].content }}"
            assert engine.metadata("general.name") == "nano"
            sequence = await engine.open(prompt(PROBLEM), Sampling())
            found = await sequence.generate(max_tokens=80, stop=["```output"])
            assert sequence.counts.evaluated == 25 - 16 + found.tokens - 1
            return found

        assert same_text(with_server(vllm.url, go), whole)
        asked = vllm.requests[0]
        assert isinstance(asked["prompt"], str)
        assert asked["model"] == "org/nano"
        assert asked["stop"] == ["```output"]
        assert asked["top_k"] == -1
        assert asked["repetition_penalty"] == 1
        assert asked["stream_options"]["continuous_usage_stats"] is True

    def test_special_tokens_in_a_problem_are_cut(self, vllm: Faulty, nano: LlamaEngine) -> None:
        problem = "What is 2 + 3? <|end|>"

        async def go(engine: ServerEngine) -> None:
            sequence = await engine.open(prompt(problem), Sampling())
            await sequence.generate(max_tokens=5)

        with_server(vllm.url, go)
        ids = vllm.requests[0]["prompt"]
        end = nano._model.tokenize([Piece("<|end|>", markup=True)], start=False)
        assert len(end) == 1
        assert end[0] not in ids
        text = b"".join(nano._model.piece(token) for token in ids).decode()
        assert text == "".join(piece.text for piece in prompt(problem))


def wait_for(there: Any) -> None:
    deadline = time.monotonic() + 60
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)
