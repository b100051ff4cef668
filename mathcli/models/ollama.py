"""Ollama's registry: a manifest names the layers of a model, one of which is its GGUF file.

It speaks the distribution protocol of container images: `/v2/NAME/manifests/TAG` and
`/v2/NAME/blobs/DIGEST`. `MATHCLI_OLLAMA_REGISTRY` names a mirror of the public one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from mathcli.errors import ModelError
from mathcli.models.names import OLLAMA, ollama_label
from mathcli.models.quants import RemoteFile
from mathcli.models.sources import Listing, WebSource, origin

MODEL_LAYER = "application/vnd.ollama.image.model"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


class OllamaRegistry(WebSource):
    """A registry of Ollama's; repositories are `HOST/NAMESPACE/MODEL`, revisions its tags."""

    title = "Ollama's registry"

    def files(self, repository: str, revision: str | None = None) -> Listing:
        """The one GGUF file of a model."""
        tag = revision or "latest"
        label = ollama_label(repository, tag)
        self.check_online(label)
        address = f"{_base(repository)}/manifests/{quote(tag)}"
        manifest = self.read_json(address, label, {"Accept": _MANIFEST})
        layer = model_layer(manifest)
        if layer is None:
            raise ModelError(
                f"{label} is not a single GGUF file in {self.title}",
                "look for it on the hub: mathcli models pull OWNER/REPO",
            )
        digest, size = layer
        model = repository.rpartition("/")[2]
        return Listing(repository, tag, (RemoteFile(f"{model}-{tag}.gguf", size, digest),))

    @contextmanager
    def stream(self, listing: Listing, name: str, start: int) -> Iterator[Any]:
        """The file from byte `start` on."""
        (file,) = listing.files
        address = f"{_base(listing.repository)}/blobs/sha256:{file.sha256}"
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self.open(address, ollama_label(listing.repository, listing.revision), headers) as it:
            yield it


def model_layer(manifest: Any) -> tuple[str, int] | None:
    """The SHA-256 and the size of a manifest's GGUF file; `None` where there is not just one."""
    layers = manifest.get("layers") if isinstance(manifest, Mapping) else None
    found = []
    for layer in layers if isinstance(layers, list) else ():
        if isinstance(layer, Mapping) and layer.get("mediaType") == MODEL_LAYER:
            digest, size = str(layer.get("digest", "")), layer.get("size")
            kind, _, value = digest.partition(":")
            if kind == "sha256" and is_digest(value) and isinstance(size, int) and size > 0:
                found.append((value, size))
    return found[0] if len(found) == 1 else None


def is_digest(text: str) -> bool:
    """Is this a SHA-256 in lower-case hexadecimal?"""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _base(repository: str) -> str:
    host, _, path = repository.partition("/")
    mirror = os.environ.get("MATHCLI_OLLAMA_REGISTRY")
    place = mirror.rstrip("/") if host == OLLAMA and mirror else origin(host)
    return f"{place}/v2/{quote(path)}"
