"""ModelScope: its listing of a repository's files, and the files.

`MODELSCOPE_DOMAIN` names another host, as for ModelScope's own client.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from mathcli.models.names import MODELSCOPE
from mathcli.models.quants import RemoteFile
from mathcli.models.sources import Listing, WebSource, origin

_REVISION = "master"


class ModelScope(WebSource):
    """ModelScope's public models; repositories are `modelscope.cn/OWNER/REPO`."""

    title = "ModelScope"

    def files(self, repository: str, revision: str | None = None) -> Listing:
        """All files of a repository."""
        self.check_online(f"modelscope://{_plain(repository)}")
        revision = revision or _REVISION
        query = urlencode({"Revision": revision, "Recursive": "True"})
        listing = self.read_json(f"{_api(repository)}/repo/files?{query}", _plain(repository))
        data = listing.get("Data") if isinstance(listing, Mapping) else None
        entries = data.get("Files") if isinstance(data, Mapping) else None
        if not isinstance(entries, list):
            raise self.strange(_plain(repository))
        return Listing(repository, revision, tuple(_files(entries)))

    @contextmanager
    def stream(self, listing: Listing, name: str, start: int) -> Iterator[Any]:
        """The file from byte `start` on."""
        query = urlencode({"Revision": listing.revision, "FilePath": name})
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self.open(f"{_api(listing.repository)}/repo?{query}", name, headers) as response:
            yield response


def _files(entries: list[Any]) -> Iterator[RemoteFile]:
    for entry in entries:
        if not isinstance(entry, Mapping) or entry.get("Type") == "tree":
            continue
        path, size, digest = entry.get("Path"), entry.get("Size"), entry.get("Sha256")
        if isinstance(path, str) and isinstance(size, int):
            yield RemoteFile(path, size, digest if isinstance(digest, str) and digest else None)


def _api(repository: str) -> str:
    domain = os.environ.get("MODELSCOPE_DOMAIN") or MODELSCOPE
    place = domain.rstrip("/") if "://" in domain else origin(domain)
    return f"{place}/api/v1/models/{quote(_plain(repository))}"


def _plain(repository: str) -> str:
    return repository.removeprefix(f"{MODELSCOPE}/")
