"""The transport between processes on this system."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from mathcli.resident.loopback import connect, leave, listen
else:
    from mathcli.resident.sockets import connect, leave, listen

__all__ = ["connect", "leave", "listen"]
