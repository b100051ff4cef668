"""Reads typed values from JSON or TOML data, with msgspec; an error names the place and the value.

msgspec says what it expected, but neither the key inside a mapping nor the value that it found, so
an error is looked up again in the data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from mathcli.errors import UsageError
from mathcli.text_safety import shortened

T = TypeVar("T")

_MOST = 1e18  # largest absolute value of a number; also excludes infinity
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")  # of a path like $.methods[...].stops[0]
_QUOTED = re.compile(r"`(\w+)`")
_LONGEST = 40  # characters of a value in a message


class Misfit(ValueError):
    """Data that does not fit a type.

    Args:
        key: its place (`segments[0].text`); "" for the whole.
        problem: what is wrong there; it reads as the end of a sentence that begins with `key`.
    """

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key} {problem}".strip())
        self.key = key
        self.problem = problem


def typed(kind: type[T], data: object, table: str = "an object") -> T:
    """The value of type `kind` in `data`.

    Unknown keys are ignored, except by classes that forbid them.

    Args:
        kind: a dataclass, a `msgspec.Struct`, or another type that msgspec can read.
        table: the name of a mapping in messages.

    Raises:
        Misfit: a key is missing or unknown, or its value is of another type or out of bounds.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise _misfit(error, kind, data, table) from None
    except UnicodeEncodeError:  # half of a surrogate pair, in a key or in a choice
        raise Misfit("", "contains characters that are no text") from None


def from_record(kind: type[T], record: object, where: str) -> T:
    """The value of type `kind` in a record, with numbers of usual sizes only.

    Args:
        where: the source of `record`, for messages.

    Raises:
        UsageError: the record does not fit.
    """
    try:
        _check_sizes("", record)
        return typed(kind, record)
    except Misfit as error:
        place = f"{where}: {error.key}" if error.key else where
        raise UsageError(f"{place} {error.problem}") from None


def _misfit(error: msgspec.ValidationError, kind: Any, data: Any, table: str) -> Misfit:
    what, _, path = str(error).partition(" - at `$")
    place, kind, value = _find(kind, data, path)
    if isinstance(error.__cause__, Misfit):  # a class's own check
        return Misfit(_join(place, error.__cause__.key), error.__cause__.problem)
    name = _QUOTED.search(what)
    if name and what.startswith("Object missing"):
        return Misfit(place, f"has no {name[1]}")
    if name and what.startswith("Object contains"):
        return Misfit(_join(place, name[1]), "is no known key")
    return Misfit(place, f"must be {_described(kind, table)}, not {_said(value)}")


def _find(kind: Any, data: Any, path: str) -> tuple[str, Any, Any]:
    """The place that a path of msgspec leads to, its type and its value.

    A list of texts counts as one value, because that is how people think of it.
    """
    place = ""
    for name, index in _STEP.findall(path):
        held = get_args(_bare(kind))
        if name:
            kind, data = get_type_hints(_bare(kind), include_extras=True)[name], data[name]
            place = _join(place, name)
        elif index == "...":
            key = next(key for key, value in data.items() if not _fits(value, held[1]))
            kind, data, place = held[1], data[key], _join(place, key)
        elif _bare(held[0]) is str:
            break
        else:
            kind, data, place = held[0], data[int(index)], f"{place}[{index}]"
    return place, kind, data


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return False
    return True


def _described(kind: Any, table: str) -> str:
    """A type in words, with its bounds."""
    bounds = _bounds(kind)
    kind = _bare(kind)
    origin = get_origin(kind) or kind
    if origin is Literal:
        return f"one of: {', '.join(map(str, get_args(kind)))}"
    if origin in (tuple, list, Sequence):
        return f"a list{_items(get_args(kind)[0], table)}"
    if origin is int:
        return f"a whole number{bounds}"
    if origin is float:
        return f"a number{bounds}"
    names = {str: "text", bool: "true or false"}
    is_table = is_dataclass(origin) or issubclass(origin, (Mapping, msgspec.Struct))
    return table if is_table else names.get(origin, origin.__name__)


def _items(kind: Any, table: str) -> str:
    if _bare(kind) is str:
        return " of texts" + (" that are not empty" if _meta(kind, "min_length") else "")
    return f" of {table.split()[-1]}s" if _described(kind, table) == table else ""


def _bounds(kind: Any) -> str:
    least, most = _meta(kind, "ge"), _meta(kind, "le")
    return "" if least is None and most is None else f" from {least} to {most}"


def _meta(kind: Any, name: str) -> Any:
    """A constraint of an annotated type; `None` if it has none."""
    found = (getattr(meta, name, None) for meta in getattr(_given(kind), "__metadata__", ()))
    return next((one for one in found if one is not None), None)


def _bare(kind: Any) -> Any:
    """A type without `None` and without constraints."""
    kind = _given(kind)
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _given(kind: Any) -> Any:
    """The first type of a union, which is the one beside `None` or `msgspec.UNSET`."""
    return get_args(kind)[0] if get_origin(kind) in (Union, UnionType) else kind


def _check_sizes(place: str, value: object) -> None:
    if isinstance(value, (int, float)):
        if not -_MOST <= value <= _MOST:
            raise Misfit(place, f"must be a number of a usual size, not {_said(value)}")
    elif isinstance(value, dict):
        for name, held in value.items():
            _check_sizes(_join(place, name), held)
    elif isinstance(value, list):
        for at, held in enumerate(value):
            _check_sizes(f"{place}[{at}]", held)


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place and name else place or name


def _said(value: object) -> str:
    text = str(type(value).__name__) if isinstance(value, (dict, list)) else repr(value)
    return shortened(text, _LONGEST)
