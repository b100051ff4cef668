from __future__ import annotations

import os
from pathlib import Path

import pytest

from mathcli.engines import hardware


def test_threads_are_within_what_the_process_may_use() -> None:
    assert 1 <= hardware.physical_threads() <= len(os.sched_getaffinity(0))


def test_two_hardware_threads_of_a_core_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(hardware, "_siblings", lambda cpu: f"{cpu % 2},{cpu % 2 + 2}")
    monkeypatch.setattr(hardware, "quota", lambda: None)
    assert hardware.physical_threads() == 2


def test_a_processor_quota_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "quota", lambda: 1)
    assert hardware.physical_threads() == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("max 100000", None), ("150000 100000", 1.5), ("400000 100000", 4.0), ("50000 100000", 0.5)],
)
def test_quotas_as_the_kernel_writes_them(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: float | None
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda _: text)
    assert hardware.quota() == expected


def test_a_small_model_gets_one_thread() -> None:
    assert hardware.decode_threads(6_000_000) == 1
    assert hardware.decode_threads(600_000_000) == hardware.physical_threads()
