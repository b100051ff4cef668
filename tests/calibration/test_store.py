from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mathcli.calibration import Learned, learn, load, path_of, report, save
from mathcli.errors import UsageError
from mathcli.solving import ModelInfo
from tests.calibration.judged_rollouts import small_or_large

MODEL = ModelInfo("Small", "small.gguf", "ab" * 32, "Q8_0", "test", "nano")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def calibrated(model: ModelInfo = MODEL) -> Learned:
    problems = small_or_large(60)
    learnings = [learn(problems)]
    found = report(problems, learnings)
    return Learned.of(model, problems, learnings, found, rollouts=4, made="2026-01-31")


def test_what_is_kept_comes_back_and_chooses_alike() -> None:
    learned = calibrated()
    save(learned, path_of(MODEL))
    found = load(MODEL)
    assert found is not None
    assert found == learned
    assert found.uses == "learned"
    assert found.choose("What is 4 + 5?") == "cot"
    assert found.choose("What is 481225 + 938412?") == "tir"


def test_a_person_can_read_the_file() -> None:
    save(calibrated(), path_of(MODEL))
    text = path_of(MODEL).read_text()
    assert path_of(MODEL).name == "nano-abababababababab.json"
    features = json.loads(text)["classifier"]["features"]
    assert {"name", "weight", "mean", "deviation"} == set(features[0])
    assert len(text.splitlines()) > 100


def test_where_nothing_was_learned_nothing_is_known() -> None:
    assert load(MODEL) is None


def test_a_model_file_that_has_changed_is_not_known() -> None:
    save(calibrated(), path_of(MODEL))
    assert load(replace(MODEL, sha256="cd" * 32)) is None
    # The same beginning of the digest, the same file name, and yet another model.
    assert load(replace(MODEL, sha256="ab" * 31 + "00")) is None


def test_another_card_is_another_way_to_talk() -> None:
    save(calibrated(), path_of(MODEL))
    assert load(replace(MODEL, card="generic")) is None


def test_a_model_on_a_server_is_known_by_its_name() -> None:
    served = replace(MODEL, name="org/Large 7B", file="", sha256="")
    save(calibrated(served), path_of(served))
    assert load(served) is not None
    assert load(replace(served, name="org/Other")) is None


def test_the_digest_names_what_decides_and_nothing_else() -> None:
    learned = calibrated()
    save(learned, path_of(MODEL))
    found = load(MODEL)
    assert found is not None
    assert found.digest == learned.digest
    again = replace(learned, made="2027-01-31", problems=61, accuracy=0.5, report={})
    assert again.digest == learned.digest
    moved = replace(learned.classifier, bias=learned.classifier.bias + 1e-9)
    others = (
        replace(learned, classifier=moved),
        replace(learned, code="pal"),
        replace(learned, uses="own cue"),
        replace(learned, uses="tir"),
    )
    assert len({learned.digest, *(one.digest for one in others)}) == 5
    unused = replace(learned, uses="tir", classifier=moved)  # one method, whatever it would say
    assert unused.digest == replace(learned, uses="tir").digest


def broken_json(text: str) -> str:
    return text[:-20]


def other_schema(text: str) -> str:
    return text.replace('"schema": 1', '"schema": 99')


def other_feature(text: str) -> str:
    return text.replace('"name": "percent"', '"name": "colour"')


def lacking(text: str) -> str:
    return text.replace('"uses"', '"used"')


def a_list(text: str) -> str:
    return "[]"


DAMAGE = (broken_json, other_schema, other_feature, lacking, a_list)


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda one: one.__name__)
def test_a_damaged_file_says_what_to_do(damage: Callable[[str], str]) -> None:
    save(calibrated(), path_of(MODEL))
    path_of(MODEL).write_text(damage(path_of(MODEL).read_text()))
    with pytest.raises(UsageError, match="cannot be used") as caught:
        load(MODEL)
    assert caught.value.hint == "calibrate again, or delete it"


def test_the_own_cue_or_one_method_may_be_what_is_used() -> None:
    learned = calibrated()
    assert replace(learned, uses="own cue").choose("What is 4 + 5?") == "auto"
    assert replace(learned, uses="tir").choose("What is 4 + 5?") == "tir"
    assert replace(learned, uses="learned with the cue").choose("What is 4 + 5?") == "cot"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        save(calibrated(), tmp_path / "file" / "x.json")


def test_doubt_is_kept_and_decides() -> None:
    learned = replace(calibrated(), doubt=0.75)
    save(learned, path_of(MODEL))
    found = load(MODEL)
    assert found is not None
    assert found.doubt == 0.75
    assert found.digest != replace(learned, doubt=0.5).digest


def test_a_file_from_before_there_was_doubt_believes_all_words() -> None:
    save(calibrated(), path_of(MODEL))
    record = json.loads(path_of(MODEL).read_text())
    del record["doubt"]
    path_of(MODEL).write_text(json.dumps(record))
    found = load(MODEL)
    assert found is not None
    assert found.doubt == 0
