"""mathcli: solves mathematics on your own machine, with a model that writes and runs Python."""

from __future__ import annotations

__version__ = "0.2.0"
