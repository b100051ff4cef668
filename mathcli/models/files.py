"""Model files on disk: which one a name means, and its number format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mathcli.errors import ModelError
from mathcli.input_files import expanded, is_file, is_folder
from mathcli.models import places, store
from mathcli.models.catalogue import cards
from mathcli.models.memory import total_memory
from mathcli.models.quants import about_text, estimated_size, fits
from mathcli.models.schema import load_card
from mathcli.models.store import InstalledModel
from mathcli.resources import data_path, embedded_model

_EMBEDDED = ("nano", "embedded")
_STRONG = "qwen2.5-math"  # the family to suggest; its checkpoints are listed by size

# `general.file_type` values of the GGUF specification.
_QUANTS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 38: "MXFP4",
}  # fmt: skip


@dataclass(frozen=True)
class ChosenModel:
    """The model that a command will use. `hint` tells a user who named none of a better one, with
    the command on a line of its own; `record` says where a pulled model came from."""

    path: Path
    record: InstalledModel | None = None
    hint: str | None = None


def find_model(name: str | None) -> Path:
    """The file that `name` means: see `choose_model`."""
    return choose_model(name).path


def choose_model(name: str | None) -> ChosenModel:
    """The model that `name` means; without a name the best one on this machine.

    Args:
        name: `nano`, a path, or any name that `names` reads; models of Ollama, LM Studio,
            llama.cpp and the hub's cache are found too. Nothing is downloaded.

    Raises:
        ModelError: it is not on this machine; the hint says how to get it.
    """
    if name is None:
        return _best()
    if name in _EMBEDDED:
        return ChosenModel(embedded_model())
    path = expanded(name)
    if is_file(path):
        return ChosenModel(path, places.record_of(path))
    if is_folder(path):
        raise ModelError(f"{path} is a folder, not a model file", "name the .gguf file in it")
    if path.is_absolute() or name.startswith((".", "~")):
        raise ModelError(f"there is no model file {path}", "see what there is: mathcli models list")
    if name.lower().endswith(".gguf") and name.count("/") < 2:
        raise ModelError(f"there is no model file {path}", "give the path of a .gguf file, or nano")
    record = places.installed(name)
    return ChosenModel(record.path, record)


def _best() -> ChosenModel:
    """The best model that was pulled and fits: the largest of those that a card knows."""
    memory = total_memory()
    usable = [
        record
        for record in store.records()
        if fits(record.size, memory) and not _scores_only(record)
    ]
    if usable:
        best = max(usable, key=lambda record: (record.card is not None, record.size))
        return ChosenModel(best.path, best)
    return ChosenModel(embedded_model(), hint=_held(memory) or _suggestion(memory))


def cascade_of() -> tuple[Path, ...]:
    """The models for `--model auto`, the smallest first: the embedded one, the largest that was
    pulled and fits, and between them those that fit beside it."""
    memory = total_memory()
    usable = [record for record in store.records() if not _scores_only(record)]
    chosen: list[InstalledModel] = []
    for record in sorted(usable, key=lambda one: one.size, reverse=True):
        if fits(record.size + sum(one.size for one in chosen), memory):
            chosen.append(record)
    return (embedded_model(), *(record.path for record in reversed(chosen)))


def _held(memory: int) -> str | None:
    """A strong model that another program has on this machine, if a card of mathcli's fits it."""
    known = [
        record
        for record in places.elsewhere()
        if record.card is not None and fits(record.size, memory) and not _scores_only(record)
    ]
    if not known:
        return None
    best = max(known, key=lambda record: record.size)
    return (
        f"using the small embedded model; {best.place} has a stronger one:\n"
        f"  mathcli solve --model {best.name}"
    )


def _scores_only(record: InstalledModel) -> bool:
    card = cards().get(record.card or "")
    return card is not None and card.reward is not None


def _suggestion(memory: int) -> str:
    """Which model to get."""
    suggested = to_get(memory)
    if suggested is None:
        return "using the small embedded model"
    alias, size = suggested
    return (
        f"using the small embedded model; for a strong one ({size}):\n  mathcli models pull {alias}"
    )


def to_get(memory: int) -> tuple[str, str] | None:
    """The alias of a strong model that fits this machine, and its approximate size; estimated
    without asking the hub."""
    family = load_card(data_path(f"cards/{_STRONG}.toml"))  # one card: this runs at every start
    for alias, checkpoint in reversed(list(family.checkpoints.items())):
        size = estimated_size(checkpoint.parameters)
        if checkpoint.gguf and size is not None and fits(size, memory):
            return alias, about_text(size)
    return None


def quant_name(file_type: str | None) -> str:
    """`Q8_0` for the metadata value `7`, and so on."""
    if file_type is None or not file_type.isdigit():
        return "unknown"
    return _QUANTS.get(int(file_type), f"type {file_type}")
