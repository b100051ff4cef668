from __future__ import annotations

from pathlib import Path

import pytest

from mathcli.models import memory


@pytest.mark.parametrize(
    ("limit", "less"), [("1000000000", True), ("max", False), ("9" * 30, False), (None, False)]
)
def test_a_container_has_what_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str | None, less: bool
) -> None:
    group = tmp_path / "memory.max"
    if limit is not None:
        group.write_text(f"{limit}\n")
    monkeypatch.setattr(memory, "_CGROUP", group)
    found = memory.total_memory()
    assert (found == 10**9) is less
    assert found <= memory._machine()
