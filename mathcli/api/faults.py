"""Turns the errors of requests into HTTP responses."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from mathcli.errors import ContextFull, MathcliError, ModelError, SandboxError, TimeUp, UsageError


class Refused(Exception):
    """A request that is refused.

    Args:
        status: the HTTP status.
        words: the reason, and what would be right.
        kind: OpenAI's `type` of the error.
        wait: seconds after which to try again.
    """

    def __init__(
        self, status: int, words: str, kind: str = "invalid_request_error", wait: int | None = None
    ) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.kind = kind
        self.wait = wait

    def body(self) -> dict[str, Any]:
        """The `error` object that clients expect."""
        return {"error": {"message": self.words, "type": self.kind, "code": self.status}}

    def response(self) -> JSONResponse:
        """The HTTP response."""
        headers = {} if self.wait is None else {"Retry-After": str(self.wait)}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(self.body(), self.status, headers)


def refusal(error: Exception) -> Refused:
    """The refusal that a client gets for an error of mathcli, or for a bug."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, ContextFull):
        return Refused(400, error.message, "exceed_context_size_error")
    if isinstance(error, (UsageError, ValueError, ModelError)):
        return Refused(422, str(error))
    if isinstance(error, TimeUp):
        return Refused(408, error.message, "timeout")
    if isinstance(error, SandboxError):
        return Refused(503, error.message, "unavailable_error")
    if isinstance(error, MathcliError):
        return Refused(503, error.message, "unavailable_error", wait=5)
    return Refused(500, "this is a bug in mathcli", "server_error")
