"""What vLLM 0.32 answers, recorded from it: the client reads it as it was meant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from mathcli.engines.base import Completion, Piece, Sampling
from mathcli.engines.retries import Backoff
from mathcli.engines.server import ServerEngine, ServerOptions
from mathcli.errors import EngineError
from tests.servers.hostile import Answer, hostile, plain, stream

T = TypeVar("T")
PROMPT = [Piece("<|user|>\nWhat is 17 * 23?\n<|assistant|>\n", markup=True)]
ABOUT = {"id": "cmpl-b60d", "object": "text_completion", "created": 1795851871, "model": "nano"}
DETAILS = {"prompt_tokens_details": {"cached_tokens": 8}}


def model(name: str, root: str = "/models/nano") -> dict[str, Any]:
    permission = {"id": "modelperm-bc99", "object": "model_permission", "organization": "*"}
    return {
        "id": name, "object": "model", "created": 1795851871, "owned_by": "vllm", "root": root,
        "parent": None, "max_model_len": 512, "permission": [permission],
    }  # fmt: skip


def usage(written: int) -> dict[str, Any]:
    return {"prompt_tokens": 14, "total_tokens": 14 + written, "completion_tokens": written}


def text(
    text: str, number: int, finish: str | None = None, stop: str | int | None = None
) -> dict[str, Any]:
    choice = {
        "index": 0, "text": text, "logprobs": None, "finish_reason": finish, "stop_reason": stop,
        "prompt_token_ids": None, "token_ids": None,
    }  # fmt: skip
    return {**ABOUT, "choices": [choice], "usage": usage(number)}


def last(written: int) -> dict[str, Any]:
    fingerprint = {"system_fingerprint": "vllm-0.32.0-e6bcceae"}
    return {**ABOUT, "choices": [], "usage": usage(written) | DETAILS, **fingerprint}


# With `include_stop_str_in_output`: the stop string is there and told.
STOPPED = [text("391", 1), text("\n", 2), text("```", 3), text("output", 5, "stop", "```output")]
STOPPED += [last(5)]
# An end token is there, too, and has no name.
ENDED = [text("Hello", 1), text(".", 2), text("<|end|>", 3, "stop"), last(3)]
# Without: both are cut off, the stop string is told, and what might have begun it was held back.
CUT = [text("3", 1), text("91\n", 2), text("", 3), text("", 5, "stop", "```output"), last(5)]

GONE = {
    "error": {
        "message": "The model `nano` does not exist. Valid aliases: nano-2.",
        "type": "NotFoundError",
        "param": "model",
        "code": 404,
    }
}

BASE: dict[str, Answer] = {
    "/v1/models": plain({"object": "list", "data": [model("nano")]}),
    "/version": plain({"version": "0.32.0"}),
    "/tokenizer_info": plain({
        "tokenizer_class": "TokenizerPoolCachedTokenizersBackend", "model_max_length": 512,
        "eos_token": "<|end|>", "pad_token": "<|pad|>", "chat_template": "{{ messages }}",
        "added_tokens_decoder": {"2": "<|end|>"}, "backend": "tokenizers",
    }),
    "/tokenize": plain({"count": 14, "max_model_len": 512, "tokens": [1] * 14, "token_strs": None}),
}  # fmt: skip


def ask(
    answers: dict[str, Answer],
    work: Callable[[ServerEngine], Awaitable[T]],
    said: list[str] | None = None,
) -> T:
    async def go() -> T:
        notes: list[str] = said if said is not None else []
        options = ServerOptions(url, backoff=Backoff(patience=2), on_wait=notes.append)
        engine = await ServerEngine.connect(options)
        try:
            return await work(engine)
        finally:
            await engine.aclose()

    with hostile(BASE | answers) as url:
        return asyncio.run(go())


async def generated(engine: ServerEngine) -> tuple[Completion, int]:
    sequence = await engine.open(PROMPT, Sampling())
    done = await sequence.generate(stop=["```output"], max_tokens=50)
    return done, sequence.counts.evaluated


@pytest.mark.parametrize("events", [STOPPED, CUT])
def test_a_stop_string_that_is_left_in_or_named(events: list[Any]) -> None:
    done, evaluated = ask({"/v1/completions": stream(*events)}, generated)
    assert (done.text, done.finish, done.stop) == ("391\n```output", "stop", "```output")
    assert done.tokens == 5  # all of them are in the text
    assert evaluated == 14 - 8 + 5 - 1  # what came from the cache is told after the end


@pytest.mark.parametrize("shown", ["", "<|end|>", "</s>", "<｜end▁of▁sentence｜>", "<eos>"])
@pytest.mark.parametrize("told", [True, False])
def test_an_end_token_is_counted_and_no_text(shown: str, told: bool) -> None:
    events = [*ENDED[:2], text(shown, 3, "stop"), last(3)]
    more = {} if told else {"/tokenizer_info": plain({"detail": "Not Found"}, 404)}
    done, _ = ask({"/v1/completions": stream(*events), **more}, generated)
    assert (done.text, done.finish, done.stop, done.tokens) == ("Hello.", "eos", None, 2)


def test_a_stop_token_has_a_number() -> None:
    events = [text("4<|eot_id|>", 2, "stop", 128009), last(2)]
    done, _ = ask({"/v1/completions": stream(*events)}, generated)
    assert (done.text, done.finish, done.tokens) == ("4", "eos", 1)


@pytest.mark.parametrize("count", [1, 40])
def test_events_after_the_end_are_not_waited_for(count: int) -> None:
    done, _ = ask({"/v1/completions": stream(*STOPPED[:-1], *[last(5)] * count)}, generated)
    assert done.text == "391\n```output"


def test_what_the_server_tells_of_the_model() -> None:
    async def told(engine: ServerEngine) -> tuple[str | None, ...]:
        keys = ("tokenizer.chat_template", "tokenizer.eos_token", "general.name")
        return tuple(engine.metadata(key) for key in keys)

    assert ask({}, told) == ("{{ messages }}", "<|end|>", "nano")
    off = {"/tokenizer_info": plain({"detail": "Not Found"}, 404)}
    assert ask(off, told) == (None, "", "nano")


def renamed(root: str) -> dict[str, Answer]:
    """A server that knows the model as `nano` once, and was started anew with another name."""
    lists = iter([model("nano")])

    def models() -> Any:
        found = next(lists, model("nano-2", root))
        return plain({"object": "list", "data": [found]})()

    asked = iter([plain(GONE, 404), stream(*STOPPED)])
    last_asked = stream(*STOPPED)
    return {"/v1/models": models, "/v1/completions": lambda: next(asked, last_asked)()}


def test_a_model_of_another_name_is_followed() -> None:
    said: list[str] = []

    async def both(engine: ServerEngine) -> tuple[str, str]:
        done, _ = await generated(engine)
        assert engine.metadata("general.name") == "nano-2"
        return done.text, engine.served.model

    assert ask(renamed("/models/nano"), both, said) == ("391\n```output", "nano-2")
    assert [one.partition(" serves ")[2] for one in said] == ["nano as nano-2 now"]


@pytest.mark.parametrize("root", ["/models/other", ""])
def test_another_model_is_not(root: str) -> None:
    with pytest.raises(EngineError, match="does not have the model any more: The model `nano`"):
        ask(renamed(root), generated)


def test_scores_are_read_from_the_likeliest() -> None:
    tops = [{"Let": -0.1, "<|assistant|>": -17.0, "python": -17.7}]
    found = {"text_offset": [0], "token_logprobs": [-0.1], "tokens": ["Let"], "top_logprobs": tops}
    choice = {"index": 0, "text": "Let", "logprobs": found, "finish_reason": "length"}
    answer = {**ABOUT, "choices": [choice], "usage": usage(1) | DETAILS}

    async def scored(engine: ServerEngine) -> list[float]:
        sequence = await engine.open(PROMPT, Sampling())
        return await sequence.score(["Let", "python"])

    one = {"/tokenize": plain({"count": 1, "max_model_len": 512, "tokens": [1]})}
    assert ask({"/v1/completions": plain(answer), **one}, scored) == [-0.1, -17.7]
