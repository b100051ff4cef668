"""Identifies a server: its program, its model, and its dialect of the completions API.

Servers agree on `/v1/models` and on the core of `/v1/completions`. Everything else is used only for
servers that document it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from mathcli.engines.base import Sampling
from mathcli.engines.bodies import listed, mapping, text_of, whole
from mathcli.engines.connection import Connection
from mathcli.engines.retries import Unavailable
from mathcli.errors import EngineError, ModelError
from mathcli.text_safety import shortened

Kind = Literal["llama-server", "llama-cpp-python", "vllm", "ollama", "other"]

_OWNERS: Mapping[str, Kind] = {
    "llamacpp": "llama-server",
    "me": "llama-cpp-python",
    "vllm": "vllm",
    "library": "ollama",
}
_TITLES: Mapping[Kind, str] = {"vllm": "vLLM", "ollama": "Ollama", "other": "OpenAI-compatible"}
_SOLVER = "mathcli"
_USUAL_SLOTS: Mapping[Kind, int] = {"llama-cpp-python": 1}  # it decodes one text at a time
_SLOTS = 16
_MOST_SLOTS = 256
_LONGEST_NAME = 200  # characters
_MOST_MARKERS = 200
# Spellings of special tokens: `<|channel|>`, `<|tool_call>`, `<turn|>`, `<think>`, `[THINK]`.
_MARKER = re.compile(r"<\|[^<>\s]{1,40}>|<[^<>\s|]{1,40}\|>|</?\w{1,40}>|\[/?[A-Z_]{2,40}\]")
# Special tokens that end a generation are not part of its text.
_ENDS = frozenset((
    "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<|return|>", "<|call|>", "<|endoftext|>",
    "<|end_of_text|>", "<end_of_turn>", "<turn|>", "<|tool_response>", "<eos>", "</s>",
))  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A model on a server, as far as the server reports it.

    Args:
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

    kind: Kind
    model: str
    names: tuple[str, ...]
    version: str = ""
    context: int | None = None
    slots: int = _SLOTS
    template: str | None = None
    end: str = ""
    file: str = ""
    quant: str = ""
    root: str = ""

    @property
    def name(self) -> str:
        """The model's name for display, without a file's path and suffix."""
        return _base(self.model).removesuffix(".gguf")

    @property
    def title(self) -> str:
        """The server program and its version."""
        if self.version.startswith("mathcli "):  # answers like llama-server
            return self.version
        return f"{_TITLES.get(self.kind, self.kind)} {self.version}".strip()

    @property
    def markers(self) -> list[str]:
        """Strings of the chat template that may be special tokens written by the model itself, for
        thoughts and tool calls."""
        found = dict.fromkeys(_MARKER.findall(self.template or ""))
        return sorted([one for one in found if one not in _ENDS][:_MOST_MARKERS])

    @property
    def ends(self) -> tuple[str, ...]:
        """Strings that end a text, for servers that show the special token at the end."""
        if self.kind != "vllm":
            return ()
        # `<|end|>` also ends messages inside a text, except with models whose end token it is.
        return tuple(sorted((_ENDS - {"<|end|>"}) | ({self.end} - {""})))

    @property
    def most_log_probabilities(self) -> int:
        """How many of the likeliest tokens may be requested: vLLM and others refuse more than their
        own limit."""
        return {"llama-server": 1000, "llama-cpp-python": 1000, "vllm": 20}.get(self.kind, 5)

    def sampling_fields(self, sampling: Sampling, seed: int) -> dict[str, Any]:
        """The fields for sampling parameters in a request to this kind of server.

        Parameters with a default on the server (llama.cpp's `top_k` 40, the values in a
        checkpoint's generation config with vLLM) are sent even if they are off.
        """
        fields: dict[str, Any] = {"temperature": sampling.temperature, "top_p": sampling.top_p}
        if sampling.temperature > 0:
            fields["seed"] = seed
        top_k, min_p, penalty = sampling.top_k, sampling.min_p, sampling.repetition_penalty
        if self.kind in ("llama-server", "llama-cpp-python"):
            return fields | {"top_k": top_k, "min_p": min_p, "repeat_penalty": penalty}
        if self.kind == "vllm":
            return fields | {"top_k": top_k or -1, "min_p": min_p, "repetition_penalty": penalty}
        if top_k:
            fields["top_k"] = top_k
        if min_p:
            fields["min_p"] = min_p
        if penalty != 1:
            fields["repeat_penalty"] = penalty
        return fields

    def probability_fields(self) -> dict[str, Any]:
        """The fields that request the probabilities of drawn tokens from this kind of server; none
        if it may refuse them (llama-cpp-python does, unless started with an option)."""
        return {"logprobs": 1} if self.kind in ("llama-server", "vllm") else {}

    def stream_fields(self, stop: list[str]) -> dict[str, Any]:
        """The fields of a streaming request: token counts, and stop strings if those are reliable.

        Most servers cut a stop string off and do not report which it was, so stop strings are
        searched for here and the stream is closed. vLLM is told to leave them in the text:
        otherwise it would hold back text that might become one, and an interrupted stream would
        end inside a token, which a model continues wrongly. Servers leave special tokens out of
        a text unless told to show them.
        """
        if self.kind == "llama-server":
            marks = {"preserved_tokens": self.markers} if self.markers else {}
            return {"timings_per_token": True, "cache_prompt": True, **marks}
        if self.kind == "llama-cpp-python":
            return {}
        options: dict[str, Any] = {"include_usage": True}
        if self.kind != "vllm":
            return {"stream_options": options}
        options["continuous_usage_stats"] = True
        shown = {"skip_special_tokens": False, "spaces_between_special_tokens": False}
        fields: dict[str, Any] = {"stream_options": options, **shown}
        if stop:
            fields |= {"stop": stop, "include_stop_str_in_output": True}
        return fields


@dataclass(frozen=True)
class Usage:
    """Tokens of one request, as the server counts them.

    `prompt` tokens were given, `cached` of them came from its cache (`None`: not reported),
    `written` were sampled, including an end token.
    """

    prompt: int | None = None
    cached: int | None = None
    written: int | None = None

    @classmethod
    def read(cls, event: Mapping[str, Any], before: Usage) -> Usage:
        """The usage in an event of a stream; without one, the usage `before` it."""
        timings, usage = mapping(event.get("timings")), mapping(event.get("usage"))
        read, written = whole(timings.get("prompt_n")), whole(timings.get("predicted_n"))
        if read is not None and written is not None:
            cached = whole(timings.get("cache_n")) or 0
            return cls(read + cached, cached, written)
        prompt = whole(usage.get("prompt_tokens"))
        if prompt is not None:
            cached_of_it = whole(mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))
            return cls(prompt, cached_of_it, whole(usage.get("completion_tokens")))
        return before

    def evaluated(self, prompt: int, written: int) -> int:
        """Tokens evaluated by the model; the last one written was not evaluated."""
        known = self.prompt if self.prompt is not None else prompt
        wrote = self.written if self.written is not None else written
        return max(0, known - (self.cached or 0)) + max(0, wrote - 1)


async def inspect(connection: Connection, wanted: str | None, within: float = 30.0) -> Served:
    """Find out which model a server serves.

    Args:
        wanted: the server's name of the model to use; not needed if it has only one.
        within: seconds for the list of models.

    Raises:
        Unavailable: the server does not answer now.
        EngineError: it is not OpenAI-compatible.
        ModelError: the model is ambiguous, or not there.
    """
    found = mapping(await connection.get("/v1/models", within=within))
    entries = [mapping(one) for one in listed(found.get("data"))]
    entries = [one for one in entries if text_of(one.get("id"))]
    if wanted is None:  # mathcli's own server also lists a model for other programs
        entries = [one for one in entries if one.get("owned_by") != _SOLVER] or entries
    entry = _chosen(entries, wanted, connection.url)
    kind = _OWNERS.get(str(entry.get("owned_by")), "other")
    model = str(entry["id"])
    if kind == "llama-server":
        return await _llama_server(connection, entry, model)
    if kind == "vllm":
        return await _vllm(connection, entry, model)
    version = await _extra(connection, "/api/version") if kind == "ollama" else {}
    return Served(
        kind,
        model,
        names=_names(model, entry.get("root")),
        version=text_of(version.get("version"))[:_LONGEST_NAME],
        context=_count(entry.get("max_model_len") or entry.get("max_context_length")),
        slots=_USUAL_SLOTS.get(kind, _SLOTS),
    )


async def _llama_server(connection: Connection, entry: Mapping[str, Any], model: str) -> Served:
    props = await _extra(connection, "/props", model=model)
    meta = mapping(entry.get("meta"))
    settings = mapping(props.get("default_generation_settings"))
    path = text_of(props.get("model_path"))
    return Served(
        "llama-server",
        model,
        names=_names(model, path),
        version=text_of(props.get("build_info"))[:_LONGEST_NAME],
        context=_count(settings.get("n_ctx")) or _count(meta.get("n_ctx")),
        slots=min(_count(props.get("total_slots")) or 1, _MOST_SLOTS),
        template=text_of(props.get("chat_template")) or None,
        end=text_of(props.get("eos_token"))[:_LONGEST_NAME],
        file=_base(path),
        quant=(text_of(props.get("model_ftype")) or text_of(meta.get("ftype")))[:_LONGEST_NAME],
    )


async def _vllm(connection: Connection, entry: Mapping[str, Any], model: str) -> Served:
    version = await _extra(connection, "/version")
    # Exists only if vLLM was started with --enable-tokenizer-info-endpoint.
    tokenizer = await _extra(connection, "/tokenizer_info")
    template = tokenizer.get("chat_template")
    return Served(
        "vllm",
        model,
        names=_names(model, entry.get("root")),
        version=text_of(version.get("version"))[:_LONGEST_NAME],
        context=_count(entry.get("max_model_len")),
        template=template if isinstance(template, str) else None,
        end=text_of(tokenizer.get("eos_token"))[:_LONGEST_NAME],
        root=text_of(entry.get("root")),
    )


async def _extra(connection: Connection, path: str, **params: str) -> dict[str, Any]:
    """Optional information, which a gateway may not pass on."""
    try:
        return await connection.get(path, params) or {}
    except EngineError:
        return {}
    except Unavailable as trouble:
        if trouble.answered:  # the server is busy and will report it later
            raise
        return {}


def _chosen(
    entries: Sequence[Mapping[str, Any]], wanted: str | None, url: str
) -> Mapping[str, Any]:
    names = [str(entry["id"]) for entry in entries]
    if wanted is not None:
        if not entries:  # the server has no list: use the name given
            return {"id": wanted}
        for entry in entries:
            if wanted in (entry["id"], *listed(entry.get("aliases"))):
                return entry
        raise ModelError(f"{url} has no model {wanted}", f"it has: {_some(names)}")
    if len(entries) == 1:
        return entries[0]
    if entries:
        raise ModelError(f"{url} has {len(entries)} models", f"choose one: --model {_some(names)}")
    raise EngineError(
        f"{url} does not list its models", "name the one to use with --model, or check the address"
    )


def _some(names: list[str]) -> str:
    shown = (shortened(name, _LONGEST_NAME) for name in names[:8])
    return ", ".join(shown) + (", ..." if len(names) > 8 else "")


def _names(*found: object) -> tuple[str, ...]:
    """The names, each also without the path and suffix of a file."""
    names: list[str] = []
    for name in found:
        if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME:
            names += [name, _base(name), _base(name).removesuffix(".gguf")]
    return tuple(dict.fromkeys(names))


def _base(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).name


def _count(value: object) -> int | None:
    return whole(value) or None
