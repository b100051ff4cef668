"""Reads dataclasses from JSON data and checks the keys and the types of their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from mathcli.errors import UsageError
from mathcli.text_safety import shortened

T = TypeVar("T")

_MOST = 1e18  # largest absolute value of a number; also excludes `nan`


def from_record(kind: type[T], record: object, where: str) -> T:
    """The dataclass `kind` from `record`; unknown keys are ignored.

    Args:
        where: the source of `record`, for messages.

    Raises:
        UsageError: a key is missing, or its value is of another type.
    """
    if not isinstance(record, Mapping):
        raise UsageError(f"{where} must be an object, not {_said(record)}")
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in record:
            values[field.name] = _value(
                hints[field.name], record[field.name], _at(where, field.name)
            )
        elif _optional(hints[field.name]) and field.default is MISSING:
            values[field.name] = None
        elif field.default is MISSING and field.default_factory is MISSING:
            raise UsageError(f"{where} has no {field.name}")
    return kind(**values)


def _value(kind: Any, value: object, where: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (Union, UnionType):
        if value is None:
            return None
        return _value(next(one for one in arguments if one is not type(None)), value, where)
    if origin is Literal:
        if value not in arguments:
            raise UsageError(f"{where} must be one of {', '.join(arguments)}, not {_said(value)}")
        return value
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise UsageError(f"{where} must be a list, not {_said(value)}")
        return tuple(_value(arguments[0], one, f"{where}[{at}]") for at, one in enumerate(value))
    if is_dataclass(kind):
        return from_record(kind, value, where)  # type: ignore[arg-type]
    plain = origin or kind
    if isinstance(value, (int, float)) and not -_MOST <= value <= _MOST:
        raise UsageError(f"{where} must be a number of a usual size, not {_said(value)}")
    number = plain is float and isinstance(value, int) and not isinstance(value, bool)
    wrong_bool = isinstance(value, bool) and plain is not bool
    if wrong_bool or not (number or isinstance(value, plain)):
        names = {str: "text", int: "a whole number", float: "a number", dict: "an object"}
        raise UsageError(f"{where} must be {names.get(plain, plain.__name__)}, not {_said(value)}")
    return float(value) if number else value  # type: ignore[arg-type]


def _optional(kind: Any) -> bool:
    return type(None) in get_args(kind)


def _at(where: str, name: str) -> str:
    return f"{where}: {name}" if ": " not in where else f"{where}.{name}"


def _said(value: object) -> str:
    text = str(type(value).__name__) if isinstance(value, (dict, list)) else repr(value)
    return shortened(text, 40)
