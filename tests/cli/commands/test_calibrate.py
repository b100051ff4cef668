"""`mathcli calibrate` with the embedded model, and what `--method auto` makes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mathcli.calibration import Classifier, Learned, learn, path_of, report, save
from mathcli.calibration.learning import FeatureWeight
from mathcli.models import file_digest
from mathcli.resources import embedded_model
from mathcli.solving import ModelInfo
from tests.calibration.judged_rollouts import small_or_large
from tests.cli.conftest import Run
from tests.nano.conftest import RECIPE

SEED = 8 * 10**9  # neither training, evaluation nor another test comes here
FAMILIES = ("arithmetic", "equations", "derivatives", "stories, one step", "percentages")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "mathcli" / "calibrations"


@pytest.fixture(scope="session")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fresh problems of several families with their answers."""
    assert str(RECIPE) in sys.path
    from make_data import verified
    from problems import generate

    rows: list[dict[str, str]] = []
    number = SEED
    while len(rows) < 30:
        number += 1
        problem = generate(FAMILIES[len(rows) % len(FAMILIES)], number)
        if (known := verified(problem)) is not None:
            rows.append({"problem": problem.question, "answer": known[1]})
    path = tmp_path_factory.mktemp("fresh") / "problems.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def without_keys(problems: Path, path: Path) -> Path:
    rows = map(json.loads, problems.read_text().splitlines())
    path.write_text("".join(json.dumps({"problem": row["problem"]}) + "\n" for row in rows))
    return path


def rows_of(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in record["report"]["rows"]}


def made_up() -> tuple[ModelInfo, Learned]:
    """The embedded model and a calibration of it."""
    model = ModelInfo("", "nano.gguf", file_digest(embedded_model()), "", "", "nano")
    problems = small_or_large(20)
    learnings = [learn(problems)]
    table = report(problems, learnings)
    return model, Learned.of(model, problems, learnings, table, rollouts=4, made="2026-01-31")


def learned_to_use(method: str) -> None:
    """Keep a calibration by which auto always begins with one method."""
    model, learned = made_up()
    save(replace(learned, uses=method), path_of(model))


def test_calibrate_learns_from_real_rollouts_and_auto_goes_by_it(
    mathcli: Run, problems: Path, tmp_path: Path, data_folder: Path
) -> None:
    kept = tmp_path / "rollouts.jsonl"
    words = ("calibrate", "nano", str(problems), "--rollouts", "2", "--allow-few", "-o", str(kept))
    done = mathcli(*words, "--json")
    assert done.code == 0, done.err
    record = json.loads(done.out)
    assert (record["problems"], record["rollouts"], record["keyed"]) == (30, 2, 30)
    assert record["sha256"] == file_digest(embedded_model())
    table = rows_of(record)
    assert table["cot"]["code_rate"] == 0
    assert table["tir"]["code_rate"] > 0.9
    assert table["tir"]["accuracy"] > 0.5
    assert table["best choice"]["accuracy"] >= max(
        table["cot"]["accuracy"], table["tir"]["accuracy"]
    )
    assert record["uses"] in table
    (path,) = data_folder.iterdir()
    assert record["path"] == str(path)

    # The file of rollouts holds them all: nothing is solved again, and the table is the same.
    again = mathcli(*words, "--json")
    assert "30/30 problems (30 skipped)" in again.err
    assert json.loads(again.out)["report"] == record["report"]
    assert len(kept.read_text().splitlines()) == 30

    shown = mathcli("calibrate", "--show", "nano")
    assert shown.code == 0
    for feature in record["classifier"]["features"]:
        assert feature["name"] in shown.out
    assert json.loads(mathcli("calibrate", "--show", "nano", "--json").out) == {
        name: value for name, value in record.items() if name not in ("keyed", "skipped", "trust")
    }


def test_what_was_learned_decides_each_problem(
    mathcli: Run, problems: Path, data_folder: Path
) -> None:
    # Programs for problems with a percentage, whatever the embedded model is good at today.
    model, learned = made_up()
    classifier = Classifier(0.0, (FeatureWeight("percent", 10.0, 0.5, 1.0),))
    save(replace(learned, uses="learned", classifier=classifier), path_of(model))
    (path,) = data_folder.iterdir()
    assert path.name.startswith("nano-")
    done = mathcli("batch", str(problems), "--method", "auto")
    assert done.code == 0
    begun = set()
    for line in done.out.splitlines():
        solved = json.loads(line)
        assert solved["method"] == "auto"
        methods = {one["method"] for one in solved.get("attempts", ())} | {solved["chose"]}
        first = "tir" if classifier.code(solved["problem"]) else "cot"
        assert first in methods
        assert len(methods) == 1 + len(solved.get("attempts", ()))
        begun.add(first)
    assert begun == {"cot", "tir"}


@pytest.mark.parametrize("command", ["batch", "eval"])
def test_a_run_with_auto_does_not_go_on_under_another_calibration(
    mathcli: Run, command: str, tmp_path: Path, data_folder: Path
) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [{"problem": f"What is {n} + 3?", "answer": n + 3} for n in (2, 5)]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = (command, str(source), "-o", str(out), "--method", "auto")
    assert mathcli(*words).code == 0
    begun = out.read_bytes()

    learned_to_use("cot")
    done = mathcli(*words)
    assert done.code == 2
    assert "before --method auto had the calibration that it uses now" in done.err
    assert "--fresh" in done.err
    assert out.read_bytes() == begun
    assert mathcli(*words, "--fresh").code == 0
    assert "2 skipped" in mathcli(*words).err  # the same calibration: it goes on

    learned_to_use("tir")
    assert "another calibration of --method auto" in mathcli(*words).err
    for path in data_folder.iterdir():
        path.unlink()
    assert "that no longer exists" in mathcli(*words).err
    forced = (*words[:-1], "tir", "--fresh")
    assert mathcli(*forced).code == 0
    assert "calibration" not in json.loads(out.read_text().splitlines()[0])
    learned_to_use("cot")  # of no concern to a method that was asked for
    assert "2 skipped" in mathcli(*forced[:-1]).err


def test_without_a_key_agreement_is_the_judge_and_few_problems_leave_nothing_behind(
    mathcli: Run, problems: Path, tmp_path: Path, data_folder: Path
) -> None:
    keyless = without_keys(problems, tmp_path / "keyless.jsonl")
    kept = tmp_path / "kept.jsonl"
    few = ("nano", str(keyless), "--rollouts", "2", "--limit", "12", "-o", str(kept))
    done = mathcli("calibrate", *few)
    assert done.code == 0
    assert done.err.startswith("mathcli: 12 problems are too few to rely on: what is learned")
    assert "auto uses" not in done.out
    assert "Weighs most: ." not in done.out
    again = mathcli("calibrate", *few)  # without a model
    assert again.out == done.out
    assert "12/12 problems (12 skipped)" in again.err
    assert "12 problems, 2 rollouts with each method, graded by agreement" in done.out
    for word in (
        "accuracy",
        "code rate",
        "selection",
        "cot",
        "tir",
        "auto, learned",
        "best choice",
    ):
        assert word in done.out
    assert "12 problems are too few to rely on this." in done.out
    assert "Not kept: learn from 100 problems or more, or keep it with --allow-few." in done.out
    assert not data_folder.exists()


def test_the_hint_says_how_to_learn_where_there_is_nothing_to_go_by(
    mathcli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = tmp_path / "config" / "mathcli" / "cards"
    cards.mkdir(parents=True)
    cue = "<|user|>\\n{problem}\\n<|assistant|>\\nLet's"
    (cards / "plain.toml").write_text(
        'name = "plain"\ntitle = "Plain"\nrounds = 3\nmax_tokens = 320\n'
        f'[methods.tir]\nprompt = "{cue} write a program.\\n"\n'
        f'[methods.cot]\nprompt = "{cue} reason step by step.\\n"\n'
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    done = mathcli("solve", "-q", "--card", "plain", "--method", "auto", "Solve x^2 - 5x + 6 = 0")
    assert (done.code, done.out) == (0, "2, 3\n")
    assert "mathcli calibrate" in done.err
    assert "auto begins with tir" in done.err


def test_a_card_with_one_method_leaves_nothing_to_learn(mathcli: Run, problems: Path) -> None:
    done = mathcli("calibrate", "nano", str(problems), "--card", "tora")
    assert done.code == 4
    assert "it has: tir" in done.err
    done = mathcli("solve", "--card", "tora", "--method", "auto", "What is 1 + 1?")
    assert done.code == 4
    assert "no prompt for the method auto" in done.err
    assert "it has: tir" in done.err


def test_too_few_problems_are_refused_before_any_work(mathcli: Run, tmp_path: Path) -> None:
    few = tmp_path / "few.txt"
    few.write_text("What is 1 + 1?\n" * 40)
    done = mathcli("calibrate", "nano", str(few))
    assert done.code == 2
    assert "too few problems" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nano",), "no dataset"),
        (("--show", "nano"), "there is no calibration of nano.gguf"),
        (("nano", "missing.jsonl"), "cannot read missing.jsonl"),
        (("nano", "missing.jsonl", "--fresh"), "--fresh needs an output file"),
        (("--show", "nano", "missing.jsonl"), "--show calibrates nothing"),
    ],
)
def test_words_that_make_no_sense_are_told(mathcli: Run, words: tuple[str, ...], said: str) -> None:
    done = mathcli("calibrate", *words)
    assert done.code == 2
    assert said in done.err


def test_a_damaged_file_is_told_when_it_is_needed(mathcli: Run, data_folder: Path) -> None:
    data_folder.mkdir(parents=True)
    (data_folder / f"nano-{file_digest(embedded_model())[:16]}.json").write_text("{")
    assert mathcli("solve", "-q", "--method", "tir", "Solve x^2 - 5x + 6 = 0").code == 0
    done = mathcli("solve", "-q", "--method", "auto", "Solve x^2 - 5x + 6 = 0")
    assert done.code == 2
    assert "calibrate again, or delete it" in done.err


def test_an_interrupt_ends_it_and_what_is_done_is_kept(problems: Path, tmp_path: Path) -> None:
    kept = tmp_path / "rollouts.jsonl"
    many = tmp_path / "many.txt"
    many.write_text("".join(f"What is {n} + {n + 5}?\n" for n in range(3000)))
    command = subprocess.Popen(
        [sys.executable, "-m", "mathcli", "calibrate", "nano", str(many), "-o", str(kept)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 100
    while not (kept.exists() and kept.read_bytes().count(b"\n") >= 3):
        assert command.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(command.pid, signal.SIGINT)
    out, err = command.communicate(timeout=100)
    assert (command.returncode, out) == (130, b"")
    assert b"interrupted" in err
    assert b"Traceback" not in err
    for line in kept.read_text().splitlines():
        assert set(json.loads(line)["rollouts"]) >= {"cot", "tir"}


def test_solutions_get_no_name_of_a_table(mathcli: Run, problems: Path, tmp_path: Path) -> None:
    out = tmp_path / "rollouts.xlsx"
    done = mathcli("calibrate", "nano", str(problems), "-o", str(out))
    assert (done.code, out.exists()) == (2, False)
    assert "rollouts.jsonl" in done.err
