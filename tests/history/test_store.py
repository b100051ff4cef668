"""The history's folder: privacy, limits, many processes, damage."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mathcli.errors import UsageError
from mathcli.history import History
from tests.rendering.samples import sample


def record(name: str, **more: object) -> dict[str, object]:
    return sample().record() | {"id": name, **more}


def test_kept_and_found_again(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    assert history.entries() == []
    for name in ("aa11", "ab22", "cc33"):
        history.add(record(name))
    assert [entry.id for entry in history.entries()] == ["cc33", "ab22", "aa11"]
    assert history.find("c").id == "cc33"
    assert history.find("last").id == "cc33"
    assert history.find("ab").read() == json.loads(json.dumps(record("ab22")))
    assert history.clear() == 3
    assert history.entries() == []


@pytest.mark.parametrize("name", ["zz", "", "last"])
def test_nothing_of_that_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="there is no transcript"):
        History(tmp_path).find(name)


def test_several_of_that_name(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add(record("aa11"))
    history.add(record("aa22"))
    with pytest.raises(UsageError, match="may mean several"):
        history.find("aa")


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_private(tmp_path: Path) -> None:
    history = History(tmp_path / "a" / "history")
    path = history.add(record("aa"))
    assert stat.S_IMODE(history.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_oldest_go_first(tmp_path: Path) -> None:
    history = History(tmp_path, max_count=3)
    for at in range(5):
        history.add(record(f"a{at}"))
    assert [entry.id for entry in history.entries()] == ["a4", "a3", "a2"]


def test_large_ones_push_others_out(tmp_path: Path) -> None:
    history = History(tmp_path, max_bytes=10_000)
    history.add(record("a1"))
    history.add(record("a2", problem="x" * 9_000))
    assert [entry.id for entry in history.entries()] == ["a2"]
    history.add(record("a3", problem="x" * 20_000))  # the newest stays, however large
    assert [entry.id for entry in history.entries()] == ["a3"]


def test_other_files_and_damage(tmp_path: Path) -> None:
    history = History(tmp_path)
    damaged = history.add(record("aa"))
    damaged.write_text('{"id": ')
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "20261399T000000000000Z-aa.json").write_text("{}")
    assert [entry.read() for entry in history.entries()] == [None]


def test_a_name_from_a_file_leads_nowhere_else(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    path = history.add(record("../../etc/passwd"))
    assert path.parent == history.folder
    assert history.find("etcpasswd").path == path


def test_drafts_of_the_dead_are_swept(tmp_path: Path) -> None:
    history = History(tmp_path)
    draft = tmp_path / "20200101T000000000000Z-aa.999"
    draft.write_text("half")
    history.add(record("aa"))
    assert draft.exists()  # its writer may be alive
    os.utime(draft, (0, 0))
    history.add(record("bb"))
    assert not draft.exists()


_MANY = """
import sys
from pathlib import Path
from mathcli.history import History
history = History(Path(sys.argv[1]), max_count=10)
for at in range(20):
    history.add({"id": f"{sys.argv[2]}{at}"})
    for entry in history.entries():
        found = entry.read()  # another process may have deleted it, but never half written it
        assert found is None or found["id"]
"""


def test_several_processes_at_once(tmp_path: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", _MANY, str(tmp_path), name]) for name in "abc"
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    entries = History(tmp_path).entries()
    assert len(entries) == 10
    assert all(entry.read() for entry in entries)
    assert len(list(tmp_path.iterdir())) == 10
