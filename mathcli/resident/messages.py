"""Converts an engine's data to JSON messages and back.

Received data is checked before it is used: any invalid message raises `ValueError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, TypeVar

from mathcli.engines.base import Completion, Counts, Piece, Sampling, Token
from mathcli.engines.past import Generated, Past
from mathcli.errors import ContextFull, EngineError, MathcliError, SandboxError
from mathcli.sandbox import Execution, Limits, Semantics
from mathcli.typed_records import typed

T = TypeVar("T")

_MOST_TOKENS = 1 << 24  # most pieces of one text
_DRAWN = list[tuple[str, float]]
_ERRORS: Mapping[str, type[MathcliError]] = {
    ContextFull.code: ContextFull,
    EngineError.code: EngineError,
    SandboxError.code: SandboxError,
}


def whole(value: Any, least: int = 0, most: int = 1 << 62) -> int:
    """A whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{str(value)[:40]} is no number from {least} to {most}")
    return value


def text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError(f"{str(value)[:40]} is no text")
    return value


def listed(value: Any, read: Callable[[Any], T]) -> list[T]:
    """A list, with each element read by `read`."""
    if not isinstance(value, list):
        raise ValueError(f"{str(value)[:40]} is no list")
    return [read(one) for one in value]


def ids(value: Any) -> list[int]:
    """Tokens."""
    return listed(value, lambda one: whole(one, most=_MOST_TOKENS))


def from_pieces(pieces: Sequence[Piece]) -> list[list[Any]]:
    """Pieces of a text as lists."""
    return [[piece.text, piece.markup] for piece in pieces]


def pieces(value: Any) -> list[Piece]:
    """The pieces of a text."""

    def piece(item: Any) -> Piece:
        if not isinstance(item, list) or len(item) != 2 or not isinstance(item[1], bool):
            raise ValueError("a piece is a text and whether it is markup")
        return Piece(text(item[0]), item[1])

    return listed(value, piece)


def checked(kind: type[T], value: Any) -> T:
    """A dataclass from an object.

    Raises:
        ValueError: a field is missing, or of another type.
    """
    try:
        return typed(kind, value)
    except MathcliError as error:  # the class's own check
        raise ValueError(str(error)) from None


def sampling(value: Any) -> Sampling:
    """The sampling parameters."""
    return checked(Sampling, value)


def from_past(past: Past) -> dict[str, Any]:
    """A sequence's past as an object."""
    steps = [
        {"ids": list(step.ids), "text": step.text}
        if isinstance(step, Generated)
        else {"pieces": from_pieces(step)}
        for step in past.steps
    ]
    return {
        "prompt": from_pieces(past.prompt),
        "sampling": asdict(past.sampling),
        "steps": steps,
        "randoms": past.randoms,
        "begun": list(past.begun),
    }


def past(value: Mapping[str, Any]) -> Past:
    """A sequence's past."""

    def step(item: Any) -> Generated | Sequence[Piece]:
        if not isinstance(item, dict):
            raise ValueError("a step is no object")
        if "pieces" in item:
            return pieces(item["pieces"])
        return Generated(tuple(ids(item.get("ids"))), text(item.get("text")))

    return Past(
        pieces(value.get("prompt")),
        sampling(value.get("sampling")),
        listed(value.get("steps", []), step),
        whole(value.get("randoms", 0), most=_MOST_TOKENS),
        ids(value.get("begun", [])),
    )


def from_completion(completion: Completion) -> dict[str, Any]:
    """A completion as an object."""
    found = {**vars(completion)}
    found["drawn"] = [[one.piece.decode("latin-1"), one.probability] for one in completion.drawn]
    return found


def completion(value: Any) -> Completion:
    """The result of a generation."""
    if not isinstance(value, dict):
        raise ValueError("a completion is no object")
    drawn = [
        Token(piece.encode("latin-1"), chance)
        for piece, chance in typed(_DRAWN, value.get("drawn"))
    ]
    return replace(typed(Completion, {**value, "drawn": ()}), drawn=tuple(drawn))


def counts(value: Any) -> Counts:
    """Token counts."""
    found = listed(value, whole)
    if len(found) != len(fields(Counts)):
        raise ValueError("these are no counts")
    return Counts(*found)


def from_counts(found: Counts) -> list[int]:
    """Token counts as a list."""
    return [found.prompt, found.generated, found.evaluated, found.length]


def from_program(
    program: str, earlier: Sequence[str], semantics: Semantics, limits: Limits
) -> dict[str, Any]:
    """A program to be run, as an object."""
    return {
        "program": program,
        "earlier": list(earlier),
        "semantics": asdict(semantics),
        "limits": asdict(limits),
    }


def program(value: Mapping[str, Any]) -> tuple[str, list[str], Semantics, Limits]:
    """A program to be run."""
    return (
        text(value.get("program")),
        listed(value.get("earlier"), text),
        checked(Semantics, value.get("semantics")),
        checked(Limits, value.get("limits")),
    )


def execution(value: Any) -> Execution:
    """The result of a program."""
    return checked(Execution, value)


def from_error(error: Exception) -> dict[str, Any]:
    """An error as an object; for the errors of mathcli with their kind."""
    if isinstance(error, MathcliError):
        return error.record()
    if isinstance(error, ValueError):
        return {"code": "value", "message": str(error)}
    return {"code": "engine", "message": f"{type(error).__name__}: {error}"}


def error(value: Any) -> Exception:
    """The error in an answer."""
    record = value if isinstance(value, dict) else {}
    words, hint = str(record.get("message", "")), record.get("hint")
    if record.get("code") == "value":
        return ValueError(words)
    kind = _ERRORS.get(str(record.get("code")), EngineError)
    return kind(words, hint if isinstance(hint, str) else None)
