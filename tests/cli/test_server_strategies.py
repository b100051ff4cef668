"""Several solutions of a problem over a server: they need nothing of it but `/v1/completions`."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done, Run
from tests.reward_model import write_reward_model
from tests.servers.faulty import Faulty, faulty

QUADRATIC = "Solve x^2 - 5x + 6 = 0"
TOO_LARGE_FOR_WORDS = "What is 738261 * 918273?"
STRATEGIES = {
    "vote": ("--samples", "4"),
    "best": ("--strategy", "best", "--samples", "4"),
    "particles": ("--strategy", "particles", "--samples", "4", "--iterations", "2"),
    "beam": ("--strategy", "beam", "--samples", "4", "--branch", "2"),
    "tree": ("--strategy", "tree", "--samples", "4", "--branch", "2", "--iterations", "2"),
    "select": ("--strategy", "select", "--samples", "4"),
}
SCORED = ("best", "particles", "beam", "tree")


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(python_url: str) -> Iterator[Faulty]:
    with faulty(python_url) as state:
        yield state


def solve(mathcli: Run, url: str, *words: str) -> Done:
    return mathcli("solve", "--json", "--no-history", "--server", url, *words)


def record_of(done: Done) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_every_strategy_solves_over_a_server(mathcli: Run, server_url: str, strategy: str) -> None:
    words = (*STRATEGIES[strategy], "--budget", "400", QUADRATIC)
    done = solve(mathcli, server_url, *words)
    assert (done.code, done.err) == (0, "")
    record = record_of(done)
    assert (record["strategy"], record["answer"]["text"]) == (strategy, "2, 3")
    assert record["votes"][0]["answer"] == "2, 3"
    assert 0 < record["agreement"] <= 1
    assert record["evidence"] == ("computed" if strategy in SCORED else "voted")
    assert record.get("scored_by") == ("execution" if strategy in SCORED else None)
    ended = [one for one in record["samples"] if one["finish"] == "answer"]
    assert ended
    for sample in ended:
        assert [one["kind"] for one in sample["segments"]][:3] == ["text", "code", "output"]
        assert sample["evidence"] == "computed"
        assert 0 < sample["generated_tokens"] < 400
    counts = record["counts"]
    assert counts["executions"] >= len(ended)
    assert 0 < counts["generated_tokens"] < 400 + 4 * 320  # what is begun is written to its end
    assert counts["evaluated_tokens"] > 0
    assert record["model"]["engine"].endswith(server_url)


def test_no_two_solutions_draw_alike(mathcli: Run, server: Faulty, strategy: str) -> None:
    done = solve(mathcli, server.url, *STRATEGIES[strategy], QUADRATIC)
    assert done.code == 0
    seeds = [request["seed"] for request in server.requests]
    assert len(seeds) >= 6  # words with a program, and what follows its output
    assert len(set(seeds)) == len(seeds)
    assert all(request["temperature"] > 0 for request in server.requests)


def test_a_server_of_which_nothing_is_known_will_do(
    mathcli: Run, server: Faulty, strategy: str
) -> None:
    """It counts no tokens and tells no context."""
    server.answers["/v1/models"] = lambda _: {"data": [{"id": "nano", "owned_by": "me too"}]}
    done = solve(mathcli, server.url, "--card", "nano", *STRATEGIES[strategy], QUADRATIC)
    record = record_of(done)
    assert (done.code, record["answer"]["text"]) == (0, "2, 3")
    assert record["model"]["engine"].startswith("server OpenAI-compatible")
    assert record["counts"]["generated_tokens"] > 0
    paths = {"prompt", "max_tokens", "stream", "seed"}
    assert all(paths < set(request) for request in server.requests)


def test_a_server_without_completions_is_refused_in_words(
    mathcli: Run, server: Faulty, strategy: str
) -> None:
    server.refusals = deque([(404, {})] * 100)
    done = solve(mathcli, server.url, *STRATEGIES[strategy], QUADRATIC)
    assert done.code == 5
    assert done.err == ""  # of several solutions that fail, one is told
    error = record_of(done)["error"]
    assert "does not complete texts (404)" in error["message"]
    assert "/v1/completions" in error["hint"]


def test_solutions_that_disagree_are_put_to_the_served_model(mathcli: Run, server: Faulty) -> None:
    words = ("--method", "cot", "--temperature", "1.2", *STRATEGIES["select"], TOO_LARGE_FOR_WORDS)
    record = record_of(solve(mathcli, server.url, *words))
    assert len(record["votes"]) > 1
    assert record["scored_by"] in ("judgment", "votes")  # the embedded model is no judge
    prompts = [request["prompt"] for request in server.requests]
    assert sum("solutions of it that disagree" in prompt for prompt in prompts) >= 1


def test_a_reward_model_here_scores_what_a_server_writes(
    mathcli: Run, python_url: str, tmp_path: Path
) -> None:
    reward = write_reward_model(tmp_path / "prm.gguf")
    for name in ("vote", *SCORED):
        words = (*STRATEGIES[name], "--reward", str(reward), QUADRATIC)
        done = solve(mathcli, python_url, *words)
        record = record_of(done)
        assert (done.code, record["answer"]["text"]) == (0, "2, 3")
        assert record["scored_by"] == "prm"
        assert all(0 < one["score"] < 1 for one in record["samples"])
        assert record["counts"]["reward_tokens"] > 0


def test_a_check_and_rewordings_go_to_the_server_too(mathcli: Run, python_url: str) -> None:
    record = record_of(solve(mathcli, python_url, *STRATEGIES["vote"], "--check", QUADRATIC))
    assert (record["evidence"], record["check"]["holds"]) == ("checked", True)
    record = record_of(solve(mathcli, python_url, "--paraphrase", "2", QUADRATIC))
    assert record["answer"]["text"] == "2, 3"
    assert record["counts"]["prompt_tokens"] > 60  # more than the problem alone


def test_a_batch_votes_over_a_server_and_goes_on(
    mathcli: Run, server_url: str, tmp_path: Path
) -> None:
    source, out = tmp_path / "in.txt", tmp_path / "out.jsonl"
    source.write_text(f"{QUADRATIC}\nWhat is 17 + 26?\n")
    words = ("batch", str(source), "-o", str(out), "--server", server_url)
    assert mathcli(*words, *STRATEGIES["vote"]).code == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["prediction"] for row in rows] == ["2, 3", "43"]
    assert all(len(row["samples"]) >= 2 for row in rows)
    assert "2 skipped" in mathcli(*words, *STRATEGIES["vote"]).err
    assert mathcli(*words, *STRATEGIES["best"]).code == 2
