"""Which estimator is used for a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mathcli.errors import UsageError
from mathcli.solving.transcript import ModelInfo, TrustBasis
from mathcli.trust import Kept, estimator_for
from mathcli.trust.fitting import fit
from mathcli.trust.store import path_of, read, save
from tests.trust.test_fitting import made

MODEL = ModelInfo("m", "m.gguf", "ab" * 32, "Q4_K_M", "llama.cpp", "generic")


def kept(name: str = "m") -> Kept:
    estimator = fit(made(200, 1), TrustBasis(name, 200, ("a.jsonl",)))
    return Kept(name, MODEL.sha256, MODEL.card, "2026-01-31", estimator)


def test_what_was_learned_here_is_used_for_this_file_and_card_alone() -> None:
    save(kept(), path_of(MODEL))
    found = estimator_for(MODEL)
    assert found is not None
    assert found.basis.model == "m"
    for other in (replace(MODEL, sha256="cd" * 32), replace(MODEL, card="base")):
        elsewhere = estimator_for(other)
        assert elsewhere is None or elsewhere.basis.model != "m"


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    save(kept(), tmp_path / "t.json")
    assert read(tmp_path / "t.json") == kept()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "model": 3}'])
def test_a_damaged_file_is_named(text: str) -> None:
    path = path_of(MODEL)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with pytest.raises(UsageError, match=r"the trust file .* cannot be used") as caught:
        estimator_for(MODEL)
    assert "calibrate again" in caught.value.hint
