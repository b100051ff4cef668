"""What every test gets: user folders of its own, no hub, and the models that tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.resources import embedded_model
from tests.crasher import Crasher
from tests.random_model import TINY, write_random_model


@pytest.fixture(scope="session", autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Config, cache and data folders that nobody else uses; nothing reaches a hub."""
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    patch.setenv("HOME", str(home))
    patch.setenv("HF_HUB_OFFLINE", "1")
    for name in [name for name in os.environ if name.startswith("MATHCLI_")]:
        patch.delenv(name)
    patch.setenv("MATHCLI_MODEL", "nano")  # asked for by name, it comes without a hint
    yield home
    patch.undo()


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights: it writes noise, at great speed."""
    return write_random_model(tmp_path_factory.mktemp("models") / "tiny.gguf", TINY)


@pytest.fixture(scope="session")
def nano() -> Iterator[LlamaEngine]:
    """The embedded model, loaded once."""
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=16))
    yield engine
    engine.close()


@pytest.fixture
def crasher(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Crasher:
    """Makes the native library of child processes die by a signal, once armed."""
    return Crasher(tmp_path_factory.mktemp("crasher"), monkeypatch)
