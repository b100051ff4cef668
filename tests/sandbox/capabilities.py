"""Prints which capabilities a program finds, and how many waiting children have none at all.

python -m tests.sandbox.capabilities SANDBOX
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.sandbox.pool import Pool, children_of

_ASK = (
    "import ctypes, struct\nC = ctypes.CDLL(None)\nhead = struct.pack('<Ii', 0x20080522, 0)\n"
    "room = ctypes.create_string_buffer(24)\n"
    "print(C.syscall(125, head, room), any(room.raw))"
)


def main(sandbox: str) -> None:
    """Ask a program, and the kernel about the children that wait for one."""
    pool = Pool(workers=1, sandbox=sandbox)
    print(pool.run(_ASK).stdout, end="")
    print(sum(_has_none(child) for child in children_of(pool.parent)))
    pool.close()


def _has_none(pid: int) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    held = [line.split()[1] for line in lines if line.startswith("Cap")]
    return not any(int(one, 16) for one in held)


if __name__ == "__main__":
    main(sys.argv[1])
