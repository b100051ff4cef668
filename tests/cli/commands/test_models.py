"""`mathcli models` as a user runs it, against a hub on loopback."""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mathcli.resources import embedded_model
from tests.cli.conftest import Done
from tests.models.conftest import FILE, REPOSITORY, model
from tests.models.hub_server import FakeHub, serving

SECRET = "hf_neverprinted"


class Machine:
    """A machine with its own folders, whose hub is the server."""

    def __init__(self, hub: FakeHub, home: Path) -> None:
        self.hub = hub
        self.home = home
        self.data = home / "data" / "mathcli" / "models"
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        self.env |= {
            "XDG_DATA_HOME": str(home / "data"),
            "HF_HOME": str(home / "hf"),
            "HF_ENDPOINT": hub.endpoint,
            "HF_TOKEN": SECRET,
            "PYTHONFAULTHANDLER": "",
        }

    def start(self, *words: str, **options: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "mathcli", "models", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            command, env=self.env, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True,
            **options,
        )  # fmt: skip

    def __call__(self, *words: str, **options: object) -> Done:
        return self.end(self.start(*words, **options))

    def end(self, process: subprocess.Popen[str]) -> Done:
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in out + err
        assert SECRET not in out + err
        assert "signature" not in out + err
        return Done(process.returncode, out, err)

    def wait_for_part(self, size: int) -> Path:
        """Wait until this much has arrived; return the file that it is in."""
        part = self.data / REPOSITORY / f"{FILE}.part"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (part.exists() and part.stat().st_size >= size):
            time.sleep(0.01)
        return part

    def failure(self, *words: str, **options: object) -> str:
        """The error of a command that fails as models do: one line and a next step, exit 4."""
        done = self(*words, **options)
        assert done.code == 4
        message, step = done.err.splitlines()[-2:]
        assert message.startswith("mathcli: ")
        assert step.startswith("  ")
        return message


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with serving() as hub:
        yield Machine(hub, tmp_path)


def test_from_pull_to_rm(machine: Machine) -> None:
    digest = machine.hub.add("bartowski/Qwen2.5-Math-7B-Instruct-GGUF", FILE, model())
    done = machine("pull", "qwen2.5-math-7b", "--json")
    assert done.code == 0
    record = json.loads(done.out)
    path = Path(record["path"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert (record["downloaded"], record["card"]) == (300_000, "qwen2.5-math")
    assert f"{FILE}: 300.0 kB" in done.err

    listed = machine("list").out
    assert re.search(r"qwen2\.5-math-7b:Q4_K_M +300\.0 kB +fits +apache-2\.0", listed)
    assert machine("path", "qwen2.5-math-7b").out == f"{path}\n"
    assert "the published file" in machine("verify").out
    assert "already here\n" in machine("pull", "qwen2.5-math-7b").out

    path.write_bytes(model(seed=5))
    wrong = machine("verify", "qwen2.5-math-7b")
    assert wrong.code == 4
    assert "is damaged" in wrong.out

    assert "300.0 kB freed" in machine("rm", "qwen2.5-math-7b").out
    assert [one for one in machine.data.rglob("*") if one.is_file()] == []
    assert "is not on this machine" in machine.failure("path", "qwen2.5-math-7b")


def test_offline_makes_no_connection(machine: Machine) -> None:
    machine.hub.add(REPOSITORY, FILE, model())
    assert machine("pull", REPOSITORY).code == 0
    machine.hub.requests.clear()
    assert "already here" in machine("pull", "--offline", REPOSITORY).out
    assert "offline mode is on" in machine.failure("pull", "--offline", "someone/other")
    machine.env["HF_HUB_OFFLINE"] = "1"
    assert "offline mode is on" in machine.failure("pull", "someone/other")
    assert machine.hub.requests == []


def test_a_killed_pull_goes_on_where_it_was(machine: Machine) -> None:
    digest = machine.hub.add(REPOSITORY, FILE, model(3_000_000))
    machine.hub.pause = 0.02
    process = machine.start("pull", REPOSITORY)
    part = machine.wait_for_part(300_000)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    machine.hub.pause = 0.0
    kept = part.stat().st_size
    assert 300_000 <= kept < 3_000_000

    done = machine("pull", REPOSITORY, "--json")
    assert done.code == 0
    assert "are here already" in done.err
    assert machine.hub.transfers[-1].start == kept
    assert json.loads(done.out)["downloaded"] == 3_000_000 - kept
    path = machine.data / REPOSITORY / FILE
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


def test_an_interrupted_pull_keeps_what_has_arrived(machine: Machine) -> None:
    machine.hub.add(REPOSITORY, FILE, model(3_000_000))
    machine.hub.pause = 0.02
    process = machine.start("pull", REPOSITORY)
    part = machine.wait_for_part(1)
    process.send_signal(signal.SIGINT)
    assert machine.end(process).code == 130
    kept = part.stat().st_size
    assert kept > 0
    assert f"{REPOSITORY}/{FILE}" in machine("list").out.partition("Unfinished")[2]
    removed = json.loads(machine("rm", REPOSITORY, "--json").out)
    assert removed["freed"] == kept
    assert not part.exists()


def test_two_processes_share_one_download(machine: Machine) -> None:
    machine.hub.add(REPOSITORY, FILE, model())
    machine.hub.gate = threading.Event()
    first = machine.start("pull", REPOSITORY)
    machine.wait_for_part(1)
    second = machine.start("pull", REPOSITORY)
    assert second.stderr is not None
    assert "another process is downloading" in second.stderr.readline()
    machine.hub.gate.set()
    assert [machine.end(one).code for one in (first, second)] == [0, 0]
    assert sum(one.sent for one in machine.hub.transfers) == 300_000


def test_a_disk_that_fills_up_keeps_what_has_arrived(machine: Machine) -> None:
    machine.hub.add(REPOSITORY, FILE, model())

    def quota() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    assert "the disk is full" in machine.failure("pull", REPOSITORY, preexec_fn=quota)
    assert (machine.data / REPOSITORY / f"{FILE}.part").stat().st_size == 100_000
    assert machine("pull", REPOSITORY).code == 0
    assert machine.hub.transfers[-1].start == 100_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can make a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_too_small_is_said_first(machine: Machine, small_disk: Path) -> None:
    machine.hub.add(REPOSITORY, FILE, model())
    machine.env["XDG_DATA_HOME"] = str(small_disk)
    assert "300.0 kB are needed" in machine.failure("pull", REPOSITORY)
    assert machine.hub.transfers == []


def test_a_folder_that_cannot_be_made(machine: Machine, tmp_path: Path) -> None:
    machine.hub.add(REPOSITORY, FILE, model())
    (tmp_path / "file").write_text("no folder")
    machine.env["XDG_DATA_HOME"] = str(tmp_path / "file")
    assert "cannot be made" in machine.failure("pull", REPOSITORY)


def test_errors_are_one_line_and_a_next_step(machine: Machine) -> None:
    machine.hub.add(REPOSITORY, FILE, model())
    machine.hub.flip = True
    assert "arrived damaged" in machine.failure("pull", REPOSITORY)
    machine.hub.refusals.append((403, {}))
    assert "does not let this account" in machine.failure("pull", REPOSITORY)
    error = json.loads(machine("pull", "someone/nothing", "--json").out)["error"]
    assert (error["code"], "no repository" in error["message"]) == ("model", True)


def test_a_bar_on_a_terminal(machine: Machine) -> None:
    machine.hub.add(REPOSITORY, FILE, model())
    ours, theirs = os.openpty()
    machine.env |= {"TERM": "xterm", "COLUMNS": "120"}
    command = [sys.executable, "-m", "mathcli", "models", "pull", REPOSITORY]
    process = subprocess.Popen(command, env=machine.env, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # how a terminal ends
        pass
    process.communicate()
    assert process.returncode == 0
    assert b"300.0/300.0 kB" in shown
    os.close(ours)


def test_the_list_names_what_can_be_pulled(machine: Machine) -> None:
    done = machine()
    assert done.code == 0
    assert re.search(r"nano +[\d.]+ MB +fits +MIT", done.out)
    assert re.search(r"qwen2\.5-math-7b +~4 GB +\S.* +apache-2\.0", done.out)
    rows = {
        row["name"]: row for row in json.loads(machine("list", "--all", "--json").out)["models"]
    }
    assert rows["nano"]["installed"]
    assert rows["tora-70b"]["repository"] is None
    assert machine.hub.requests == []


def test_show_says_what_is_sent_token_by_token(machine: Machine) -> None:
    shown = machine("show", "nano", "--prompt", "1 + 1? <|user|>").out.splitlines()
    assert sum("'<|user|>'" in line for line in shown) == 1  # the problem's stays text
    assert shown[-1].endswith(" tokens")
    assert machine("show", "tora", "--prompt", "1 + 1?").out == "<|user|>\n1 + 1?\n<|assistant|>\n"
    assert "```output" in machine("show", "tora-code-7b").out
    assert "chat template" in machine.failure("show", "qwen3", "--prompt", "1 + 1?")
    assert "did you mean" in machine("show", "qwen2.5-meth").err


def test_a_pulled_model_is_what_solve_finds(machine: Machine) -> None:
    machine.hub.add("someone/nano-GGUF", "nano-Q8_0.gguf", embedded_model().read_bytes())
    assert machine("pull", "someone/nano-GGUF").code == 0
    command = [sys.executable, "-m", "mathcli", "solve", "--json", "-m", "someone/nano-GGUF"]
    done = subprocess.run([*command, "What is 2 + 3?"], env=machine.env, capture_output=True)
    assert json.loads(done.stdout)["model"]["file"] == "nano-Q8_0.gguf"
