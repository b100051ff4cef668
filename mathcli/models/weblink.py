"""A GGUF file at an address of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mathcli.errors import ModelError
from mathcli.models.names import Name, shown_link
from mathcli.models.quants import RemoteFile
from mathcli.models.sources import Listing, Unreachable, WebSource


class WebLink(WebSource):
    """One file on some server. No digest is published for it: only its size can be checked.

    Args:
        name: the model's name, with its address.
    """

    title = "the server"

    def __init__(self, name: Name, **settings: Any) -> None:
        super().__init__(**settings)
        self._link = name.link or ""
        self._file = name.file or ""

    def files(self, repository: str, revision: str | None = None) -> Listing:
        """The file, with the size that the server reports."""

        shown = shown_link(self._link)
        self.check_online(shown)
        waits = iter(self.waits[:2])
        while True:
            try:
                with self.open(self._link, "file there", begun=False) as response:
                    headers = response.headers
                    break
            except Unreachable as trouble:
                self.pause(trouble, waits)
        length = str(headers.get("content-length", ""))
        if not length.isdigit():
            raise ModelError(
                "the server does not say how large the file is",
                "download it in a browser and give its path to --model",
            )
        state = headers.get("etag") or headers.get("last-modified") or "unknown"
        return Listing(repository, str(state), (RemoteFile(self._file, int(length), None),))

    @contextmanager
    def stream(self, listing: Listing, name: str, start: int) -> Iterator[Any]:
        """The file from byte `start` on."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self.open(self._link, "file there", headers) as response:
            yield response
