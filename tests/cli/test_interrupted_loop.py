"""Ctrl-C at a shell: the loop or script around the command ends too."""

from __future__ import annotations

import os
import pty
import shutil
import sys
import time

import pytest

LOOP = (
    "for i in 1 2; do {python} -m mathcli solve -q --no-history --samples 60 --confidence 1 "
    "'What is 3 + 4?'; echo after; done; echo end"
)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_an_interrupt_ends_the_loop_of_a_shell() -> None:
    shell = shutil.which("bash") or ""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.execv(shell, [shell, "-c", LOOP.format(python=sys.executable)])
    seen, deadline = b"", time.monotonic() + 120
    pressed = False
    while time.monotonic() < deadline:
        try:
            seen += os.read(terminal, 1024)
        except OSError:  # the shell has ended
            break
        if b"loading" in seen and not pressed:
            pressed = True
            os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert pressed, seen
    assert b"interrupted" in seen
    assert b"after" not in seen
    assert b"end\r" not in seen
    assert os.waitstatus_to_exitcode(status) in (-2, 130)
