"""Sources of models: what every source can do, and the sources that use plain HTTP.

No message here repeats a whole address or a header: they may hold a token or a signature.
"""

from __future__ import annotations

import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from mathcli.errors import ModelError
from mathcli.hosts import is_loopback, retry_after
from mathcli.json_text import parse
from mathcli.models.quants import RemoteFile
from mathcli.text_safety import one_line

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before each new try, while nothing arrives
_LONGEST_WAIT = 60.0  # seconds that a server may ask for
_TIMEOUT = 30.0  # seconds without a byte
_MOST_JSON = 8 << 20  # bytes of a listing


class Unreachable(Exception):
    """A temporary failure: the network, a busy server. `wait`: seconds that the server asks for."""

    def __init__(self, error: ModelError, wait: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait


class NoHost(ModelError):
    """The name of a site is not known here: another try, or another repository, cannot help."""


def connection_failed(title: str, error: Exception, *, begun: bool, also: str = "") -> Unreachable:
    """A failed connection in words: the host, and the reason that the system gives.

    Args:
        title: of the source.
        error: of an HTTP client.
        begun: whether a file is being read, so that a part of it may have arrived.
        also: what to check besides the network.
    """
    cause, reason = _cause(error)
    try:
        host = f"{urlsplit(str(error.request.url)).hostname}: "  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError, ValueError):  # no request was made
        host = ""
    kept = ": what has arrived is kept" if begun else ""
    unknown = isinstance(cause, socket.gaierror) and not begun
    return Unreachable(
        (NoHost if unknown else ModelError)(
            f"the connection to {title} failed: {host}{reason}",
            f"check the network{also} and run the same command again{kept}",
        )
    )


def _cause(error: BaseException) -> tuple[BaseException, str]:
    """The system's error behind a client's, and its reason in words."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, OSError) and at.strerror:
            return at, at.strerror[0].lower() + at.strerror[1:]
        at = at.__cause__ or at.__context__
    if "Timeout" in type(error).__name__:
        return error, "no answer came in time"
    return error, one_line(str(error)) or type(error).__name__


@dataclass(frozen=True)
class Listing:
    """What a repository holds at one revision."""

    repository: str
    revision: str
    files: tuple[RemoteFile, ...]


class Source(ABC):
    """A site that offers models.

    Args:
        offline: make no connection. Also set by `HF_HUB_OFFLINE`.
        waits: seconds before each new try.
        say: called with a message on what is being waited for.
    """

    title: ClassVar[str]

    def __init__(
        self,
        *,
        offline: bool = False,
        waits: Sequence[float] = WAITS,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._offline = offline
        self.waits = waits
        self.say = say

    @property
    def offline(self) -> bool:
        """Is making a connection forbidden?"""
        from huggingface_hub import constants

        return self._offline or constants.HF_HUB_OFFLINE

    @abstractmethod
    def files(self, repository: str, revision: str | None = None) -> Listing:
        """What a repository holds at `revision`; without one at its newest.

        Raises:
            ModelError: there is no such repository, no permission, or no connection.
        """

    @abstractmethod
    def stream(self, listing: Listing, name: str, start: int) -> AbstractContextManager[Any]:
        """The response that carries a file from byte `start` on.

        Raises:
            Unreachable: the network or the server failed, now or while it is read.
            ModelError: the file is refused.
        """

    def check_online(self, what: str) -> None:
        """Refuse to connect when offline.

        Raises:
            ModelError: offline mode is on.
        """
        if self.offline:
            raise ModelError(
                f"{what} is not on this machine, and offline mode is on",
                f"go online (no --offline, no HF_HUB_OFFLINE) and run: mathcli models pull {what}",
            )

    def pause(self, trouble: Unreachable, waits: Iterator[float]) -> None:
        """Wait before the next try.

        Raises:
            ModelError: no further try is left or can help, or the server asks for too long a wait.
        """
        wait = next(waits, None)
        if (
            wait is None
            or isinstance(trouble.error, NoHost)
            or (trouble.wait or 0.0) > _LONGEST_WAIT
        ):
            raise trouble.error from None
        wait = max(wait, trouble.wait or 0.0)
        self.say(f"{trouble.error.message}; next try in {wait:.0f} s")
        time.sleep(wait)


class WebSource(Source):
    """A source whose files lie at addresses, with no client library of its own."""

    @contextmanager
    def open(
        self,
        address: str,
        what: str,
        headers: Mapping[str, str] | None = None,
        *,
        begun: bool = True,
    ) -> Iterator[Any]:
        """A response with status 200, 206 or 416; redirects are followed.

        Args:
            what: what is asked for, in words, for messages.
            begun: whether it is a file, of which a part may have arrived.

        Raises:
            Unreachable, ModelError: as `stream` does.
        """
        import httpx2

        from mathcli import __version__

        sent = {
            "User-Agent": f"mathcli/{__version__}",
            "Accept-Encoding": "identity",
            **(headers or {}),
        }
        try:
            with (
                httpx2.Client(follow_redirects=True, timeout=_TIMEOUT) as client,
                client.stream("GET", address, headers=sent) as response,
            ):
                if response.status_code not in (200, 206, 416):
                    raise self._refused(response, what)
                yield response
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise ModelError(f"the address of {what} cannot be used", "check the name") from None
        except httpx2.HTTPError as error:
            raise connection_failed(self.title, error, begun=begun) from None

    def read_json(self, address: str, what: str, headers: Mapping[str, str] | None = None) -> Any:
        """A JSON document; after a temporary failure it is requested again.

        Raises:
            ModelError: it cannot be fetched, or is not JSON.
        """
        waits = iter(self.waits[:2])
        while True:
            try:
                with self.open(address, what, headers, begun=False) as response:
                    return parse(_bounded(response, self.title))
            except Unreachable as trouble:
                self.pause(trouble, waits)
            except ValueError:
                raise self.strange(what) from None

    def strange(self, what: str) -> ModelError:
        """The error for a response in a form that this source is not known to send."""
        return ModelError(
            f"{self.title} describes {what} in a way that mathcli does not know",
            "try another repository, or give the address of the .gguf file",
        )

    def _refused(self, response: Any, what: str) -> Exception:
        status = response.status_code
        if status in (401, 403):
            return ModelError(
                f"{self.title} gives {what} only to users who are signed in ({status})",
                "download the file in a browser and give its path to --model",
            )
        if status == 404:
            return ModelError(f"{self.title} has no {what}", "check the name")
        if status == 429 or status >= 500:
            return Unreachable(
                ModelError(
                    f"{self.title} has a problem, or had too many requests from here ({status})",
                    "run the same command again later: what has arrived is kept",
                ),
                retry_after(response.headers.get("retry-after")),
            )
        return ModelError(f"{self.title} refuses {what} ({status})", "check the name")


def origin(host: str) -> str:
    """The origin (scheme and host) of a server: always encrypted, except on this machine.

    >>> origin("registry.ollama.ai"), origin("127.0.0.1:8080")
    ('https://registry.ollama.ai', 'http://127.0.0.1:8080')
    """
    name = urlsplit(f"//{host}").hostname or ""
    return f"{'http' if is_loopback(name) else 'https'}://{host}"


def _bounded(response: Any, title: str) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _MOST_JSON:
            raise ModelError(f"{title} sent a listing that is too long", "try another repository")
    return bytes(body)
