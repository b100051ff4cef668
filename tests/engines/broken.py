"""What broken servers have in common: the sound answers, and what may come of the others.

Each mode says what has to come of it: the right text, or an error with these words.
"""

from __future__ import annotations

import re
from typing import Any

from mathcli.engines import Completion
from mathcli.engines.retries import Backoff
from tests.servers import using
from tests.servers.raw import (
    Script,
    answer,
    body,
    head,
    in_turn,
    raw,
    stream,
)

QUICK = Backoff(0.15, 0.02, 0.05)
FIRST, MODELS, WRITE, COUNT = "", "/v1/models", "/v1/completions", "/extras/tokenize/count"
TOKENIZE = "/tokenize"


def listing(**entry: Any) -> dict[str, Any]:
    return {"data": [{"id": "m", **entry}]}


def text(words: Any, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"text": words, **choice}]}


def lone(value: Any, *, index: int = 0) -> dict[str, Any]:
    """A choice's fields, whatever they are."""
    return {"choices": [{"text": "4", "index": index, **value}]}


def counted(**usage: Any) -> Script:
    return stream({**text("4"), "usage": usage}, END)


END = text("", finish_reason="stop")
FOUR = stream(text("4"), END)
BASE = {MODELS: answer(listing()), WRITE: FOUR}
LLAMA = {
    **BASE,
    MODELS: answer(listing(owned_by="llamacpp")),
    "/props": answer({"total_slots": 1}),
    TOKENIZE: answer({"tokens": [1, 2]}),
}
PYTHON = {**BASE, MODELS: answer(listing(owned_by="me")), COUNT: answer({"count": 2})}
SCORES = {"choices": [{"text": "a", "logprobs": {"top_logprobs": [{"a": -1.0, "b": -2.0}]}}]}
VLLM = {
    **BASE,
    MODELS: answer(listing(owned_by="vllm", max_model_len=512)),
    TOKENIZE: answer({"tokens": [1], "count": 1}),
    WRITE: in_turn(FOUR, answer(SCORES)),
}

MODELS_BODY = body(listing())
PLAIN = head() + MODELS_BODY
CHUNKED = head("Transfer-Encoding: chunked")
RESET = "reset by peer|the connection broke"
RIGHT, BROKEN, SILENT = "4", "the connection broke", "silent|no complete answer|writes nothing"
NO_TALK = "no HTTP|the connection broke"
NO_HTTP, NO_SERVER = "no HTTP", "is no OpenAI-compatible server"
REDIRECTS = r"redirects \(3\d\d\)"
ENDED = "broke off|the connection broke"
UNSAID = f"{ENDED}|{SILENT}|{NO_SERVER}|MiB"  # it is asked why, and answers as wrongly


def outcome(scripts: dict[str, Script], words: str) -> None:
    found = using.outcome(raw({**BASE, **scripts}), backoff=QUICK, silence=0.3)
    if isinstance(found, Completion):
        assert re.search(words, found.text), found
        assert found.tokens <= 21
    else:
        assert re.search(words, found.message), found.message
