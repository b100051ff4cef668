"""Is a text a Python program, and does it end inside a string?"""

from __future__ import annotations

import ast
import re
import warnings

_LONGEST = 200_000  # most characters that are parsed

_PYTHON_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""'
    r"|'''(?:\\.|[^\\])*?'''"
    r'|(?<!")"(?!"")(?:\\.|[^"\\\n])*"'
    r"|(?<!')'(?!'')(?:\\.|[^'\\\n])*'"
    r"|#[^\n]*",
    re.DOTALL,
)
_JSON_STRING = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_FENCED = re.compile(r"\s*(`{3,})[ \t]*[\w+-]*[ \t]*\n(.*?)\n?[ \t]*\1\s*", re.DOTALL)


def is_program(text: str) -> bool:
    """Whether the text is valid Python and not empty.

    >>> is_program("print(1)"), is_program("let x be 1"), is_program(" ")
    (True, False, False)
    """
    if not text.strip() or len(text) > _LONGEST:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings about invalid escapes in its strings
            return bool(ast.parse(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def in_python_string(text: str) -> bool:
    """Whether Python text ends inside a string.

    >>> in_python_string("print('<"), in_python_string("print('<') # it's"), in_python_string("'")
    (True, False, True)
    """
    rest = _PYTHON_STRING.sub("", text)
    return '"' in rest or "'" in rest


def in_json_string(text: str) -> bool:
    """Whether JSON ends inside a string.

    >>> in_json_string('{"code": "a'), in_json_string('{"code": "a"}')
    (True, False)
    """
    return '"' in _JSON_STRING.sub("", text)


def unfenced(text: str) -> str:
    """The program without the fence that a model put around it.

    >>> unfenced("```python\\nprint(1)\\n```")
    'print(1)'
    """
    found = _FENCED.fullmatch(text)
    return found[2] if found else text
