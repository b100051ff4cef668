"""Who is let in, and which fields a request may have."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from mathcli.api.bodies import Wanted, conversation, wanted
from mathcli.api.faults import Refused, refusal
from mathcli.api.guarding import AccessRules
from mathcli.cli.http_options import options_of
from mathcli.errors import ContextFull, EngineError, UsageError
from mathcli.hosts import is_loopback
from mathcli.models import cards
from mathcli.solving import SolveOptions

LOCAL = AccessRules("127.0.0.1")
WITH_KEY = AccessRules("127.0.0.1", "secret")
OPEN = AccessRules("0.0.0.0", "secret")


def status(rules: AccessRules, path: str = "/v1/models", **headers: str) -> int:
    try:
        rules.check(Headers(headers), path)
    except Refused as refused:
        return refused.status
    return 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1:8080", 200), ("localhost:8080", 200), ("[::1]:8080", 200), ("LOCALHOST", 200),
     ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("", 403), ("[", 403),
     ("localhost.evil.example:8080", 403), ("192.168.0.5", 403), ("user@evil.example", 403)],
)  # fmt: skip
def test_another_name_of_this_machine_is_refused(host: str, expected: int) -> None:
    assert status(LOCAL, host=host) == expected


@pytest.mark.parametrize(
    ("origin", "expected"),
    [("http://localhost:3000", 200), ("http://127.0.0.1", 200), ("https://evil.example", 403),
     ("null", 403), ("", 403), ("http://localhost.evil.example", 403), ("http://[", 403)],
)  # fmt: skip
def test_pages_from_elsewhere_are_refused(origin: str, expected: int) -> None:
    assert status(LOCAL, host="localhost", origin=origin) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("Bearer secret", 200), ("bearer secret", 200), ("Bearer secre", 401), ("Bearer secret2", 401),
     ("secret", 401), ("Basic secret", 401), ("Bearer ", 401), ("Bearer sécret", 401)],
)  # fmt: skip
def test_the_key(given: str, expected: int) -> None:
    assert status(WITH_KEY, host="localhost", authorization=given) == expected


def test_a_key_may_have_any_characters() -> None:
    rules = AccessRules("127.0.0.1", "sécret")
    came = "Bearer sécret".encode().decode("latin-1")  # as the bytes of a header are read
    assert status(rules, host="localhost", authorization=came) == 200


def test_without_the_key_only_the_health_is_told() -> None:
    assert status(WITH_KEY, host="localhost") == 401
    assert status(WITH_KEY, "/health", host="localhost") == 200
    assert status(OPEN, host="10.0.0.1:80", authorization="Bearer secret") == 200
    assert status(OPEN, host="10.0.0.1:80") == 401
    mine, other = "http://10.0.0.1", "http://evil.example"
    assert status(OPEN, host="10.0.0.1", authorization="Bearer secret", origin=mine) == 200
    assert status(OPEN, host="10.0.0.1", authorization="Bearer secret", origin=other) == 403


def test_loopback() -> None:
    assert [is_loopback(one) for one in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "x")] == [
        True, True, True, False, False,
    ]  # fmt: skip


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
COMPLETION = st.sampled_from([
    "temperature", "top_p", "top_k", "min_p", "repeat_penalty", "seed", "max_tokens", "stop", "n",
    "stream", "stream_options", "logprobs", "max_completion_tokens", "timings_per_token",
])  # fmt: skip
SOLVING = st.sampled_from([
    "method", "strategy", "samples", "budget", "confidence", "min_agreement", "min_trust", "check",
    "paraphrase", "branch", "iterations", "temperature", "top_p", "seed", "max_rounds",
    "max_tokens", "timeout", "think",
])  # fmt: skip


def test_huge_numbers_are_out_of_bounds_and_whole_ones_stay_exact() -> None:
    for name in ("seed", "temperature", "top_k"):
        with pytest.raises(Refused) as refused:
            wanted({name: 10**400}, 512, chat=False)
        assert refused.value.status == 422
    assert wanted({"seed": 2**53 + 1}, 512, chat=False).sampling.seed == 2**53 + 1


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(COMPLETION, VALUES, max_size=4), st.booleans())
def test_any_fields_are_within_bounds_or_refused(body: dict[str, Any], chat: bool) -> None:
    try:
        found = wanted(body, 512, chat=chat)
    except Refused as error:
        refused = error.status
    else:
        refused = 422
        check_completion(found)
    assert refused == 422


def check_completion(found: Wanted) -> None:
    assert 1 <= found.max_tokens <= 512
    assert 0 <= found.sampling.seed < 2**63
    assert 0 <= found.sampling.temperature <= 100


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(SOLVING, VALUES, max_size=4))
def test_any_way_to_solve_makes_sense_or_is_refused(body: dict[str, Any]) -> None:
    try:
        found = options_of(body, cards()["nano"])
    except Exception as error:
        refused = refusal(error).status
    else:
        refused = 422
        check_solving(found)
    assert refused == 422


def check_solving(found: SolveOptions) -> None:
    assert 1 <= found.samples <= 64
    assert found.timeout is not None
    assert 0 < found.timeout <= 3600


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["role", "content"]), VALUES | st.just("user"))))
def test_any_messages_are_read_or_refused(messages: list[Any]) -> None:
    with contextlib.suppress(Refused):
        for said in conversation({"messages": messages}):
            assert isinstance(said.content, str)


def test_errors_have_their_status_and_bugs_tell_nothing() -> None:
    told = [refusal(error) for error in (
        ContextFull("long"), UsageError("no"), EngineError("x"), KeyError("secret"),
    )]  # fmt: skip
    assert [one.status for one in told] == [400, 422, 503, 500]
    assert "secret" not in told[-1].words
