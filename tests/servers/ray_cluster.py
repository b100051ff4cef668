"""Two real vLLM servers behind one address: Ray Serve on a Ray cluster of two nodes.

Both nodes are on this machine, each with its own raylet: what a cluster of two machines has, but
for the network between them.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.running import RunningServer, free_port
from tests.servers.vllm import PATIENCE, environment, serve_words

_HERE = "127.0.0.1"


class Replicas:
    """The address of the servers, and how to kill one of them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    @property
    def pids(self) -> Mapping[str, int]:
        """The last `vllm serve` that was started on each node, by the node's identity."""
        found = [json.loads(path.read_text("utf-8")) for path in self._folder.glob("*.json")]
        return {one["node"]: one["pid"] for one in found}

    def kill(self, node: str) -> None:
        """End a node's server and all its processes at once; the others of the node stay."""
        os.killpg(self.pids[node], signal.SIGKILL)


@contextmanager
def replicas(python: Path, model: Path, work: Path) -> Iterator[Replicas]:
    """Two servers with the model in the folder `model`; logs go to `work`."""
    port, head = free_port(), free_port()
    servers = work / "servers"
    servers.mkdir(parents=True)
    start = [
        "nice",
        "-n",
        "5",
        str(python),
        "-m",
        "ray.scripts.scripts",
        "start",
        "--block",
        "--num-cpus",
        "2",
    ]
    start += ["--resources", '{"replica": 1}', "--object-store-memory", str(100 << 20)]
    start += ["--node-ip-address", _HERE]
    first = ["--head", "--port", str(head), "--include-dashboard", "false"]
    app = [str(python), str(Path(__file__).with_name("ray_app.py")), f"{_HERE}:{head}", str(port)]
    app += [str(servers), *serve_words(model)]
    found = Replicas(f"http://{_HERE}:{port}", servers)
    try:
        with _node([*start, *first], work / "head-log"):
            _wait(lambda: _listens(head))
            with (
                _node([*start, "--address", f"{_HERE}:{head}"], work / "node-log"),
                RunningServer(app, work / "app-log", port, environment(), PATIENCE),
            ):
                _wait(lambda: len(found.pids) == 2)
                yield found
    finally:
        for node in found.pids:
            with suppress(ProcessLookupError):
                found.kill(node)


@contextmanager
def _node(words: Sequence[str], log: Path) -> Iterator[None]:
    """A node of the cluster, ended with all that it started."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=environment(),
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.terminate()  # Ray ends what it started
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def _wait(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, "the cluster does not start"
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((_HERE, port)) == 0
