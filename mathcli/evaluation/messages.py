"""Problems and solutions that are written as the messages of a chat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_FIELDS = ("messages", "conversations", "conversation", "prompt", "origin_prompt")
_ASKS = frozenset(["user", "human"])
_REPLIES = frozenset(["assistant", "gpt", "bot"])


def question_in(row: Mapping[str, Any]) -> str | None:
    """What the first message of the user says."""
    return next((text for role, text in _messages(row) if role in _ASKS), None)


def reply_in(row: Mapping[str, Any]) -> str | None:
    """What the last message of the assistant says."""
    found = [text for role, text in _messages(row) if role in _REPLIES]
    return found[-1] if found else None


def _messages(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _FIELDS:
        for one in row[name] if isinstance(row.get(name), list) else ():
            if isinstance(one, Mapping):
                said = (one.get(part) for part in ("content", "value", "prompt", "text"))
                text = _text(next((part for part in said if part), ""))
                yield str(one.get("role") or one.get("from") or "").lower(), text


def _text(content: Any) -> str:
    """A message's text; of one that has parts, those that are text."""
    if isinstance(content, list):
        return "\n".join(
            str(part.get("content") or part.get("text") or "")
            for part in content
            if isinstance(part, Mapping) and part.get("type", "text") == "text"
        )
    return content if isinstance(content, str) else ""
