"""Access control: only programs on this machine, or clients with the key.

A web page in a user's browser can send requests to this machine, also under a host name that
resolves to it (DNS rebinding): the browser then reveals that in `Host` or `Origin`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from mathcli.api.faults import Refused
from mathcli.api.metrics import Metrics
from mathcli.hosts import is_loopback

_OPEN = ("/health",)  # paths without a key
_MOST_REQUESTS = 64  # most requests at once


@dataclass(frozen=True)
class AccessRules:
    """The rules for access.

    Args:
        host: the address that the server listens on.
        key: the key that clients must send, if any.
    """

    host: str
    key: str | None = None

    def check(self, headers: Headers, path: str) -> None:
        """Check a request.

        Raises:
            Refused: 403 for another host or origin, 401 without the key.
        """
        host = _host_of(f"//{headers.get('host', '')}")
        local = is_loopback(self.host)
        if local and not (host and is_loopback(host)):
            raise Refused(403, "this server is only for this machine", "permission_error")
        origin = headers.get("origin")
        if origin is not None:
            asking = _host_of(origin)
            if not (is_loopback(asking) or (not local and asking == host)):
                raise Refused(403, "web pages from other hosts are refused", "permission_error")
        if self.key is not None and path not in _OPEN:
            given = headers.get("authorization", "").encode("latin-1")  # the header's own bytes
            scheme, _, token = given.partition(b" ")
            known = hmac.compare_digest(token.strip(), self.key.encode())
            if scheme.lower() != b"bearer" or not known:
                raise Refused(401, "the key is wrong or missing", "authentication_error")


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class Guard:
    """ASGI middleware: checks and counts requests, and refuses too many at once."""

    def __init__(self, app: ASGIApp, rules: AccessRules, metrics: Metrics) -> None:
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
