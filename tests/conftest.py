"""What every test gets: user folders of its own, no hub, and the models that tests share."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.resources import embedded_model
from tests.checkpoints import CHECKPOINTS
from tests.checkpoints.getting import present
from tests.crasher import Crasher
from tests.random_model import TINY, write_random_model
from tests.servers.llama_server import llama_server
from tests.servers.running import RunningServer, native_server, python_server


@pytest.fixture(scope="session", autouse=True)
def interrupts() -> None:
    """Ctrl-C reaches the commands under test also where the tests run in the background."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Config, cache and data folders that nobody else uses; nothing reaches a hub."""
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    patch.setenv("HOME", str(home))
    patch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("COLUMNS", "LINES"):  # two processes of tests are told a size
        patch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.startswith("MATHCLI_")]:
        patch.delenv(name)
    patch.setenv("MATHCLI_MODEL", "nano")  # asked for by name, it comes without a hint
    with tempfile.TemporaryDirectory(prefix="mathcli-") as run:  # sockets need a short name
        patch.setenv("XDG_RUNTIME_DIR", run)
        yield home
    patch.undo()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A private folder whose name leaves room for a socket's."""
    with tempfile.TemporaryDirectory(prefix="mathcli-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights: it writes noise, at great speed."""
    return write_random_model(tmp_path_factory.mktemp("models") / "tiny.gguf", TINY)


@pytest.fixture(scope="session")
def chat_model() -> Path:
    """A published chat model that no card knows, where it is found."""
    return _published("smollm2-135m")


@pytest.fixture(scope="session")
def base_model() -> Path:
    """A published base model, without a chat template, where it is found."""
    return _published("gemma-3-270m")


def _published(name: str) -> Path:
    path = present(CHECKPOINTS[name])
    if path is None:
        pytest.skip(f"{name} is not here: python -m tests.checkpoints gets it")
    return path


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


@pytest.fixture(scope="session")
def python_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of llama-cpp-python's server, with the embedded model."""
    with python_server(tmp_path_factory.mktemp("server") / "log") as server:
        yield server.url


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """llama.cpp's own server, with the embedded model, where it is found."""
    program = llama_server()
    if program is None:
        pytest.skip("there is no llama-server: python -m tests.servers.llama_server builds it")
    with native_server(program, tmp_path_factory.mktemp("server") / "log") as server:
        yield server


@pytest.fixture(params=["llama-cpp-python", "llama-server"])
def server_url(request: pytest.FixtureRequest) -> str:
    """Both of them, one after the other."""
    if request.param == "llama-server":
        return str(request.getfixturevalue("native").url)
    return str(request.getfixturevalue("python_url"))
