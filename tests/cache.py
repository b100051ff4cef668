"""Where tests keep what takes long to get: outside the tree, and kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

# Read when it is imported: tests put the user's folders away afterwards.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mathcli-tests"
