"""Reads the problem: from the command line, standard input, or a prompt."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from mathcli.cli import output
from mathcli.errors import NoProblem, UsageError
from mathcli.input_files import LONGEST_LINE, expanded, is_file, named
from mathcli.screen import echo, typed
from mathcli.text_safety import given_text, one_line, shortened

_PROMPT = "Problem: "
_PAUSE = 0.05  # seconds in which the next line of a paste arrives
_SHOWN = 40  # characters quoted of a text that is no problem
_PICTURES = ("png", "jpg", "jpeg", "gif", "webp", "heic", "bmp", "tif", "tiff", "svg")
_DOCUMENTS = ("pdf", "doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "ppt", "pptx", "zip")
_TEXTS = ("txt", "md", "tex", "csv", "tsv", "json", "jsonl", "html", "py")
_SHORT_OPTION = re.compile("-[A-Za-z]")
_FILE = re.compile(rf"\S.*\.({'|'.join((*_PICTURES, *_DOCUMENTS, *_TEXTS))})", re.I)


def problem_text(words: Sequence[str] | None) -> str:
    """The problem to solve.

    Args:
        words: of the command line; `-` alone is standard input. Without any, a terminal prompts
            and a pipe is read.

    Raises:
        UsageError: there is no problem, or something else in its place.
    """
    if words is None or not words:
        text = _asked() if _is_terminal() else _piped()
    elif list(words) == ["-"]:
        if _is_terminal():
            output.note("Type the problem, then Ctrl-D.")
        text = _piped()
    else:
        text = given_text(" ".join(words).strip())
        _check_no_file(words, text)
    if not text.strip():
        raise UsageError(
            "there is no problem to solve",
            'try: mathcli solve "Solve x^2 - 5x + 6 = 0", or - to read standard input',
        )
    return text.strip()


def check_problem(text: str) -> None:
    """Refuse, before a model is loaded, a text that is certainly no problem of mathematics.

    Raises:
        NoProblem: the message shows what to type.
    """
    from mathcli.problems import form_of

    if form_of(text).kind == "none":
        said = shortened(one_line(text), _SHOWN)
        raise NoProblem(
            f'No answer: {said!r} is no problem of mathematics (mathcli solve "2x = 10" is one)'
        )


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _piped() -> str:
    from mathcli.sheets.decoding import decoded

    data = named("-", most=LONGEST_LINE)
    try:
        text, encoding = decoded("standard input", data)
    except UsageError:
        text, encoding = "", None
    if data and not text.strip() and not data.isspace():
        raise UsageError("the problem on standard input is not UTF-8 text")
    if encoding is not None:
        output.note(f"standard input is read as {encoding}")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.endswith(("?", "=")) for line in lines):
        output.note(
            f"hint: these {len(lines)} lines are solved as one problem; each by itself: "
            "mathcli batch -"
        )
    return text


def _asked() -> str:
    """The problem typed or pasted at a prompt; several lines if they were pasted together."""
    try:
        import readline

        readline.parse_and_bind("set enable-bracketed-paste on")  # a paste is one text
        edits = sys.stdout is not None and sys.stdout.isatty()
    except ImportError:
        edits = False
    if edits:
        try:
            line = typed(_PROMPT) + "\n"
        except EOFError:
            line = ""
    else:
        echo(_PROMPT)
        line = sys.stdin.readline(LONGEST_LINE)
    if not line.endswith("\n"):
        output.note("")  # after Ctrl-D the cursor is still on the prompt's line
    return line + _rest_of_paste()


def _rest_of_paste() -> str:
    """The lines that were pasted after the first, where the terminal hands them out one by one.
    Left alone, they would be commands for the shell afterwards."""
    try:
        import select
        import termios
    except ImportError:  # Windows
        return ""
    lines = []
    while select.select([sys.stdin], [], [], _PAUSE)[0] and (line := sys.stdin.readline()):
        lines.append(line)
    termios.tcflush(sys.stdin, termios.TCIFLUSH)  # a last line without its end
    return "".join(lines)


def _check_no_file(words: Sequence[str], text: str) -> None:
    """Refuse a file in the place of a problem.

    Raises:
        UsageError: the hint shows what to type instead.
    """
    if len(words) == 2 and _SHORT_OPTION.fullmatch(words[0]) and _is_file(words[1]):
        raise UsageError(
            f"there is no option {words[0]}",
            f"if {words[1]} holds one problem: mathcli solve - < {words[1]}; "
            f"if it holds one on each line: mathcli batch {words[1]}",
        )
    if len(words) > 1 and any(_is_file(word) for word in words):
        raise UsageError(
            "the problem contains the name of a file: did the shell replace a *?",
            'put the problem in quotes: mathcli solve "3 * 4"',
        )
    named = _FILE.fullmatch(text)
    suffix = named.group(1).lower() if named else ""
    if suffix in _PICTURES or suffix in _DOCUMENTS:
        raise UsageError(
            f"{text} is not text: mathcli cannot read {_kind(suffix)}",
            'type the problem: mathcli solve "…"',
        )
    if _is_file(text) and (named or "/" in text):
        raise UsageError(
            f"{text} is a file, not a problem",
            f"if it holds one problem: mathcli solve - < {text}; "
            f"if it holds one on each line: mathcli batch {text}",
        )
    if named and len(text.split()) == 1:
        raise UsageError(f"there is no file {text}", 'a problem: mathcli solve "…"')


def _kind(suffix: str) -> str:
    if suffix in _PICTURES:
        return "pictures"
    return "PDF files" if suffix == "pdf" else f".{suffix} files"


def _is_file(word: str) -> bool:
    return is_file(expanded(word))
