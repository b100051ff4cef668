"""Options declared once, as fields of dataclasses that a command takes whole.

    @dataclass(frozen=True)
    class EngineChoice:
        threads: Annotated[int | None, typer.Option(min=1, help="Processor threads.")] = None

    @grouped
    def bench_command(engine: EngineChoice, repeats: Repeats = 3) -> None: ...

Typer sees `--threads` in place of `engine`. A field that is itself such a dataclass is expanded in
the same way; a field that is neither an option nor a group keeps its default.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache, wraps
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from typer.models import ParameterInfo

_Result = TypeVar("_Result")


class Without:
    """Marks the options of a group that a command leaves out: they keep their defaults."""

    def __init__(self, *names: str) -> None:
        self.names = names


@dataclass(frozen=True)
class Declared:
    """One option of a group.

    Args:
        name: of the field and of the parameter.
        hint: the type annotation with Typer's description.
        default: the field's default value.
    """

    name: str
    hint: Any
    default: Any

    @property
    def option(self) -> ParameterInfo:
        """Typer's description: flags, bounds, help."""
        found: ParameterInfo = next(one for one in get_args(self.hint) if _is_option(one))
        return found

    @property
    def type(self) -> Any:
        """The type of its value, as annotated (`float | None`)."""
        return get_args(self.hint)[0]


def declared(group: type, without: Collection[str] = ()) -> Iterator[Declared]:
    """The options of a group, in order, with those of nested groups."""
    for field, hint in _members(group, without):
        if (inner := _group(hint)) is not None:
            yield from declared(inner, without)
        else:
            yield Declared(field.name, hint, _default(field))


def build(
    group: type[_Result], values: Mapping[str, Any], without: Collection[str] = ()
) -> _Result:
    """A group from the values of its options, by name.

    Raises:
        UsageError: raised by the group for values that contradict each other.
    """
    found = {}
    for field, hint in _members(group, without):
        inner = _group(hint)
        found[field.name] = values[field.name] if inner is None else build(inner, values, without)
    return group(**found)


def grouped(command: Callable[..., _Result]) -> Callable[..., _Result]:
    """Turn a command whose parameters may be groups of options into one that Typer understands."""
    hints = get_type_hints(command, include_extras=True)
    hints.pop("return", None)
    groups: dict[str, tuple[type, Collection[str]]] = {}
    flat: list[inspect.Parameter] = []
    for name, given in inspect.signature(command).parameters.items():
        group = _group(hints[name])
        if group is None:
            options = [Declared(name, hints[name], given.default)]
        else:
            groups[name] = group, _left_out(hints[name])
            options = list(declared(*groups[name]))
        flat += [_parameter(one) for one in options]

    @wraps(command)
    def call(**values: Any) -> _Result:
        own = {name: values[name] for name in hints if name not in groups}
        taken: dict[str, Any] = {
            name: build(group, values, out) for name, (group, out) in groups.items()
        }
        return command(**own, **taken)

    call.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    call.__annotations__ = {one.name: one.annotation for one in flat}
    return call


def _parameter(option: Declared) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(option.name, kind, default=option.default, annotation=option.hint)


def _members(group: type, without: Collection[str]) -> Iterator[tuple[Field[Any], Any]]:
    """The fields that are options or groups, with their annotations."""
    for field in fields(group):
        hint = _hints(group)[field.name]
        if field.name not in without and (_group(hint) or any(map(_is_option, get_args(hint)))):
            yield field, hint


def _group(hint: Any) -> type | None:
    """The dataclass of options that an annotation names, if it names one."""
    inner = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if not (isinstance(inner, type) and is_dataclass(inner)):
        return None
    return inner if _holds_options(inner) else None


@cache
def _hints(group: type) -> Mapping[str, Any]:
    """The annotations of a group's fields; evaluating them makes all of Typer's descriptions."""
    return get_type_hints(group, include_extras=True)


@cache
def _holds_options(group: type) -> bool:
    hints = _hints(group).values()
    return any(_is_option(one) for hint in hints for one in get_args(hint)) or any(
        map(_group, hints)
    )


def _left_out(hint: Any) -> Collection[str]:
    marks = (one for one in get_args(hint) if isinstance(one, Without))
    return next((mark.names for mark in marks), ())


def _is_option(mark: Any) -> bool:
    return isinstance(mark, ParameterInfo)


def _default(field: Field[Any]) -> Any:
    return inspect.Parameter.empty if field.default is MISSING else field.default
