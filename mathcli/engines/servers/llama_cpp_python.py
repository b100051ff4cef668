"""llama-cpp-python's server: it counts tokens, takes no ids, and decodes one text at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mathcli.engines.base import Piece
from mathcli.engines.connection import ServerConnection
from mathcli.engines.servers.llama_server import LlamaServer
from mathcli.engines.servers.served import Dialect, Served
from mathcli.engines.servers.tokens import RemoteTokenizer, count_in, plausible


class LlamaCppPython(Dialect):
    """llama-cpp-python's server (`owned_by` me). It refuses a request for probabilities unless it
    was started with an option."""

    owner = "me"
    title = "llama-cpp-python"
    slots = 1
    most_log_probabilities = 1000
    sampling_fields = LlamaServer.sampling_fields

    def tokenizer(self, connection: ServerConnection, model: str) -> RemoteTokenizer:
        return CountingTokenizer(connection, model)

    def stream_fields(self, served: Served, stop: Sequence[str]) -> dict[str, Any]:
        return {}


class CountingTokenizer(RemoteTokenizer):
    """It counts tokens but accepts no ids, so special-token strings in
    a problem become special tokens there."""

    def __init__(self, connection: ServerConnection, model: str) -> None:
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
        return plausible(count_in(answer.get("count")), text)
