"""A server that lies in every way: an answer, or one of our errors, soon and in little memory."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest

from mathcli.engines import Completion
from mathcli.engines.retries import Backoff
from mathcli.errors import EngineError, MathcliError, TimeUp
from tests.servers import using
from tests.servers.hostile import Answer, endless, event, hostile, plain, slow, stream

MODELS, COMPLETIONS, TOKENIZE = "/v1/models", "/v1/completions", "/tokenize"
SSE: Any = {"Content_Type": "text/event-stream"}
WRONG: dict[str, Any] = {
    "null": None, "true": True, "number": 5, "float": 1.5, "negative": -1, "huge": 10**400,
    "text": "x", "empty": "", "list": [], "nested": [[1]], "object": {}, "deep": {"a": {"b": []}},
    "nan": float("nan"),
}  # fmt: skip


def listing(**entry: Any) -> Answer:
    return plain({"data": [{"id": "m", **entry}]})


def text(words: str, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"text": words, **choice}]}


BASE = {MODELS: listing(), COMPLETIONS: stream(text("4"), text("", finish_reason="stop"))}
LLAMA = {
    **BASE,
    MODELS: listing(owned_by="llamacpp"),
    "/props": plain({"total_slots": 1}),
    TOKENIZE: plain({"tokens": [1, 2]}),
}
VLLM = {**BASE, MODELS: listing(owned_by="vllm"), TOKENIZE: plain({"tokens": [1, 2], "count": 2})}


def outcome(answers: dict[str, Answer], **options: Any) -> Completion | MathcliError:
    return using.outcome(hostile(answers), **options)


def test_the_honest_ones_work() -> None:
    for answers in (BASE, LLAMA, VLLM):
        found = outcome(dict(answers))
        assert isinstance(found, Completion), found
        assert found.text == "4"


BOMB = gzip.compress(b" " * (1 << 28))
MODES: dict[str, dict[str, Answer]] = {
    "models without end": {MODELS: endless(b'{"data": [', b'{"id": "m"},')},
    "white space without end": {MODELS: endless(b" " * 65536)},
    "a bomb as the models": {MODELS: plain(BOMB, Content_Encoding="gzip")},
    "a deflated bomb": {MODELS: plain(BOMB[10:-8], Content_Encoding="deflate")},
    "another packing": {MODELS: plain(b"x", Content_Encoding="br")},
    "two packings": {MODELS: plain(BOMB, Content_Encoding="gzip, gzip")},
    "damaged gzip": {MODELS: plain(b"no gzip", Content_Encoding="gzip")},
    "models drop by drop": {MODELS: slow(b" ", 0.2)},
    "models never": {MODELS: slow(b"", 0.2)},
    "an endless refusal": {MODELS: endless(b"x" * 65536, status=500)},
    "an endless wait": {MODELS: endless(b"x" * 65536, status=503)},
    "a bomb as a refusal": {MODELS: plain(BOMB, 400, Content_Encoding="gzip")},
    "a deep refusal": {MODELS: plain(b'{"error":' * 50_000, 400)},
    "a refusal of another type": {MODELS: plain({"error": {"message": [1]}}, 400)},
    "a refusal with controls": {MODELS: plain({"error": "\x1b[2J\u202e\n\n"}, 400)},
    "deep models": {MODELS: plain(b"[" * 100_000)},
    "a deep list": {MODELS: plain(b'{"data":' + b"[" * 100_000)},
    "no JSON": {MODELS: plain(b"\xff\xfe\x00")},
    "no body": {MODELS: plain(b"")},
    "a redirection": {MODELS: plain({}, 302, Location="http://127.0.0.1:1/")},
    "a redirection to itself": {MODELS: plain({}, 307, Location="/v1/models")},
    "a strange status": {MODELS: plain({}, 299)},
    "a status of its own": {MODELS: plain({}, 999)},
    "no status": {MODELS: plain({}, 0)},
    "many models": {MODELS: plain({"data": [{"id": f"m{n}" * 50} for n in range(5000)]})},
    "a long name": {MODELS: plain({"data": [{"id": "m" * 1_000_000}]})},
    "a name with controls": {MODELS: plain({"data": [{"id": "\x1b]0;x\x07\u202e"}]})},
    "an endless Retry-After": {COMPLETIONS: plain({}, 429, Retry_After="1e308")},
    "a Retry-After of inf": {COMPLETIONS: plain({}, 429, Retry_After="inf")},
    "a Retry-After of nan": {COMPLETIONS: plain({}, 429, Retry_After="nan")},
    "a Retry-After far away": {COMPLETIONS: plain({}, 429, Retry_After="Fri, 01 Jan 99999")},
    "busy for ever": {COMPLETIONS: plain({}, 503)},
    "text without end": {COMPLETIONS: endless(event(text("a")), **SSE)},
    "long texts without end": {COMPLETIONS: endless(event(text("a" * 60_000)), **SSE)},
    "events without text": {COMPLETIONS: endless(event(text("")), **SSE)},
    "events without choices": {COMPLETIONS: endless(event({}), **SSE)},
    "comments without end": {COMPLETIONS: endless(b": still here\n\n", **SSE)},
    "comments drop by drop": {COMPLETIONS: slow(b": here\n\n", 0.2, **SSE)},
    "empty events drop by drop": {COMPLETIONS: slow(event({}), 0.2, **SSE)},
    "an event without end": {COMPLETIONS: endless(b"data: ", b"x" * 65536, **SSE)},
    "data lines without end": {COMPLETIONS: endless(b"data: x\n" * 1000, **SSE)},
    "a field without end": {COMPLETIONS: endless(b"x" * 65536, **SSE)},
    "a packed stream": {COMPLETIONS: plain(BOMB, Content_Encoding="gzip", **SSE)},
    "no stream": {COMPLETIONS: plain({"choices": [{"text": "4"}]}, Content_Type="text/html")},
    "a stream that is no UTF-8": {COMPLETIONS: plain(b"data: \xff\xfe\n\n", **SSE)},
    "a stream that ends at once": {COMPLETIONS: plain(b"", **SSE)},
    "done at once": {COMPLETIONS: stream()},
    "aborted for ever": {COMPLETIONS: stream(text("", finish_reason="abort"))},
    "a little and broken off": {COMPLETIONS: plain(event(text("a")), **SSE)},
    "a finish of another type": {COMPLETIONS: stream(text("a", finish_reason=[1] * 1000))},
    "an error in the stream": {COMPLETIONS: stream({"error": {"code": "x", "message": None}})},
    "an error of a huge code": {COMPLETIONS: stream({"error": {"code": 10**300}})},
    "deep events": {COMPLETIONS: plain(b"data: " + b"[" * 50_000 + b"\n\n", **SSE)},
    "lone surrogates": {COMPLETIONS: stream(text("\ud800\udc00 \udfff"), text("x"))},
    "counts that lie": {
        COMPLETIONS: stream(
            {**text("4"), "usage": {"prompt_tokens": 9, "completion_tokens": 0,
                                    "prompt_tokens_details": {"cached_tokens": 10**9}}},
            text("", finish_reason="stop"),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_a_hostile_server(mode: str) -> None:
    found = outcome({**BASE, **MODES[mode]})
    if isinstance(found, Completion):
        assert len(found.text) < 200_000
        assert found.tokens <= 21


@pytest.mark.parametrize("mode", ["white space without end", "a bomb as the models"])
def test_no_more_is_read_than_an_answer_may_have(mode: str) -> None:
    found = outcome({**BASE, **MODES[mode]})
    assert isinstance(found, EngineError)
    assert "more than 16 MiB" in found.message or "no complete answer" in found.message


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_a_wrong_type_in_the_place_of_anything(value: Any) -> None:
    """Each field in turn holds what it should not, with all three kinds of server."""
    for answers in _with_wrong(value):
        outcome(answers)


def _with_wrong(value: Any) -> list[dict[str, Answer]]:
    token = {"token": value, "logprob": value, "bytes": value, "top_logprobs": value}
    usage = {"prompt_tokens": value, "completion_tokens": value, "prompt_tokens_details": value}
    timings = {"prompt_n": value, "predicted_n": value, "cache_n": value}
    logprobs = {"content": [value, token], "tokens": value, "token_logprobs": value}
    lies = stream(
        {"choices": value}, {"choices": [value]}, value if value else {},
        {"choices": [{"text": value, "finish_reason": None}], "usage": usage, "timings": timings},
        {"choices": [{"text": "4", "logprobs": logprobs}], "usage": value, "timings": value},
        {"choices": [{"text": "4", "logprobs": {"tokens": [value], "token_logprobs": [value]}}]},
        text("", finish_reason="stop"),
    )  # fmt: skip
    fields = {"id": value, "owned_by": value, "meta": value, "aliases": value, "root": value,
              "max_model_len": value}  # fmt: skip
    props = {"default_generation_settings": value, "model_path": value, "build_info": value,
             "total_slots": value, "chat_template": value, "model_ftype": value}  # fmt: skip
    return [
        {**BASE, MODELS: plain(value)},
        {**BASE, MODELS: plain({"data": value})},
        {**BASE, MODELS: plain({"data": [value]})},
        {**BASE, MODELS: plain({"data": [fields, {**fields, "id": "m"}]})},
        {**LLAMA, "/props": plain(value)},
        {**LLAMA, "/props": plain(props), COMPLETIONS: lies},
        {**LLAMA, TOKENIZE: plain({"tokens": value})},
        {**LLAMA, TOKENIZE: plain({"tokens": [value]})},
        {**LLAMA, TOKENIZE: plain({"tokens": [{"id": value, "piece": value}]})},
        {**VLLM, "/version": plain({"version": value}), "/tokenizer_info": plain(value)},
        {**VLLM, COMPLETIONS: lies, TOKENIZE: plain({"tokens": [5]})},
        {**VLLM, COMPLETIONS: plain({"choices": [{"logprobs": logprobs}]})},
        {**BASE, COMPLETIONS: plain({"error": value, "detail": value}, 400)},
        {**BASE, COMPLETIONS: stream({"error": value})},
    ]


def test_the_time_that_was_given_is_kept_before_the_model_is_known() -> None:
    began = time.monotonic()
    found = outcome({MODELS: slow(b" ", 0.2)}, backoff=Backoff(60), limit=0.5)
    assert isinstance(found, TimeUp)
    assert time.monotonic() - began < 5


def test_patience_bounds_what_a_silent_server_takes_once_it_was_away() -> None:
    calls = iter([plain({}, 503)])
    answers = {**BASE, COMPLETIONS: lambda: next(calls, slow(b"", 0.2, **SSE))()}
    began = time.monotonic()
    found = outcome(answers, silence=60.0, backoff=Backoff(1.0, 0.05, 0.1))
    assert isinstance(found, EngineError)
    assert "does not answer" in found.message
    assert time.monotonic() - began < 10
