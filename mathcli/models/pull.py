"""`models pull`: from a name to a model on this machine.

What is here already is used: in the store, or in the folders of another program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mathcli.errors import ModelError
from mathcli.input_files import expanded, is_file
from mathcli.models import places, store
from mathcli.models.download import Progress, check_space, download, make_folder
from mathcli.models.hub import Hub
from mathcli.models.memory import total_memory
from mathcli.models.names import Name, parse
from mathcli.models.quants import RemoteFile, Variant, choose, quant_in, variants
from mathcli.models.sources import Listing, NoHost, Source
from mathcli.models.store import InstalledModel, StoredFile, Unfinished


@dataclass(frozen=True)
class Pulled:
    """A model that is on this machine now.

    `downloaded` is the number of bytes that came over the network; `reason` says why this quant
    was chosen, where one was; `reused` says where the files already were: the `store`, the hub's
    `cache`, or the name of the program that they belong to.
    """

    record: InstalledModel
    downloaded: int
    reason: str
    reused: str | None = None


def pull(name: str, hub: Hub, progress: Progress, *, revision: str | None = None) -> Pulled:
    """Make sure that a model is on this machine, downloading what is missing.

    Args:
        hub: also says whether a connection may be made at all, and how patiently.
        revision: a branch, tag or commit; without one a model that is here already is enough.

    Raises:
        ModelError: there is no such model, no connection to it, no room for it, or it arrived
            damaged.
    """
    if is_file(expanded(name)):
        return Pulled(_of_file(expanded(name)), 0, "", "store")
    wanted = parse(name)
    if revision is None:
        here = [one for one in store.records() if one.answers_to(wanted.plain, wanted.quant)]
        if here:
            return Pulled(here[0], 0, "", "store")
        elsewhere = places.held_elsewhere(wanted)
        if elsewhere is not None:
            return Pulled(elsewhere, 0, "", elsewhere.place)
        if hub.offline:
            return _adopt_offline(wanted)
    source = _source(wanted, hub)
    listing = _listing(wanted, source, revision or wanted.revision)
    variant, reason = _choice(wanted, listing)
    record = _from_cache(wanted, listing, variant) if wanted.source == "hub" else None
    if record is not None:
        return Pulled(record, 0, reason, "cache")
    record, arrived = _bring(wanted, listing, variant, source, progress)
    return Pulled(record, arrived, reason, None if arrived else "store")


def _source(wanted: Name, hub: Hub) -> Source:
    """The source of a model, with the hub's settings for waits."""
    if wanted.source == "hub":
        return hub
    settings: dict[str, Any] = {"offline": hub.offline, "waits": hub.waits, "say": hub.say}
    if wanted.source == "ollama":
        from mathcli.models.ollama import OllamaRegistry

        return OllamaRegistry(**settings)
    if wanted.source == "modelscope":
        from mathcli.models.modelscope import ModelScope

        return ModelScope(**settings)
    from mathcli.models.weblink import WebLink

    return WebLink(wanted, **settings)


def unfinished(name: str) -> list[Unfinished]:
    """Interrupted downloads of this name, if no download of this name is complete."""
    try:
        wanted = parse(name)
    except ModelError:
        return []
    if any(one.answers_to(wanted.plain, wanted.quant) for one in store.records()):
        return []
    return [
        one
        for one in store.unfinished()
        if one.repository in wanted.repositories
        and wanted.quant in (None, quant_in(one.name))
        and wanted.file in (None, one.name)
    ]


def _listing(wanted: Name, source: Source, revision: str | None) -> Listing:
    """The first of the repositories that the source has."""
    for repository in wanted.repositories[:-1]:
        try:
            return source.files(repository, revision)
        except NoHost:
            raise
        except ModelError as error:
            source.say(f"{error.message}; trying the next repository")
    return source.files(wanted.repositories[-1], revision)


def _choice(wanted: Name, listing: Listing) -> tuple[Variant, str]:
    """Which of the repository's models to download, and why."""
    models = variants(listing.files)
    if wanted.file is None:
        return choose(models, wanted.quant, total_memory(), listing.repository)
    for variant in models:
        if any(file.name == wanted.file for file in variant.files):
            return variant, f"{variant.quant}, as asked"
    names = ", ".join(variant.files[0].name for variant in models) or "no GGUF file"
    raise ModelError(f"{listing.repository} has no file {wanted.file}", f"it has: {names}")


def _bring(
    wanted: Name, listing: Listing, variant: Variant, source: Source, progress: Progress
) -> tuple[InstalledModel, int]:
    """Download what is missing; return the record, and how many bytes came."""
    if not all(file.size for file in variant.files):
        raise ModelError(
            f"{source.title} does not say how large the files of {listing.repository} are",
            "try without HF_ENDPOINT: a mirror may not list the sizes",
        )
    folder = store.models_folder() / listing.repository
    make_folder(folder)
    targets = [folder / file.name for file in variant.files]
    check_space(folder, _missing(variant, targets))
    arrived = sum(
        download(source, listing, file, target, progress)
        for file, target in zip(variant.files, targets, strict=True)
    )
    record = _record(wanted, listing, variant, targets)
    store.save(record)
    return record, arrived


def _from_cache(wanted: Name, listing: Listing, variant: Variant) -> InstalledModel | None:
    """The model in the hub's own cache, if that has all of it, undamaged."""
    from huggingface_hub import try_to_load_from_cache

    paths = []
    for file in variant.files:
        cached = try_to_load_from_cache(listing.repository, file.name, revision=listing.revision)
        if not isinstance(cached, str):
            return None
        paths.append(Path(cached))
    record = _record(wanted, listing, variant, paths, cached=True)
    if store.verify(record):
        return None
    store.save(record)
    return record


def _adopt_offline(wanted: Name) -> Pulled:
    """A model that another program has left in the hub's cache."""
    for model in places.in_hub_cache():
        if model.repository in wanted.repositories and wanted.quant in (None, model.quant):
            record = InstalledModel(
                model.repository, model.revision, model.quant, model.files,
                wanted.alias, wanted.card, True, place=model.place,
            )  # fmt: skip
            if not store.verify(record):
                store.save(record)
                return Pulled(record, 0, "", "cache")
    raise ModelError(
        f"{wanted.plain} is not on this machine, and offline mode is on",
        f"go online (no --offline, no HF_HUB_OFFLINE) and run: mathcli models pull {wanted.plain}",
    )


def _missing(variant: Variant, targets: Sequence[Path]) -> int:
    """Bytes that are still to come, of all shards together."""
    missing = variant.size
    for target in targets:
        for path in (target, target.with_name(f"{target.name}.part")):
            missing -= path.stat().st_size if path.exists() else 0
    return missing


def _record(
    wanted: Name, listing: Listing, variant: Variant, paths: Sequence[Path], *, cached: bool = False
) -> InstalledModel:
    files = tuple(_stored(file, path) for file, path in zip(variant.files, paths, strict=True))
    return InstalledModel(
        listing.repository,
        listing.revision,
        variant.quant if variant.quant != "unknown" else quant_in(paths[0].name) or "unknown",
        files,
        wanted.alias,
        wanted.card,
        cached,
        place=places.HUB_CACHE if cached else None,
        label=wanted.plain if wanted.source != "hub" else None,
    )


def _of_file(path: Path) -> InstalledModel:
    """The result for a model file of the user's own, outside the store."""
    known = places.record_of(path)
    stored = StoredFile(str(path.resolve()), path.stat().st_size, None)
    return known or InstalledModel(str(path), "", quant_in(path.name) or "unknown", (stored,))


def _stored(file: RemoteFile, path: Path) -> StoredFile:
    return StoredFile(str(path), file.size, file.sha256)
