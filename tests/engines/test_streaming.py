from __future__ import annotations

from math import log
from typing import Any

import pytest

from mathcli.engines import Completion
from mathcli.engines.retries import Unavailable
from mathcli.engines.streaming import StreamedText


def taken(*choices: dict[str, Any], stops: tuple[str, ...] = ()) -> Completion:
    writing = StreamedText(stops, 100, None)
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


def test_a_special_token_that_ends_a_text_is_no_part_of_it() -> None:
    def written(*stops: str) -> Completion:
        writing = StreamedText(stops, 100, None, ends=("<|im_end|>",))
        for text in ("It is 5", "<|im", "_end|>"):
            writing.take({"choices": [{"text": text}]})
        return writing.completion(keep_stop=True)

    assert (written().text, written().finish, written().stop) == ("It is 5", "eos", None)
    asked = written("<|im_end|>")  # one that was asked for is a stop string
    assert (asked.text, asked.finish, asked.stop) == ("It is 5<|im_end|>", "stop", "<|im_end|>")


def said(*choices: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"choices": [choice]} for choice in choices]


def test_text_that_came_together_is_told_at_once_and_is_the_same() -> None:
    told: list[str] = []
    writing = StreamedText(("STOP",), 100, told.append)
    assert writing.take_all(said({"text": "It"}, {"text": " is S"}))
    assert writing.take_all(said({"text": "5 ST"}, {"text": "OP"}, {"text": " never read"}))
    assert told == ["It is ", "S5 "]
    found = writing.completion(keep_stop=True)
    assert (found.text, found.stop, found.tokens) == ("It is S5 STOP", "STOP", 4)
    assert told == ["It is ", "S5 ", "STOP"]


def test_after_the_end_only_the_last_counts_are_read() -> None:
    writing = StreamedText((), 100, None)
    usage = {"prompt_tokens": 9, "completion_tokens": 2}
    end = {"choices": [{"text": "5", "finish_reason": "stop"}], "usage": usage}
    lies = {"prompt_tokens": 1, "completion_tokens": 99}
    more = {
        "choices": [{"text": "6"}],
        "usage": lies | {"prompt_tokens_details": {"cached_tokens": 8}},
    }
    assert writing.take_all([end, more])
    assert writing.completion(keep_stop=True).text == "5"
    assert (writing.tokens, writing.prompt, writing.evaluated) == (1, 9, 9 - 8 + 1)


def test_what_came_before_a_trouble_is_told() -> None:
    told: list[str] = []
    writing = StreamedText((), 100, told.append)
    with pytest.raises(Unavailable, match="abort"):
        writing.take_all(said({"text": "It"}, {"text": "", "finish_reason": "abort"}))
    assert told == ["It"]


def test_events_without_text_are_nothing_heard() -> None:
    writing = StreamedText((), 100, None)
    assert not writing.take_all([*said({"text": ""}), {"choices": []}, {}])
