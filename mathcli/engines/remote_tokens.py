"""Tokens of a text, from the server that will evaluate it.

A text may contain special-token strings that must stay plain text: a problem with `<|im_end|>`
in it must not end the user's turn. A server that accepts token ids and can tokenize plain text gets
token ids.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mathcli.engines.base import Piece
from mathcli.engines.bodies import listed, mapping, most_tokens, whole
from mathcli.engines.connection import Connection
from mathcli.engines.serving import Served
from mathcli.engines.specials import parts
from mathcli.errors import EngineError

# Where a string that looks like a special token begins: `<|`, `<s>`, `</s>`, `<start_of_turn>`,
# `[INST]`, and DeepSeek's full-width bar.
_MARKER = re.compile(r"<(?=[|｜/A-Za-z_])|\[(?=/?[A-Z]{2})")


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


def tokenizer_of(connection: Connection, served: Served) -> RemoteTokenizer | None:
    """The server's tokenizer, if this kind of server offers one."""
    if served.kind == "llama-server":
        return LlamaServerTokenizer(connection, served.model)
    if served.kind == "vllm":
        return VllmTokenizer(connection, served.model)
    if served.kind == "llama-cpp-python":
        return CountingTokenizer(connection, served.model)
    return None


class LlamaServerTokenizer(RemoteTokenizer):
    """llama.cpp's own server: `/tokenize` with `parse_special`. All texts are sent as token ids."""

    def __init__(self, connection: Connection, model: str) -> None:
        self._connection = connection
        self._model = model
        self._lead: list[int] | None = None

    def wants_ids(self, pieces: Sequence[Piece]) -> bool:
        return True

    async def encode(self, pieces: Sequence[Piece], *, start: bool) -> list[int]:
        if not start:
            lead = await self._hidden_lead()
            if lead:
                pieces = [Piece("\n"), *pieces]
            return (await self._encode(pieces, start=False))[len(lead) :]
        return await self._encode(pieces, start=True)

    async def count(self, text: str, *, start: bool) -> int:
        return len(await self.encode([Piece(text)], start=start))

    async def _encode(self, pieces: Sequence[Piece], *, start: bool) -> list[int]:
        """Tokenize pieces together, as in training; separately only around special tokens spelled
        in plain text."""
        if not any(piece.markup for piece in pieces):
            return await self._ask("".join(piece.text for piece in pieces), start, special=False)
        ids: list[int] = []
        cut = parts(pieces, await self._spelled(pieces))
        for at, part in enumerate(cut or [Piece("", markup=True)]):
            ids += await self._ask(part.text, start and at == 0, special=part.markup)
        return ids

    async def _spelled(self, pieces: Sequence[Piece]) -> list[str]:
        """The special tokens spelled in plain text: those that appear only with `parse_special`."""
        plain = "\n".join(piece.text for piece in pieces if not piece.markup)
        if not plain:
            return []
        parsed = await self._ask(plain, False, special=True)
        unparsed = await self._ask(plain, False, special=False)
        if parsed == unparsed:
            return []
        body = {"model": self._model, "content": plain, "parse_special": True, "with_pieces": True}
        answer = await self._connection.post("/tokenize", body)
        told = [mapping(token) for token in listed(answer.get("tokens"))[: most_tokens(plain)]]
        known = set(unparsed)
        found = {_piece(token) for token in told if whole(token.get("id")) not in known} - {""}
        return sorted(name for name in found if name in plain)

    async def _hidden_lead(self) -> list[int]:
        """A prefix for text that continues other text: a newline for tokenizers that begin each
        text with a space, which the newline absorbs; "" for others."""
        if self._lead is None:
            newline = await self._ask("\n", False, special=False)
            after = await self._ask("\na", False, special=False)
            alone = await self._ask("a", False, special=False)
            self._lead = [] if after[len(newline) :] == alone else newline
        return self._lead

    async def _ask(self, text: str, start: bool, *, special: bool) -> list[int]:
        if not text and not start:
            return []
        body = {
            "model": self._model,
            "content": text,
            "add_special": start,
            "parse_special": special,
        }
        return _ids(await self._connection.post("/tokenize", body), text)


class VllmTokenizer(RemoteTokenizer):
    """vLLM: `/tokenize` always parses special tokens. Plain text that seems to contain one is cut
    inside the marker and sent as token ids; all other text is sent as text."""

    def __init__(self, connection: Connection, model: str) -> None:
        self._connection = connection
        self._model = model

    def wants_ids(self, pieces: Sequence[Piece]) -> bool:
        return any(_MARKER.search(piece.text) for piece in pieces if not piece.markup)

    async def encode(self, pieces: Sequence[Piece], *, start: bool) -> list[int]:
        texts = [""]
        for piece in pieces:
            first, *others = [piece.text] if piece.markup else _cut_markers(piece.text)
            texts[-1] += first
            texts += others
        ids: list[int] = []
        for at, text in enumerate(texts):
            if text or (start and at == 0):
                ids += await self._ask(text, start and at == 0)
        return ids

    async def count(self, text: str, *, start: bool) -> int:
        return len(await self._ask(text, start))

    async def _ask(self, text: str, start: bool) -> list[int]:
        body = {"model": self._model, "prompt": text, "add_special_tokens": start}
        return _ids(await self._connection.post("/tokenize", body), text)


class CountingTokenizer(RemoteTokenizer):
    """llama-cpp-python's server: it counts tokens but accepts no ids, so special-token strings in
    a problem become special tokens there."""

    def __init__(self, connection: Connection, model: str) -> None:
        self._connection = connection
        self._model = model
        self._begin: int | None = None

    def wants_ids(self, pieces: Sequence[Piece]) -> bool:
        return False

    async def encode(self, pieces: Sequence[Piece], *, start: bool) -> list[int]:
        raise NotImplementedError("this server takes no token ids")

    async def count(self, text: str, *, start: bool) -> int:
        if self._begin is None:  # the server counts a begin token with every text
            self._begin = await self._ask("")
        return max(0, await self._ask(text) - (0 if start else self._begin))

    async def _ask(self, text: str) -> int:
        body = {"model": self._model, "input": text}
        answer = await self._connection.post("/extras/tokenize/count", body)
        return _plausible(_whole(answer.get("count")), text)


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


def _cut_markers(text: str) -> list[str]:
    """The text in parts, none of which contains a special token.

    >>> _cut_markers("a <|end|> b < c")
    ['a <', '|end|> b < c']
    """
    cuts = [match.end() for match in _MARKER.finditer(text)]
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _piece(token: Mapping[str, Any]) -> str:
    piece = token.get("piece")
    if isinstance(piece, str):
        return piece
    values = [one for one in map(whole, listed(piece)) if one is not None and one < 256]
    return bytes(values).decode("utf-8", "replace")


def _ids(answer: Mapping[str, Any], text: str) -> list[int]:
    tokens = answer.get("tokens")
    if not isinstance(tokens, list):
        raise _no_tokens()
    _plausible(len(tokens), text)
    return [_whole(token) for token in tokens]


def _whole(value: object) -> int:
    found = whole(value)
    if found is None:
        raise _no_tokens()
    return found


def _plausible(count: int, text: str) -> int:
    if count > most_tokens(text):
        raise EngineError(
            f"the server counts {count} tokens in a text of {len(text)} letters", "see its own log"
        )
    return count


def _no_tokens() -> EngineError:
    return EngineError("the server does not report the tokens of a text", "see its own log")
