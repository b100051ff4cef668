"""A model on a server, and the dialect of the completions API that the server speaks.

Servers agree on `/v1/models` and on the core of `/v1/completions`. Everything else is used only for
servers that document it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from mathcli.engines.base import Sampling
from mathcli.engines.bodies import text_of, whole
from mathcli.engines.connection import ServerConnection
from mathcli.engines.retries import Unavailable
from mathcli.engines.servers.tokens import RemoteTokenizer
from mathcli.errors import EngineError

MOST_SLOTS = 256
LONGEST_NAME = 200  # characters
_MOST_MARKERS = 200
# Spellings of special tokens: `<|channel|>`, `<|tool_call>`, `<turn|>`, `<think>`, `[THINK]`.
_MARKER = re.compile(r"<\|[^<>\s]{1,40}>|<[^<>\s|]{1,40}\|>|</?\w{1,40}>|\[/?[A-Z_]{2,40}\]")
# Special tokens that end a generation are not part of its text.
ENDS = frozenset((
    "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<|return|>", "<|call|>", "<|endoftext|>",
    "<|end_of_text|>", "<end_of_turn>", "<turn|>", "<|tool_response>", "<eos>", "</s>",
))  # fmt: skip


class Dialect:
    """What may be asked of a server program; as it stands, of any OpenAI-compatible one.

    Attributes:
        owner: the `owned_by` in its list of models, by which it is recognized.
        title: its name, for people.
        slots: how many texts it decodes at once, unless it reports that.
        most_log_probabilities: how many of the likeliest tokens may be requested: vLLM and others
            refuse more than their own limit.
        reports_probabilities: whether it may be asked for the probabilities of drawn tokens; others
            may refuse.
        shows_end: whether the special token at the end is part of the text.
        version_path: where it reports its version.
        hint: for people who use it.
    """

    owner: str | None = None
    title: str = "OpenAI-compatible"
    slots: int = 16
    most_log_probabilities: int = 5
    reports_probabilities: bool = False
    shows_end: bool = False
    version_path: str | None = None
    hint: str | None = None

    async def inspect(
        self, connection: ServerConnection, entry: Mapping[str, Any], model: str
    ) -> Served:
        """What the server reports about a model.

        Args:
            entry: the model's entry in the server's list.
            model: the server's name of it.

        Raises:
            Unavailable: the server is busy.
        """
        version = await extra(connection, self.version_path) if self.version_path else {}
        return Served(
            self,
            model,
            names=names_of(model, entry.get("root")),
            version=name_of(version.get("version")),
            context=count_of(entry.get("max_model_len") or entry.get("max_context_length")),
            slots=self.slots,
        )

    def tokenizer(self, connection: ServerConnection, model: str) -> RemoteTokenizer | None:
        """The server's tokenizer, if it offers one."""
        return None

    def sampling_fields(self, sampling: Sampling) -> dict[str, Any]:
        """The fields for sampling parameters, beside temperature, `top_p` and seed."""
        fields = {
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
            "repeat_penalty": sampling.repetition_penalty,
        }
        off = {"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0}
        return {name: value for name, value in fields.items() if value != off[name]}

    def stream_fields(self, served: Served, stop: Sequence[str]) -> dict[str, Any]:
        """The fields of a streaming request: token counts, and stop strings if those are reliable.

        Most servers cut a stop string off and do not report which it was, so stop strings are
        searched for here and the stream is closed. Servers leave special tokens out of a text
        unless told to show them.
        """
        return {"stream_options": {"include_usage": True}}

    def ends(self, served: Served) -> tuple[str, ...]:
        """Strings that end a text, for servers that show the special token at the end."""
        return ()


@dataclass(frozen=True)
class Served:
    """A model on a server, as far as the server reports it.

    Args:
        dialect: the server's.
        model: the server's name of it.
        names: all known names of the model, for matching it with a card.
        version: of the server program.
        context: the longest sequence, in tokens.
        slots: how many texts it decodes at once.
        template: the model's chat template (Jinja).
        end: the spelling of its end token.
        file: the model file's name.
        quant: the number format (`Q4_K_M`).
        root: the origin of the model (vLLM), whatever name the server gives it.
    """

    dialect: Dialect
    model: str
    names: tuple[str, ...]
    version: str = ""
    context: int | None = None
    slots: int = Dialect.slots
    template: str | None = None
    end: str = ""
    file: str = ""
    quant: str = ""
    root: str = ""

    @property
    def name(self) -> str:
        """The model's name for display, without a file's path and suffix."""
        return base_name(self.model).removesuffix(".gguf")

    @property
    def title(self) -> str:
        """The server program and its version."""
        if self.version.startswith("mathcli "):  # answers like llama-server
            return self.version
        return f"{self.dialect.title} {self.version}".strip()

    @property
    def markers(self) -> list[str]:
        """Strings of the chat template that may be special tokens written by the model itself, for
        thoughts and tool calls."""
        found = dict.fromkeys(_MARKER.findall(self.template or ""))
        return sorted([one for one in found if one not in ENDS][:_MOST_MARKERS])

    @property
    def ends(self) -> tuple[str, ...]:
        """Strings that end a text, if the server shows the special token at the end."""
        return self.dialect.ends(self)

    def sampling_fields(self, sampling: Sampling, seed: int) -> dict[str, Any]:
        """The fields for sampling parameters in a request."""
        fields: dict[str, Any] = {"temperature": sampling.temperature, "top_p": sampling.top_p}
        if sampling.temperature > 0:
            fields["seed"] = seed
        return fields | self.dialect.sampling_fields(sampling)

    def stream_fields(self, stop: Sequence[str]) -> dict[str, Any]:
        """The further fields of a streaming request."""
        return self.dialect.stream_fields(self, stop)

    def probability_fields(self) -> dict[str, Any]:
        """The fields that request the probabilities of drawn tokens, if the server reports them."""
        return {"logprobs": 1} if self.dialect.reports_probabilities else {}


async def extra(connection: ServerConnection, path: str, **params: str) -> dict[str, Any]:
    """Optional information, which a gateway may not pass on."""
    try:
        return await connection.get(path, params) or {}
    except EngineError:
        return {}
    except Unavailable as trouble:
        if trouble.answered:  # the server is busy and will report it later
            raise
        return {}


def names_of(*found: object) -> tuple[str, ...]:
    """The names, each also without the path and suffix of a file."""
    names: list[str] = []
    for name in found:
        if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME:
            names += [name, base_name(name), base_name(name).removesuffix(".gguf")]
    return tuple(dict.fromkeys(names))


def base_name(path: str) -> str:
    """A file's name, whatever system its path is of."""
    return PurePosixPath(path.replace("\\", "/")).name


def name_of(value: object) -> str:
    """A reported name, cut to a usual length."""
    return text_of(value)[:LONGEST_NAME]


def count_of(value: object) -> int | None:
    """A reported number; `None` if it is none, or 0."""
    return whole(value) or None
