from __future__ import annotations

import doctest
import importlib

import pytest

from mathcli.engines.connection import server_url
from mathcli.errors import UsageError


@pytest.mark.parametrize(
    "name",
    [
        "mathcli.engines.connection",
        "mathcli.engines.servers.vllm",
        "mathcli.engines.specials",
    ],
)
def test_examples_in_docstrings(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert failed == 0
    assert tried > 0


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("localhost:8080", "http://localhost:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("https://gpu.example/v1", "https://gpu.example"),
        ("https://gpu.example/team/v1/", "https://gpu.example/team"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_is_written_in_one_way(given: str, used: str) -> None:
    assert server_url(given) == used


@pytest.mark.parametrize(
    "given", ["", "http://", "ftp://here", "http://here:port", "http://a b", "http://x?y", "x#y"]
)
def test_what_is_no_address(given: str) -> None:
    with pytest.raises(UsageError, match="is not a server's address"):
        server_url(given)


def test_a_password_in_an_address_would_end_up_in_transcripts() -> None:
    with pytest.raises(UsageError, match="contains a password") as caught:
        server_url("http://me:secret@here")
    assert "secret" not in caught.value.message
