"""HTTP requests and event streams to one OpenAI-compatible server, with their errors.

A failure is either `Unavailable` (a retry may help) or an error for the user.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, closing, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from mathcli.engines.bodies import (
    LONGEST_ANSWER,
    LONGEST_REFUSAL,
    MOST_PARTS,
    check_plain,
    read_body,
)
from mathcli.engines.events import EventReader
from mathcli.engines.retries import Unavailable, observed
from mathcli.engines.transport import CONNECT_SECONDS, HttpResponse, new_session, own_errors
from mathcli.errors import ContextFull, EngineError, UsageError
from mathcli.hosts import is_loopback, retry_after
from mathcli.json_text import parse

_AWAY = (408, 425, 429, 502, 503, 504)
_NO_SUCH_THING = (404, 405, 501)
_END_SECONDS = 0.5  # seconds between the last event and the end of a response
_QUESTION_SECONDS = 30.0  # seconds for requests that need no generation
_JSON = {"Content-Type": "application/json"}
_DONE = b"[DONE]"


class ModelGone(EngineError):
    """The server has no model with the requested name."""


class ServerConnection:
    """A server's address and the connections to it. Use it from one event loop.

    Args:
        url: `http://host:port`, with or without `/v1`; `http://` may be left out.
        key: sent as a bearer token, if given. Redirects are not followed, so that no other
            server receives it.
        silence: seconds without a byte after which a response counts as interrupted.

    Raises:
        UsageError: that is no address of a server.
    """

    def __init__(self, url: str, *, key: str | None = None, silence: float = 300.0) -> None:
        self.url = server_url(url)
        self.host = urlsplit(self.url).hostname or ""
        self.silence = silence
        self._key = key
        here = is_loopback(self.host)
        self._session = new_session(self.url, key, silence, here=here)

    async def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        within: float = _QUESTION_SECONDS,
    ) -> dict[str, Any] | None:
        """The JSON object at `path`; `None` if the server does not have it.

        Args:
            within: seconds for the whole response.
        """
        return await self._ask("GET", path, within, params=params or {})

    async def post(
        self, path: str, body: Mapping[str, Any], within: float | None = None
    ) -> dict[str, Any]:
        """Send `body`; return the JSON object of the response.

        Args:
            within: seconds for the whole response; default: `silence`.

        Raises:
            Unavailable: the server cannot answer now.
            ContextFull: the request has more tokens than the context.
            EngineError: the request failed and a retry cannot help.
        """
        seconds = within or self.silence
        answer = await self._ask("POST", path, seconds, data=_encoded(body), headers=_JSON)
        if answer is None:
            raise self._failure(404, "", None)
        return answer

    async def _ask(
        self, method: str, path: str, within: float, **sent: Any
    ) -> dict[str, Any] | None:
        async def ask() -> dict[str, Any] | None:
            with own_errors(self.url), closing(await self._head(method, path, **sent)) as answer:
                if method == "GET" and answer.status in _NO_SUCH_THING:
                    return None
                await self._check(answer)
                return _object(await read_body(answer, LONGEST_ANSWER, self.url), self.url)

        try:
            return await asyncio.wait_for(observed(ask()), within)
        except asyncio.TimeoutError:
            raise Unavailable(f"no complete answer in {within:.3g} s") from None

    async def _head(self, method: str, path: str, **sent: Any) -> HttpResponse:
        """A response whose body is not read yet.

        A server may close an idle connection at the moment when it is used again, which is no
        failure of the server: a request that breaks before the response is sent again at once.
        """
        url = self.url + path
        try:
            response = await self._session.request(method, url, allow_redirects=False, **sent)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            response = await self._session.request(method, url, allow_redirects=False, **sent)
        answer = HttpResponse(response)
        if not answer.is_plain:
            answer.close()
            raise Unavailable("what comes from there is no HTTP")
        return answer

    @asynccontextmanager
    async def events(
        self, path: str, body: Mapping[str, Any], within: float | None = None
    ) -> AsyncGenerator[AsyncGenerator[Sequence[dict[str, Any]], None], None]:
        """Send `body`; iterate over the JSON objects of the event stream, up to `[DONE]`, in lists
        of those that arrived together.

        Args:
            within: seconds for each part of the response, if less than `silence`.

        Leaving the context closes the stream, which tells the server to stop.

        Raises:
            Unavailable, ContextFull, EngineError: as with `post`, also during the stream.
        """
        seconds = min(within or self.silence, self.silence)
        try:
            answer = await asyncio.wait_for(observed(self._open(path, body, seconds)), seconds)
        except asyncio.TimeoutError:  # bytes may arrive, but no event
            raise Unavailable("it is silent") from None
        with closing(answer):
            async with aclosing(self._objects(answer)) as objects:
                yield objects

    async def _open(self, path: str, body: Mapping[str, Any], seconds: float) -> HttpResponse:
        """The head of an accepted stream."""
        headers = {"Accept": "text/event-stream", **_JSON}
        times = aiohttp.ClientTimeout(sock_connect=min(seconds, CONNECT_SECONDS), sock_read=seconds)
        with own_errors(self.url):
            answer = await self._head(
                "POST", path, data=_encoded(body), headers=headers, timeout=times
            )
            try:
                await self._check(answer)
                check_plain(answer, self.url)
                kind = answer.headers.get("content-type", "").partition(";")[0].strip()
                if kind.lower() != "text/event-stream":
                    raise ValueError(f"it answers with {kind[:60] or 'nothing'}, not with events")
            except BaseException:
                answer.close()
                raise
            return answer

    async def _objects(
        self, answer: HttpResponse
    ) -> AsyncGenerator[Sequence[dict[str, Any]], None]:
        reader = EventReader()
        with own_errors(self.url):
            while part := await answer.part():
                found: list[dict[str, Any]] = []
                trouble: Exception | None = None
                data = b""
                for data in map(bytes.strip, reader.feed(part)):
                    if data == _DONE:
                        break
                    try:
                        found += self._event(data)
                    except (Unavailable, EngineError, ContextFull) as error:
                        trouble = error
                        break
                if found:  # the events before the failure too
                    yield found
                if trouble is not None:
                    raise trouble
                if data == _DONE and not answer.is_read:
                    # A response that is read to its end leaves a reusable connection.
                    with suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(observed(answer.part()), _END_SECONDS)
                if data == _DONE:
                    return

    def _event(self, data: bytes) -> list[dict[str, Any]]:
        """The object of an event; nothing for an empty one."""
        if not data:
            return []
        text = data.decode("utf-8", "replace")  # event streams are always UTF-8
        found = _object(text, self.url)
        if found.get("error") or ("error" in found and "choices" not in found):
            raise self._failure(_status_in(found), text, None)
        return [found]

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def _check(self, answer: HttpResponse) -> None:
        if not 200 <= answer.status < 300:
            after = retry_after(answer.headers.get("retry-after"))
            text = await read_body(answer, LONGEST_REFUSAL, self.url, cut=True)
            raise self._failure(answer.status, text, after)

    def _failure(self, status: int, text: str, after: float | None) -> Exception:
        said = _message(text)
        if status in _AWAY:
            return Unavailable(f"{said or 'it is busy'} ({status})", after, answered=True)
        if status in (401, 403):
            asks = "refuses the key in MATHCLI_API_KEY" if self._key else "asks for a key"
            return EngineError(
                f"the server {self.url} {asks} ({status})",
                "set MATHCLI_API_KEY to the server's key",
            )
        if 300 <= status < 400:
            return EngineError(
                f"the server {self.url} redirects ({status})", "name the final address"
            )
        if status == 404 and _is_no_model(said):
            return ModelGone(
                f"the server {self.url} does not have the model any more: {said}",
                "let it serve the model by that name again, then repeat the command: a batch "
                "with -o resumes where it stopped",
            )
        if status in _NO_SUCH_THING:
            return EngineError(
                f"the server {self.url} does not complete texts ({status}): {said}",
                "it must be OpenAI-compatible, with /v1/completions; check the address",
            )
        if status in (400, 413, 422) and _is_too_long(text):
            return ContextFull(f"the server's context is full: {said}")
        verb = "refuses the request" if status < 500 else "failed"
        return EngineError(f"the server {self.url} {verb} ({status}): {said}", "see its own log")


def server_url(text: str) -> str:
    """The address in a normal form: with a scheme, without `/v1` and a final slash.

    >>> server_url("localhost:8080"), server_url("https://gpu.example/v1/")
    ('http://localhost:8080', 'https://gpu.example')

    Raises:
        UsageError: that is no address of a server.
    """
    parts = urlsplit(text if "://" in text else f"http://{text}")
    try:
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment or any(c.isspace() for c in text):
        raise UsageError(
            f"{text!r} is not a server's address", "for example: --server http://localhost:8080"
        )
    if parts.username or parts.password:
        raise UsageError(
            "the server's address contains a password, which would be kept in transcripts",
            "put the key into the environment: MATHCLI_API_KEY",
        )
    path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _encoded(body: Mapping[str, Any]) -> bytes:
    """JSON as UTF-8 bytes; lone surrogates, which UTF-8 cannot encode, become question marks."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _object(text: str, url: str) -> dict[str, Any]:
    if text.count("{") + text.count("[") > MOST_PARTS:
        raise EngineError(
            f"the server {url} sends more than {MOST_PARTS} objects and lists in an answer",
            "check the address",
        )
    try:
        found = parse(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise EngineError(
            f"{url} is no OpenAI-compatible server: it answers {text[:60]!r}", "check the address"
        )
    return found


def _message(text: str) -> str:
    """The message in an error's body (OpenAI's, FastAPI's or plain text), as one short line."""
    said: Any = text
    try:
        record = parse(text)
    except ValueError:
        record = None
    if isinstance(record, dict):
        said = record.get("error") or record.get("detail") or record.get("message") or text
    if isinstance(said, dict):
        said = said.get("message") or said
    if not isinstance(said, str):
        said = json.dumps(said)
    line = " ".join(said[:4000].split())
    if line.startswith("<"):  # the HTML page of a proxy
        return ""
    return line if len(line) <= 300 else line[:297] + "..."


def _is_no_model(said: str) -> bool:
    words = said.lower()
    return "model" in words and ("does not exist" in words or "not found" in words)


def _is_too_long(text: str) -> bool:
    said = text.lower()
    return "context" in said and any(w in said for w in ("exceed", "maximum", "too long", "length"))


def _status_in(found: dict[str, Any]) -> int:
    """The status of an error that arrived during a stream."""
    error = found.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 500
