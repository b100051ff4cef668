"""What is asked of each kind of server, and how a server is recognized."""

from __future__ import annotations

import pytest

from mathcli.engines import Sampling
from mathcli.engines.servers import DIALECTS, Dialect, Served, dialect_of
from mathcli.engines.servers.llama_server import LlamaServer
from mathcli.engines.servers.vllm import Vllm

TEMPLATE = "<|im_start|>user<|im_end|><think></think>[THINK]<|tool_call>call<tool_call|> a<b> <|x"
SAMPLING = Sampling(temperature=0.8, top_p=0.9, top_k=20, min_p=0.05)


def served(dialect: Dialect, template: str | None = TEMPLATE) -> Served:
    return Served(dialect, "m", ("m",), template=template)


def test_servers_are_told_to_show_the_special_tokens_of_thoughts_and_calls() -> None:
    found = served(LlamaServer())
    assert found.stream_fields([])["preserved_tokens"] == [
        "</think>", "<b>", "<think>", "<tool_call|>", "<|im_start|>", "<|tool_call>", "[THINK]",
    ]  # fmt: skip
    assert found.ends == ()
    assert "preserved_tokens" not in served(LlamaServer(), None).stream_fields([])
    vllm = served(Vllm())
    assert vllm.stream_fields([])["skip_special_tokens"] is False
    assert "<|im_end|>" in vllm.ends
    assert "<|end|>" not in vllm.ends  # harmony's messages end so, and the text goes on


def test_only_a_server_that_returns_stop_strings_is_asked_to_stop() -> None:
    asking = [one for one in DIALECTS if "stop" in one.stream_fields(served(one), ["```output"])]
    assert [one.title for one in asking] == ["vLLM"]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.title)
def test_every_server_gets_the_sampling_that_is_on(dialect: Dialect) -> None:
    fields = served(dialect).sampling_fields(SAMPLING, 7)
    named = ("temperature", "top_p", "top_k", "min_p", "seed")
    assert [fields[name] for name in named] == [0.8, 0.9, 20, 0.05, 7]
    assert "seed" not in served(dialect).sampling_fields(Sampling(), 7)


def test_an_unknown_server_is_not_sent_what_is_off() -> None:
    assert served(Dialect()).sampling_fields(Sampling(), 0) == {"temperature": 0.0, "top_p": 1.0}
    assert served(LlamaServer()).sampling_fields(Sampling(), 0)["top_k"] == 0  # its default is 40
    assert served(Vllm()).sampling_fields(Sampling(), 0)["top_k"] == -1


def test_a_server_is_recognized_by_the_owner_that_it_names() -> None:
    owners = [one.owner for one in DIALECTS]
    assert [dialect_of({"owned_by": owner}) for owner in owners] == list(DIALECTS)
    assert len(set(owners)) == len(owners)
    for entry in ({}, {"owned_by": "someone"}, {"owned_by": ["vllm"]}):
        assert dialect_of(entry).title == "OpenAI-compatible"
