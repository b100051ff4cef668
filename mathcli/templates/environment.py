"""The environment of a chat template, as in the library that templates are written for.

That is `transformers`: Jinja's immutable sandbox with trimmed blocks and loop controls,
`raise_exception`, `strftime_now`, a `tojson` that does not escape for HTML, and a `generation`
block that only marks text. Imported in the child process alone: Jinja takes time to load.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.filters import do_center, do_format
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST = 1_000_000  # characters or items of one value, and characters of a rendered text
_LARGEST_BITS = 100_000  # of a whole number


class Generation(Extension):
    """`{% generation %}` marks what a model wrote, for training; its content is what counts."""

    tags = {"generation"}  # noqa: RUF012 (Jinja's own way)

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body, lineno=line)


class Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with limits on the operators that can make huge values of small ones.

    The process as a whole is limited too. These limits name what was too large, and also work
    where the operating system has no limit on memory.
    """

    intercepted_binops = frozenset(("*", "**", "%"))

    def __init__(self, now: datetime) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[Generation, "jinja2.ext.loopcontrols"],
        )
        self.globals.pop("lipsum")
        self.globals["raise_exception"] = _raise
        self.globals["strftime_now"] = now.strftime
        self.filters["tojson"] = _to_json
        self.filters["format"] = _format
        self.filters["center"] = _center

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "*":
            _check_product(left, right)
        elif operator == "**":
            _check_power(left, right)
        elif isinstance(left, str):
            _check_format(left)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, called: Any, /, *args: Any, **named: Any) -> Any:
        if isinstance(getattr(called, "__self__", None), str):  # `center`, `expandtabs`, ...
            _check_sizes(args)
        return super().call(context, called, *args, **named)


def _check_product(left: Any, right: Any) -> None:
    for many, times in ((left, right), (right, left)):
        if isinstance(many, str | list | tuple) and isinstance(times, int):
            if len(many) * times > LONGEST:
                raise SecurityError("a product is too large")
            return
    if isinstance(left, int) and isinstance(right, int):
        _check_bits(left.bit_length() + right.bit_length())


def _check_format(text: str) -> None:
    if re.search(r"%[^%a-zA-Z]*(\d{5}|\*)", text):
        raise SecurityError("a format is too wide")


def _check_sizes(sizes: tuple[Any, ...]) -> None:
    if any(isinstance(size, int) and abs(size) > LONGEST for size in sizes):
        raise SecurityError("a number is too large for a text")


def _check_power(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int) and right > 0:
        _check_bits(left.bit_length() * right)


def _check_bits(bits: int) -> None:
    if bits > _LARGEST_BITS:
        raise SecurityError("a number is too large")


def _format(text: str, *values: Any, **named: Any) -> str:
    _check_format(text)
    return do_format(text, *values, **named)


def _center(text: str, width: int = 80) -> str:
    _check_sizes((width,))
    return do_center(text, width)


def _raise(message: str) -> None:
    raise TemplateError(message)


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
        default=_items,
    )


def _items(value: Any) -> list[Any]:
    """The list of what filters such as `map` give, as other renderers show it."""
    if isinstance(value, Iterator):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def warm_up() -> None:
    """Make Jinja load its modules for compiling and errors now: later no file can be opened."""
    works = "{{ 'a' | wordwrap }}{{ ['a'] | tojson }}{{ 'a' | pprint }}"
    for template in (works, "{% if %}", "{{ raise_exception('') }}"):
        with contextlib.suppress(TemplateError):
            renderer(template, datetime.min)({})


def renderer(template: str, now: datetime) -> Callable[[dict[str, Any]], str]:
    """A function that renders `template` with given variables.

    Raises:
        TemplateError: it is no template.
    """
    compiled = Environment(now).from_string(template)

    def render(variables: dict[str, Any]) -> str:
        parts: list[str] = []
        length = 0
        for part in compiled.generate(variables):
            parts.append(part)
            length += len(part)
            if length > LONGEST:
                raise TemplateError(f"it writes more than {LONGEST:,} characters")
        return "".join(parts)

    return render
