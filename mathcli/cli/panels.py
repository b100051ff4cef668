"""The headings under which `--help-all` explains options, in their order."""

from __future__ import annotations

WRITING = "Writing"
SEVERAL = "Several solutions"
ENGINE = "Engine"
SERVER = "Server"
HTTP = "HTTP"
COMPARING = "How strictly answers are compared"
LAYOUT = "How a sheet is laid out"

PANELS = (WRITING, SEVERAL, ENGINE, SERVER, HTTP, LAYOUT, COMPARING)
