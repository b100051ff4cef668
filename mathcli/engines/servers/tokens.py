"""Tokens of a text, from the server that will evaluate it.

A text may contain special-token strings that must stay plain text: a problem with `<|im_end|>`
in it must not end the user's turn. A server that accepts token ids and can tokenize plain text gets
token ids.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mathcli.engines.base import Piece
from mathcli.engines.bodies import most_tokens, whole
from mathcli.errors import EngineError


class RemoteTokenizer(ABC):
    """A server's tokenizer."""

    @abstractmethod
    def wants_ids(self, pieces: Sequence[Piece]) -> bool:
        """Whether these pieces must be sent as token ids to be read correctly."""

    @abstractmethod
    async def encode(self, pieces: Sequence[Piece], *, start: bool) -> list[int]:
        """Tokens of a text; `start` adds the begin token if the model uses one."""

    @abstractmethod
    async def count(self, text: str, *, start: bool) -> int:
        """The number of tokens of a text."""


@dataclass
class RemoteText:
    """A sequence's whole text: its pieces, and their tokens if the server accepts token ids.

    `measured` pieces are tokenized or counted; `length` is in tokens, as far as known.
    """

    pieces: list[Piece]
    ids: list[int] | None = None
    length: int = 0
    measured: int = 0

    def copy(self) -> RemoteText:
        ids = None if self.ids is None else list(self.ids)
        return RemoteText(list(self.pieces), ids, self.length, self.measured)

    @property
    def prompt(self) -> str | list[int]:
        """The prompt to send, once all pieces are measured."""
        return "".join(piece.text for piece in self.pieces) if self.ids is None else self.ids

    async def measure(self, tokenizer: RemoteTokenizer | None) -> None:
        """Tokenize or count the new pieces, if the server can. Safe to cancel."""
        if tokenizer is None:
            return
        end = len(self.pieces)
        added, start = self.pieces[self.measured :], self.measured == 0
        if self.ids is None and tokenizer.wants_ids(added):
            self.ids = await tokenizer.encode(self.pieces, start=True)
            self.length = len(self.ids)
        elif self.ids is not None:
            self.ids = self.ids + await tokenizer.encode(added, start=start)
            self.length = len(self.ids)
        else:
            text = "".join(piece.text for piece in added)
            self.length += await tokenizer.count(text, start=start)
        self.measured = end


def ids_in(answer: Mapping[str, Any], text: str) -> list[int]:
    """The token ids of a text in a response."""
    tokens = answer.get("tokens")
    if not isinstance(tokens, list):
        raise _no_tokens()
    plausible(len(tokens), text)
    return [count_in(token) for token in tokens]


def count_in(value: object) -> int:
    """A number of tokens in a response."""
    found = whole(value)
    if found is None:
        raise _no_tokens()
    return found


def plausible(count: int, text: str) -> int:
    """`count`, unless no text of this length has so many tokens."""
    if count > most_tokens(text):
        raise EngineError(
            f"the server counts {count} tokens in a text of {len(text)} letters", "see its own log"
        )
    return count


def _no_tokens() -> EngineError:
    return EngineError("the server does not report the tokens of a text", "see its own log")
