"""A server whose streams and JSON are wrong in every way, in sound HTTP."""

from __future__ import annotations

import codecs
from typing import Any

import pytest

from tests.engines.broken import (
    BROKEN,
    COUNT,
    END,
    ENDED,
    FOUR,
    LLAMA,
    MODELS,
    MODELS_BODY,
    NO_SERVER,
    PYTHON,
    RIGHT,
    TOKENIZE,
    UNSAID,
    VLLM,
    WRITE,
    counted,
    listing,
    lone,
    outcome,
    text,
)
from tests.servers.raw import SSE, Act, Script, answer, event, for_ever, head, in_turn, says, stream


def scored(**choice: Any) -> dict[str, Script]:
    return {**VLLM, WRITE: in_turn(FOUR, answer({"choices": [{"text": "a", **choice}]}))}


def typed(charset: str) -> bytes:
    return head(f"Content-Type: text/event-stream; charset={charset}", "Connection: close")


SOUND = event(text("4")) + event(END) + event("[DONE]")
STREAMS: dict[str, tuple[Script, str]] = {
    "carriage returns alone": (says(SSE + SOUND.replace(b"\n", b"\r")), RIGHT),
    "both line ends": (says(SSE + SOUND.replace(b"\n", b"\r\n")), RIGHT),
    "both line ends, cut between": (
        says(SSE, *(SOUND.replace(b"\n", b"\r\n").replace(b"\r\n", b"\r|\n").split(b"|"))),
        RIGHT,
    ),
    "a mark of byte order": (says(SSE + codecs.BOM_UTF8 + SOUND), RIGHT),
    "lines that go on": (says(SSE + SOUND.replace(b', "', b',\ndata: "')), RIGHT),
    "no space after the colon": (says(SSE + SOUND.replace(b"data: ", b"data:")), RIGHT),
    "other fields": (
        says(SSE + b"id: \0\nretry: " + b"9" * 5000 + b"\nevent: x\nfoo\n" + SOUND),
        RIGHT,
    ),
    "a number of ages": (says(SSE + b"retry: -1\nid\nevent\n\n" + SOUND), RIGHT),
    "a space after done": (
        says(SSE + event(text("4", finish_reason="stop")) + b"data: [DONE] \n\n"), RIGHT
    ),
    "done with a space, and no end before": (says(SSE + b"data: [DONE] \n\n"), UNSAID),
    "events after done": (stream(text("4"), END, "[DONE]", text("5"), "x"), RIGHT),
    "events after the end": (stream(text("4"), END, text("5"), {"error": "x"}), RIGHT),
    "no blank line": (says(SSE + SOUND.replace(b"\n\n", b"\n")), NO_SERVER),
    "no blank line at the end": (says(SSE + event(END)[:-1]), UNSAID),
    "blank lines alone": (for_ever(SSE, b"\n" * 4096), UNSAID),
    "events of nothing": (for_ever(SSE, b"data\n\n" * 1000), UNSAID),
    "separators that are no line ends": (
        says(SSE + 'data: {"choices": [{"text": "a\u2028b\x85c\x7f", "finish_reason": "stop"}]}\n\n'
             .encode()),
        "^a\u2028b\x85c\x7f$",
    ),
    "letters cut in two": (
        says(SSE, *(bytes([one]) for one in
                    'data: {"choices": [{"text": "é∑", "finish_reason": "stop"}]}\n\n'.encode())),
        "^é∑$",
    ),
    "a text that is no UTF-8": (
        says(SSE + b'data: {"choices": [{"text": "a\xffb", "finish_reason": "stop"}]}\n\n'),
        "^a\ufffdb$",
    ),
    "NULs": (stream(text("\0" * 5), END), "^\0{5}$"),
    "a charset that packs": (says(typed("zlib") + SOUND), RIGHT),
    "a charset of bytes": (says(typed("hex") + SOUND), RIGHT),
    "a charset that refuses": (says(typed("undefined") + SOUND), RIGHT),
    "a charset of escapes": (says(typed("unicode_escape") + SOUND), RIGHT),
    "a charset of two bytes": (says(typed("utf-16") + SOUND), RIGHT),
    "no charset": (says(typed('"\0') .replace(b"\0", b"") + SOUND), RIGHT),
    "another type": (says(head("Content-Type: text/html") + SOUND), NO_SERVER),
    "no type": (says(head() + SOUND), NO_SERVER),
    "two types": (
        says(head("Content-Type: text/event-stream", "Content-Type: text/html") + SOUND), ""
    ),
    "no error": (stream({**text("4"), "error": None}, {**END, "error": None}), RIGHT),
    "an error beside a text": (stream({**text("4"), "error": {"message": "m"}}), "m"),
    "an error that is a text": (stream({"error": "out of memory"}), "out of memory"),
    "an error that is a list": (stream({"error": [1, 2]}), r"\[1, 2\]"),
    "an error of nothing": (stream({"error": None}), "failed"),
    "an error of another event": (says(SSE + b'event: error\ndata: {"message": "m"}\n\n'), ENDED),
    "a busy one in the middle": (
        in_turn(stream(text("4"), {"error": {"code": 503, "message": "m"}}), stream(END)), RIGHT
    ),
    "always busy in the middle": (stream({"error": {"code": 429, "message": "m"}}), r"m \(429\)"),
    "names twice": (says(SSE + b'data: {"choices": 1, ' + SOUND[7:]), RIGHT),
    "NaN": (says(SSE + b'data: {"usage": NaN}\n\n'), NO_SERVER),
    "a number of many digits": (says(SSE + b'data: {"x": ' + b"9" * 5000 + b"}\n\n"), NO_SERVER),
    "two events in one line": (says(SSE + b"data: {} {}\n\n"), NO_SERVER),
    "a list as an event": (stream([text("4")]), NO_SERVER),
    "a huge line": (says(SSE + b"data: " + b"x" * 3_000_000 + b"\n\n"), NO_SERVER),
    "choices of two": (stream({"choices": [{"text": "4"}, {"text": "5"}]}, END), RIGHT),
    "a choice of another number": (stream(lone({}, index=7), END), RIGHT),
    "choices as an object": (stream({"choices": {"0": {"text": "5"}}}, text("4"), END), RIGHT),
    "a chat": (stream({"choices": [{"delta": {"content": "4"}, "text": None}]}), ENDED),
    "filtered": (stream(text("4", finish_reason="content_filter")), "content_filter"),
    "an end that is true": (stream(text("4", finish_reason=True)), "True"),
    "an end of length at once": (stream(text("", finish_reason="length")), "^$"),
    "negative counts": (counted(prompt_tokens=-5, completion_tokens=-1), RIGHT),
    "counts beyond all": (counted(prompt_tokens=2**52, completion_tokens=2**52), ""),
    "counts of letters": (counted(prompt_tokens="9", completion_tokens="9"), RIGHT),
    "counts that are not whole": (counted(prompt_tokens=1.5, completion_tokens=1e300), RIGHT),
    "more from the cache than there is": (
        counted(prompt_tokens=3, prompt_tokens_details={"cached_tokens": 2**52}),
        RIGHT,
    ),
    "counts that go back": (
        stream({**text("4"), "usage": {"prompt_tokens": 9, "completion_tokens": 9}},
               {**END, "usage": {"prompt_tokens": 1, "completion_tokens": 0}}),
        RIGHT,
    ),
    "counts of a run beyond all": (
        stream({**text("4"), "timings": {"prompt_n": 2**52, "predicted_n": 2**52}}, END), ""
    ),
    "probabilities of many tokens": (
        stream(lone({"logprobs": {"tokens": ["x"] * 9999, "token_logprobs": [9e307]}}), END), RIGHT
    ),
    "probabilities as an object": (
        stream(lone({"logprobs": {"content": {"token": "x"}, "tokens": {"x": 1}}}), END), RIGHT
    ),
    "bytes that are none": (
        stream(lone({"logprobs": {"content": [{"bytes": [999, -1, "x"], "logprob": "y"}]}}), END),
        RIGHT,
    ),
}  # fmt: skip

BODIES: dict[str, tuple[dict[str, Script], str]] = {
    "a mark of byte order": ({MODELS: answer(codecs.BOM_UTF8 + MODELS_BODY)}, RIGHT),
    "two bytes a letter": ({MODELS: answer(MODELS_BODY.decode().encode("utf-16"))}, NO_SERVER),
    "a NUL at the end": ({MODELS: answer(MODELS_BODY + b"\0")}, NO_SERVER),
    "two values": ({MODELS: answer(MODELS_BODY * 2)}, NO_SERVER),
    "names twice": ({MODELS: answer(b'{"data": 5, "data": [{"id": "x", "id": "m"}]}')}, RIGHT),
    "no number": ({MODELS: answer(b'{"data": [{"id": "m", "x": -Infinity}]}')}, NO_SERVER),
    "many digits": ({MODELS: answer(b'{"data": [], "x": 1' + b"0" * 5000 + b"}")}, NO_SERVER),
    "a million lists": ({MODELS: answer(b"[" + b"[]," * 1_000_000 + b"[]]")}, "objects and lists"),
    "millions of texts": ({MODELS: answer(b"[" + b'"aa",' * 4_000_000 + b'""]')}, "MiB"),
    "one name twice": ({MODELS: answer({"data": [{"id": "m"}, {"id": "m"}]})}, "2 models"),
    "a list of names": ({MODELS: answer({"data": ["m"]})}, "does not list its models"),
    "another list": ({MODELS: answer({"models": [{"name": "m"}]})}, "does not list its models"),
    "a name of dots": ({MODELS: answer(listing(id="../.."))}, RIGHT),
    "a name that is a path": ({MODELS: answer(listing(id="/"))}, RIGHT),
    "a name of nothing": ({MODELS: answer(listing(id="\0"))}, RIGHT),
    "a name with a lone surrogate": ({MODELS: answer(listing(id="m\ud800"))}, RIGHT),
    "a context of one": ({MODELS: answer(listing(owned_by="vllm", max_model_len=1)),
                          TOKENIZE: answer({"tokens": [1, 2]})}, "context"),
    "a context beyond all": ({**LLAMA, "/props": answer(
        {"total_slots": 10**9, "default_generation_settings": {"n_ctx": 2**52}})}, RIGHT),
    "properties without end": (
        {**LLAMA, "/props": for_ever(head() + b'{"a": [', b"1, " * 9999)}, RIGHT
    ),
    "properties reset": ({**LLAMA, "/props": says(Act.RESET)}, RIGHT),
    "a template of markers": ({**LLAMA, "/props": answer(
        {"chat_template": "".join(f"<|{n}|>" for n in range(200_000))})}, RIGHT),
    "many tokens": ({**LLAMA, TOKENIZE: answer({"tokens": [7] * 999_999})}, "999999 tokens in a"),
    "tokens in pieces": (
        {**LLAMA, TOKENIZE: in_turn(*[answer({"tokens": [1]}), answer({"tokens": [2]})],
                                    answer({"tokens": [{"id": [1], "piece": {}}, {"id": 5}]}))},
        "tokens",
    ),
    "tokens that are not whole": ({**LLAMA, TOKENIZE: answer({"tokens": [1.0, 2]})}, "tokens"),
    "negative tokens": ({**LLAMA, TOKENIZE: answer({"tokens": [-1]})}, "tokens"),
    "no tokens": ({**LLAMA, TOKENIZE: answer({"tokens": []})}, RIGHT),
    "other tokens each time": (
        {**LLAMA, TOKENIZE: in_turn(*(answer({"tokens": [1] * n}) for n in (3, 1, 5, 2, 8)))}, RIGHT
    ),
    "no tokenizer": ({**LLAMA, TOKENIZE: answer({}, status="HTTP/1.1 501 No")}, r"\(501\)"),
    "a tokenizer that is away": ({**LLAMA, TOKENIZE: says(Act.RESET)}, BROKEN),
    "counts that differ": (
        {**PYTHON, COUNT: in_turn(answer({"count": 9}), answer({"count": 1}))}, RIGHT
    ),
    "a count beyond all": ({**PYTHON, COUNT: answer({"count": 2**52})}, "tokens"),
    "a negative count": ({**PYTHON, COUNT: answer({"count": -2})}, "tokens"),
    "a count of letters": ({**PYTHON, COUNT: answer({"count": "2"})}, "tokens"),
    "scores": (VLLM, RIGHT),
    "no scores": (scored(), "no log-probabilities"),
    "scores beyond all": (
        scored(logprobs={"top_logprobs": [{"a": 1e308, "b": -1e308}]}), RIGHT
    ),
    "scores in other shapes": (scored(logprobs={"top_logprobs": {"a": -1}}), "no log-prob"),
    "scores of lists": (scored(logprobs=[{"a": -1}]), "no log-prob"),
    "scores without one": (scored(logprobs={"top_logprobs": [{"a": -1, "b": None}]}), "not among"),
    "many scores": (
        scored(logprobs={"top_logprobs": [{f"t{n}": -1 for n in range(99_999)}]}), "not among"
    ),
    "a wait of less than nothing": (
        {WRITE: in_turn(answer({}, "Retry-After: -5", status="HTTP/1.1 429 x"), FOUR)}, RIGHT
    ),
    "a wait of many digits": (
        {WRITE: answer({}, "Retry-After: " + "9" * 9000, status="HTTP/1.1 429 x")}, r"\(429\)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("mode", STREAMS)
def test_its_streams_are_wrong(mode: str) -> None:
    script, words = STREAMS[mode]
    outcome({WRITE: script}, words)


@pytest.mark.parametrize("mode", BODIES)
def test_its_json_is_wrong(mode: str) -> None:
    outcome(*BODIES[mode])
