"""`models pull`: from a name to a model on this machine.

A name is a card's alias (`qwen2.5-math-7b`), a repository (`OWNER/REPO`), or a file in one
(`OWNER/REPO/FILE.gguf`); the first two may end in `:QUANT`. A path is a model that is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mathcli.errors import ModelError
from mathcli.models import store
from mathcli.models.catalogue import card_named, checkpoint_named, match_card
from mathcli.models.download import Progress, check_space, download, make_folder
from mathcli.models.hub import Hub, Listing
from mathcli.models.memory import total_memory
from mathcli.models.quants import RemoteFile, Variant, choose, quant_in, variants
from mathcli.models.store import Record, StoredFile, Unfinished


@dataclass(frozen=True)
class Name:
    """What a name means on the hub.

    Args:
        repositories: where to look, in this order.
        file: a certain file.
        quant: a certain quant.
        alias: the card's alias, if the name was one.
        card: the card that belongs to it, if one does.
    """

    repositories: tuple[str, ...]
    file: str | None = None
    quant: str | None = None
    alias: str | None = None
    card: str | None = None

    @property
    def plain(self) -> str:
        """The name without a quant."""
        return self.alias or "/".join(filter(None, (self.repositories[0], self.file)))


@dataclass(frozen=True)
class Pulled:
    """A model that is on this machine now.

    `downloaded` are the bytes that came over the network, `reason` says why this quant, where one
    was chosen, and `reused` where the files were already (`store` or `cache`).
    """

    record: Record
    downloaded: int
    reason: str
    reused: str | None = None


def parse(name: str) -> Name:
    """Read a name.

    Raises:
        ModelError: it is no alias of a card and no name of a repository, or nobody is known to
            have the checkpoint as GGUF.
    """
    plain, _, given = name.partition(":")
    quant = given.upper() or None
    if "/" not in plain:
        return _alias(plain, quant)
    parts = plain.split("/")
    repository = "/".join(parts[:2])
    if len(parts) == 2:
        card = match_card([parts[1]])
        return Name((repository,), quant=quant, card=card.name if card else None)
    if not plain.lower().endswith(".gguf"):
        raise ModelError(
            f"{name} names no model", "give OWNER/REPO, OWNER/REPO:QUANT or OWNER/REPO/FILE.gguf"
        )
    card = match_card([parts[1], Path(parts[-1]).stem])
    return Name((repository,), "/".join(parts[2:]), card=card.name if card else None)


def pull(name: str, hub: Hub, progress: Progress, *, revision: str | None = None) -> Pulled:
    """Make sure that a model is on this machine, downloading what is missing.

    Args:
        revision: a branch, tag or commit; without one a model that is here already is enough.

    Raises:
        ModelError: there is no such model, no way to it, no room for it, or it arrived damaged.
    """
    if Path(name).expanduser().is_file():
        return Pulled(_of_file(Path(name).expanduser()), 0, "", "store")
    wanted = parse(name)
    if revision is None:
        here = [one for one in store.records() if one.answers_to(wanted.plain, wanted.quant)]
        if here:
            return Pulled(here[0], 0, "", "store")
        if hub.offline:
            return _adopt_offline(wanted)
    listing = _listing(wanted, hub, revision)
    variant, reason = _choice(wanted, listing)
    record = _from_cache(wanted, listing, variant)
    if record is not None:
        return Pulled(record, 0, reason, "cache")
    record, arrived = _bring(wanted, listing, variant, hub, progress)
    return Pulled(record, arrived, reason, None if arrived else "store")


def unfinished(name: str) -> list[Unfinished]:
    """Downloads of this name that were cut, where nothing of this name is complete."""
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


def _alias(alias: str, quant: str | None) -> Name:
    found = checkpoint_named(alias)
    if found is None:
        card = card_named(alias)  # says what is alike where there is none
        if not card.checkpoints:
            raise ModelError(
                f"no checkpoint of {card.title} is known on the hub",
                "name a repository: mathcli models pull OWNER/REPO",
            )
        raise ModelError(f"{alias} is a family", f"name one of: {', '.join(card.checkpoints)}")
    card, checkpoint = found
    if not checkpoint.gguf:
        raise ModelError(
            f"no repository is known that holds {alias} as GGUF",
            "name one, if you know it: mathcli models pull OWNER/REPO",
        )
    return Name(checkpoint.gguf, quant=quant, alias=alias.lower(), card=card.name)


def _listing(wanted: Name, hub: Hub, revision: str | None) -> Listing:
    """The first of the repositories that the hub has."""
    for repository in wanted.repositories[:-1]:
        try:
            return hub.files(repository, revision)
        except ModelError as error:
            hub.say(f"{error.message}; trying the next repository")
    return hub.files(wanted.repositories[-1], revision)


def _choice(wanted: Name, listing: Listing) -> tuple[Variant, str]:
    """Which of the repository's models, and why."""
    found = variants(listing.files)
    if wanted.file is None:
        return choose(found, wanted.quant, total_memory(), listing.repository)
    for variant in found:
        if any(file.name == wanted.file for file in variant.files):
            return variant, f"{variant.quant}, as asked"
    names = ", ".join(variant.files[0].name for variant in found) or "no GGUF file"
    raise ModelError(f"{listing.repository} has no file {wanted.file}", f"it has: {names}")


def _bring(
    wanted: Name, listing: Listing, variant: Variant, hub: Hub, progress: Progress
) -> tuple[Record, int]:
    """Download what is missing; return the record, and how many bytes came."""
    if not all(file.size for file in variant.files):
        raise ModelError(
            f"the hub does not say how large the files of {listing.repository} are",
            "try without HF_ENDPOINT: a mirror may not know",
        )
    folder = store.models_folder() / listing.repository
    make_folder(folder)
    targets = [folder / file.name for file in variant.files]
    check_space(folder, _missing(variant, targets))
    arrived = sum(
        download(hub, listing, file, target, progress)
        for file, target in zip(variant.files, targets, strict=True)
    )
    record = _record(wanted, listing, variant, targets)
    store.save(record)
    return record, arrived


def _from_cache(wanted: Name, listing: Listing, variant: Variant) -> Record | None:
    """The model in the hub's own cache, if that has all of it, undamaged."""
    from huggingface_hub import try_to_load_from_cache

    paths = []
    for file in variant.files:
        found = try_to_load_from_cache(listing.repository, file.name, revision=listing.revision)
        if not isinstance(found, str):
            return None
        paths.append(Path(found))
    record = _record(wanted, listing, variant, paths, cached=True)
    if store.verify(record):
        return None
    store.save(record)
    return record


def _adopt_offline(wanted: Name) -> Pulled:
    """A model that another program has left in the hub's cache."""
    for one in store.in_hub_cache():
        if one.repository in wanted.repositories and wanted.quant in (None, one.quant):
            record = Record(
                one.repository, one.revision, one.quant, one.files, wanted.alias, wanted.card, True
            )
            if not store.verify(record):
                store.save(record)
                return Pulled(record, 0, "", "cache")
    raise ModelError(
        f"{wanted.plain} is not on this machine, and offline mode is on",
        f"without --offline and HF_HUB_OFFLINE: mathcli models pull {wanted.plain}",
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
) -> Record:
    files = tuple(_stored(file, path) for file, path in zip(variant.files, paths, strict=True))
    return Record(
        listing.repository,
        listing.revision,
        variant.quant if variant.quant != "unknown" else quant_in(paths[0].name) or "unknown",
        files,
        wanted.alias,
        wanted.card,
        cached,
    )


def _of_file(path: Path) -> Record:
    """A model file of the user's own, which is not the store's."""
    known = store.record_of(path)
    stored = StoredFile(str(path.resolve()), path.stat().st_size, None)
    return known or Record(str(path), "", quant_in(path.name) or "unknown", (stored,))


def _stored(file: RemoteFile, path: Path) -> StoredFile:
    return StoredFile(str(path), file.size, file.sha256)
