"""Models that other programs keep: found, named, used where they lie, and left alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from mathcli.errors import ModelError
from mathcli.models import choose_model, places
from mathcli.models.hub import Hub
from mathcli.models.pull import pull
from tests.models.conftest import Quiet, put

MODEL = b"GGUF and more"


@pytest.fixture(autouse=True)
def machine(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder in which nobody has a model yet."""
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    for name in ("OLLAMA_MODELS", "LLAMA_CACHE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return home


def ollama(
    folder: Path, name: str, model: bytes = MODEL, quant: str = "Q4_K_M", host: str = ""
) -> Path:
    """Put a model into a store of Ollama's; return its blob."""
    place, _, tag = name.partition(":")
    place = place if "/" in place else f"library/{place}"
    config = json.dumps({"model_format": "gguf", "file_type": quant}).encode()
    blobs = folder / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    digests = [hashlib.sha256(data).hexdigest() for data in (model, config)]
    for digest, data in zip(digests, (model, config), strict=True):
        (blobs / f"sha256-{digest}").write_bytes(data)
    manifest = folder / "manifests" / (host or "registry.ollama.ai") / place / tag
    manifest.parent.mkdir(parents=True, exist_ok=True)
    layer = {
        "mediaType": "application/vnd.ollama.image.model",
        "digest": f"sha256:{digests[0]}",
        "size": len(model),
    }
    content = {"config": {"digest": f"sha256:{digests[1]}"}, "layers": [layer]}
    manifest.write_text(json.dumps(content))
    return blobs / f"sha256-{digests[0]}"


def test_a_model_of_ollama_s(machine: Path) -> None:
    blob = ollama(machine / ".ollama" / "models", "qwen3:4b")
    (record,) = places.elsewhere()
    assert (record.name, record.quant, record.place) == ("qwen3:4b", "Q4_K_M", "Ollama")
    assert record.files[0].sha256 == hashlib.sha256(MODEL).hexdigest()
    for name in ("qwen3:4b", "ollama://qwen3:4b", "https://ollama.com/library/qwen3:4b"):
        assert choose_model(name).path == blob
    assert choose_model(str(blob)).record == record


def test_its_folder_may_be_named_and_its_shortest_names_work(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_MODELS", str(machine / "big"))
    blob = ollama(machine / "big", "thing:latest")
    ollama(machine / "big", "someone/thing:latest", b"GGUF other")
    assert choose_model("thing").path == blob
    assert choose_model("ollama://someone/thing").path != blob


def test_what_ollama_has_from_the_hub(machine: Path) -> None:
    blob = ollama(machine / ".ollama/models", "someone/Some-GGUF:Q5_K_M", quant="x", host="hf.co")
    assert choose_model("hf.co/someone/Some-GGUF:Q5_K_M").path == blob
    assert choose_model("someone/Some-GGUF").path == blob


def test_what_ollama_has_only_in_part_or_not_as_gguf(machine: Path) -> None:
    folder = machine / ".ollama" / "models"
    ollama(folder, "part:1b").write_bytes(MODEL[:-1])
    other = folder / "manifests" / "registry.ollama.ai" / "library" / "odd"
    other.mkdir()
    for name, text in {"a": "", "b": "[]", "c": '{"layers": 3}', "d": "[" * 9999}.items():
        (other / name).write_text(text)
    assert places.elsewhere() == []


def test_a_model_of_lm_studio_s_with_its_shards(machine: Path) -> None:
    folder = machine / ".lmstudio" / "models" / "someone" / "Some-GGUF"
    folder.mkdir(parents=True)
    for number in (1, 2):
        (folder / f"Some-Q8_0-0000{number}-of-00002.gguf").write_bytes(MODEL)
    (folder / "Some-Q4_K_M.gguf").write_bytes(MODEL)
    (folder / "mmproj-Some-F16.gguf").write_bytes(MODEL)
    (folder / "Half-Q4_0-00001-of-00002.gguf").write_bytes(MODEL)
    found = {record.quant: record for record in places.elsewhere()}
    assert set(found) == {"Q4_K_M", "Q8_0"}
    assert len(found["Q8_0"].files) == 2
    assert choose_model("someone/Some-GGUF:Q8_0").path.name == "Some-Q8_0-00001-of-00002.gguf"
    with pytest.raises(ModelError, match="may mean"):
        choose_model("someone/Some-GGUF")


def test_lm_studio_may_live_elsewhere(machine: Path) -> None:
    (machine / ".lmstudio-home-pointer").write_text(f"{machine / 'lms'}\n")
    folder = machine / "lms" / "models" / "someone" / "Some-GGUF"
    folder.mkdir(parents=True)
    (folder / "Some-Q4_0.gguf").write_bytes(MODEL)
    assert choose_model("someone/Some-GGUF").path == folder / "Some-Q4_0.gguf"


def test_what_llama_cpp_has(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = machine / ".cache" / "llama.cpp"
    folder.mkdir(parents=True)
    (folder / "some_one_My_Model-GGUF_my_model-Q4_K_M.gguf").write_bytes(MODEL)
    (folder / "manifest=some_one=My_Model-GGUF=latest.json").write_text("{}")
    (folder / "other_Repo_file-Q8_0.gguf").write_bytes(MODEL)
    assert choose_model("some_one/My_Model-GGUF").path.name.startswith("some_one_My_Model")
    assert choose_model("other/Repo").path == folder / "other_Repo_file-Q8_0.gguf"
    named = machine / "cache" / "models--a--B" / "snapshots" / "c0ffee"
    named.mkdir(parents=True)
    (named / "b-Q4_0.gguf").write_bytes(MODEL)
    monkeypatch.setenv("LLAMA_CACHE", str(machine / "cache"))
    assert choose_model("a/B").path == named / "b-Q4_0.gguf"


def test_what_was_pulled_comes_first(machine: Path) -> None:
    ollama(machine / ".ollama" / "models", "qwen3:4b")
    record = put("thing.gguf", 10, label="qwen3:4b")
    assert choose_model("qwen3:4b").record == record


def test_pulling_what_another_program_has_downloads_nothing(machine: Path) -> None:
    blob = ollama(machine / ".ollama" / "models", "qwen3:4b")
    pulled = pull("qwen3:4b", Hub(offline=True, waits=()), Quiet())
    assert (pulled.record.path, pulled.reused, pulled.downloaded) == (blob, "Ollama", 0)


def test_without_a_model_of_its_own_mathcli_points_at_the_strongest(machine: Path) -> None:
    folder = machine / ".ollama" / "models"
    ollama(folder, "someunknown:9b", b"GGUF of great size that no card knows")
    ollama(folder, "qwen3:4b", b"GGUF large one")
    ollama(folder, "qwen3:1.7b", b"GGUF")
    assert choose_model(None).hint == (
        "using the small embedded model; Ollama has a stronger one:\n"
        "  mathcli solve --model qwen3:4b"
    )
