"""Reads the bodies of requests and their fields, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request

from mathcli.api.faults import Refused
from mathcli.engines import Sampling
from mathcli.json_text import parse

LONGEST = 1 << 20  # most bytes of a body
_ARRIVING = 30.0  # seconds for the whole body
_MOST_STOPS = 16
_LONGEST_STOP = 200  # characters
_MOST_CHOICES = 16
_MOST_MESSAGES = 256
_USUAL_TOKENS = 16  # OpenAI's default for `max_tokens` of completions

Body = Mapping[str, Any]


async def body_of(request: Request) -> Body:
    """A request's JSON object.

    Raises:
        Refused: it is too large (413), too slow (408), not JSON (400), or not an object (422).
    """
    try:
        data = await asyncio.wait_for(_read(request), _ARRIVING)
    except asyncio.TimeoutError:
        raise Refused(408, f"the body took more than {_ARRIVING:.0f} s") from None
    except ClientDisconnect:
        raise Refused(400, "the body is incomplete") from None
    try:
        found = parse(data)
    except ValueError as error:
        raise Refused(400, f"the body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refused(422, "the body is not a JSON object")
    return found


async def _read(request: Request) -> bytes:
    too_long = Refused(413, f"a body may have at most {LONGEST} bytes")
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > LONGEST:
        raise too_long
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > LONGEST:
            raise too_long
    return bytes(data)


def number(body: Body, name: str, usual: float, least: float, most: float) -> float:
    """A number within bounds; `usual` if the field is missing."""
    return float(_bounded(body, name, usual, least, most))


def whole(body: Body, name: str, usual: int, least: int, most: int) -> int:
    """A whole number within bounds."""
    value = _bounded(body, name, usual, least, most)
    if isinstance(value, float) and not value.is_integer():
        raise Refused(422, f"{name} must be a whole number")
    return int(value)


def _bounded(body: Body, name: str, usual: float, least: float, most: float) -> float:
    value: Any = body.get(name)
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise Refused(422, f"{name} must be a number")
    if not least <= value <= most:
        raise Refused(422, f"{name} must be from {least:g} to {most:g}")
    return value


def flag(body: Body, name: str) -> bool:
    """A boolean; false if the field is missing."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise Refused(422, f"{name} must be true or false")
    return bool(value)


def word(body: Body, name: str) -> str | None:
    """A text; `None` if the field is missing."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(422, f"{name} must be a text")
    return value


def mapping(body: Body, name: str) -> Body:
    """An object; empty if the field is missing."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise Refused(422, f"{name} must be an object")
    return value or {}


@dataclass(frozen=True)
class Wanted:
    """The parameters of a completion, plain or chat."""

    sampling: Sampling
    max_tokens: int
    stops: tuple[str, ...]
    samples: int
    stream: bool
    usage: bool  # send the token counts in the stream
    timings: bool
    logprobs: bool


def wanted(body: Body, context: int, *, chat: bool) -> Wanted:
    """Read the fields that both kinds of completion have.

    Args:
        context: the longest sequence in tokens, which bounds `max_tokens`.
        chat: whether it is a chat, which by default may fill the context.

    Raises:
        Refused: a field is out of bounds.
    """
    usual = context if chat else _USUAL_TOKENS
    if body.get("max_tokens") is None and body.get("max_completion_tokens") is not None:
        body = {**body, "max_tokens": body["max_completion_tokens"]}
    penalty = "repeat_penalty" if "repeat_penalty" in body else "repetition_penalty"
    logprobs = body.get("logprobs")
    if logprobs is not None and not isinstance(logprobs, (bool, int)):
        raise Refused(422, "logprobs must be a number")
    return Wanted(
        Sampling(
            temperature=number(body, "temperature", 1.0, 0, 100),
            top_p=number(body, "top_p", 1.0, 1e-6, 1),
            top_k=max(0, whole(body, "top_k", 0, -1, 1 << 24)),
            min_p=number(body, "min_p", 0.0, 0, 1),
            repetition_penalty=number(body, penalty, 1.0, 0.01, 100),
            seed=whole(body, "seed", 0, -(2**63), 2**63) % 2**63,
        ),
        min(whole(body, "max_tokens", usual, 1, 1 << 24), context),
        _stops(body.get("stop")),
        whole(body, "n", 1, 1, _MOST_CHOICES),
        flag(body, "stream"),
        flag(mapping(body, "stream_options"), "include_usage"),
        flag(body, "timings_per_token"),
        logprobs is not None and logprobs is not False,
    )


def _stops(value: Any) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Refused(422, "stop must be a text or a list of texts")
    if len(found) > _MOST_STOPS or any(len(one) > _LONGEST_STOP for one in found):
        raise Refused(
            422, f"there may be {_MOST_STOPS} stops of at most {_LONGEST_STOP} characters"
        )
    return tuple(one for one in found if one)


@dataclass(frozen=True)
class Said:
    """A message of a conversation."""

    role: str
    content: str


def conversation(body: Body) -> Sequence[Said]:
    """The messages.

    Raises:
        Refused: there are none, too many, or one is not text.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not 0 < len(messages) <= _MOST_MESSAGES:
        raise Refused(422, f"messages must be a list of 1 to {_MOST_MESSAGES} messages")
    return [_said(message) for message in messages]


def _said(message: Any) -> Said:
    role = message.get("role") if isinstance(message, dict) else None
    if role not in ("system", "developer", "user", "assistant"):
        raise Refused(422, "a message needs a role: system, user or assistant")
    content = message.get("content")
    if isinstance(content, list):  # content in parts: only texts are accepted
        parts = [one.get("text") if isinstance(one, dict) else None for one in content]
        texts = [part for part in parts if isinstance(part, str)]
        content = "\n".join(texts) if len(texts) == len(parts) else None
    if content is None and role == "assistant":
        content = ""
    if not isinstance(content, str):
        raise Refused(422, "the content of a message must be text")
    return Said("system" if role == "developer" else role, content)
