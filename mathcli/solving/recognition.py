"""Reads a model's conventions from its chat template: tool calls, thoughts, how to switch them.

The template is rendered with a conversation that contains a call, an output and a thought; the
markup around them in the result is what this model writes. The syntaxes of `calls` are then tried
on the call. In this way a model that no card describes can run programs too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from mathcli.models import Switch, Thinking
from mathcli.models.card_values import SyntaxName
from mathcli.solving.calls import TOOL, Syntax, syntax_named
from mathcli.solving.calls.tool import ARGUMENT, NAME
from mathcli.templates.bounded import failure, render_all
from mathcli.templates.child import TOO_DEEP, TOO_MUCH_MEMORY
from mathcli.templates.messages import (
    NO_MARKS,
    Marks,
    ToolCall,
    assistant,
    opening,
    tool_output,
    variables,
)

_USER, _WORDS, _THOUGHT = "\ue000user\ue000", "\ue000words\ue000", "\ue000thought\ue000"
_OUTPUT = '\ue000"output"\ue000'
_VARIABLE = "sum_of_digits"  # a name that occurs only in the call put in here
_PROGRAM = f'{_VARIABLE} = "b"\nprint({_VARIABLE})'
_SWITCHES = ("enable_thinking", "thinking")  # template variables that switch thinking
_LONGEST = 10_000  # characters read around a call or a thought, to bound the time of parsing
_TAG = r"<[^<>\s]{1,40}>|\[/?[A-Z_]{3,40}\]"
_TAG_BEFORE = re.compile(rf"({_TAG})(\w*)\s*$")
_TAG_AFTER = re.compile(rf"^\s*({_TAG})")
_PAIRS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<|channel>thought", "<channel|>"))
_SYNTAXES: tuple[SyntaxName, ...] = tuple(name for name in get_args(SyntaxName) if name != "fenced")
# Strings that identify a family in a prompt with tools, for templates that render no calls.
_MENTIONS: tuple[tuple[SyntaxName, str], ...] = (
    ("lfm2", "<|tool_call_start|>"),
    ("lfm2", "<|tool_list_start|>"),
    ("granite", "<|tool_call|>"),
    ("hermes", "<tool_call>"),
    ("mistral", "[AVAILABLE_TOOLS]"),
)


@dataclass(frozen=True)
class Recognized:
    """The conventions read from a template.

    Args:
        shows_tools: whether it lists the available tools for the model.
        syntax: the name of the syntax of its model's tool calls, if it is one of `calls`.
        feedback: how an output follows a call, as in `CodeFormat`, if the template renders that.
        thinking: how its model thinks; `None` if there is no sign that it does.
    """

    shows_tools: bool
    syntax: SyntaxName | None = None
    feedback: str | None = None
    thinking: Thinking | None = None


def recognize(template: str, marks: Marks = NO_MARKS) -> Recognized:
    """Find out how a model calls tools and how it thinks, from its chat template.

    Args:
        marks: its begin and end tokens.

    Raises:
        ModelError: the template takes too much time or memory, or cannot render a plain question.
    """
    texts = _texts(template, marks)
    plain, tools = texts["plain"], texts["tools"]
    shows_tools = tools is not None and tools != plain and NAME in tools.replace(_USER, "")
    thinking = _thinking(template, texts)
    if not shows_tools or tools is None:
        return Recognized(False, thinking=thinking)
    calls = [text for text in (texts["called"], texts["called as text"]) if text is not None]
    for text in calls:
        found = _called(tools, text, thinking)
        if found is not None:
            return Recognized(True, *found, thinking)
    if any(_VARIABLE in text for text in calls):
        return Recognized(True, None, None, thinking)  # a call in an unknown syntax
    return Recognized(True, _mentioned(tools, plain or ""), None, thinking)


def _texts(template: str, marks: Marks) -> Mapping[str, str | None]:
    """The renderings to compare; `None` for one that the template rejects."""
    call = ToolCall(NAME, {ARGUMENT: _PROGRAM})
    asked = opening(_USER)

    def after(as_text: bool) -> list[Any]:
        return [*asked, assistant("", call=call, as_text=as_text), tool_output(_OUTPUT, call)]

    cases: dict[str, tuple[Sequence[Any], Sequence[Mapping[str, Any]], Mapping[str, Any], bool]] = {
        "plain": (asked, (), {}, True),
        "tools": (asked, (TOOL,), {}, True),
        "called": (after(False), (TOOL,), {}, True),
        "called as text": (after(True), (TOOL,), {}, True),
        "thought": ([*asked, assistant(_WORDS, _THOUGHT)], (), {}, False),
        "on": (asked, (), dict.fromkeys(_SWITCHES, True), True),
        "off": (asked, (), dict.fromkeys(_SWITCHES, False), True),
    }
    requests = [
        variables(messages, tools, more=more, prompt=prompt, marks=marks)
        for messages, tools, more, prompt in cases.values()
    ]
    renderings = dict(zip(cases, render_all(template, requests), strict=True))
    for rendering in renderings.values():
        if rendering.error is not None and _is_limit(rendering.error):
            raise failure(rendering.error)
    if renderings["plain"].text is None:
        raise failure(renderings["plain"].error or "")
    return {name: rendering.text for name, rendering in renderings.items()}


def _is_limit(error: str) -> bool:
    return error in (TOO_MUCH_MEMORY, TOO_DEEP) or error.startswith("it takes more than")


def _called(
    asked: str, text: str, thinking: Thinking | None
) -> tuple[SyntaxName, str | None] | None:
    """The syntax of the call in `text`, and how the output follows it."""
    forms = (json.dumps(_OUTPUT, ensure_ascii=False), _OUTPUT)
    shown = next((one for one in forms if one in text), None)
    begin = _alike(asked, text)
    at = text.find(shown, begin) if shown is not None else len(text)
    if len(text) - begin > _LONGEST:
        return None  # longer than any message put in here
    written = [name for name in _SYNTAXES if syntax_named(name).write(_PROGRAM) in text]
    for name in dict.fromkeys([*written, *_SYNTAXES]):
        end = end_of_call(syntax_named(name), text, begin, at, _PROGRAM)
        if end is None:
            continue
        if shown is None:
            return name, None
        hole = "{output}" if shown == _OUTPUT else "{json}"
        return name, text[end:at] + hole + _with_begin(text[at + len(shown) :], thinking)
    return None


def _alike(first: str, second: str) -> int:
    """Length of the common prefix of two texts."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))


def _with_begin(text: str, thinking: Thinking | None) -> str:
    """The end of a frame, with `{begin}` in place of the beginning of a response."""
    for marker in thinking.open if thinking else ():
        at = text.rfind(marker)
        if at >= 0:
            return text[:at] + "{begin}"
    return text + "{begin}" if thinking else text


def end_of_call(syntax: Syntax, text: str, begin: int, end: int, program: str) -> int | None:
    """Where the call of `program` in `text[begin:end]` ends, if this syntax can read it."""
    if syntax.channels is not None:
        return _end_of_message(syntax, text, begin, end, program)
    closes = dict(syntax.closes)
    for marker in (*syntax.open, *syntax.starts):
        # The marker may begin in the part that the prompts have in common.
        at = text.find(marker, max(0, begin - len(marker)), end)
        if at < 0 or (marker in syntax.starts and at > begin and text[at - 1] != "\n"):
            continue
        body = at if marker in syntax.starts else at + len(marker)
        close = closes.get(marker, syntax.close)
        closed = text.find(close, body, end) if close else _last_bracket(text, body, end)
        if closed >= 0 and syntax.read(text[body:closed]).program == program:
            return closed + len(close)
    return None


def _end_of_message(syntax: Syntax, text: str, begin: int, end: int, program: str) -> int | None:
    closed = text.find(syntax.close, begin, end)
    header = text.rfind("to=", begin, closed) if closed >= 0 else -1
    if header < 0 or syntax.read(text[header:closed]).program != program:
        return None
    return closed + len(syntax.close)


def _last_bracket(text: str, begin: int, end: int) -> int:
    """The position after the arguments' last brace, and after the bracket of their list."""
    at = text.rfind("}", begin, end) + 1
    return at + text.startswith("]", at) if at else -1


def _mentioned(tools: str, plain: str) -> SyntaxName | None:
    """The syntax of a family that is recognized by the tools section of its prompt."""
    return next((name for name, text in _MENTIONS if text in tools and text not in plain), None)


def _thinking(template: str, texts: Mapping[str, str | None]) -> Thinking | None:
    """How the model thinks, by a rendered thought or by markers in the template."""
    around = _around_thought(texts["thought"])
    known = next((pair for pair in _PAIRS if all(one in template for one in pair)), None)
    if around is None and known is None:
        return None
    opened, closed, forced = around or (*(known or ("", "")), None)
    on, off = texts["on"], texts["off"]
    names = [name for name in _SWITCHES if re.search(rf"\b{name}\b", template)]
    fixed = on is None or off is None or on == off or not names
    return Thinking(
        open=(opened,),
        close=(closed,),
        default="always" if fixed else "on",
        forced_close=f"\n{closed}\n\n" if forced is None else forced,
        on=Switch({} if fixed else dict.fromkeys(names, True), begin=_begin(on, opened)),
        off=Switch() if fixed else Switch(dict.fromkeys(names, False), begin=_begin(off, opened)),
    )


def _around_thought(text: str | None) -> tuple[str, str, str | None] | None:
    """The markers around a thought in a conversation, and all text before the answer."""
    before, found, after = (text or "").partition(_THOUGHT)
    opened, closed = _TAG_BEFORE.search(before[-_LONGEST:]), _TAG_AFTER.search(after[:_LONGEST])
    if not found or opened is None or closed is None:
        return None
    marker = opened[1] + opened[2]
    if not re.search("think|thought|reason", marker, re.IGNORECASE):
        return None  # a format in which all kinds of messages begin alike
    between = after[: after.find(_WORDS)] if _WORDS in after else None
    return marker, closed[1], between


def _begin(prompt: str | None, opened: str) -> str:
    """The beginning of a response that the template starts inside a thought."""
    after = (prompt or "").rpartition(_USER)[2]
    at = after.find(opened)
    return after[at:] if at >= 0 else ""
