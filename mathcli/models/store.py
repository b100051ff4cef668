"""The models that mathcli has pulled.

A pulled model lies in the user's data folder as `OWNER/REPO/FILE.gguf`; beside its first file a
record (`FILE.gguf.json`) says where it came from and what its digests are. Only complete and
checked files have a record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from mathcli.errors import ModelError, UsageError
from mathcli.input_files import matching, own
from mathcli.json_text import parse
from mathcli.models.digests import digest_of
from mathcli.models.quants import size_text
from mathcli.output_files import write_whole
from mathcli.typed_records import from_record

_SUFFIX = ".json"


@dataclass(frozen=True)
class StoredFile:
    """A file of a model. `path` is absolute; `sha256` is `None` where the hub did not say."""

    path: str
    size: int
    sha256: str | None


@dataclass(frozen=True)
class InstalledModel:
    """A model on this machine.

    Args:
        repository: where it came from (`OWNER/REPO`).
        revision: the commit it was pulled at.
        quant: its number format.
        files: the model's file, or its shards in order.
        alias: the card's alias it was pulled as.
        card: the card that its name belongs to.
        cached: its files belong to another program: they are used, never changed or deleted.
        label: its name, where it is no checkpoint of a card and does not come from the hub.
        place: the program that its files belong to (`Ollama`), if they are not mathcli's.
    """

    repository: str
    revision: str
    quant: str
    files: tuple[StoredFile, ...]
    alias: str | None = None
    card: str | None = None
    cached: bool = False
    label: str | None = None
    place: str | None = None

    @property
    def path(self) -> Path:
        """The file to load."""
        return Path(self.files[0].path)

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def name(self) -> str:
        """What to call it in commands."""
        return self.label or f"{self.alias or self.repository}:{self.quant}"

    @property
    def complete(self) -> bool:
        """Are all files there, at their full size?"""
        return all(_size(file.path) == file.size for file in self.files)

    def answers_to(self, name: str, quant: str | None = None) -> bool:
        """Does `name`, with or without a quant, mean this model?"""
        wanted = name.lower()
        repository, file = self.repository.lower(), self.path.name.lower()
        named = wanted.startswith(f"{repository}/") and wanted.endswith(f"/{file}")
        known = (repository, file, (self.alias or "").lower(), (self.label or "").lower())
        return (named or wanted in known) and quant in (None, self.quant)


@dataclass(frozen=True)
class Unfinished:
    """A download that was cut: `size` of `total` bytes are here."""

    repository: str
    name: str
    path: Path
    size: int
    total: int


def models_folder() -> Path:
    """Where pulled models lie."""
    import platformdirs

    return platformdirs.user_data_path("mathcli") / "models"


def records() -> list[InstalledModel]:
    """All models that were pulled and are still whole, by name."""
    kept = (_read(path) for path in matching(models_folder(), f"**/*.gguf{_SUFFIX}"))
    return sorted((one for one in kept if one and one.complete), key=lambda one: one.name)


def record_of(path: Path) -> InstalledModel | None:
    """The record that a model file was pulled with; `None` where there is none."""
    beside = _read(Path(f"{path}{_SUFFIX}"))
    if beside is not None:
        return beside
    return next((one for one in records() if one.cached and one.path == path), None)


def save(record: InstalledModel) -> None:
    """Write the record of a model whose files are complete and checked."""
    path = _record_path(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(asdict(record), indent=1))


def remove(record: InstalledModel) -> int:
    """Delete a model; return the bytes that are free now.

    Files of other programs stay: only the record of them is deleted.

    Raises:
        ModelError: a file cannot be deleted.
    """
    freed = 0
    try:
        _record_path(record).unlink(missing_ok=True)
        for file in () if record.cached else record.files:
            freed += _size(file.path) or 0
            for path in (Path(file.path), Path(f"{file.path}.lock")):
                path.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"{error.filename} cannot be deleted: {error.strerror}") from None
    _remove_empty(record.path.parent)
    return freed


def unfinished() -> list[Unfinished]:
    """Interrupted downloads that another `pull` would resume, by repository."""
    downloads = []
    for label in matching(models_folder(), "**/*.part.json"):
        path = label.with_suffix("")
        try:
            values = parse(own(label))
            download = Unfinished(
                str(values["repository"]), str(values["name"]), path,
                _size(str(path)) or 0, int(values["size"]),
            )  # fmt: skip
        except (OSError, ValueError, TypeError, KeyError):
            continue
        downloads.append(download)
    return downloads


def give_up(found: Iterable[Unfinished]) -> int:
    """Delete what has arrived of some downloads; return the bytes that are free now.

    Raises:
        ModelError: a file cannot be deleted.
    """
    freed = 0
    for download in found:
        whole = download.path.with_suffix("")
        try:
            for path in (download.path, Path(f"{download.path}.json"), Path(f"{whole}.lock")):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise ModelError(f"{error.filename} cannot be deleted: {error.strerror}") from None
        freed += download.size
        _remove_empty(download.path.parent)
    return freed


def verify(record: InstalledModel) -> list[str]:
    """Read every file and compare its digest; return what is wrong, nothing if all is well."""
    wrong = []
    for file in record.files:
        size = _size(file.path)
        if size is None:
            wrong.append(f"{file.path} is missing")
        elif size != file.size:
            wrong.append(f"{file.path} has {size_text(size)} instead of {size_text(file.size)}")
        elif file.sha256 is not None and digest_of(Path(file.path)) != file.sha256:
            wrong.append(f"{file.path} is damaged: its sha256 is not {file.sha256}")
    return wrong


def _record_path(record: InstalledModel) -> Path:
    if not record.cached:
        return Path(f"{record.path}{_SUFFIX}")
    return models_folder() / record.repository / f"{record.path.name}{_SUFFIX}"


def _read(path: Path) -> InstalledModel | None:
    """The record in a file; `None` where the file is none (any more)."""
    try:
        record = from_record(InstalledModel, parse(own(path)), str(path))
    except (OSError, ValueError, UsageError):
        return None
    return record if record.files else None


def _size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):  # no such file, or no such name
        return None


def _remove_empty(folder: Path) -> None:
    top = models_folder()
    while folder != top and top in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
