"""The messages of a conversation and the other variables of chat templates."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Message = Mapping[str, Any]
CALL_ID = "call00001"  # nine characters and digits, which Mistral's templates insist on


class Marks(NamedTuple):
    """The spelling of the tokens at the beginning and the end of a text; a begin token that the
    tokenizer adds by itself is empty, so that it does not occur twice."""

    bos: str = ""
    eos: str = ""


NO_MARKS = Marks()


def marks_of(metadata: Callable[[str], str | None]) -> Marks:
    """The begin and end tokens of a model, from its metadata (`Engine.metadata`)."""
    return Marks(metadata("tokenizer.bos_token") or "", metadata("tokenizer.eos_token") or "")


@dataclass(frozen=True)
class ToolCall:
    """A model's call of a tool."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def record(self, *, as_text: bool = False) -> Mapping[str, Any]:
        """The call as JSON-ready data; templates differ in taking an object or JSON text."""
        arguments = json.dumps(self.arguments, ensure_ascii=False) if as_text else self.arguments
        function = {"name": self.name, "arguments": arguments}
        return {"id": CALL_ID, "type": "function", "function": function}


def opening(user: str, system: str | None = None) -> list[Message]:
    """The messages before the model's first word."""
    first = [{"role": "system", "content": system}] if system else []
    return [*first, {"role": "user", "content": user}]


def assistant(
    content: str = "",
    thinking: str | None = None,
    call: ToolCall | None = None,
    *,
    as_text: bool = False,
) -> Message:
    """The message of one turn of the model; its thinking under each name that templates use."""
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if thinking is not None:
        message |= {"reasoning_content": thinking, "reasoning": thinking, "thinking": thinking}
    if call is not None:
        message["tool_calls"] = [call.record(as_text=as_text)]
    return message


def tool_output(text: str, call: ToolCall) -> Message:
    """The message with a tool's output."""
    return {"role": "tool", "name": call.name, "tool_call_id": CALL_ID, "content": text}


def variables(
    messages: Sequence[Message],
    tools: Sequence[Mapping[str, Any]] = (),
    *,
    more: Mapping[str, Any] | None = None,
    prompt: bool = True,
    marks: Marks = NO_MARKS,
) -> dict[str, Any]:
    """The variables of a template.

    Args:
        more: variables of this template's own, such as `enable_thinking`.
        prompt: whether the model's response begins after the last message.
        marks: its begin and end tokens.
    """
    return {
        "messages": list(messages),
        "tools": [dict(tool) for tool in tools] or None,
        "xml_tools": [dict(tool) for tool in tools] or None,  # what SmolLM3's template calls them
        "documents": None,
        "add_generation_prompt": prompt,
        "bos_token": marks.bos,
        "eos_token": marks.eos,
        **(more or {}),
    }
