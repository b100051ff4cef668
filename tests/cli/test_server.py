"""Solving through a server, as a user does: the same answers, and what is said when it fails."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mathcli.cli.session import Setup, session
from mathcli.engines.options import EngineOptions
from mathcli.engines.server import ServerOptions
from mathcli.sandbox import Executor, usable_cores
from tests.cli.conftest import Run, worker_of
from tests.servers.faulty import Faulty, faulty
from tests.servers.raw import answer, raw
from tests.servers.running import RunningServer, free_port, python_server

PROBLEM = "Solve x^2 - 5x + 6 = 0"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that a test may kill and start again."""
    with python_server(tmp_path / "server-log") as server:
        yield server


def write_problems(path: Path, count: int) -> Path:
    rows = ({"problem": f"What is {n} + {n + 7}?", "id": n} for n in range(count))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def start(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mathcli", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def wait_for_lines(path: Path, count: int) -> None:
    deadline = time.monotonic() + 120
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_solve_answers_as_it_does_without_a_server(mathcli: Run, server_url: str) -> None:
    here = mathcli("solve", "--json", "--no-history", PROBLEM)
    there = mathcli("solve", "--json", "--no-history", "--server", server_url, PROBLEM)
    assert (here.code, there.code, there.err) == (0, 0, "")
    local, remote = json.loads(here.out), json.loads(there.out)
    assert remote["answer"] == local["answer"]
    assert [s["text"] for s in remote["segments"]] == [s["text"] for s in local["segments"]]
    assert [s["tokens"] for s in remote["segments"]] == [s["tokens"] for s in local["segments"]]
    model = remote["model"]
    assert (model["name"], model["card"], model["sha256"]) == ("nano", "nano", "")
    assert model["engine"].startswith("server llama-")
    assert model["engine"].endswith(server_url)


def test_solve_shows_text_as_it_comes(python_url: str) -> None:
    with faulty(python_url) as server:
        server.gate, server.before_gate = threading.Event(), 25
        child = start("solve", "--no-history", "--server", server.url, PROBLEM)
        assert child.stdout is not None
        seen = b""
        while b"for x." not in seen:  # the stream is held back until this is there
            seen += os.read(child.stdout.fileno(), 4096)
            assert child.poll() is None
        server.gate.set()
        rest, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, b"")
    assert b"answer: 2, 3" in rest


def test_votes_over_a_server(mathcli: Run, server_url: str) -> None:
    done = mathcli("solve", "-q", "--samples", "3", "--server", server_url, "What is 17 * 23?")
    assert (done.code, done.out) == (0, "391\n")


def test_batch_over_a_server_is_the_batch_without(
    mathcli: Run, server_url: str, tmp_path: Path
) -> None:
    source = write_problems(tmp_path / "in.jsonl", 20)
    here = mathcli("batch", "-q", str(source))
    there = mathcli("batch", "-q", "--server", server_url, str(source))
    assert there.out == here.out
    assert there.code == 0
    assert "20/20 problems, 20 answered" in there.err


@pytest.mark.slow
def test_batches_killed_at_any_moment_do_nothing_twice(server_url: str, tmp_path: Path) -> None:
    source, out = write_problems(tmp_path / "in.jsonl", 40), tmp_path / "out.jsonl"
    words = ["batch", str(source), "-o", str(out), "--server", server_url]
    moments = random.Random(5)
    finished: dict[str, str] = {}
    for kills in range(100):
        child = start(*words)
        if kills < 4:
            wait_for_lines(out, min(40, len(finished) + moments.randint(1, 8)))
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate(timeout=300)
        lines = out.read_text().splitlines(keepends=True)
        now = {json.loads(line)["key"]: line for line in lines if line.endswith("\n")}
        assert finished.items() <= now.items()  # byte for byte: not solved again
        finished = now
        if child.returncode == 0:
            break
    rows = read_jsonl(out)
    assert [row["index"] for row in rows] == list(range(40))
    assert [row["prediction"] for row in rows] == [str(2 * n + 7) for n in range(40)]


def test_a_batch_stops_with_its_server_and_goes_on_with_it(
    mathcli: Run, own_server: RunningServer, tmp_path: Path
) -> None:
    source, out = write_problems(tmp_path / "in.jsonl", 60), tmp_path / "out.jsonl"
    words = ["batch", str(source), "-o", str(out), "--server", own_server.url]
    child = start(*words, "--patience", "1")
    wait_for_lines(out, 5)
    own_server.kill()
    _, said = child.communicate(timeout=120)
    assert child.returncode == 5
    assert b"does not answer" in said
    assert b"a batch with -o resumes where it stopped" in said
    assert b"Traceback" not in said
    before = out.read_text().splitlines()
    assert 5 <= len(before) < 60
    own_server.start()
    done = mathcli(*words)
    assert done.code == 0
    rows = out.read_text().splitlines()
    assert len(rows) == 60
    assert set(before) <= set(rows)


def test_a_batch_outlives_a_server_that_comes_back(
    own_server: RunningServer, tmp_path: Path
) -> None:
    source, out = write_problems(tmp_path / "in.jsonl", 60), tmp_path / "out.jsonl"
    child = start("batch", str(source), "-o", str(out), "--server", own_server.url)
    wait_for_lines(out, 5)
    own_server.kill()
    assert child.stderr is not None
    said = b""
    while b"does not answer" not in said:
        said += os.read(child.stderr.fileno(), 4096)
        assert child.poll() is None
    own_server.start()
    _, rest = child.communicate(timeout=240)
    assert child.returncode == 0, rest
    assert b"answers again" in said + rest
    rows = read_jsonl(out)
    assert [row["prediction"] for row in rows] == [str(2 * n + 7) for n in range(60)]


def test_two_interrupts_end_the_waiting_for_a_server(
    own_server: RunningServer, tmp_path: Path
) -> None:
    source, out = write_problems(tmp_path / "in.jsonl", 60), tmp_path / "out.jsonl"
    child = start("batch", str(source), "-o", str(out), "--server", own_server.url)
    wait_for_lines(out, 3)
    own_server.kill()
    assert child.stderr is not None
    said = b""
    for wanted in (b"does not answer", b"finishing the current problems"):
        while wanted not in said:
            said += os.read(child.stderr.fileno(), 4096)
            assert child.poll() is None
        os.kill(worker_of(child), signal.SIGINT)
    _, rest = child.communicate(timeout=60)
    assert child.returncode == 130
    assert b"Traceback" not in said + rest
    assert len(read_jsonl(out)) >= 3


def test_nobody_at_the_address(mathcli: Run) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = mathcli("solve", "-q", "--patience", "0", "--server", url, PROBLEM)
    assert (done.code, done.out) == (5, "")
    assert f"the server {url} does not answer: connection refused" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ["--threads", "2"],
        ["--gpu", "off"],
        ["--verbose"],
    ],
)
def test_what_makes_no_sense_with_a_server(mathcli: Run, words: list[str]) -> None:
    done = mathcli("solve", "--server", "localhost:1", *words, PROBLEM)
    assert done.code == 2
    assert f"{words[0]} is for a model file on this machine" in done.err


@pytest.mark.parametrize(
    "words", [["--concurrency", "2"], ["--patience", "2"], ["--chat-template", "x"]]
)
def test_what_makes_no_sense_without_one(mathcli: Run, words: list[str]) -> None:
    done = mathcli("solve", *words, PROBLEM)
    assert done.code == 2
    assert f"{words[0]} is for a server" in done.err


def test_a_host_that_is_not_this_machine_is_named(mathcli: Run, python_url: str) -> None:
    """0.0.0.0 leads back to this machine, and nobody knows that by its name."""
    with socket.socket() as probe:
        if probe.connect_ex(("0.0.0.0", int(python_url.rsplit(":", 1)[1]))):
            pytest.skip("0.0.0.0 leads nowhere on this system")
    elsewhere = python_url.replace("127.0.0.1", "0.0.0.0")
    done = mathcli("solve", "-q", "--no-history", "--server", elsewhere, PROBLEM)
    assert (done.code, done.out) == (0, "2, 3\n")
    assert done.err == "problems go to 0.0.0.0: the model is not on this machine\n"


class TestCards:
    """Which card a served model gets."""

    @pytest.fixture
    def server(self, python_url: str) -> Iterator[Faulty]:
        with faulty(python_url) as state:
            state.rewrite = lambda body: body | {"model": "nano"}
            yield state

    def serve(self, server: Faulty, *names: str) -> None:
        models = [{"id": name, "owned_by": "me"} for name in names]
        server.answers["/v1/models"] = lambda _: {"data": models}

    def test_a_model_that_no_card_knows(self, mathcli: Run, server: Faulty) -> None:
        self.serve(server, "mystery-7b")
        done = mathcli("solve", "-q", "--server", server.url, PROBLEM)
        assert done.code == 4
        assert "mystery-7b belongs to no family that mathcli knows" in done.err
        assert "--card NAME" in done.err
        done = mathcli("solve", "-q", "--server", server.url, "--card", "nano", PROBLEM)
        assert (done.code, done.out) == (0, "2, 3\n")

    def test_a_template_that_nobody_tells(
        self, mathcli: Run, server: Faulty, tmp_path: Path
    ) -> None:
        self.serve(server, "nvidia/AceMath-RL-Nemotron-7B")
        few = ["--max-tokens", "3", "--max-rounds", "0", "--no-history"]
        words = ["solve", "-q", "--server", server.url, *few, PROBLEM]
        done = mathcli(*words)
        assert done.code == 4
        assert "the card acemath-rl needs the model's chat template" in done.err
        assert "--chat-template FILE" in done.err
        template = tmp_path / "template.jinja"
        template.write_text("BEGIN {{ messages[-1].content }} END")
        done = mathcli(*words, "--chat-template", str(template))
        assert done.code in (0, 3)
        assert server.requests[-1]["prompt"].startswith("BEGIN ")

    def test_one_of_several_models_is_named(self, mathcli: Run, server: Faulty) -> None:
        self.serve(server, "nano", "mystery-7b")
        done = mathcli("solve", "-q", "--server", server.url, PROBLEM)
        assert done.code == 4
        assert "has 2 models" in done.err
        assert "--model nano, mystery-7b" in done.err
        done = mathcli("solve", "--json", "--server", server.url, "-m", "mystery-7b", PROBLEM)
        assert "mystery-7b belongs to no family that mathcli knows" in done.out


@pytest.mark.parametrize(("asked", "at_once"), [(1, 1), (10_000, 2)])
def test_programs_beside_a_server_do_not_queue_behind_slow_ones(asked: int, at_once: int) -> None:
    async def workers(url: str) -> int:
        engine = EngineOptions(sequences=asked)
        async with session(Setup(None, engine, "nano", server=ServerOptions(url))) as solver:
            assert isinstance(solver.executor, Executor)
            return solver.executor.workers

    with raw({"/v1/models": answer({"data": [{"id": "m"}]})}) as url:
        found = asyncio.run(workers(url))
    assert found == at_once * usable_cores()
