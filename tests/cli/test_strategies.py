"""`--strategy` and `--reward` as users give them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mathcli.cli.effort import Effort, StrategyOption
from mathcli.engines.memory import available
from mathcli.errors import UsageError
from tests.cli.conftest import Run
from tests.reward_model import write_reward_model

QUADRATIC = "Solve x^2 - 5x + 6 = 0"


@pytest.fixture(scope="module")
def reward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reward_model(tmp_path_factory.mktemp("reward") / "prm.gguf")


@pytest.mark.parametrize(
    ("strategy", "more"),
    [
        ("best", ()),
        ("particles", ("--iterations", "2")),
        ("beam", ("--branch", "2")),
        ("tree", ("--branch", "2", "--iterations", "2")),
        ("select", ()),
    ],
)
def test_every_strategy_solves(mathcli: Run, strategy: str, more: tuple[str, ...]) -> None:
    words = ("solve", "--json", "--strategy", strategy, "--samples", "4", *more, QUADRATIC)
    done = mathcli(*words)
    record = json.loads(done.out)
    assert done.code == 0
    assert (record["strategy"], record["answer"]["text"]) == (strategy, "2, 3")
    assert record["samples"]
    assert record["votes"][0]["answer"] == "2, 3"
    assert record["agreement"] > 0


def test_a_reward_model_scores_the_solutions_and_is_named(mathcli: Run, reward: Path) -> None:
    words = ("--strategy", "particles", "--samples", "4", "--reward", str(reward), QUADRATIC)
    record = json.loads(mathcli("solve", "--json", *words).out)
    assert record["scored_by"] == "prm"
    assert all(0 < sample["score"] < 1 for sample in record["samples"])
    assert record["counts"]["reward_tokens"] > 0
    assert "best of" in (done := mathcli("solve", *words)).out
    assert "by the reward model prm" in " ".join(done.out.split())
    without = mathcli("solve", *words[:4], QUADRATIC)
    assert "by what their programs did" in " ".join(without.out.split())


def test_votes_weigh_with_a_reward_model_in_a_batch_that_goes_on(
    mathcli: Run, reward: Path, tmp_path: Path
) -> None:
    problems, out = tmp_path / "problems.txt", tmp_path / "out.jsonl"
    problems.write_text(f"{QUADRATIC}\nWhat is 17 + 26?\n")
    words = ("batch", str(problems), "-o", str(out), "--samples", "3")
    assert mathcli(*words, "--reward", str(reward)).code == 0
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert {record["scored_by"] for record in records} == {"prm"}
    assert all(vote["weight"] > 0 for record in records for vote in record["votes"])
    assert mathcli(*words, "--reward", str(reward)).code == 0
    assert len(out.read_text().splitlines()) == 2
    assert mathcli(*words).code == 2  # votes that do not weigh are another run


def test_a_model_that_is_no_reward_model_is_refused(mathcli: Run, tmp_path: Path) -> None:
    done = mathcli("solve", "--strategy", "best", "--reward", "nano", QUADRATIC)
    assert done.code == 4
    assert "nano.gguf is not a reward model" in done.err
    other = write_reward_model(tmp_path / "other.gguf", name="Qwen2.5-Math-PRM-7B")
    done = mathcli("solve", "--strategy", "best", "--reward", str(other), QUADRATIC)
    assert done.code == 4
    assert "a head on the hidden state" in done.err


def test_options_go_with_the_strategies_that_have_them() -> None:
    for effort, names in (
        (Effort(reward="prm"), "vote, best, particles, beam, tree"),
        (Effort(strategy=StrategyOption.SELECT, reward="prm"), "vote, best"),
        (Effort(strategy=StrategyOption.BEST, branch=2), "beam, tree"),
        (Effort(strategy=StrategyOption.BEAM, iterations=2), "particles, tree"),
    ):
        with pytest.raises(UsageError, match=names):
            effort.check_sense(None)
    Effort(samples=4, reward="prm").check_sense(None)
    Effort(strategy=StrategyOption.TREE, iterations=2, branch=8, reward="prm").check_sense(None)


def test_two_models_that_do_not_fit_together_are_refused_with_numbers(
    mathcli: Run, tmp_path: Path
) -> None:
    free = available()
    if free is None:
        pytest.skip("how much memory is free is unknown here")
    path = write_reward_model(tmp_path / "large.gguf")
    with path.open("r+b") as file:
        file.truncate(free)  # a hole: the file is no larger on the disk
    done = mathcli("solve", "--strategy", "best", "--reward", str(path), QUADRATIC)
    assert done.code == 5
    assert "both models together need" in done.err
    assert "GB are free" in done.err
    assert "leave out --reward" in done.err
