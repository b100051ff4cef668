"""Makes the picture of a terminal in the README from a real run: `docs/solve.svg`.

    python docs/record.py --model qwen2.5-coder-1.5b
    python docs/record.py --model FILE.gguf --named qwen2.5-coder-1.5b "Factor x^2 - 9"

The command runs on a pseudo-terminal of its own; what it wrote there is drawn by Rich.
"""

from __future__ import annotations

import argparse
import io
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

FILE = Path(__file__).with_name("solve.svg")
PROBLEM = (
    "A bakery bakes 12 trays of 24 rolls. It sells three quarters of them at 40 cents each. "
    "How many dollars does it earn?"
)
COLUMNS = 80


def record(problem: str, model: str, named: str) -> str:
    """The picture, as SVG without a reference to anything else.

    Args:
        named: the model as the picture shows it, for a file that was not pulled.
    """
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ mathcli solve --model {named} \\", style="bold"))
    console.print(Text(f'    "{problem}"', style="bold"))
    console.print(Text.from_ansi(_run(problem, model)))
    svg = console.export_svg(title="mathcli", unique_id="mathcli")
    return re.sub(r"\s*@font-face \{.*?\n    \}", "", svg, flags=re.DOTALL)


def _run(problem: str, model: str) -> str:
    """What `mathcli solve` writes on a terminal."""
    master, slave = pty.openpty()
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "COLUMNS": str(COLUMNS),
            "TERM": "xterm-256color",
            "XDG_CONFIG_HOME": folder,
            "MATHCLI_NO_HISTORY": "1",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "mathcli", "solve", "--model", model, problem],
            stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.DEVNULL, env=environment,
        )  # fmt: skip
        os.close(slave)
        written = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the command has ended
                break
            if not piece:
                break
            written += piece
        os.close(master)
        if process.wait() != 0:
            raise SystemExit(f"mathcli ended with exit code {process.returncode}")
    return written.decode().replace("\r\n", "\n").rstrip("\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problem", nargs="?", default=PROBLEM)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--named")
    given = parser.parse_args()
    picture = record(given.problem, given.model, given.named or given.model)
    FILE.write_text(picture, encoding="utf-8")
