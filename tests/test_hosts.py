from __future__ import annotations

import doctest
import time
from email.utils import formatdate

import pytest

from mathcli import hosts
from mathcli.hosts import is_loopback, retry_after


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.4", False),
        ("localhost.example", False),
        ("gpu", False),
    ],
)
def test_what_is_this_machine_by_its_name(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after("2.5") == 2.5
    assert retry_after("-1") == 0
    assert retry_after(None) is None
    assert retry_after("tomorrow") is None
    soon = retry_after(formatdate(time.time() + 100, usegmt=True))
    assert soon is not None
    assert 0 < soon <= 101


def test_the_examples_hold() -> None:
    failed, tried = doctest.testmod(hosts)
    assert not failed
    assert tried
