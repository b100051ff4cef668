"""Parses JSON from outside; all its errors are `ValueError`."""

from __future__ import annotations

import json
from typing import Any, NoReturn

DEEPEST = 100
"""Deepest nesting of objects and lists; mathcli's own files are far below it."""
_OPENING = ("[", "{")


def parse(data: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON, not UTF-8, nested too deep, or contains `NaN` or a number with
            too many digits.
    """
    text = data.decode("utf-8") if isinstance(data, bytes) else data
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise _too_deep() from None
    if sum(map(text.count, _OPENING)) > DEEPEST:
        _check_depth(value)
    return value


def is_json(data: str | bytes) -> bool:
    """Can the text be parsed?"""
    try:
        parse(data)
    except ValueError:
        return False
    return True


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


_DECODER = json.JSONDecoder(parse_constant=_no_number)  # slow to create


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [one for held in level for one in _held(held)]
        if not level:
            return
    raise _too_deep()


def _held(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [one for one in value.values() if isinstance(one, (dict, list))]
    return (
        [one for one in value if isinstance(one, (dict, list))] if isinstance(value, list) else []
    )


def _too_deep() -> ValueError:
    return ValueError(f"objects and lists are nested more than {DEEPEST} deep")
