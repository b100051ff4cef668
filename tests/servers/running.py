"""Real servers on loopback, each with the embedded model and one thread."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from mathcli.resources import embedded_model
from tests.servers.llama_server import environment


class RunningServer:
    """A server program in a process of its own; it can be killed and started again.

    Args:
        environ: its environment; by default the one in which llama.cpp's server runs.
        patience: seconds until it has to answer.
    """

    def __init__(
        self,
        words: Sequence[str],
        log: Path,
        port: int,
        environ: Mapping[str, str] | None = None,
        patience: float = 120.0,
    ) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._words = list(words)
        self._log = log
        self._environ = environ
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it serves its model."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment() if self._environ is None else self._environ,
                start_new_session=True,  # it may have processes of its own
            )
        try:
            self._wait(self._process)
        except BaseException:  # nobody else would end it
            self.kill()
            raise

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does, with all its processes."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(60)
            self._process = None

    def __enter__(self) -> RunningServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.kill()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._patience
        while not self._answers():
            assert process.poll() is None, self._log.read_text()[-2000:]
            assert time.monotonic() < deadline, self._log.read_text()[-2000:]
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/v1/models", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            return error.code == 401  # it is there, and asks for a key
        except OSError:
            return False


def python_server(log: Path, *words: str) -> RunningServer:
    """llama-cpp-python's server: it decodes one text at a time."""
    port = free_port()
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(embedded_model())]
    command += ["--host", "127.0.0.1", "--port", str(port), "--n_ctx", "512", "--n_threads", "1"]
    command += ["--model_alias", "nano", "--interrupt_requests", "False", *words]
    return RunningServer(command, log, port)


def native_server(
    program: Path, log: Path, *words: str, slots: int = 4, model: Path | None = None
) -> RunningServer:
    """llama.cpp's server with some slots, each of the embedded model's whole context."""
    port = free_port()
    model = model or embedded_model()
    command = [str(program), "--model", str(model), "--alias", model.stem]
    command += ["--host", "127.0.0.1", "--port", str(port), "--threads", "1", "--offline"]
    command += ["--ctx-size", str(512 * slots), "--parallel", str(slots), *words]
    return RunningServer(command, log, port)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
