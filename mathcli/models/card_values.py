"""The types of the values in a card, with their bounds, and checks that types cannot express."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mathcli.typed_records import Misfit

if TYPE_CHECKING:
    from typing_extensions import Self

Aggregation = Literal["last", "min", "product", "mean"]
Verified = Literal["checkpoint", "template", "text"]
SyntaxName = Literal[
    "fenced", "hermes", "qwen-xml", "harmony", "gemma4", "lfm2", "mistral", "llama3", "granite",
    "nemotron", "smollm3", "phi", "minicpm",
]  # fmt: skip
Notation = Literal["as typed", "plain"]
Convention = Literal["boxed", "the answer is", "final answer", "####", "answer tag", "last number"]

_MOST = 2**31 - 1
Count = Annotated[int, Meta(ge=1, le=_MOST)]
Amount = Annotated[int, Meta(ge=0, le=_MOST)]
Number = Annotated[float, Meta(ge=0, le=_MOST)]
Share = Annotated[float, Meta(ge=0, le=1)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Marks = Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]

METHODS = ("tir", "pal", "cot", "auto", "proof")
TRANSLATED = ("zh",)  # languages that problems are recognized in, beside English


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a card."""

    def replace(self, **changes: Any) -> Self:
        """A copy with other values of some fields; raises ValueError if they do not fit."""
        return replace(self, **changes)


def check_holes(key: str, text: str | None, *holes: str) -> None:
    """Raise `Misfit` if a text of a card lacks one of the holes that are filled later."""
    for hole in holes:
        if text is not None and hole not in text:
            raise Misfit(key, f"has no {hole}")


def check_names(key: str, names: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise `Misfit` if a table has other keys than the known ones."""
    for name in names:
        if name not in known:
            raise Misfit(f"{key}.{name}", f"must be one of: {', '.join(known)}")
