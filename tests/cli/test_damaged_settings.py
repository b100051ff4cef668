"""What mathcli keeps for itself, damaged: models, calibrations, trust, settings, cards, results.

Every file is read by a real command, which ends with a code that is promised, in a few lines, and
goes on without what it cannot read where that is possible.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from unittest.mock import ANY

import pytest

from mathcli.calibration import path_of as calibration_of
from mathcli.calibration import save as save_calibration
from mathcli.cli.app import run
from mathcli.cli.defaults import config_file
from mathcli.errors import Exit
from mathcli.history import History
from mathcli.models import catalogue, file_digest, store
from mathcli.resources import data_path, embedded_model
from mathcli.solving import ModelInfo
from mathcli.text_safety import json_line
from mathcli.trust import store as trust
from tests.calibration.test_store import calibrated
from tests.damage import Damaged, wrong_bytes, wrong_trees
from tests.harmful import found_in
from tests.random_model import TINY, write_random_model
from tests.rendering.samples import sample
from tests.trust.test_store import kept

_MOST_LINES = 4
Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Told:
    """Runs a command in this process, for a user who has nothing yet; says what it printed."""
    for name in ("CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))

    def call(*words: str) -> tuple[int, str, str]:
        code = run(list(words))
        out, err = capsys.readouterr()
        assert code in set(Exit), words
        assert "internal error" not in out + err, (words, err)
        assert "Traceback" not in out + err, words
        assert not found_in(out + err), words
        assert len(err.splitlines()) <= _MOST_LINES, (words, err)
        return code, out, err

    return call


def damaged(whole: bytes, *, every: int, cut: int) -> list[Damaged]:
    """Damage to a file of JSON: every so many of its values, and its bytes."""
    values = islice(wrong_trees(json.loads(whole), 1), 0, None, every)
    return [*values, *wrong_bytes(whole, 1, cut)]


def nano() -> ModelInfo:
    return ModelInfo("nano", "nano.gguf", file_digest(embedded_model()), "", "", "nano")


def pulled(name: str) -> store.InstalledModel:
    """A model that lies where pulled ones do, with its record."""
    path = store.models_folder() / "owner" / name / f"{name}.gguf"
    path.parent.mkdir(parents=True)
    write_random_model(path, TINY)
    file = store.StoredFile(str(path), path.stat().st_size, None)
    record = store.InstalledModel(
        f"owner/{name}", "0" * 40, "Q8_0", (file,), alias=name, card="nano"
    )
    store.save(record)
    return record


def test_a_damaged_record_of_a_model_hides_no_other(told: Told) -> None:
    pulled("whole")
    path = Path(f"{pulled('broken').path}.json")
    record = json.loads(path.read_bytes())
    odd = [{"repository": -1}, {"alias": []}, {"files": [{"path": True, "size": 1}]}]
    cases = [Damaged(str(one), json.dumps(record | one).encode()) for one in odd]
    for what, data in [*cases, *damaged(path.read_bytes(), every=2, cut=10)]:
        path.write_bytes(data)
        for words in ("list", "list --json", "verify"):
            code, out, err = told("models", *words.split())
            assert code == 0 or words == "verify", (what, err)
            assert "whole" in out, what
        assert told("models", "path", "owner/whole") == (0, ANY, ""), what
        told("models", "path", "owner/broken")


def test_an_error_names_the_file_or_variable_that_a_name_comes_from(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MATHCLI_MODEL", raising=False)
    config_file().parent.mkdir(parents=True)
    config_file().write_text('model = "nope"\n')
    code, _, err = told("solve", "3+4")
    assert (code, "there is no model nope (config.toml says model = nope)" in err) == (4, True)
    assert "config.toml" not in told("solve", "--model", "nope", "3+4")[2]
    monkeypatch.setenv("MATHCLI_MODEL", "neither")
    assert "there is no model neither (MATHCLI_MODEL is neither)" in told("solve", "3+4")[2]
    config_file().write_text('temperature = "hot"\n')
    assert "temperature: 'hot' is not a number" in told("solve", "3+4")[2]
    for level in ("debug", "1", "True"):
        monkeypatch.setenv("MATHCLI_LOG", level)
        code, _, err = told("models", "list")
        assert (code, "MATHCLI_LOG=mathcli.log" in err) == (2, True)


def test_a_damaged_calibration_says_what_to_do(told: Told) -> None:
    path = calibration_of(nano())
    save_calibration(calibrated(nano()), path)
    assert told("calibrate", "--show", "nano")[0] == 0
    refused = 0
    for what, data in damaged(path.read_bytes(), every=9, cut=10):
        path.write_bytes(data)
        code, _, err = told("calibrate", "--show", "nano")
        if code != 0:
            assert (code, str(path) in err or "there is no calibration" in err) == (2, True), what
            refused += 1
    assert refused > 10


def test_a_damaged_trust_file_takes_no_answer_away(told: Told) -> None:
    path = trust.path_of(nano())
    trust.save(replace(kept(), sha256=nano().sha256, card="nano"), path)
    for what, data in damaged(path.read_bytes(), every=80, cut=1):
        path.write_bytes(data)
        code, out, err = told("solve", "-q", "--no-history", "What is 3 times 4?")
        assert (code, out) == (0, "12\n"), what
        assert not err or (f"answers have no trust: the trust file {path}" in err), what


SETTINGS = 'model = "nano"\n[solve]\nmax_rounds = 1\ntemperature = 0.5\n[batch]\nwidth = 4\n'
NO_VALUES = ("[]", "{}", "true", "-1", "1e400", "nan", '"\\u0000"', '"\\u001b[2J"', "1979-05-27",
             "[[1]]", "9" * 30)  # fmt: skip


def test_damaged_settings_are_refused_with_their_place(told: Told) -> None:
    path = config_file()
    path.parent.mkdir(parents=True)
    lines = SETTINGS.splitlines()
    cases = [*wrong_bytes(SETTINGS.encode(), 1, 15)]
    for at, line in enumerate(lines):
        key, equals, _ = line.partition("=")
        for value in NO_VALUES[at % 2 :: 2] if equals else ():
            text = "\n".join([*lines[:at], f"{key}= {value}", *lines[at + 1 :]])
            cases.append(Damaged(f"{key}= {value}", text.encode()))
    for what, data in cases:
        path.write_bytes(data)
        code, out, err = told("config", "--json")
        assert code in (0, 2), what
        assert code == 0 or str(path) in out + err, what


def test_a_date_is_no_value_of_a_setting(told: Told) -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text("model = 1979-05-27\n")
    code, _, err = told("check", "1", "1")
    assert code == 2
    assert "model: 1979-05-27 is not a value for an option" in err


def test_a_damaged_card_is_left_out_and_said(told: Told) -> None:
    whole = (data_path("cards") / "generic.toml").read_bytes()
    path = catalogue.user_cards() / "mine.toml"
    path.parent.mkdir(parents=True)
    whole = whole.replace(b'name = "generic"', b'name = "mine"')
    lines = [at for at, line in enumerate(whole.splitlines()) if b" = " in line]
    cases = [*wrong_bytes(whole, 1, 12)]
    for at in lines[::3]:
        rows = whole.splitlines()
        rows[at] = rows[at].partition(b"=")[0] + b"= [{a = 1}]"
        cases.append(Damaged(rows[at].decode(), b"\n".join(rows)))
    try:
        for what, data in cases:
            path.write_bytes(data)
            catalogue._load.cache_clear()
            code = told("models", "show", "mine")[0]
            assert code in (0, 4), what
            assert told("models", "show", "nano")[0] == 0, what
    finally:
        catalogue._load.cache_clear()


def test_damaged_results_are_results_or_refused(told: Told, tmp_path: Path) -> None:
    own = {
        **json.loads(json_line(sample().record())),
        "key": "9" * 24, "run": "1" * 16, "index": 0, "prediction": "5", "expected_answer": "5",
        "input": {"problem": "x", "answer": "5"}, "verdict": "correct",
    }  # fmt: skip
    path = tmp_path / "results.jsonl"
    kept_as = History().folder / "20260101T000000000000Z-aa11.json"
    kept_as.parent.mkdir(parents=True)
    for what, data in damaged(json.dumps(own).encode(), every=6, cut=8):
        path.write_bytes(data + b"\n")
        for words in ("eval --from", "merge", "grade --timeout 1"):
            assert told(*words.split(), str(path))[0] in (0, 2), (what, words)
        kept_as.write_bytes(data)
        for words in ("list", "export"):
            assert told("history", words)[0] == 0, (what, words)
        told("history", "show", "aa11")
        assert path.read_bytes() == data + b"\n", what


@pytest.mark.parametrize("temperature", [{"": [5]}, 10**400, True, "warm", None, 0, 0.5])
def test_results_of_an_odd_temperature_are_scored(
    told: Told, tmp_path: Path, temperature: object
) -> None:
    record = {
        **json.loads(json_line(sample().record())),
        "key": "9" * 24, "run": "1" * 16, "index": 0, "prediction": "5", "expected_answer": "5",
        "input": {}, "verdict": "correct", "sampling": {"temperature": temperature},
    }  # fmt: skip
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(record) + "\n")
    assert told("eval", "--from", str(path))[0] == 0
