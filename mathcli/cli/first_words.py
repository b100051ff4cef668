"""The first words of a command line: a command, or a problem in its place.

This module is used before any slow import.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

# Each command's summary, in the order of the help, so that help imports no command.
COMMANDS = {
    "solve": "Solve one problem: reasoning, programs, answer",
    "batch": "Solve many problems; can be resumed",
    "check": "Are two answers equal, and why",
    "grade": "Grade a file of answers",
    "models": "List, get, recommend and remove models",
    "history": "Earlier solutions",
    "replay": "Run recorded programs again: does the answer still stand?",
    "run": "Run one program like a model's program",
    "serve": "Keep a model loaded; OpenAI's API with --port",
    "eval": "Measure how well a model solves a dataset",
    "calibrate": "Learn when a model is right, and when programs help it",
    "merge": "Join the files of a batch's shards",
    "bench": "How fast is this machine?",
    "config": "Where files are, and your defaults",
    "doctor": "What works on this machine?",
}

SHORT_HELP = """\
mathcli solves mathematics on this machine, with words and Python that runs.

  mathcli solve "Solve x^2 - 5x + 6 = 0"     one problem, with its reasoning
  mathcli batch homework.txt                 a file of problems, one a line
  mathcli models recommend                   which models suit this machine

mathcli --help lists all commands; mathcli doctor says what works here.
"""

# Commands of other programs, and their equivalents here.
MEANT = {
    "list": "mathcli models list",
    "ls": "mathcli models list",
    "pull": "mathcli models pull NAME",
    "download": "mathcli models pull NAME",
    "rm": "mathcli models rm NAME",
    "remove": "mathcli models rm NAME",
    "show": "mathcli models show NAME",
    "ps": "mathcli serve status",
    "stop": "mathcli serve stop",
    "start": "mathcli serve",
    "chat": 'mathcli solve "…", and then mathcli solve --continue "…"',
    "ask": 'mathcli solve "…"',
    "answer": 'mathcli solve "…"',
    "examples": "mathcli, without any words, shows three",
    "setup": "mathcli doctor",
    "init": "mathcli doctor",
    "test": "mathcli doctor",
    "install": "mathcli models pull NAME gets a model",
    "update": "pip install --upgrade mathcli-solver",
    "upgrade": "pip install --upgrade mathcli-solver",
}

_MATHEMATICS = re.compile(r"\d|[=+*/^∫√π\\]")


def understood(argv: Sequence[str]) -> list[str]:
    """The command line with `solve` put before a bare problem, and `help` and `version` turned into
    options.

    >>> understood(["what is 3+4"]), understood(["What", "is", "3+4?"])
    (['solve', 'what is 3+4'], ['solve', 'What', 'is', '3+4?'])
    >>> understood(["solve", "x"]), understood(["slove", "3+4"]), understood(["--help"])
    (['solve', 'x'], ['slove', '3+4'], ['--help'])
    """
    words = list(argv)
    if not words or words[0].startswith("--") or words[0] in (*COMMANDS, "-h"):
        return words
    first = words[0]
    if first == "help":
        return [*words[1:2], "--help"]
    if words in (["version"], ["-V"], ["-v"]):
        return ["--version"]
    if len(words) == 1 and os.path.isfile(first):  # noqa: PTH113 (pathlib takes time to import)
        return ["solve", first]  # its error explains what to do with a file
    problem = len(first.split()) > 1 or bool(_MATHEMATICS.search(first))
    sentence = len(words) > 2 and not _like_a_command(first)
    return ["solve", *words] if problem or sentence else words


def _like_a_command(word: str) -> bool:
    from difflib import get_close_matches

    return bool(get_close_matches(word.lower(), COMMANDS, 1, 0.7))
