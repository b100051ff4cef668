"""Reads a card and checks every key of it: an error names the file and the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from mathcli.errors import ModelError
from mathcli.models.card import (
    Card,
    Chat,
    Checkpoint,
    CodeFormat,
    Draw,
    Example,
    MethodPrompt,
    Reward,
    Switch,
    Thinking,
)
from mathcli.toml_text import table_of

T = TypeVar("T")
_Reader = Callable[[Path, str, Any], Any]
_MOST = 2**31 - 1  # of any number in a card

METHODS = ("tir", "pal", "cot", "auto", "proof")
TRANSLATED = ("zh",)  # languages that problems are recognized in, beside English
SYNTAXES = (
    "fenced", "hermes", "qwen-xml", "harmony", "gemma4", "lfm2", "mistral", "llama3", "granite",
    "nemotron", "smollm3", "phi", "minicpm",
)  # fmt: skip
ANSWERS = ("boxed", "the answer is", "final answer", "####", "answer tag", "last number")


def load_card(path: Path) -> Card:
    """Read and check a card.

    Raises:
        ModelError: with the file and the key that is wrong.
    """
    return card_of(path, read_table(path))


def read_table(path: Path) -> dict[str, Any]:
    """The TOML table of a card, unchecked.

    Raises:
        ModelError: the file cannot be read, or is no TOML.
    """
    try:
        return table_of(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelError(f"the card {path} cannot be read: {reason}", "correct the file") from None


def card_of(path: Path, table: Mapping[str, Any]) -> Card:
    """The card in the TOML table of the file `path`.

    Raises:
        ModelError: with the file and the key that is wrong.
    """
    card: Card = _read(path, "", Card, table)
    if bool(card.methods) == (card.reward is not None):
        raise _wrong(path, "methods", "or reward must be given, but not both")
    return card


def _read(path: Path, where: str, kind: type[T], table: Any) -> T:
    """Build a dataclass from a TOML table, key by key, saying which key does not fit."""
    if not isinstance(table, dict):
        raise _wrong(path, where.rstrip("."), "must be a table")
    readers = _READERS[kind]
    unknown = table.keys() - readers.keys()
    if unknown:
        raise _wrong(path, f"{where}{min(unknown)}", "is no key of a card")
    values = {key: readers[key](path, f"{where}{key}", value) for key, value in table.items()}
    missing = [key for key in _NEEDED.get(kind, ()) if key not in values]
    if missing:
        raise _wrong(path, where.rstrip("."), f"lacks {', '.join(missing)}")
    return kind(**values)


def _wrong(path: Path, key: str, problem: str) -> ModelError:
    return ModelError(f"{path}: {key or 'the card'} {problem}")


def _text(path: Path, key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(path, key, "must be a text")
    return value


def _whole(least: int) -> _Reader:
    def read(path: Path, key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _MOST:
            raise _wrong(path, key, f"must be a whole number from {least} to {_MOST}")
        return value

    return read


def _share(path: Path, key: str, value: Any) -> float:
    if _number(path, key, value) > 1:
        raise _wrong(path, key, "must be a number from 0 to 1")
    return float(value)


def _number(path: Path, key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise _wrong(path, key, f"must be a number from 0 to {_MOST}")
    return value


def _flag(path: Path, key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, key, "must be true or false")
    return value


def _texts(path: Path, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _wrong(path, key, "must be a list of texts")
    return tuple(_text(path, key, item) for item in value)


def _some(path: Path, key: str, value: Any) -> tuple[str, ...]:
    """Texts, at least one, and none of them empty."""
    texts = _texts(path, key, value)
    if not texts or not all(texts):
        raise _wrong(path, key, "must be a list of texts that are not empty")
    return texts


def _table(path: Path, key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, key, "must be a table")
    return value


def _tables(path: Path, key: str, value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list):
        raise _wrong(path, key, "must be a list of tables")
    return tuple(_table(path, key, item) for item in value)


def _with(*holes: str) -> _Reader:
    """A text in which each of `holes` stands."""

    def read(path: Path, key: str, value: Any) -> str:
        text = _text(path, key, value)
        for hole in holes:
            if hole not in text:
                raise _wrong(path, key, f"has no {hole}")
        return text

    return read


def _one_of(*choices: str) -> _Reader:
    def read(path: Path, key: str, value: Any) -> str:
        if value not in choices:
            raise _wrong(path, key, f"must be one of: {', '.join(choices)}")
        return str(value)

    return read


def _a(kind: type[Any]) -> _Reader:
    return lambda path, key, value: _read(path, f"{key}.", kind, value)


def _translations(path: Path, key: str, value: Any) -> Mapping[str, str]:
    read = _with("{problem}")
    table = _table(path, key, value)
    for code in table:
        if code not in TRANSLATED:
            raise _wrong(path, f"{key}.{code}", f"must be one of: {', '.join(TRANSLATED)}")
    return {code: read(path, f"{key}.{code}", prompt) for code, prompt in table.items()}


def _feedback(path: Path, key: str, value: Any) -> str:
    text = _text(path, key, value)
    if "{output}" not in text and "{json}" not in text:
        raise _wrong(path, key, "has no {output} and no {json}")
    return text


def _thinking(path: Path, key: str, value: Any) -> Thinking:
    thinking: Thinking = _read(path, f"{key}.", Thinking, value)
    if not any(mark in thinking.forced_close for mark in thinking.close):
        raise _wrong(path, f"{key}.forced_close", "has none of the texts of close")
    return thinking


def _methods(path: Path, key: str, value: Any) -> Mapping[str, MethodPrompt]:
    methods: dict[str, MethodPrompt] = {
        name: _read(path, f"{key}.{name}.", MethodPrompt, table)
        for name, table in _table(path, key, value).items()
    }
    for name, method in methods.items():
        if name not in METHODS:
            raise _wrong(path, f"{key}.{name}", f"must be one of: {', '.join(METHODS)}")
        if (method.prompt is None) == (method.chat is None):
            raise _wrong(path, f"{key}.{name}", "needs either a prompt or a chat")
        if method.translations and method.prompt is None:
            raise _wrong(
                path,
                f"{key}.{name}.translations",
                "can only be given with a prompt, not with a chat",
            )

        if method.fallback is not None and method.fallback not in methods:
            raise _wrong(path, f"{key}.{name}.fallback", "names no method of this card")
    return methods


def _examples(path: Path, key: str, value: Any) -> tuple[Example, ...]:
    return tuple(_read(path, f"{key}.", Example, item) for item in _tables(path, key, value))


def _percents(path: Path, key: str, value: Any) -> Mapping[str, float]:
    table = _table(path, key, value)
    for name, item in table.items():
        if _number(path, f"{key}.{name}", item) > 100:
            raise _wrong(path, f"{key}.{name}", "must be a number from 0 to 100")
    return table


def _checkpoints(path: Path, key: str, value: Any) -> Mapping[str, Checkpoint]:
    return {
        alias: _read(path, f"{key}.{alias}.", Checkpoint, table)
        for alias, table in _table(path, key, value).items()
    }


def _efforts(path: Path, key: str, value: Any) -> Mapping[str, Switch]:
    return {
        name: _read(path, f"{key}.{name}.", Switch, table)
        for name, table in _table(path, key, value).items()
    }


def _execution(path: Path, key: str, value: Any) -> Mapping[str, Any]:
    table = _table(path, key, value)
    for name, item in table.items():
        if name not in EXECUTION:
            raise _wrong(path, f"{key}.{name}", "is no key of a card")
        EXECUTION[name](path, f"{key}.{name}", item)
    return table


# What `execution` may hold: the fields of the executor's `Semantics`, which a test compares.
EXECUTION: Mapping[str, _Reader] = {
    "earlier": _one_of("ignored", "joined", "replayed"),
    "earlier_prints": _flag,
    "prelude": _text,
    "value": _one_of("never", "if_silent", "instead", "appended"),
    "value_form": _one_of("str", "repr"),
    "stderr": _flag,
    "limit": _whole(0),
    "head": _whole(0),
    "tail": _whole(0),
    "marker": _text,
    "error": _with("{error}"),
    "error_keeps_output": _flag,
    "timeout": _text,
    "stopped": _text,
    "empty": _text,
    "strip": _flag,
}

_NEEDED: Mapping[type, tuple[str, ...]] = {
    Card: ("name", "title"),
    Chat: ("user",),
    Example: ("problem", "solution"),
    Reward: ("first", "next"),
}
_READERS: Mapping[type, Mapping[str, _Reader]] = {
    Chat: {
        "user": _with("{problem}"),
        "system": _text,
        "assistant": _text,
        "tools": _tables,
        "examples": _examples,
    },
    Example: {"problem": _text, "solution": _text},
    MethodPrompt: {
        "prompt": _with("{problem}"),
        "chat": _a(Chat),
        "fallback": _text,
        "translations": _translations,
        "primed": _flag,
    },
    CodeFormat: {
        "open": _texts,
        "close": _text,
        "stops": _texts,
        "feedback": _feedback,
        "continues": _texts,
        "hidden": _texts,
        "drop": _texts,
        "primed": _flag,
        "call": _text,
        "runs_if": _text,
        "unless": _text,
        "json": _flag,
        "syntax": _one_of(*SYNTAXES),
    },
    Switch: {
        "variables": _table,
        "user": _text,
        "system": _text,
        "begin": _text,
        "sampling": _a(Draw),
        "votes": _a(Draw),
        "budget": _whole(0),
    },
    Thinking: {
        "open": _some,
        "close": _some,
        "default": _one_of("on", "off", "always"),
        "budget": _whole(0),
        "begun": _flag,
        "runs_code": _flag,
        "forced_close": _text,
        "on": _a(Switch),
        "off": _a(Switch),
        "efforts": _efforts,
    },
    Draw: {
        "temperature": _number,
        "top_p": _number,
        "top_k": _whole(0),
        "min_p": _number,
        "samples": _whole(1),
    },
    Checkpoint: {
        "upstream": _text,
        "gguf": _texts,
        "parameters": _text,
        "licence": _text,
        "context": _whole(1),
        "published": _percents,
        "published_by": _text,
    },
    Reward: {
        "first": _with("{problem}", "{step}"),
        "next": _with("{step}"),
        "good": _text,
        "bad": _text,
        "position": _one_of("predicts", "at"),
        "head": _one_of("logits", "hidden", "reference"),
        "aggregation": _one_of("last", "min", "product", "mean"),
    },
    Card: {
        "name": _text,
        "title": _text,
        "methods": _methods,
        "checkpoints": _checkpoints,
        "match": _texts,
        "architecture": _texts,
        "licence": _text,
        "context": _whole(1),
        "languages": _texts,
        "good_at": _text,
        "note": _text,
        "code": _a(CodeFormat),
        "stops": _texts,
        "rounds": _whole(1),
        "generations": _whole(1),
        "max_tokens": _whole(1),
        "sampling": _a(Draw),
        "votes": _a(Draw),
        "answer": _one_of(*ANSWERS),
        "execution": _execution,
        "program_seconds": _number,
        "proofs": _flag,
        "doubt": _share,
        "thinking": _thinking,
        "sources": _texts,
        "verified": _one_of("checkpoint", "template", "text"),
        "unverified": _texts,
        "reward": _a(Reward),
    },
}
