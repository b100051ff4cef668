"""Problems and solutions in the form of chat messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_FIELDS = ("messages", "conversations", "conversation", "prompt", "origin_prompt")
_ASKS = frozenset(["user", "human"])
_REPLIES = frozenset(["assistant", "gpt", "bot"])


def question_in(row: Mapping[str, Any]) -> str | None:
    """The text of the user's first message."""
    return next((text for role, text in _messages(row) if role in _ASKS), None)


def reply_in(row: Mapping[str, Any]) -> str | None:
    """The text of the assistant's last message."""
    replies = [text for role, text in _messages(row) if role in _REPLIES]
    return replies[-1] if replies else None


def _messages(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _FIELDS:
        for message in row[name] if isinstance(row.get(name), list) else ():
            if isinstance(message, Mapping):
                texts = (message.get(part) for part in ("content", "value", "prompt", "text"))
                text = _text(next((part for part in texts if part), ""))
                yield str(message.get("role") or message.get("from") or "").lower(), text


def _text(content: Any) -> str:
    """A message's text; for a message in parts, its text parts."""
    if isinstance(content, list):
        return "\n".join(
            str(part.get("content") or part.get("text") or "")
            for part in content
            if isinstance(part, Mapping) and part.get("type", "text") == "text"
        )
    return content if isinstance(content, str) else ""
