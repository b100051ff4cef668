from __future__ import annotations

from math import log
from typing import Any

import pytest

from mathcli.engines import Completion
from mathcli.engines.streaming import Writing


def taken(*choices: dict[str, Any], stops: tuple[str, ...] = ()) -> Completion:
    writing = Writing(stops, 100, None)
    for choice in choices:
        writing.take({"choices": [choice]})
    return writing.completion(keep_stop=False)


def llama_server(*tokens: tuple[str, float]) -> dict[str, Any]:
    content = [
        {"token": text, "bytes": list(text.encode()), "logprob": log(probability)}
        for text, probability in tokens
    ]
    return {"text": "".join(text for text, _ in tokens), "logprobs": {"content": content}}


def openai(*tokens: tuple[str, float]) -> dict[str, Any]:
    texts = [text for text, _ in tokens]
    chances = [log(probability) for _, probability in tokens]
    return {"text": "".join(texts), "logprobs": {"tokens": texts, "token_logprobs": chances}}


@pytest.mark.parametrize("says", [llama_server, openai])
def test_probabilities_come_with_the_text(says: Any) -> None:
    found = taken(says(("It", 0.5)), says((" is", 0.25), (" 5", 1.0)))
    assert [token.piece for token in found.drawn] == [b"It", b" is", b" 5"]
    assert [token.probability for token in found.drawn] == pytest.approx([0.5, 0.25, 1.0])


@pytest.mark.parametrize("says", [llama_server, openai])
def test_tokens_beyond_the_kept_text_are_left_out(says: Any) -> None:
    found = taken(says(("a", 0.5), ("bST", 0.5), ("OP c", 0.5)), stops=("STOP",))
    assert found.text == "ab"
    assert [token.piece for token in found.drawn] == [b"a"]


@pytest.mark.parametrize("more", [{}, {"logprobs": None}, {"logprobs": {"content": []}}])
def test_a_server_that_keeps_them_to_itself(more: dict[str, Any]) -> None:
    assert taken({"text": "It is 5"} | more).drawn == ()
