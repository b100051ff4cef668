"""The problem at a prompt on a real pseudo-terminal: what is pasted is one problem."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time

import pytest

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)
import pty
import termios

PASTE = "What is\n2 + 2?\necho stray"


def typed(text: str) -> tuple[str, str]:
    """Type at the prompt of `solve`; what is on the screen, and what is left for a shell."""
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "mathcli", "solve", "-q", "--no-history"]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal) as child:
        shown = ""
        deadline = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < deadline:
            if select.select([screen], [], [], 0.1)[0]:
                shown += os.read(screen, 65536).decode("utf-8", "replace")
            if "Problem: " in shown and text:
                os.write(screen, text.encode())
                text = ""
        child.kill()
    options = termios.tcgetattr(terminal)
    options[3] &= ~termios.ICANON  # a shell would also get a line without its end
    termios.tcsetattr(terminal, termios.TCSANOW, options)
    left = ""
    while select.select([terminal], [], [], 0.1)[0]:
        left += os.read(terminal, 65536).decode()
    for descriptor in (screen, terminal):
        os.close(descriptor)
    return shown, left


@pytest.mark.parametrize("text", [f"{PASTE}\n", f"\x1b[200~{PASTE}\x1b[201~\n"])
def test_no_line_of_a_paste_is_left_for_the_shell(text: str) -> None:
    shown, left = typed(text)
    assert left == ""
    assert shown.endswith("4\r\n")  # the second line was part of the problem


def test_a_typed_line_is_solved() -> None:
    shown, _ = typed("What is 3 times 4?\n")
    assert shown.endswith("12\r\n")
