"""Reads the name that a user typed for a model: where it is, and which of its files is meant.

| typed | meant |
|---|---|
| `qwen2.5-math-7b`, `qwen2.5-math-7b:Q5_K_M` | a checkpoint that mathcli knows |
| `OWNER/REPO`, `OWNER/REPO:QUANT`, `OWNER/REPO/FILE.gguf` | a repository on the Hugging Face hub |
| `hf.co/…`, `https://huggingface.co/…`, `hf://…`, `huggingface://…` | the same |
| `NAME:TAG`, `ollama://NAME`, `https://ollama.com/library/NAME` | a model of Ollama's registry |
| `modelscope://OWNER/REPO`, `ms://…`, `https://modelscope.cn/models/…` | one on ModelScope |
| `https://…/FILE.gguf` | that file |

Nothing here looks at the disk or the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from mathcli.errors import ModelError
from mathcli.models.catalogue import card_named, cards, checkpoint_named, match_card
from mathcli.models.quants import quant_in

SourceName = Literal["hub", "ollama", "modelscope", "link"]

OLLAMA = "registry.ollama.ai"
MODELSCOPE = "modelscope.cn"
_OLLAMA_SITES = ("ollama.com", "www.ollama.com", "ollama.ai", OLLAMA)
_HUB_SITES = ("hf.co", "huggingface.co", "www.huggingface.co")
_MODELSCOPE_SITES = (MODELSCOPE, "www.modelscope.cn", "modelscope.ai", "www.modelscope.ai")
_HUB_SCHEMES = ("hf", "huggingface")
_MODELSCOPE_SCHEMES = ("modelscope", "ms")
_COPIED = re.compile(r"^(?:ollama|lms)\s+(?:run|pull|get)\s+", re.I)  # with their command
_WORD = re.compile(r"[\w][\w.+-]*", re.ASCII)
_REVISION = re.compile(r"[\w][\w./+-]*", re.ASCII)
_HOW = "give OWNER/REPO, OWNER/REPO:QUANT, OWNER/REPO/FILE.gguf, or the address of a .gguf file"


@dataclass(frozen=True)
class Name:
    """Which model is meant.

    Args:
        repositories: where to look, in this order.
        file: a certain file of it.
        quant: a certain number format.
        alias: the name by which mathcli knows the checkpoint, if it does.
        card: the card that belongs to it, if one does.
        source: which source has it.
        revision: a branch, tag or commit; with Ollama the tag.
        link: the address of a file on its own.
    """

    repositories: tuple[str, ...]
    file: str | None = None
    quant: str | None = None
    alias: str | None = None
    card: str | None = None
    source: SourceName = "hub"
    revision: str | None = None
    link: str | None = None

    @property
    def plain(self) -> str:
        """The name without a quant, as other commands take it.

        >>> parse("ollama://library/qwen2.5:1.5b").plain, parse("ms://some/repo:Q8_0").plain
        ('qwen2.5:1.5b', 'modelscope://some/repo')
        """
        if self.alias or self.source == "hub":
            return self.alias or "/".join(filter(None, (self.repositories[0], self.file)))
        if self.source == "ollama":
            return ollama_label(self.repositories[0], self.revision or "latest")
        if self.source == "modelscope":
            repository = self.repositories[0].removeprefix(f"{MODELSCOPE}/")
            return "/".join(filter(None, (f"modelscope://{repository}", self.file)))
        return shown_link(self.link or "")


def parse(name: str) -> Name:
    """Read a name.

    Raises:
        ModelError: it names no model, or no repository is known to have the checkpoint as GGUF.
    """
    name = _COPIED.sub("", name.strip().strip("<>\"'` ").rstrip("/"))
    scheme, separator, rest = name.partition("://")
    if not separator:
        scheme, separator, rest = name.partition(":")
        if scheme.lower() not in (*_HUB_SCHEMES, *_MODELSCOPE_SCHEMES, "ollama") or not rest:
            return _bare(name)
    scheme = scheme.lower()
    if scheme in _HUB_SCHEMES:
        return _repository(rest.removeprefix("models/"), "hub")
    if scheme in _MODELSCOPE_SCHEMES:
        return _repository(rest.removeprefix("models/"), "modelscope")
    if scheme == "ollama":
        return _ollama(rest)
    if scheme in ("https", "http"):
        return _address(name)
    raise ModelError(f"mathcli cannot get models from {scheme}:// addresses", _HOW)


def ollama_label(repository: str, tag: str) -> str:
    """The name of an Ollama model as its users type it.

    >>> ollama_label("registry.ollama.ai/library/qwen2.5", "1.5b")
    'qwen2.5:1.5b'
    """
    plain = repository.removeprefix(f"{OLLAMA}/").removeprefix("library/")
    return f"{plain}:{tag}"


def shown_link(link: str) -> str:
    """An address without the parts that may hold a secret: account, query, fragment."""
    parts = urlsplit(link)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _bare(name: str) -> Name:
    """A name without a scheme: an alias, a repository, a site's address, or one of Ollama's."""
    plain, _, given = name.partition(":")
    host, _, path = name.partition("/")
    if path and host.lower() in (*_HUB_SITES, *_OLLAMA_SITES, *_MODELSCOPE_SITES):
        return _address(f"https://{name}")
    if "/" in plain:
        return _repository(name, "hub")
    if checkpoint_named(plain) is not None:
        return _alias(plain, given.upper() or None)
    if given and quant_in(given) != given.upper() and _WORD.fullmatch(plain):
        return _ollama(name)
    return _alias(plain, given.upper() or None)


def _alias(alias: str, quant: str | None) -> Name:
    known = checkpoint_named(alias)
    if known is None:
        card = card_named(alias, "model")  # says what is alike where there is none
        if not card.checkpoints:
            raise ModelError(
                f"no checkpoint of {card.title} is known on the hub",
                "name a repository: mathcli models pull OWNER/REPO",
            )
        raise ModelError(f"{alias} is a family", f"name one of: {', '.join(card.checkpoints)}")
    card, checkpoint = known
    if not checkpoint.gguf:
        raise ModelError(
            f"no repository is known that holds {alias} as GGUF",
            "name one, if you know it: mathcli models pull OWNER/REPO",
        )
    return Name(checkpoint.gguf, quant=quant, alias=alias.lower(), card=card.name)


def _repository(path: str, source: SourceName) -> Name:
    """`OWNER/REPO[@REVISION][:QUANT]` or `OWNER/REPO[@REVISION]/FILE.gguf`."""
    path = path.strip("/")
    if path.lower().endswith(".gguf"):
        plain, given = path.replace(":", "/", 1), ""
    else:
        plain, _, given = path.partition(":")
    owner, _, rest = plain.partition("/")
    repository, _, file = rest.partition("/")
    repository, _, revision = repository.partition("@")
    return _named(path, source, (owner, repository), file, given, revision)


def _published_as(repository: str, quant: str) -> Name | None:
    """For a checkpoint named by its authors' repository, which has no GGUF file: where one is."""
    for card in cards().values():
        for alias, checkpoint in card.checkpoints.items():
            if (checkpoint.upstream or "").lower() == repository.lower() and checkpoint.gguf:
                return _alias(alias, quant.upper() or None)
    return None


def _named(
    typed: str,
    source: SourceName,
    words: Sequence[str],
    file: str = "",
    quant: str = "",
    revision: str = "",
) -> Name:
    """A repository's name, checked; `words` are its owner and its own name."""
    inside = file.replace("\\", "/").split("/") if file else []
    if (
        len(words) != 2
        or not all(_WORD.fullmatch(word) for word in words)
        or any(part in ("", ".", "..") for part in (*inside, *revision.split("/")[1:]))
        or (revision and not _REVISION.fullmatch(revision))
        or (file and not file.lower().endswith(".gguf"))
    ):
        raise ModelError(f"{typed} names no model", _HOW)
    if source == "hub" and not (file or revision):
        checkpoint = _published_as("/".join(words), quant)
        if checkpoint is not None:
            return checkpoint
    quant = "" if quant.lower() == "latest" else quant  # as Ollama's users say: any
    stem = inside[-1][: -len(".gguf")] if inside else ""
    card = match_card(filter(None, (words[1], stem)))
    place = [MODELSCOPE] if source == "modelscope" else []  # a name may be taken in both
    return Name(
        ("/".join((*place, *words)),),
        file or None,
        quant.upper() or None,
        card=card.name if card else None,
        source=source,
        revision=revision or None,
    )


def _ollama(path: str) -> Name:
    """`[HOST/][NAMESPACE/]MODEL[:TAG]`, as Ollama reads it."""
    path = path.strip("/")
    plain, colon, tag = path.rpartition(":")
    if not colon or "/" in tag:  # that colon is a port's
        plain, tag = path, "latest"
    *place, model = plain.split("/")
    host = OLLAMA
    if place and (len(place) == 2 or "." in place[0] or ":" in place[0]):
        host, *place = place
    namespace = "/".join(place) or "library"
    words = (*namespace.split("/"), model, tag)
    if len(place) > 1 or not all(_WORD.fullmatch(word) for word in words):
        raise ModelError(f"{path} names no model", "Ollama's names look like MODEL:TAG")
    if host.lower() in _HUB_SITES:  # Ollama takes these too
        return _named(path, "hub", (namespace, model), quant=tag)
    host = OLLAMA if host.lower() in _OLLAMA_SITES else host
    if namespace == "library":  # whose names are lower case, but for quants in tags
        model, tag = model.lower(), tag if "_" in tag else tag.lower()
    card = match_card([model, f"{model}-{tag}"])
    return Name(
        (f"{host}/{namespace}/{model}",),
        card=card.name if card else None,
        source="ollama",
        revision=tag,
    )


def _address(link: str) -> Name:
    """An address as a browser shows it."""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").lower()
        _ = parts.port
    except ValueError:
        raise ModelError("the address of the model cannot be read", _HOW) from None
    path = unquote(parts.path).strip("/")
    for sites, read in _SITES.items():
        if host in sites:
            return read(path, parts)
    if not host or not path.lower().endswith(".gguf"):
        raise ModelError(f"{shown_link(link)} is not the address of a .gguf file", _HOW)
    file = re.sub(r"[^\w.+-]", "_", path.rpartition("/")[2], flags=re.ASCII)
    card = match_card([file[: -len(".gguf")]])
    return Name(
        (f"{re.sub(r'[^a-z0-9.-]', '_', host)}/{_folder(path)}",),
        file,
        card=card.name if card else None,
        source="link",
        link=link,
    )


def _folder(path: str) -> str:
    """A folder's name for the files that lie beside each other at an address."""
    above = re.sub(r"[^\w+-]", "_", path.rpartition("/")[0], flags=re.ASCII)
    return above or "files"


def _hub_address(path: str, parts: SplitResult) -> Name:
    """`OWNER/REPO`, and what a browser shows below it."""
    owner = path.partition("/")[0]
    if owner in ("datasets", "spaces"):
        raise ModelError(f"{shown_link(parts.geturl())} is no model", _HOW)
    pages = ("tree", "blob", "resolve", "raw", "discussions", "commits", "commit")
    return _page(path, "hub", pages, _asked(parts, "show_file_info"))


def _modelscope_address(path: str, parts: SplitResult) -> Name:
    return _page(
        path.removeprefix("models/"),
        "modelscope",
        ("file/view", "resolve", "files", "summary"),
        _asked(parts, "fileName"),
    )


def _asked(parts: SplitResult, name: str) -> str:
    """The file that an address asks a site to show, if it is a model."""
    file = parse_qs(parts.query).get(name, [""])[0]
    return file if file.lower().endswith(".gguf") else ""


def _page(path: str, source: SourceName, kinds: Sequence[str], shown: str) -> Name:
    owner, _, rest = path.partition("/")
    name, _, below = rest.partition("/")
    name, _, quant = name.partition(":")
    for kind in kinds:
        if below == kind or below.startswith(f"{kind}/"):
            revision, _, file = below[len(kind) + 1 :].partition("/")
            if not file.lower().endswith(".gguf"):
                file = shown  # else the page of a folder, or of the card's text
            if kind in ("discussions", "commits", "commit"):
                revision = ""
            return _named(path, source, (owner, name), file, quant, revision)
    return _named(path, source, (owner, name), below or shown, quant)


def _ollama_address(path: str, parts: SplitResult) -> Name:
    """`NAMESPACE/MODEL[:TAG]`, and what a browser shows below it: its tags, its blobs."""
    path = "/".join(path.split("/")[:2])
    return _ollama(f"{OLLAMA}/{path}" if path.count("/") == 1 else path)


_SITES: Mapping[tuple[str, ...], Callable[[str, SplitResult], Name]] = {
    _HUB_SITES: _hub_address,
    _MODELSCOPE_SITES: _modelscope_address,
    _OLLAMA_SITES: _ollama_address,
}
