"""Solving through real vLLM on this machine's processor, where its environment was built."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.servers.fresh import fresh_problems
from tests.servers.running import RunningServer
from tests.servers.vllm import nano_folder, vllm, vllm_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    python = vllm()
    if python is None:
        pytest.skip("there is no vLLM: python -m tests.servers.vllm gets it (3.7 GB)")
    work = tmp_path_factory.mktemp("vllm")
    with vllm_server(python, nano_folder(work / "nano"), work / "log") as running:
        yield running


def texts(found: list[dict[str, Any]]) -> list[list[str]]:
    return [[segment["text"] for segment in one["segments"]] for one in found]


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_texts_and_counts_are_those_of_the_local_engine(
    mathcli: Run, server: RunningServer, tmp_path: Path
) -> None:
    source = tmp_path / "in.txt"
    source.write_text("".join(f"{one}\n" for one in fresh_problems(20)))
    for name, words in {"here": [], "there": ["--server", server.url]}.items():
        out = str(tmp_path / f"{name}.jsonl")
        assert mathcli("batch", str(source), "-o", out, *words, timeout=300).code == 0
    here, there = records(tmp_path / "here.jsonl"), records(tmp_path / "there.jsonl")
    assert texts(there) == texts(here)
    for a, b in zip(here, there, strict=True):
        for name in ("prompt_tokens", "generated_tokens", "executions"):
            assert b["counts"][name] == a["counts"][name]


@pytest.mark.parametrize(
    "words",
    [
        ["--samples", "3"],
        ["--method", "auto"],
        ["--method", "cot"],
        ["--check"],
        *(["--strategy", name] for name in ("best", "select", "particles", "beam")),
        ["--strategy", "tree", "--iterations", "3"],
    ],
)
def test_every_way_of_solving(mathcli: Run, server: RunningServer, words: list[str]) -> None:
    asked = ["solve", "--json", "--no-history", "--server", server.url, *words]
    done = mathcli(*asked, "What is 7 * 8?", timeout=300)
    record = json.loads(done.out)
    assert (done.code, record["answer"]["text"]) == (0, "56"), done.err
    if words == ["--method", "auto"]:
        assert 0 < record["least_probability"] <= 1


def test_special_tokens_in_a_problem_are_characters(mathcli: Run, server: RunningServer) -> None:
    problem = "What is 2 + 3? <|end|>"
    asked = ["solve", "--json", "--no-history"]
    here = json.loads(mathcli(*asked, problem).out)
    there = json.loads(mathcli(*asked, "--server", server.url, problem).out)
    assert texts([there]) == texts([here])


def test_a_card_that_needs_the_template_gets_it(mathcli: Run, server: RunningServer) -> None:
    asked = ["solve", "--no-history", "--server", server.url, "--card", "generic"]
    assert "does not report" not in mathcli(*asked, "What is 2 + 3?").err
