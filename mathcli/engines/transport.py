"""The HTTP client for requests to a server, and the translation of its errors.

aiohttp parses HTTP in C. Almost all the cost of a stream of tokens is below our own code; a client
written wholly in Python takes several times as long.
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
_KEPT_SECONDS = 5.0  # seconds to keep an idle connection; servers keep theirs at least as long
_LONGEST_FIELD = 1 << 16  # bytes of a header
# The library's messages for missing bytes of a response; its others are about wrong bytes.
_BROKEN_OFF = ("not enough data", "connection lost", "connectionreseterror")
# OpenSSL's messages, in different versions, for a server that answers in plain text.
_NO_TLS = ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")


def new_session(url: str, key: str | None, silence: float, *, here: bool) -> aiohttp.ClientSession:
    """A session without cookies, decompression and credentials other than `key`.

    Args:
        silence: seconds without a byte after which a read fails.
        here: whether the server is on this machine; then no proxy is used.

    Raises:
        UsageError: the proxy named by the environment is of an unsupported kind.
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
    """The trusted certificates, the same as everywhere else in the program. Loading them is slow,
    so it is skipped for addresses without TLS."""
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


class HttpResponse:
    """A response whose head has arrived.

    It detects two errors that the library does not report: if the end of the connection ends the
    body, the library takes a reset connection for that end; and after invalid bytes in a body it
    closes the connection silently.
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self._response = response
        self._body = response.content
        connection = response.connection  # `None` if the whole response has arrived
        protocol = connection.protocol if connection is not None else None
        self._closed = protocol.closed if protocol is not None else None
        if self._closed is not None:  # the same object for all responses of a connection
            self._closed.remove_done_callback(_heard)
            self._closed.add_done_callback(_heard)
            self._closed.add_done_callback(self._after_connection)

    @property
    def is_plain(self) -> bool:
        """Whether it is HTTP, without a protocol switch or an unrequested transfer coding."""
        coding = self.headers.get("transfer-encoding", "chunked").strip().lower()
        return self.status >= 200 and coding in ("chunked", "identity")

    @property
    def is_read(self) -> bool:
        """Whether it has ended and was read completely."""
        return self._body.at_eof()

    async def part(self) -> bytes:
        """The available bytes of the body, as soon as there are any; empty at its end.

        Raises:
            aiohttp.ClientError: bytes are missing, or the data is not HTTP.
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
    """Without this, a connection that breaks while idle is reported with a traceback."""
    if not closed.cancelled():
        closed.exception()


@contextmanager
def own_errors(url: str) -> Iterator[None]:
    """Translate the library's exceptions into our own."""
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
    """The reason for a missing connection, in the operating system's words if possible."""
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
