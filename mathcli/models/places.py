"""Model files that other programs keep on this machine: used where they lie, never changed.

| program | where |
|---|---|
| the hub's cache | `HF_HUB_CACHE`, `HF_HOME/hub`, `~/.cache/huggingface/hub` |
| llama.cpp | `LLAMA_CACHE`, `~/.cache/llama.cpp` |
| Ollama | `OLLAMA_MODELS`, `~/.ollama/models`, `/usr/share/ollama/.ollama/models` |
| LM Studio | `~/.lmstudio/models`, `~/.cache/lm-studio/models` |
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mathcli import json_text
from mathcli.errors import ModelError
from mathcli.input_files import expanded, is_folder, matching, own
from mathcli.models import store
from mathcli.models.catalogue import match_card
from mathcli.models.names import OLLAMA, Name, ollama_label, parse
from mathcli.models.ollama import is_digest, model_layer
from mathcli.models.quants import RemoteFile, quant_in, variants
from mathcli.models.store import InstalledModel, StoredFile

HUB_CACHE = "the hub's cache"
_MOST_JSON = 1 << 20  # bytes of a manifest


def elsewhere() -> list[InstalledModel]:
    """All models of other programs, by name."""
    return sorted(
        (record for records in _PLACES.values() for record in records()),
        key=lambda record: record.name.lower(),
    )


def held_elsewhere(wanted: Name) -> InstalledModel | None:
    """The model that a name means, if another program than the hub's cache has it.

    A file in the hub's cache is compared with the hub first; offline it is used as it is.
    """
    if wanted.alias is not None:
        return None  # it is not known which of the files here is that checkpoint
    return next(
        (
            record
            for place, records in _PLACES.items()
            if place != HUB_CACHE
            for record in records()
            if record.answers_to(wanted.plain, wanted.quant)
        ),
        None,
    )


def installed(name: str) -> InstalledModel:
    """The one model on this machine that a name means: a pulled one, or another program's.

    Raises:
        ModelError: there is none, or there are several, so that the quant must be named.
    """
    try:
        wanted = parse(name)
    except ModelError:
        here = _answering(f"{name}:latest", None)  # Ollama's own way to shorten a name
        if not here:
            raise
        return here[0]
    models = _answering(wanted.plain, wanted.quant)
    if not models:
        raise ModelError(f"{name} is not on this machine", f"try: mathcli models pull {name}")
    if len({record.path.resolve() for record in models}) > 1:
        names = ", ".join(dict.fromkeys(record.name for record in models))
        raise ModelError(f"{name} may mean {names}", f"name one, for example {models[0].name}")
    return models[0]


def record_of(path: Path) -> InstalledModel | None:
    """The record of a model file: as it was pulled, or as another program keeps it."""
    known = store.record_of(path)
    if known is not None:
        return known
    return next((record for record in elsewhere() if record.path == path), None)


def in_hub_cache() -> list[InstalledModel]:
    """Models that other programs have left in the hub's cache, by name."""
    return sorted(_of_hub_cache(), key=lambda record: record.name)


def _answering(name: str, quant: str | None) -> list[InstalledModel]:
    """The pulled models of a name; without one those of other programs."""
    pulled = [one for one in store.records() if one.answers_to(name, quant)]
    return pulled or [one for one in elsewhere() if one.answers_to(name, quant)]


# -- the hub's cache ---------------------------------------------------------------------------


def hub_cache() -> Path:
    """The folder in which huggingface_hub keeps what it downloads, found without importing it."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(name):
            return expanded(os.environ[name])
    home = os.environ.get("HF_HOME")
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return expanded(home or f"{cache}/huggingface") / "hub"


def _of_hub_cache() -> Iterator[InstalledModel]:
    yield from _snapshots(hub_cache(), HUB_CACHE)


def _snapshots(folder: Path, place: str) -> Iterator[InstalledModel]:
    """Models in the layout of the hub's cache, `models--OWNER--REPO/snapshots/REVISION/FILE`."""
    for snapshot in matching(folder, "models--*--*/snapshots/*"):
        owner, _, name = snapshot.parents[1].name.removeprefix("models--").partition("--")
        yield from _models(snapshot, f"{owner}/{name}", snapshot.name, place)


# -- llama.cpp ---------------------------------------------------------------------------------


def _of_llama_cpp() -> Iterator[InstalledModel]:
    """Flat files named `OWNER_REPO_FILE.gguf`; today's llama.cpp uses the hub's layout."""
    cache = os.environ.get("XDG_CACHE_HOME") or (
        "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    )
    folder = expanded(os.environ.get("LLAMA_CACHE") or f"{cache}/llama.cpp")
    if folder == hub_cache():
        return
    yield from _snapshots(folder, "llama.cpp")
    repositories = [
        f"{owner}/{name}"
        for owner, name, *_ in (
            path.name.split("=")[1:] for path in matching(folder, "manifest=*=*=*")
        )
    ]
    for record in _models(folder, "", "", "llama.cpp"):
        file = record.path.name
        known = (one for one in repositories if file.startswith(f"{one.replace('/', '_')}_"))
        repository = next(known, "/".join(file.split("_", 2)[:2]))
        card = match_card([file.removesuffix(".gguf"), repository.rpartition("/")[2]])
        yield InstalledModel(
            repository, "", record.quant, record.files,
            card=card.name if card else None, cached=True, place="llama.cpp",
        )  # fmt: skip


# -- Ollama ------------------------------------------------------------------------------------


def _of_ollama() -> Iterator[InstalledModel]:
    """Ollama's models: its manifests say which blob is a model's GGUF file."""
    for folder in _ollama_folders():
        for manifest in matching(folder / "manifests", "*/*/*/*"):
            record = _ollama_record(folder, manifest)
            if record is not None:
                yield record


def _ollama_folders() -> list[Path]:
    named = os.environ.get("OLLAMA_MODELS")
    if named:
        return [expanded(named)]
    service = Path("/usr/share/ollama/.ollama/models")  # of the service that its installer makes
    return [expanded("~/.ollama/models"), *([service] if is_folder(service) else [])]


def _ollama_record(folder: Path, manifest: Path) -> InstalledModel | None:
    host, namespace, model, tag = manifest.parts[-4:]
    content = _json(manifest)
    layer = model_layer(content)
    if layer is None:
        return None
    digest, size = layer
    blob = folder / "blobs" / f"sha256-{digest}"
    if _size(blob) != size:
        return None  # still on its way, or not for this user to read
    files = (StoredFile(str(blob), size, digest),)
    if host == "hf.co":
        repository = f"{namespace}/{model}"
        label = f"hf.co/{repository}:{tag}"
    else:
        repository = f"{host}/{namespace}/{model}"
        label = ollama_label(repository, tag) if host == OLLAMA else f"{repository}:{tag}"
    quant = quant_in(tag) or _ollama_quant(folder, content) or "unknown"
    card = match_card([model, f"{model}-{tag}"])
    return InstalledModel(
        repository, tag, quant, files,
        card=card.name if card else None, cached=True, label=label, place="Ollama",
    )  # fmt: skip


def _ollama_quant(folder: Path, manifest: Any) -> str | None:
    """The quant that a model's configuration names."""
    config = manifest.get("config")
    digest = str(config.get("digest", "")) if isinstance(config, Mapping) else ""
    value = digest.removeprefix("sha256:")
    configuration = _json(folder / "blobs" / f"sha256-{value}") if is_digest(value) else None
    quant = configuration.get("file_type") if isinstance(configuration, Mapping) else None
    return quant.upper() if isinstance(quant, str) else None


# -- LM Studio ---------------------------------------------------------------------------------


def _of_lm_studio() -> Iterator[InstalledModel]:
    """LM Studio's models: folders `OWNER/REPO` with the hub's files."""
    homes = [expanded("~/.lmstudio"), expanded("~/.cache/lm-studio")]
    pointer = expanded("~/.lmstudio-home-pointer")
    with suppress(OSError, ValueError):  # there is none, or it is no text
        homes.insert(0, Path(own(pointer, most=4096).decode("utf-8").strip()))
    for home in dict.fromkeys(homes):
        for folder in matching(home / "models", "*/*"):
            owner, name = folder.parts[-2:]
            yield from _models(folder, f"{owner}/{name}", "", "LM Studio")


# -- what all of them need ---------------------------------------------------------------------


def _models(folder: Path, repository: str, revision: str, place: str) -> Iterator[InstalledModel]:
    """The models among a folder's files; shards belong together."""
    sizes = {path.name: _size(path) for path in matching(folder, "*.gguf")}
    files = [RemoteFile(name, size, None) for name, size in sizes.items() if size]
    for variant in variants(files):
        stored = tuple(_stored(folder / file.name, file.size) for file in variant.files)
        stem = variant.files[0].name.removesuffix(".gguf")
        card = match_card([stem, repository.rpartition("/")[2]])
        yield InstalledModel(
            repository, revision, variant.quant, stored,
            card=card.name if card else None, cached=True, place=place,
        )  # fmt: skip


def _stored(path: Path, size: int) -> StoredFile:
    blob = path.resolve().name  # the hub's cache names large files by their digest
    return StoredFile(str(path), size, blob if is_digest(blob) else None)


def _size(path: Path) -> int | None:
    """A readable file's size."""
    try:
        return path.stat().st_size if path.is_file() and os.access(path, os.R_OK) else None
    except OSError:
        return None


def _json(path: Path) -> Any:
    try:
        return json_text.parse(own(path, most=_MOST_JSON))
    except (OSError, ValueError):
        return None


_PLACES: Mapping[str, Callable[[], Iterator[InstalledModel]]] = {
    HUB_CACHE: _of_hub_cache,
    "llama.cpp": _of_llama_cpp,
    "Ollama": _of_ollama,
    "LM Studio": _of_lm_studio,
}
