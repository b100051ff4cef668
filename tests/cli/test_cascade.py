"""`--model auto`: the embedded model, and a larger one where its answer is not trusted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mathcli.models.store import InstalledModel, StoredFile, models_folder, save
from mathcli.resources import embedded_model
from tests.cli.conftest import Run

EASY = "Solve x^2 - 5x + 6 = 0"
HARD = (
    "Tom has 3 dozen eggs, gives 5 to each of 4 friends, and half of the rest to Ann, who has "
    "twice as many now as she had. How many did Ann have?"
)


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Models and hints of other tests are not here."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def larger() -> Path:
    """A model that was pulled: the embedded one once more, with words of its own at its end, so
    that nothing was measured on it."""
    file = models_folder() / "owner" / "model" / "larger.gguf"
    file.parent.mkdir(parents=True)
    shutil.copy(embedded_model(), file)
    with file.open("ab") as more:
        more.write(b"\0" * 32)
    stored = StoredFile(str(file), file.stat().st_size, None)
    save(InstalledModel("owner/model", "main", "F16", (stored,), alias="larger", card="nano"))
    return file


def test_only_what_is_not_trusted_goes_to_the_larger_model(mathcli: Run, larger: Path) -> None:
    easy = json.loads(mathcli("solve", "--json", "--model", "auto", EASY).out)
    assert easy["model"]["file"] == "nano.gguf"
    assert "attempts" not in easy or easy["attempts"] == []
    hard = json.loads(mathcli("solve", "--json", "--model", "auto", HARD).out)
    assert hard["model"]["file"] == larger.name
    assert [one["trust"] < 0.8 for one in hard["attempts"]] == [True]
    shown = mathcli("solve", "--model", "auto", HARD).out
    assert "was not trusted enough" in shown
    assert "a larger model is asked" in shown


def test_a_batch_goes_on_only_with_the_same_models(
    mathcli: Run, larger: Path, tmp_path: Path
) -> None:
    problems, out = tmp_path / "problems.txt", tmp_path / "out.jsonl"
    problems.write_text(f"{EASY}\n{HARD}\n")
    words = ("batch", "--model", "auto", "-o", str(out), str(problems))
    assert mathcli(*words).code == 0
    files = [json.loads(line)["model"]["file"] for line in out.read_text().splitlines()]
    assert files == ["nano.gguf", larger.name]
    assert mathcli(*words).code == 0
    larger.with_name(f"{larger.name}.json").unlink()
    other = mathcli(*words)
    assert other.code == 2
    assert "another model" in other.err


def test_without_a_larger_model_it_says_how_to_get_one(mathcli: Run) -> None:
    done = mathcli("solve", "-q", "--model", "auto", EASY)
    assert (done.code, done.out.strip()) == (0, "2, 3")
    assert "finds only the embedded model" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("solve", "--card", "generic", EASY),
        ("solve", "--keep", "1m", EASY),
        ("calibrate", "auto", "data.jsonl"),
    ],
)
def test_what_is_about_one_model_is_refused(mathcli: Run, words: tuple[str, ...]) -> None:
    model = () if words[0] == "calibrate" else ("--model", "auto")
    done = mathcli(words[0], *model, *words[1:])
    assert done.code == 2
    assert "several" in done.err


def test_the_embedded_model_says_what_is_beyond_it(mathcli: Run, larger: Path) -> None:
    done = mathcli("solve", "--model", "nano", HARD)
    assert "a guess" in done.out
    assert "mathcli solve --model auto" in done.err
    assert "made for short" not in mathcli("solve", "--model", "nano", EASY).err


def test_it_says_which_model_to_get_where_there_is_none(mathcli: Run) -> None:
    done = mathcli("solve", "-q", "--model", "nano", HARD)
    assert "mathcli models pull" in done.err
    assert "GB" in done.err


def test_an_evaluation_tells_what_each_model_answered(
    mathcli: Run, larger: Path, tmp_path: Path
) -> None:
    data, out = tmp_path / "data.jsonl", tmp_path / "out.jsonl"
    rows = [{"problem": EASY, "answer": "2, 3"}, {"problem": HARD, "answer": "8"}]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = mathcli("eval", "--model", "auto", str(data), "-o", str(out))
    summary = json.loads(out.with_name("out.jsonl.summary.json").read_text())
    assert {name: one["total"] for name, one in summary["by_model"].items()} == {
        "nano.gguf": 1,
        larger.name: 1,
    }
    assert "larger.gguf and nano.gguf" in done.out
