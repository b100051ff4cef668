"""Reads the program in a call with JSON arguments, tolerating errors that leave it unambiguous."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mathcli.solving.calls.base import ParsedCall
from mathcli.solving.calls.programs import is_program, unfenced
from mathcli.solving.calls.tool import ARGUMENT, NAME

_UNREADABLE = f'the call cannot be read; give the program as JSON: {{"{ARGUMENT}": "..."}}'
_WITHOUT_PROGRAM = f"the call has no program; give it as the argument {ARGUMENT}"
_TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)
_PROGRAM_KEY = re.compile(rf"""["']?\b{ARGUMENT}\b["']?\s*[:=]\s*""")
_AFTER_PROGRAM = re.compile(r"""[\s}\])]*|\s*,\s*["']?\w+["']?\s*[:=].*""", re.DOTALL)
_QUOTES = ('"""', "'''", '"', "'")
_ESCAPE = re.compile(r'\\(u[0-9a-fA-F]{4}|["\\/bfnrt])')


def read_calls(text: str) -> ParsedCall:
    """The program of one call `{"name": …, "arguments": {…}}`, or of a list of them.

    Also accepted: `parameters` for `arguments`, arguments as a string of JSON, raw line breaks in
    strings, extra commas, Python's quotes, unescaped quotes of the program, a missing end, and a
    program in place of the JSON. The programs of several calls are joined into one.
    """
    value = json_value(text)
    if value is None:
        program = _in_broken(text)
        return ParsedCall(program) if program is not None else ParsedCall(None, _error(_UNREADABLE))
    found = [_read_one(name, arguments) for name, arguments in _calls(value)]
    programs = [one.program for one in found if one.program is not None]
    if programs:
        return ParsedCall("\n".join(programs))
    return found[0] if found else ParsedCall(None, _error(_WITHOUT_PROGRAM))


def read_arguments(name: str, text: str) -> ParsedCall:
    """The program in the arguments alone, for a syntax with the tool's name before them."""
    value = json_value(text)
    if isinstance(value, (dict, str)):
        return _read_one(name, value)
    program = _in_broken(text)
    return ParsedCall(program) if program is not None else ParsedCall(None, _error(_UNREADABLE))


def read_program(name: str, text: str) -> ParsedCall:
    """The program of a call that contains it as plain text."""
    if text.strip():
        return ParsedCall(unfenced(text))
    return ParsedCall(None, _error(_WITHOUT_PROGRAM if name in ("", NAME) else _unknown(name)))


def json_value(text: str) -> Any:
    """The first JSON value of a text; `None` if there is no readable one.

    >>> json_value('{"a": 1,}'), json_value("{'a': None}"), json_value("{a"), json_value('[1] x')
    ({'a': 1}, {'a': None}, None, [1])
    """
    text = text.strip()
    decoder = json.JSONDecoder(strict=False)  # raw line breaks in strings
    plain = _TRAILING_COMMA.sub(lambda found: found[1] or "", text)
    for candidate in (text, plain):
        try:
            return decoder.raw_decode(candidate)[0]
        except (ValueError, RecursionError):
            continue
    if text[:1] not in ("{", "["):
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None
    return value if isinstance(value, (dict, list)) else None


def _calls(value: Any) -> Iterator[tuple[str, Any]]:
    """Names and arguments of all calls in a JSON value."""
    if isinstance(value, list):
        for one in value:
            yield from _calls(one)
    elif isinstance(value, Mapping):
        inner = value.get("function")
        if isinstance(inner, Mapping):
            yield from _calls(inner)
            return
        name = value.get("name") or (inner if isinstance(inner, str) else "")
        for key in ("arguments", "parameters", "args"):
            if key in value:
                yield str(name), value[key]
                return
        yield str(name), {key: one for key, one in value.items() if key not in ("name", "type")}


def _read_one(name: str, arguments: Any) -> ParsedCall:
    """The program of one call; under an unknown tool name only if it is unambiguous."""
    if isinstance(arguments, str):
        value = json_value(arguments)
        if not isinstance(value, dict):
            text = unfenced(arguments)
            return (
                ParsedCall(text) if is_program(text) else ParsedCall(None, _error(_WITHOUT_PROGRAM))
            )
        arguments = value
    if not isinstance(arguments, Mapping):
        return ParsedCall(None, _error(_WITHOUT_PROGRAM))
    program = arguments.get(ARGUMENT)
    if isinstance(program, list) and all(isinstance(line, str) for line in program):
        program = "\n".join(program)
    if isinstance(program, str) and program.strip():
        return ParsedCall(_with_input(unfenced(program), arguments.get("input")))
    others = [one for one in arguments.values() if isinstance(one, str)]
    if program is None and len(others) == 1 and is_program(unfenced(others[0])):
        return ParsedCall(unfenced(others[0]))
    known = name in ("", NAME)
    return ParsedCall(None, _error(_WITHOUT_PROGRAM if known else _unknown(name)))


def _with_input(program: str, given: Any) -> str:
    """The program with its standard input, which some families supply."""
    if not given:
        return program
    return f"import io, sys\nsys.stdin = io.StringIO({str(given)!r})\n{program}"


def _in_broken(text: str) -> str | None:
    """The program in a call that is not JSON; `None` if it is ambiguous."""
    found = _PROGRAM_KEY.search(text)
    if found is None:
        bare = unfenced(text).strip()
        return bare if bare[:1] not in ("{", "[") and is_program(bare) else None
    rest = text[found.end() :]
    quote = next((one for one in _QUOTES if rest.startswith(one)), "")
    inner = rest[len(quote) :]
    for end in _ends(inner, quote):
        written = inner[:end]
        forms = [written, unescaped(written)]
        if "\n" not in written.strip():
            forms.reverse()
        for form in forms:
            if is_program(unfenced(form)):
                return unfenced(form)
    return None


def _ends(text: str, quote: str) -> Iterator[int]:
    """Where a string may end, in order: at each quote followed only by closing brackets or another
    argument; without one, at the end of the text."""
    at = text.find(quote) if quote else -1
    tried = 0
    while at >= 0 and tried < 50:
        if _AFTER_PROGRAM.fullmatch(text, at + len(quote)):
            tried += 1
            yield at
        at = text.find(quote, at + 1)
    yield len(text)
    yield len(text.rstrip("}]) \n"))


def unescaped(text: str) -> str:
    """The text with JSON's escapes resolved; other backslashes stay.

    >>> unescaped(r'print(\\"a\\")')
    'print("a")'
    """

    def meant(found: re.Match[str]) -> str:
        return str(json.loads(f'"{found[0]}"'))

    return _ESCAPE.sub(meant, text)


def _unknown(name: str) -> str:
    return f"there is no tool {name[:40]!r}; the only one is {NAME}, with the argument {ARGUMENT}"


def _error(text: str) -> str:
    return f"Error: {text}"
