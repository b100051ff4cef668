"""The HTTP client that carries requests to a server, and what its failures mean to us.

aiohttp reads HTTP in C. What a stream of tokens costs is almost all spent between the socket and
the first line of ours; a client written in Python throughout takes several times as long.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from mathcli.engines.retries import Unavailable
from mathcli.errors import EngineError, UsageError

CONNECT_SECONDS = 10.0
_KEPT_SECONDS = 5.0  # that an idle connection is kept; servers keep theirs as long at least
_LONGEST_FIELD = 1 << 16  # bytes of a header
# How the library says that bytes of an answer are missing; its other words are of wrong ones.
_BROKEN_OFF = ("not enough data", "connection lost", "connectionreseterror")
# What OpenSSL's versions say of a server that answers in plain text.
_NO_TLS = ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")


def new_session(url: str, key: str | None, silence: float, *, here: bool) -> aiohttp.ClientSession:
    """A session that keeps no cookies, unpacks nothing, and knows of no passwords but `key`.

    Args:
        silence: seconds without a byte after which a read fails.
        here: the address is this machine's own: a proxy has no business there.

    Raises:
        UsageError: the proxy that the environment names is of no use.
    """
    headers = {"Accept-Encoding": "identity"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0, keepalive_timeout=_KEPT_SECONDS, ssl=_certificates(url)
        ),
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=silence),
        auto_decompress=False,
        max_field_size=_LONGEST_FIELD,
        proxy=None if here else _proxy(url),
    )


def _certificates(url: str) -> ssl.SSLContext | bool:
    """Whom to trust: as everywhere else in the program. Loading all certificates takes long, and
    is for nothing where no TLS is spoken."""
    if not url.startswith("https:"):
        return True
    import httpx2

    return httpx2.create_ssl_context()


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for an address."""
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    known = getproxies()
    found = known.get(parts.scheme) or known.get("all")
    if found and "://" not in found:
        found = f"http://{found}"
    if found and urlsplit(found).scheme not in ("http", "https"):
        raise UsageError(
            f"the proxy for {url} is of a kind that is not supported: {urlsplit(found).scheme}",
            "name an HTTP proxy in the environment, or the server in NO_PROXY",
        )
    return found


class Answer:
    """An answer whose head has come.

    The library has two blind spots, which are looked into here: of a body that ends with its
    connection it takes a connection that was reset for the end, and after bytes in the middle of
    a body that are no HTTP it closes the connection and tells nobody.
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self._response = response
        self._body = response.content
        connection = response.connection  # none where the whole answer is here
        protocol = connection.protocol if connection is not None else None
        self._closed = protocol.closed if protocol is not None else None
        if self._closed is not None:  # which is the same for all answers of a connection
            self._closed.remove_done_callback(_heard)
            self._closed.add_done_callback(_heard)
            self._closed.add_done_callback(self._after_connection)

    @property
    def is_plain(self) -> bool:
        """Whether it is in HTTP, without a switch to something else or a coding unasked for."""
        coding = self.headers.get("transfer-encoding", "chunked").strip().lower()
        return self.status >= 200 and coding in ("chunked", "identity")

    @property
    def is_read(self) -> bool:
        """Whether it has come to its end and all of it was read."""
        return self._body.at_eof()

    async def part(self) -> bytes:
        """The bytes of the body that are there, once there are some; none at its end.

        Raises:
            aiohttp.ClientError: there should be more, or what came is no HTTP.
        """
        found = await self._body.readany()
        closed = self._closed
        if not found and closed is not None and closed.done() and closed.exception():
            raise aiohttp.ClientPayloadError("connection lost")
        return found

    def close(self) -> None:
        """Keep the connection for the next request if all was read, else close it."""
        if self._closed is not None:
            self._closed.remove_done_callback(self._after_connection)
        self._response.release()

    def _after_connection(self, _: asyncio.Future[None]) -> None:
        if not self._body.is_eof() and self._body.exception() is None:
            self._body.set_exception(aiohttp.ClientPayloadError("no HTTP"))


def _heard(closed: asyncio.Future[None]) -> None:
    """Else a connection that breaks while nobody uses it is reported with a traceback."""
    if not closed.cancelled():
        closed.exception()


@contextmanager
def told(url: str) -> Iterator[None]:
    """Turns the library's exceptions into ours."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        raise Unavailable("no connection in time") from None
    except aiohttp.ServerTimeoutError:
        raise Unavailable("it is silent") from None
    except aiohttp.ClientConnectorCertificateError as error:
        raise EngineError(f"the server {url} is not trusted: {error}") from None
    except aiohttp.ClientConnectorError as error:
        raise Unavailable(_reason(error)) from None
    except (aiohttp.ClientResponseError, aiohttp.ClientPayloadError) as error:
        broke = any(words in str(error).lower() for words in _BROKEN_OFF)
        raise Unavailable(
            "the connection broke" if broke else "what comes from there is no HTTP"
        ) from None
    except (aiohttp.ClientConnectionError, ConnectionError):
        raise Unavailable("the connection broke") from None
    except (aiohttp.ClientError, ValueError) as error:
        raise EngineError(
            f"{url} is no OpenAI-compatible server: {error}", "check the address"
        ) from None


def _reason(error: aiohttp.ClientConnectorError) -> str:
    """Why there is no connection, in the operating system's words where it has some."""
    cause = error.os_error
    if isinstance(cause, socket.gaierror):
        return str(cause.strerror).lower()
    if isinstance(cause, ssl.SSLError):
        if cause.reason in _NO_TLS:
            return "no TLS there; is its address http://?"
        return f"TLS fails: {str(cause.reason or cause).replace('_', ' ').lower()}"
    if cause.errno:
        return os.strerror(cause.errno).lower()
    return "no connection"
