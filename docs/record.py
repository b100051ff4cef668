"""Makes the picture of a terminal in the README from a real run: `docs/solve.svg`.

    python docs/record.py                     # the default problem
    python docs/record.py "Factor x^2 - 9"    # another one

The command runs on a pseudo-terminal of its own; what it wrote there is drawn by Rich.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

FILE = Path(__file__).with_name("solve.svg")
PROBLEM = "Solve x^2 - 5x + 6 = 0"
COLUMNS = 80


def record(problem: str) -> str:
    """The picture, as SVG without a reference to anything else."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ mathcli solve {shlex.quote(problem)}", style="bold"))
    console.print(Text.from_ansi(_run(problem)))
    svg = console.export_svg(title="mathcli", unique_id="mathcli")
    return re.sub(r"\s*@font-face \{.*?\n    \}", "", svg, flags=re.DOTALL)


def _run(problem: str) -> str:
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
            [sys.executable, "-m", "mathcli", "solve", problem],
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
    FILE.write_text(record(" ".join(sys.argv[1:]) or PROBLEM), encoding="utf-8")
