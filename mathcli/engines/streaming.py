"""Collects what one `generate` receives from a server, over one or more streams."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from math import exp
from typing import Any

from mathcli.engines.base import Completion, Finish, Token
from mathcli.engines.bodies import first, listed, mapping, number, text_of, whole
from mathcli.engines.loops import LoopDetector
from mathcli.engines.retries import Unavailable
from mathcli.engines.servers.usage import TokenUsage
from mathcli.engines.stops import StopScanner
from mathcli.errors import EngineError

_LONGEST_TOKEN = 512  # most characters of a token; real tokenizers have up to 256
# `<|end|>`, `</s>`, `<end_of_turn>`, `[EOS]`, and DeepSeek's full-width bars.
_END_TOKEN = re.compile(r"(<[|｜][^<>\s]{1,60}[|｜]>|</?\w{1,60}>|\[/?[A-Z_]{2,60}\])\Z")
_MOST_EVENTS = 1000  # most events without text, beyond the number of those with text


class StreamedText:
    """What one `generate` has received so far, over one or more streams.

    Args:
        ends: strings that end the text like an end token and are not part of it.
        shows_end: whether the text shows its end token if there are stop strings (vLLM).
    """

    def __init__(
        self,
        stops: Sequence[str],
        max_tokens: int,
        on_text: Callable[[str], None] | None,
        loops: LoopDetector | None = None,
        *,
        ends: Sequence[str] = (),
        shows_end: bool = False,
    ) -> None:
        self.stops = [stop for stop in stops if stop]
        self.finish: Finish | None = None
        self.ended = False  # the server reported the end of the text
        self.evaluated = 0
        self.prompt: int | None = None
        self._max_tokens = max_tokens
        self._on_text = on_text
        self._shows_end = shows_end
        self._ends = frozenset(ends) - frozenset(self.stops)
        self._scanner = StopScanner([*self.stops, *sorted(self._ends)])
        self._loops = loops or LoopDetector()
        self._received: list[str] = []
        self._letters = 0  # characters received
        self._given: list[str] = []
        self._told = 0  # characters passed on
        self._drawn: list[Token] = []
        self._asked = max_tokens  # of this stream
        self._tokens = 0  # of the streams before this one
        self._written = 0
        self._pieces = 0
        self._before = 0  # pieces of the streams before this one
        self._events = 0
        self._length = 0
        self._cramped = False
        self._usage = TokenUsage()
        self._began = time.perf_counter()
        self._first: float | None = None

    @property
    def received(self) -> str:
        """All text so far, including text after a stop string."""
        return "".join(self._received)

    @property
    def tokens(self) -> int:
        """Tokens received: by the server's count, else one for each piece of the stream."""
        return self._tokens + self._written

    def most(self, room: int | None) -> int:
        """How many tokens the next stream may write, with `room` for that many more in the context
        (`None`: unknown). Finishes the text if there are none."""
        left = self._max_tokens - self.tokens
        self._cramped = room is not None and room < left
        if left <= 0:
            self.finish = "max_tokens"
        elif room is not None and room <= 0:
            self.finish = "context"
        self._asked = left if room is None else min(left, room)
        return self._asked

    @property
    def _is_short(self) -> bool:
        """Whether the text ended because the context is full, rather than by `max_tokens`."""
        if self._usage.written is None:  # a piece may be several tokens
            return self._cramped
        return self.tokens < self._max_tokens

    def begin(self, length: int) -> None:
        """Begin another stream, after a text of `length` tokens."""
        self._close_stream()
        self._length = length

    def take_all(self, events: Sequence[Mapping[str, Any]]) -> bool:
        """Read events that arrived together; return whether there was new text or its end.

        Raises:
            Unavailable, EngineError: as `take`; text before the failure is passed on first.
        """
        letters = self._letters
        try:
            for event in events:
                if self.finish is None:
                    self.take(event)
                elif self.ended:
                    self._take_rest(event)
        finally:
            self._tell()
        return self._letters > letters or self.finish is not None

    def take(self, event: Mapping[str, Any]) -> None:
        """Read one event of the stream.

        Raises:
            Unavailable: the server interrupted the stream.
            EngineError: the stream goes on without text.
        """
        self._usage = TokenUsage.read(event, self._usage)
        self._events += 1
        choice = first(event.get("choices"))
        if not choice:
            self._check_end()
            return
        text, reason = text_of(choice.get("text")), choice.get("finish_reason")
        looped = False
        self._drawn += _drawn(choice)
        stop = text_of(choice.get("stop_reason")) if reason == "stop" else ""
        by_token = reason == "stop" and stop not in self.stops
        if by_token and self.stops and self._shows_end:
            text = _END_TOKEN.sub("", text)
        if stop in self.stops and not (self.received + text).endswith(stop):
            text += stop  # a gateway may have cut the stream
        if text:
            looped = self._add(text)
        self.ended = reason is not None
        ended = reason == "stop"
        if self._usage.written is None:
            self._written = self._pieces
        else:  # the server counts the end token, this class does not
            written = self._usage.written - (1 if by_token else 0)
            self._written = max(0, min(written, self._asked + 1))  # the server's count may be wrong
        if self._scanner.stop is not None:
            self.finish = "eos" if self._scanner.stop in self._ends else "stop"
        elif ended:
            self.finish = "eos"
        elif reason == "length":
            self.finish = "context" if self._is_short else "max_tokens"
        elif reason is not None:  # a server that is shutting down says "abort"
            raise Unavailable(f"it ended the text with {str(reason)[:40]!r}")
        elif looped:
            self.finish = "loop"
        else:
            self._check_end()

    def _add(self, text: str) -> bool:
        """Take text; return whether a repetition is detected."""
        if self._first is None:
            self._first = time.perf_counter()
        self._pieces += 1
        self._received.append(text)
        self._letters += len(text)
        piece = text.encode("utf-8", "replace")
        if certain := self._scanner.feed(piece):
            self._given.append(certain)
        return self._loops.add(piece)

    def _take_rest(self, event: Mapping[str, Any]) -> None:
        """Read an event after the end of the text: only there vLLM reports its cached tokens."""
        usage = TokenUsage.read(event, self._usage)
        self._usage = replace(self._usage, cached=usage.cached)

    def _check_end(self) -> None:
        """End a stream that does not end by itself: each piece is at least one token.

        Raises:
            EngineError: the stream goes on without text.
        """
        all_pieces = self._before + self._pieces
        if (
            self.tokens > self._max_tokens
            or all_pieces > self._max_tokens
            or self._letters > _LONGEST_TOKEN * (self._max_tokens + 1)
        ):
            self.finish = "max_tokens"
        elif self._events > _MOST_EVENTS + 4 * self._max_tokens:
            raise EngineError("the server sends events without text, and no end", "see its own log")

    def completion(self, *, keep_stop: bool) -> Completion:
        """The completion, once the text has ended."""
        self._close_stream()
        stop = self._scanner.stop
        ended = stop in self._ends
        self._given.append(self._scanner.rest(keep_stop=keep_stop and not ended))
        self._tell()
        now = time.perf_counter()
        text = "".join(self._given)
        return Completion(
            text=text,
            finish=self.finish or "eos",
            stop=None if ended else stop,
            tokens=self.tokens,
            milliseconds=1000 * (now - self._began),
            first_token_ms=1000 * ((self._first or now) - self._began),
            drawn=_within(len(text.encode()), self._drawn),
        )

    def _close_stream(self) -> None:
        usage = self._usage
        if self._pieces or usage != TokenUsage():
            self.evaluated += usage.evaluated(self._length, self._pieces)
            if self.prompt is None:
                self.prompt = usage.prompt
        self._tokens += self._written
        self._before += self._pieces
        self._written = self._pieces = 0
        self._usage = TokenUsage()

    def _tell(self) -> None:
        """Pass on the text that is certain by now, once for all events that arrived together."""
        certain = "".join(self._given[self._told :])
        self._told = len(self._given)
        if certain and self._on_text is not None:
            self._on_text(certain)


def _drawn(choice: Mapping[str, Any]) -> list[Token]:
    """The tokens of an event with their probabilities, in llama-server's or OpenAI's format."""
    found = choice.get("logprobs")
    if not isinstance(found, dict):
        return []
    if content := listed(found.get("content")):
        tokens = [mapping(one) for one in content]
        return [Token(_bytes(one), _chance(one.get("logprob"))) for one in tokens]
    pairs = zip(listed(found.get("tokens")), listed(found.get("token_logprobs")), strict=False)
    return [Token(text_of(text).encode("utf-8", "replace"), _chance(one)) for text, one in pairs]


def _chance(logarithm: object) -> float:
    """A probability; 0 if the server reports none, as for a token that it holds impossible."""
    found = number(logarithm)
    return 0.0 if found is None else exp(min(0.0, found))


def _bytes(token: Mapping[str, Any]) -> bytes:
    spelled = [whole(one) for one in listed(token.get("bytes"))]
    known = [one for one in spelled if one is not None and one < 256]
    if known and len(known) == len(spelled):
        return bytes(known)
    return text_of(token.get("token")).encode("utf-8", "replace")


def _within(size: int, drawn: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens that lie completely within the first `size` bytes."""
    ends = accumulate(len(token.piece) for token in drawn)
    return tuple(token for token, end in zip(drawn, ends, strict=True) if end <= size)
