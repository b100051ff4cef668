"""Renders a chat template, which is an untrusted program.

It runs in a process of its own with limits on time, memory and length, so that a template that
loops, grows or fails only causes an error. A template always renders the same variables to the
same text, so texts are cached: in this process, and in the user's cache folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import takewhile
from pathlib import Path
from typing import Any

from mathcli.errors import ModelError
from mathcli.json_text import parse
from mathcli.templates.child import TOO_DEEP, TOO_MUCH_MEMORY
from mathcli.templates.texts import KeptTexts, is_answer

SECONDS = 0.6  # of processor time; published templates need some hundredths
_WALL_SECONDS = 4.0  # where the system does not count processor time, or is very busy
_START_SECONDS = 60.0  # for our own code to start, on the slowest machine
_LONGEST_TEMPLATE = 1_000_000  # characters
_MOST_OUTPUT = 16_000_000  # bytes of all texts together
# Of the environment, without the keys that it may hold.
_PASSED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")
_NO_START = "the process that renders it does not start"
_START = "import sys; sys.path += sys.argv[1:]; from mathcli.templates.child import work; work()"

Variables = Mapping[str, Any]


@dataclass(frozen=True)
class Rendered:
    """The result of one rendering: a `text`, or an `error` instead of it."""

    text: str | None = None
    error: str | None = None


def render(template: str, variables: Variables, *, seconds: float | None = None) -> str:
    """Render a template.

    Args:
        variables: its variables: `messages`, `tools`, ...; anything that JSON can hold.
        seconds: a lower time limit than the usual one, where the user's own limit is short.

    Raises:
        ModelError: it fails, or needs too much time or memory.
    """
    [rendered] = render_all(template, [variables], seconds=seconds)
    if rendered.text is None:
        raise failure(rendered.error or "")
    return rendered.text


def failure(reason: str) -> ModelError:
    """The error for a template that cannot be used, on one line whatever the template raised."""
    words = escaped(reason)
    shown = words if len(words) <= 200 else words[:200] + "..."
    return ModelError(
        f"the model's chat template fails: {shown}",
        "choose a card for this model: --card NAME (see: mathcli models list)",
    )


def escaped(text: str) -> str:
    r"""A text on one line; what cannot be printed is shown as a Python escape.

    >>> escaped("a\x1b[2J\n")
    'a\\x1b[2J\\n'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def render_all(
    template: str, requests: Sequence[Variables], *, seconds: float | None = None
) -> list[Rendered]:
    """Render a template with each of several sets of variables, in one process."""
    wanted = [json.dumps(request) for request in requests]
    allowed = SECONDS if seconds is None else min(SECONDS, max(0.05, seconds))
    day = date.today() if "strftime_now" in template else None
    with _LOCK:
        missing = [one for one in wanted if (template, one, day) not in _RENDERED]
        found = _kept_or_new(template, missing, day, allowed) if missing else []
        new = {(template, one, day): text for one, text in zip(missing, found, strict=True)}
        answers = [(new | _RENDERED)[template, one, day] for one in wanted]
        if allowed == SECONDS or all(one.text is not None for one in found):
            _RENDERED.update(new)
    return answers


_LOCK = threading.Lock()
_RENDERED: dict[tuple[str, str, date | None], Rendered] = {}


def _kept_or_new(
    template: str, requests: Sequence[str], day: date | None, seconds: float
) -> Sequence[Rendered]:
    kept = KeptTexts(template, requests, day)
    answers = kept.read()
    if answers is None:
        answers, whole = _answers(template, requests, day or date.today(), seconds)
        if whole:
            kept.write(answers)
    return [Rendered(**one) for one in answers]


def _answers(
    template: str, requests: Sequence[str], day: date, seconds: float
) -> tuple[list[dict[str, str]], bool]:
    """`text` or `error` for each request, and whether no limit was the cause."""
    if len(template) > _LONGEST_TEMPLATE:
        error = f"it is longer than {_LONGEST_TEMPLATE:,} characters"
        return [{"error": error}] * len(requests), False
    request = {
        "template": template,
        "now": datetime.combine(day, time()).isoformat(),  # a prompt is the same all day long
        "cpu_seconds": seconds,
        "requests": [json.loads(one) for one in requests],
    }
    lines, end = _run(json.dumps(request).encode(), seconds)
    answers = [*takewhile(is_answer, map(_parsed, lines[: len(requests)]))]
    missing = len(requests) - len(answers)
    limited = any(one.get("error") in (TOO_MUCH_MEMORY, TOO_DEEP) for one in answers)
    return answers + [{"error": end}] * missing, not missing and not limited


def _parsed(line: bytes) -> Any:
    try:
        return parse(line)
    except ValueError:
        return None


def _run(request: bytes, seconds: float) -> tuple[list[bytes], str]:
    """The complete lines that the child wrote after `ready`, and why there are no more."""
    here = str(Path(__file__).parents[2])
    paths = [path for path in sys.path if Path(path).is_absolute()]
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _START, here, *paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            env={name: os.environ[name] for name in _PASSED if name in os.environ},
        )
    except OSError as error:
        return [], f"{_NO_START} ({error.strerror})"
    assert process.stdin is not None
    assert process.stdout is not None
    late = threading.Event()

    def kill() -> None:
        late.set()
        process.kill()

    clock = threading.Timer(_START_SECONDS, kill)
    clock.start()
    try:
        try:
            process.stdin.write(request)
            process.stdin.close()
        except OSError:  # it has ended already
            pass
        started = process.stdout.readline() == b"ready\n"
        clock.cancel()
        clock = threading.Timer(max(_WALL_SECONDS, seconds), kill)
        clock.start()
        written = process.stdout.read(_MOST_OUTPUT)
    finally:
        clock.cancel()
        process.kill()
        process.stdout.close()
        process.wait()
    if not started:
        return [], _NO_START
    return written.split(b"\n")[:-1], _ending(process.returncode, late.is_set(), seconds)


def _ending(code: int, late: bool, seconds: float) -> str:
    import signal

    timers = (-getattr(signal, "SIGPROF", 0), -getattr(signal, "SIGXCPU", 0))
    if late or (code in timers and code):
        return f"it takes more than {seconds:.3g} s"
    return f"its process ended (code {code})"
