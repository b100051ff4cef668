"""Problems of the embedded model's families that neither training nor evaluation has seen."""

from __future__ import annotations

import sys
from pathlib import Path

_RECIPE = Path(__file__).parents[2] / "models" / "nano"
_SEED = 11 * 10**9


def fresh_problems(count: int) -> list[str]:
    """So many problems, the same ones each time."""
    if str(_RECIPE) not in sys.path:  # the recipe is a folder of scripts, not a package
        sys.path.insert(0, str(_RECIPE))
    from problems import FAMILIES, generate  # type: ignore[import-not-found]

    families = [family for family in FAMILIES if family != "not mathematics"]
    return [
        str(generate(families[k % len(families)], _SEED + k // len(families)).question)
        for k in range(count)
    ]
