"""A sequence in the scheduler, and a request for it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from math import exp

from mathcli.engines.base import Completion, Finish, Sampling, Token
from mathcli.engines.cache import State
from mathcli.engines.loops import LoopDetector
from mathcli.engines.sampling import Logits, Sampler, log_probabilities
from mathcli.engines.stops import StopScanner


@dataclass(eq=False)
class Slot:
    """One sequence's tokens, and how many of them the cache holds.

    `tokens[:cached]` are in the cache under `seat` (the library's sequence id; `None` if the
    sequence has no place). `leftover` are further tokens in the cache, of a text that was cut after
    its evaluation. If the same tokens are appended next, they are reused. `logits` predict the
    token after `tokens`, once all of them are evaluated.

    `foreseen` are tokens already drawn in an engine that was lost: the next generation writes
    them again, whatever its own draws are.

    The first `preamble` tokens are the same for every problem: they may be kept on disk.

    With a recurrent state, `states` are the saved ones, shortest first, and `marks` the lengths
    at which forks begin: evaluation pauses there to save a state.
    """

    tokens: list[int]
    sampling: Sampling
    prompt: int = 0
    generated: int = 0
    evaluated: int = 0
    seat: int | None = None
    cached: int = 0
    leftover: list[int] = field(default_factory=list)
    logits: Logits | None = None
    last_used: int = 0
    states: list[State] = field(default_factory=list)
    marks: set[int] = field(default_factory=set)
    foreseen: deque[int] = field(default_factory=deque)
    preamble: int = 0

    def __post_init__(self) -> None:
        self.sampler = Sampler(self.sampling)
        self.loops = LoopDetector()

    @property
    def pending(self) -> int:
        """The number of tokens still to be evaluated."""
        return len(self.tokens) - self.cached

    @property
    def stretch(self) -> int:
        """The pending tokens that may be evaluated together."""
        if not self.marks:
            return self.pending
        mark = min((mark for mark in self.marks if mark > self.cached), default=len(self.tokens))
        return min(mark, len(self.tokens)) - self.cached

    def common_prefix(self, other: Slot) -> int:
        """The length of the common prefix with another sequence."""
        pairs = zip(self.tokens, other.tokens, strict=False)
        shorter = min(len(self.tokens), len(other.tokens))
        return next((at for at, (a, b) in enumerate(pairs) if a != b), shorter)

    def cut(self, length: int) -> None:
        """Shorten to `length` tokens; keep those that are already evaluated as leftover."""
        self.leftover = self.tokens[length : self.cached]
        self.cached = min(self.cached, length)
        del self.tokens[length:]
        self.logits = None

    def reuse_leftover(self) -> None:
        """Count appended tokens as cached if they repeat the leftover."""
        fresh = self.tokens[self.cached : self.cached + len(self.leftover)]
        for old, new in zip(self.leftover, fresh, strict=False):
            if old != new:
                break
            self.cached += 1
        self.leftover = []


class SlotRequest:
    """A request to the scheduler: evaluate a slot and, for a generation, write on.

    `max_tokens` 0 only evaluates the pending tokens: `logits` then predict the next token.
    `probabilities` keeps those of the generated tokens.
    """

    def __init__(
        self,
        slot: Slot,
        *,
        max_tokens: int = 0,
        stops: Sequence[str] = (),
        keep_stop: bool = True,
        on_text: Callable[[str], None] | None = None,
        probabilities: bool = False,
    ) -> None:
        self.slot = slot
        self.max_tokens = max_tokens
        self.keep_stop = keep_stop
        self.on_text = on_text
        self.future: Future[Completion] = Future()
        self.base = len(slot.tokens)
        self.pieces: list[bytes] = []
        self.chances: list[float] | None = [] if probabilities else None
        self.text: list[str] = []
        self.sampled = 0
        self.scanner = StopScanner(stops)
        self.began = time.perf_counter()
        self.first_token: float | None = None
        self.logits: Logits | None = None

    def note(self, token: int, logits: Logits) -> None:
        """Keep the probability of a token, if requested."""
        if self.chances is not None:
            self.chances.append(exp(log_probabilities(logits, [token])[0]))

    def take(self, piece: bytes) -> bool:
        """Add one token's bytes; return true if a stop string is complete."""
        if self.first_token is None:
            self.first_token = time.perf_counter()
        self.pieces.append(piece)
        self._give(self.scanner.feed(piece))
        return self.scanner.stop is not None

    @property
    def may_be_cut(self) -> bool:
        """Is the last token the first that a stop string may remove?"""
        return not self.keep_stop and 0 < self.scanner.held_back <= len(self.pieces[-1])

    def completion(self, finish: Finish) -> Completion:
        """The completion, once the generation has ended."""
        self._give(self.scanner.rest(keep_stop=self.keep_stop))
        now = time.perf_counter()
        return Completion(
            text="".join(self.text),
            finish=finish,
            stop=self.scanner.stop,
            tokens=self.sampled,
            milliseconds=1000 * (now - self.began),
            first_token_ms=1000 * ((self.first_token or now) - self.began),
            drawn=self._drawn(),
        )

    def cut_point(self) -> tuple[int, bytes]:
        """The end of the kept text: whole tokens of this generation, and bytes of the next."""
        kept = self.scanner.kept(keep_stop=self.keep_stop)
        for index, piece in enumerate(self.pieces):
            if len(piece) > kept:
                return index, piece[:kept]
            kept -= len(piece)
        return len(self.pieces), b""

    def _drawn(self) -> tuple[Token, ...]:
        if self.chances is None:
            return ()
        pairs = zip(self.pieces[: self.cut_point()[0]], self.chances, strict=False)
        return tuple(Token(piece, chance) for piece, chance in pairs)

    def _give(self, text: str) -> None:
        if text:
            self.text.append(text)
            if self.on_text is not None:
                self.on_text(text)
