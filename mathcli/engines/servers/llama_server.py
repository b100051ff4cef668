"""llama.cpp's own server: it reports everything and takes token ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mathcli.engines.base import Piece, Sampling
from mathcli.engines.bodies import listed, mapping, most_tokens, text_of, whole
from mathcli.engines.connection import ServerConnection
from mathcli.engines.servers.served import (
    MOST_SLOTS,
    Dialect,
    Served,
    base_name,
    count_of,
    extra,
    name_of,
    names_of,
)
from mathcli.engines.servers.tokens import RemoteTokenizer, ids_in
from mathcli.engines.specials import parts


class LlamaServer(Dialect):
    """llama-server (`owned_by` llamacpp), and mathcli's own server, which answers alike."""

    owner = "llamacpp"
    title = "llama-server"
    most_log_probabilities = 1000
    reports_probabilities = True

    async def inspect(
        self, connection: ServerConnection, entry: Mapping[str, Any], model: str
    ) -> Served:
        props = await extra(connection, "/props", model=model)
        meta = mapping(entry.get("meta"))
        settings = mapping(props.get("default_generation_settings"))
        path = text_of(props.get("model_path"))
        return Served(
            self,
            model,
            names=names_of(model, path),
            version=name_of(props.get("build_info")),
            context=count_of(settings.get("n_ctx")) or count_of(meta.get("n_ctx")),
            slots=min(count_of(props.get("total_slots")) or 1, MOST_SLOTS),
            template=text_of(props.get("chat_template")) or None,
            end=name_of(props.get("eos_token")),
            file=base_name(path),
            quant=name_of(props.get("model_ftype")) or name_of(meta.get("ftype")),
        )

    def tokenizer(self, connection: ServerConnection, model: str) -> RemoteTokenizer:
        return LlamaServerTokenizer(connection, model)

    def sampling_fields(self, sampling: Sampling) -> dict[str, Any]:
        """Also parameters that are off: its default `top_k` is 40."""
        return {
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
            "repeat_penalty": sampling.repetition_penalty,
        }

    def stream_fields(self, served: Served, stop: Sequence[str]) -> dict[str, Any]:
        marks = {"preserved_tokens": served.markers} if served.markers else {}
        return {"timings_per_token": True, "cache_prompt": True, **marks}


class LlamaServerTokenizer(RemoteTokenizer):
    """`/tokenize` with `parse_special`. All texts are sent as token ids."""

    def __init__(self, connection: ServerConnection, model: str) -> None:
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
        tokens = [mapping(token) for token in listed(answer.get("tokens"))[: most_tokens(plain)]]
        known = set(unparsed)
        found = {_piece(token) for token in tokens if whole(token.get("id")) not in known} - {""}
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
        return ids_in(await self._connection.post("/tokenize", body), text)


def _piece(token: Mapping[str, Any]) -> str:
    piece = token.get("piece")
    if isinstance(piece, str):
        return piece
    values = [one for one in map(whole, listed(piece)) if one is not None and one < 256]
    return bytes(values).decode("utf-8", "replace")
