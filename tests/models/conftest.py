"""A hub on loopback, and a machine that has pulled nothing yet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mathcli.models import store
from mathcli.models.hub import Hub
from mathcli.models.store import InstalledModel, StoredFile
from tests.models.hub_server import FakeHub, serving

REPOSITORY = "someone/Qwen2.5-Math-7B-Instruct-GGUF"
FILE = "Qwen2.5-Math-7B-Instruct-Q4_K_M.gguf"


@dataclass
class Quiet:
    """A progress that remembers."""

    done: int = 0
    total: int = 0
    said: list[str] = field(default_factory=list)

    def begin(self, name: str, total: int, done: int) -> None:
        self.total, self.done = total, done

    def advance(self, size: int) -> None:
        self.done += size

    def end(self) -> None:
        pass

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def fake() -> Iterator[FakeHub]:
    """The server."""
    with serving() as hub:
        yield hub


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Data and cache folders of this test alone."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def hub(fake: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The client, with no patience at all."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hf" / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "hf" / "token"))
    return Hub(endpoint=fake.endpoint, waits=())


def model(size: int = 300_000, seed: int = 0) -> bytes:
    """Bytes of a model that nobody will load."""
    return b"GGUF" + random.Random(seed).randbytes(size - 4)


def put(name: str, size: int, **values: object) -> InstalledModel:
    """A model on this machine, of zeros."""
    path = store.models_folder() / "someone" / "repo" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    stored = (StoredFile(str(path), size, "0" * 64),)
    facts: dict[str, object] = {"quant": "Q4_K_M", **values}
    record = InstalledModel("someone/repo", "c0ffee", files=stored, **facts)  # type: ignore[arg-type]
    store.save(record)
    return record
