"""Token counts that a server reports with a response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mathcli.engines.bodies import mapping, whole


@dataclass(frozen=True)
class TokenUsage:
    """Tokens of one request, as the server counts them.

    `prompt` tokens were given, `cached` of them came from its cache (`None`: not reported),
    `written` were sampled, including an end token.
    """

    prompt: int | None = None
    cached: int | None = None
    written: int | None = None

    @classmethod
    def read(cls, event: Mapping[str, Any], before: TokenUsage) -> TokenUsage:
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
