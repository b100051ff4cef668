"""The recipe is a folder of scripts, not a package: its modules are found through the path."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "models" / "nano"
sys.path.insert(0, str(RECIPE))

# Runs every program that it reads and answers with what each one printed.
_RUNNER = """
import contextlib, io, json, sys
outputs = []
for program in json.load(sys.stdin):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, {"__name__": "__main__"})
    outputs.append(printed.getvalue())
json.dump(outputs, sys.stdout)
"""


def run_programs(programs: list[str]) -> list[str]:
    """What the programs print in an interpreter of their own."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _RUNNER],
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    outputs: list[str] = json.loads(done.stdout)
    return outputs


@pytest.fixture(scope="session")
def recipe() -> Path:
    """The folder of the recipe."""
    return RECIPE
