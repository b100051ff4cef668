"""The options of `solve` as fields of HTTP requests."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from typer.models import ParameterInfo

from mathcli.api.bodies import Body, flag, number, whole, word
from mathcli.cli.option_groups import Declared, build, declared
from mathcli.cli.request import Request

if TYPE_CHECKING:
    from mathcli.models import Card
    from mathcli.solving import SolveOptions

_LEFT_OUT = ("reward",)  # loads another model
_MOST = 1 << 24  # a large bound: the context limits tokens, and time limits rounds
_HERE: Mapping[str, tuple[float, float]] = {
    "samples": (1, 64),
    "iterations": (1, 64),
    "temperature": (0, 100),
    "timeout": (0.001, 3600.0),  # seconds
    "seed": (-(2**63), 2**63),  # OpenAI's may be negative
}
"""Bounds that differ from the command line's."""
_USUAL = {"timeout": 600.0}
"""Defaults of fields that differ from the command line's."""


def options_of(body: Body, card: Card) -> SolveOptions:
    """The solving options in a request body: each option of `Request` is a field of the same name;
    `temperature`, `top_p`, `seed` and `max_tokens` (between programs) match OpenAI's.

    Raises:
        Refused, UsageError, ValueError: a field has the wrong type, is out of range or contradicts
            another.
    """
    values = {one.name: _value(body, one) for one in declared(Request, _LEFT_OUT)}
    values["seed"] %= 2**63
    return build(Request, values, _LEFT_OUT).options(card)


def _value(body: Body, option: Declared) -> Any:
    usual = _USUAL.get(option.name, option.default)
    if body.get(option.name) is None:
        return usual
    kind = next(one for one in (*get_args(option.type), option.type) if one is not NoneType)
    if issubclass(kind, Enum):
        return kind(word(body, option.name))
    if kind is bool:
        return flag(body, option.name)
    if kind is str:
        return word(body, option.name)
    least, most = _HERE.get(option.name) or _bounds(option.option)
    if kind is int:
        return whole(body, option.name, 0, int(least), int(most))
    return number(body, option.name, 0, least, most)


def _bounds(option: ParameterInfo) -> tuple[float, float]:
    least = 0 if option.min is None else option.min
    return least, _MOST if option.max is None else option.max
