"""Model cards: how one family of checkpoints is talked to, as data.

What a checkpoint was trained on decides its prompt, its code markers, how a program's output is
fed back and where it stops. A card is a TOML file; adding a family is adding a file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from mathcli.errors import ModelError
from mathcli.resources import data_path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")


@dataclass(frozen=True)
class Chat:
    """A method's words for a model that is asked through its file's own chat template."""

    user: str
    system: str | None = None


@dataclass(frozen=True)
class MethodPrompt:
    """How a problem is put for one method: a raw `prompt` or a `chat`, with `{problem}` in it."""

    prompt: str | None = None
    chat: Chat | None = None


@dataclass(frozen=True)
class CodeFormat:
    """How programs and their outputs stand in this family's text.

    `open` are the strings that begin a program (each to the end of its line), `close` the one
    that ends it. `stops` end a generation so that the program can run. `feedback` is what
    follows the program, with `{output}`; where the model wrote its beginning itself (a stop
    string), only the rest is appended.
    """

    open: tuple[str, ...] = ("```python", "```py")
    close: str = "\n```"
    stops: tuple[str, ...] = ("```output",)
    feedback: str = "```output\n{output}\n```\n"


@dataclass(frozen=True)
class Card:
    """One family.

    `match` are metadata of a GGUF file that identify the family (all must be equal). `rounds` is
    how many programs may run for one problem, `max_tokens` the most tokens of one generation.
    `execution` is what "run the code" means for this family (the executor's own field names).
    `answer` names the convention in which answers are written.
    """

    name: str
    title: str
    methods: Mapping[str, MethodPrompt]
    aliases: tuple[str, ...] = ()
    match: Mapping[str, str] = field(default_factory=dict)
    licence: str = "unknown"
    note: str = ""
    code: CodeFormat = CodeFormat()
    stops: tuple[str, ...] = ()
    rounds: int = 4
    max_tokens: int = 1024
    answer: str = "boxed"
    execution: Mapping[str, Any] = field(default_factory=dict)

    def prompt_for(self, method: str) -> MethodPrompt:
        """The prompt of a method.

        Raises:
            ModelError: this family has none; the message names those it has.
        """
        try:
            return self.methods[method]
        except KeyError:
            known = ", ".join(self.methods)
            raise ModelError(
                f"{self.title} has no prompt for the method {method}", f"it has: {known}"
            ) from None


def load_card(path: Path) -> Card:
    """Read and check a card.

    Raises:
        ModelError: with the file and the key that is wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"the card {path} cannot be read: {error}") from None
    return _read(path, "", Card, table)


def find_card(metadata: Callable[[str], str | None]) -> Card:
    """The card of a model file, by its metadata; the generic card for any other file.

    Args:
        metadata: looks up a GGUF metadata value, `None` where there is none.
    """
    for path in sorted(data_path("cards").glob("*.toml")):
        card = load_card(path)
        if card.match and all(metadata(key) == value for key, value in card.match.items()):
            return card
    return load_card(data_path("cards/generic.toml"))


def _read(path: Path, where: str, kind: type[T], table: Any) -> T:
    """Build a dataclass from a TOML table, key by key, saying which key does not fit."""
    if not isinstance(table, dict):
        raise _wrong(path, where, "must be a table")
    readers = _READERS[kind]
    unknown = table.keys() - readers.keys()
    if unknown:
        raise _wrong(path, f"{where}{min(unknown)}", "is no key of a card")
    values = {key: readers[key](path, f"{where}{key}", value) for key, value in table.items()}
    try:
        return kind(**values)
    except TypeError:
        missing = sorted({"name", "title", "methods", "user"} & readers.keys() - values.keys())
        raise _wrong(path, where.rstrip("."), f"lacks {', '.join(missing)}") from None


def _wrong(path: Path, key: str, problem: str) -> ModelError:
    return ModelError(f"{path}: {key or 'the card'} {problem}")


def _text(path: Path, key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(path, key, "must be a text")
    return value


def _number(path: Path, key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _wrong(path, key, "must be a whole number of at least 1")
    return value


def _texts(path: Path, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _wrong(path, key, "must be a list of texts")
    return tuple(_text(path, key, item) for item in value)


def _text_table(path: Path, key: str, value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise _wrong(path, key, "must be a table of texts")
    return {name: _text(path, f"{key}.{name}", item) for name, item in value.items()}


def _table(path: Path, key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, key, "must be a table")
    return value


def _template(path: Path, key: str, value: Any) -> str:
    text = _text(path, key, value)
    if "{problem}" not in text:
        raise _wrong(path, key, "has no {problem}")
    return text


def _feedback(path: Path, key: str, value: Any) -> str:
    text = _text(path, key, value)
    if "{output}" not in text:
        raise _wrong(path, key, "has no {output}")
    return text


def _methods(path: Path, key: str, value: Any) -> Mapping[str, MethodPrompt]:
    found = {
        name: _read(path, f"{key}.{name}.", MethodPrompt, table)
        for name, table in _table(path, key, value).items()
    }
    for name, method in found.items():
        if (method.prompt is None) == (method.chat is None):
            raise _wrong(path, f"{key}.{name}", "needs either a prompt or a chat")
    return found


_Reader = Callable[[Path, str, Any], Any]
_READERS: dict[type, dict[str, _Reader]] = {
    Chat: {"user": _template, "system": _text},
    MethodPrompt: {
        "prompt": _template,
        "chat": lambda path, key, value: _read(path, f"{key}.", Chat, value),
    },
    CodeFormat: {"open": _texts, "close": _text, "stops": _texts, "feedback": _feedback},
    Card: {
        "name": _text,
        "title": _text,
        "methods": _methods,
        "aliases": _texts,
        "match": _text_table,
        "licence": _text,
        "note": _text,
        "code": lambda path, key, value: _read(path, f"{key}.", CodeFormat, value),
        "stops": _texts,
        "rounds": _number,
        "max_tokens": _number,
        "answer": _text,
        "execution": _table,
    },
}
