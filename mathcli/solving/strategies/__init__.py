"""Strategies: ways to spend test-time compute, each written once on sequences."""

from __future__ import annotations

from mathcli.solving.strategies.base import Decision, Strategy
from mathcli.solving.strategies.once import Once
from mathcli.solving.strategies.switching import Switching
from mathcli.solving.strategies.vote import Vote

STRATEGIES: dict[str, type[Strategy]] = {"once": Once, "vote": Vote}

__all__ = ["STRATEGIES", "Decision", "Strategy", "Switching"]
