from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mathcli.errors import ModelError
from mathcli.models import ChosenModel, choose_model, files, find_model
from mathcli.resources import embedded_model
from tests.models.conftest import put


def test_without_models_it_is_the_embedded_one_with_a_hint(home: Path) -> None:
    choice = choose_model(None)
    assert choice.path == embedded_model()
    assert choice.hint == (
        "using the small embedded model; for a strong one (~4 GB):\n"
        "  mathcli models pull qwen2.5-math-7b"
    )
    assert find_model("nano") == find_model("embedded") == embedded_model()
    assert choose_model("nano").hint is None


def test_the_hint_names_a_model_that_fits(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "total_memory", lambda: 4 * 10**9)
    assert (choose_model(None).hint or "").endswith(
        "(~0.9 GB):\n  mathcli models pull qwen2.5-math-1.5b"
    )
    monkeypatch.setattr(files, "total_memory", lambda: 10**9)
    assert choose_model(None).hint == "using the small embedded model"


def test_the_best_is_the_largest_that_a_card_knows_and_that_fits(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("unknown.gguf", 5000)
    small = put("small.gguf", 2000, card="tora")
    assert choose_model(None) == ChosenModel(small.path, small)
    large = put("large.gguf", 3000, card="qwen2.5-math")
    put("judge.gguf", 9000, card="math-shepherd")
    assert choose_model(None).path == large.path
    monkeypatch.setattr(files, "fits", lambda size, memory: size <= 2500)
    assert choose_model(None).path == small.path


def test_names_of_an_installed_model(home: Path) -> None:
    record = put("m-Q4_K_M.gguf", 10, alias="qwen2.5-math-7b", card="qwen2.5-math")
    for name in (
        "qwen2.5-math-7b",
        "qwen2.5-math-7b:Q4_K_M",
        "qwen2.5-math-7b:q4_k_m",
        "someone/repo",
        "Someone/Repo:Q4_K_M",
        "someone/repo/m-Q4_K_M.gguf",
        str(record.path),
    ):
        assert choose_model(name).record == record


def test_two_quants_of_one_model_have_to_be_told_apart(home: Path) -> None:
    put("m-Q4_K_M.gguf", 10)
    eight = put("m-Q8_0.gguf", 20, quant="Q8_0")
    with pytest.raises(ModelError, match=r"may mean someone/repo:Q4_K_M, someone/repo:Q8_0"):
        choose_model("someone/repo")
    assert choose_model("someone/repo:Q8_0").record == eight


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("qwen2.5-math-7b", "is not on this machine", "mathcli models pull qwen2.5-math-7b"),
        ("someone/repo:Q8_0", "is not on this machine", "mathcli models pull someone/repo:Q8_0"),
        ("quen2.5-math-7b", "there is no model", "did you mean: qwen2.5-math-7b"),
        ("absent.gguf", "there is no model file absent.gguf", "give the path"),
        ("/absent/model.gguf", "there is no model file /absent/model.gguf", "models list"),
    ],
)
def test_a_name_that_is_not_here(home: Path, name: str, message: str, hint: str) -> None:
    with pytest.raises(ModelError) as caught:
        choose_model(name)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_folder_is_no_model(home: Path) -> None:
    with pytest.raises(ModelError, match="is a folder"):
        choose_model(str(home))


def test_a_file_in_the_hub_s_cache_is_found_by_its_repository(home: Path) -> None:
    snapshot = home / "hf" / "hub" / "models--someone--repo" / "snapshots" / "c0ffee"
    snapshot.mkdir(parents=True)
    (snapshot / "m-Q4_K_M.gguf").write_bytes(bytes(10))
    choice = choose_model("someone/repo")
    assert choice.path == snapshot / "m-Q4_K_M.gguf"
    assert choice.record is not None
    assert choice.record.cached
    assert choose_model(None).path == embedded_model()  # nobody asked for that one


def test_choosing_needs_no_library_of_the_hub(home: Path) -> None:
    code = (
        "import sys; from mathcli.models import choose_model; choose_model(None);"
        "print([m for m in ('huggingface_hub', 'rich', 'llama_cpp', 'sympy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
