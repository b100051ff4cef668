"""vLLM: it tells which tokens it had in its cache and shows special tokens if it is asked to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mathcli.engines.base import Piece, Sampling
from mathcli.engines.bodies import text_of
from mathcli.engines.connection import ServerConnection
from mathcli.engines.servers.served import ENDS, Dialect, Served, count_of, extra, name_of, names_of
from mathcli.engines.servers.tokens import RemoteTokenizer, ids_in

# Where a string that looks like a special token begins: `<|`, `<s>`, `</s>`, `<start_of_turn>`,
# `[INST]`, and DeepSeek's full-width bar.
_MARKER = re.compile(r"<(?=[|｜/A-Za-z_])|\[(?=/?[A-Z]{2})")


class Vllm(Dialect):
    """vLLM (`owned_by` vllm)."""

    owner = "vllm"
    title = "vLLM"
    most_log_probabilities = 20  # more are refused
    reports_probabilities = True
    shows_end = True

    async def inspect(
        self, connection: ServerConnection, entry: Mapping[str, Any], model: str
    ) -> Served:
        version = await extra(connection, "/version")
        # Exists only if vLLM was started with --enable-tokenizer-info-endpoint.
        tokenizer = await extra(connection, "/tokenizer_info")
        template = tokenizer.get("chat_template")
        return Served(
            self,
            model,
            names=names_of(model, entry.get("root")),
            version=name_of(version.get("version")),
            context=count_of(entry.get("max_model_len")),
            template=template if isinstance(template, str) else None,
            end=name_of(tokenizer.get("eos_token")),
            root=text_of(entry.get("root")),
        )

    def tokenizer(self, connection: ServerConnection, model: str) -> RemoteTokenizer:
        return VllmTokenizer(connection, model)

    def sampling_fields(self, sampling: Sampling) -> dict[str, Any]:
        """Also parameters that are off: the defaults are those of the checkpoint's own file."""
        return {
            "top_k": sampling.top_k or -1,
            "min_p": sampling.min_p,
            "repetition_penalty": sampling.repetition_penalty,
        }

    def stream_fields(self, served: Served, stop: Sequence[str]) -> dict[str, Any]:
        """It is told to leave stop strings in the text: otherwise it would hold back text that
        might become one, and an interrupted stream would end inside a token, which a model
        continues wrongly."""
        fields: dict[str, Any] = {
            "stream_options": {"include_usage": True, "continuous_usage_stats": True},
            "skip_special_tokens": False,
            "spaces_between_special_tokens": False,
        }
        return fields | ({"stop": list(stop), "include_stop_str_in_output": True} if stop else {})

    def ends(self, served: Served) -> tuple[str, ...]:
        # `<|end|>` also ends messages inside a text, except with models whose end token it is.
        return tuple(sorted((ENDS - {"<|end|>"}) | ({served.end} - {""})))


class VllmTokenizer(RemoteTokenizer):
    """`/tokenize` always parses special tokens. Plain text that seems to contain one is cut
    inside the marker and sent as token ids; all other text is sent as text."""

    def __init__(self, connection: ServerConnection, model: str) -> None:
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
        return ids_in(await self._connection.post("/tokenize", body), text)


def _cut_markers(text: str) -> list[str]:
    """The text in parts, none of which contains a special token.

    >>> _cut_markers("a <|end|> b < c")
    ['a <', '|end|> b < c']
    """
    cuts = [match.end() for match in _MARKER.finditer(text)]
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
