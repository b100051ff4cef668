"""Who is let in: only programs on this machine, or those that know the key.

A web page that a user visits can send requests to this machine, also under a name that it makes
point here (DNS rebinding): its browser then says so in `Host` or `Origin`.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from mathcli.api.faults import Refused
from mathcli.api.metrics import Metrics

_OPEN = ("/health",)  # to everybody who may connect
_MOST_REQUESTS = 64  # in work at once


def is_loopback(host: str) -> bool:
    """Is this this machine's own address, or its name?"""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@dataclass(frozen=True)
class Rules:
    """Who is let in.

    Args:
        host: the address that is listened on.
        key: what clients must know, if anything.
    """

    host: str
    key: str | None = None

    def check(self, headers: Headers, path: str) -> None:
        """Let a request in.

        Raises:
            Refused: 403 for another host or origin, 401 without the key.
        """
        host = _name(headers.get("host", ""))
        local = is_loopback(self.host)
        if local and not (host and is_loopback(host)):
            raise Refused(403, "this server is for this machine alone", "permission_error")
        origin = headers.get("origin")
        if origin is not None:
            asking = urlsplit(origin).hostname or ""
            if not (is_loopback(asking) or (not local and asking == host)):
                raise Refused(403, "web pages from elsewhere may not ask", "permission_error")
        if self.key is not None and path not in _OPEN:
            given = headers.get("authorization", "").encode("latin-1")  # the bytes that came
            scheme, _, token = given.partition(b" ")
            known = hmac.compare_digest(token.strip(), self.key.encode())
            if scheme.lower() != b"bearer" or not known:
                raise Refused(401, "the key is wrong, or there is none", "authentication_error")


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


class Guard:
    """Stands before the application: lets in, counts, and turns away what is too much."""

    def __init__(self, app: ASGIApp, rules: Rules, metrics: Metrics) -> None:
        self._app = app
        self._rules = rules
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = str(scope["path"])
        counted = self._metrics.counting(send, path)
        try:
            self._rules.check(Headers(scope=scope), path)
            if scope["method"] == "POST" and self._metrics.running >= _MOST_REQUESTS:
                raise Refused(429, "too many requests at once", "rate_limit_error", wait=1)
        except Refused as refused:
            return await refused.response()(scope, receive, counted)
        with self._metrics.request(post=scope["method"] == "POST"):
            return await self._app(scope, receive, counted)
