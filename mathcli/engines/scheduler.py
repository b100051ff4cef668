"""One thread that owns the context and decodes all live sequences together.

Each step takes one token of every sequence that is writing and fills the rest of the batch with
stretches of prompts. While one sequence waits for its program, it has no request here and the
others go on: there are no rounds.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from concurrent.futures import Future

from mathcli.engines.base import Finish
from mathcli.engines.native import Context, Model
from mathcli.engines.sampling import Logits
from mathcli.engines.slots import Request, Slot
from mathcli.errors import ContextFull, EngineError

_WORTH_SHARING = 16  # tokens of a common prefix below which sharing is not worth a look
_GROWTH = 64  # tokens that each sequence is expected to add before another one ends


class Scheduler:
    """Runs requests until closed. Its public methods may be called from any thread.

    Args:
        model, context: used by this thread alone from now on, and not freed by it.
        max_length: longest sequence in tokens.
        alone: evaluate one sequence a step, and nothing that another has evaluated, so that no
            sequence's arithmetic depends on what else there is.
    """

    def __init__(
        self, model: Model, context: Context, *, max_length: int, alone: bool = False
    ) -> None:
        self._model = model
        self._context = context
        self._max_length = max_length
        self._alone = alone
        self._wake = threading.Condition()
        self._calls: deque[tuple[Request | Slot | tuple[Slot, Slot], Future[None] | None]] = deque()
        self._closing = False
        self._failure: EngineError | None = None
        self._active: list[Request] = []  # oldest first
        self._waiting: deque[Request] = deque()
        self._free_seats = list(range(context.n_sequences - 1, -1, -1))
        self._seated: list[Slot] = []
        self._clock = itertools.count()
        self.steps = 0
        self._thread = threading.Thread(target=self._run, name="mathcli-decode", daemon=True)
        self._thread.start()

    # -- from any thread ---------------------------------------------------------------------

    def submit(self, request: Request) -> None:
        """Queue a request; its future gets the completion."""
        self._call(request, None)

    def branch(self, source: Slot, target: Slot) -> Future[None]:
        """Let `target`, a copy of an evaluated `source`, share its cache."""
        done: Future[None] = Future()
        self._call((source, target), done)
        return done

    def release(self, slot: Slot) -> None:
        """Give back the slot's place; a request of it that still runs is dropped."""
        self._call(slot, None)

    def close(self, patience: float | None = None) -> bool:
        """End the thread after the step it is in; open requests fail.

        A step on a large model can take many seconds and cannot be broken off. Returns whether
        the thread ended within `patience` seconds: if not, nothing of it may be freed.
        """
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _call(self, call: Request | Slot | tuple[Slot, Slot], done: Future[None] | None) -> None:
        with self._wake:
            if self._closing or self._failure:
                error = self._failure or EngineError("the engine is closed")
                for future in (done, call.future if isinstance(call, Request) else None):
                    if future is not None:
                        future.set_exception(error)
                return
            self._calls.append((call, done))
            self._wake.notify()

    # -- on the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._take_calls():
                self._admit()
                if self._active:
                    self._step()
        except EngineError as error:
            self._fail(error)
        except Exception as error:  # a bug here must not leave callers waiting for ever
            self._fail(EngineError(f"the engine stopped: {type(error).__name__}: {error}"))

    def _take_calls(self) -> bool:
        """Take what was asked for meanwhile, waiting when there is nothing to do."""
        with self._wake:
            while not (self._calls or self._active or self._waiting or self._closing):
                self._wake.wait()
            calls, self._calls = self._calls, deque()
            closing = self._closing
        for call, done in calls:
            if isinstance(call, Request):
                self._waiting.append(call)
            elif isinstance(call, Slot):
                self._forget(call)
            else:
                self._share(*call)
            if done is not None:
                done.set_result(None)
        if closing:
            self._fail(EngineError("the engine was closed"))
        return not closing

    def _admit(self) -> None:
        """Give waiting requests a seat, first come first served, while the cache has room."""
        self._active = [request for request in self._active if not request.future.cancelled()]
        while self._waiting:
            request = self._waiting[0]
            slot = request.slot
            if request.future.cancelled():
                self._waiting.popleft()
            elif len(slot.tokens) >= self._max_length:
                self._waiting.popleft()
                self._end(request, "context")
            elif not self._prefix_is_coming(slot) and self._fits(slot) and self._take_seat(slot):
                self._waiting.popleft()
                self._begin(request)
            else:
                return

    def _fits(self, slot: Slot) -> bool:
        """Is there room for what this sequence still needs, with a little for all to grow?

        Shared prefixes are counted for each sequence, so this errs towards waiting.
        """
        if not self._active or slot.pending <= 1:
            return True
        growing = sum(len(request.slot.tokens) + _GROWTH for request in self._active)
        return growing + len(slot.tokens) + _GROWTH <= self._context.n_ctx

    def _take_seat(self, slot: Slot) -> bool:
        if slot.seat is None:
            if not self._free_seats and not self._evict_idle():
                return False
            slot.seat = self._free_seats.pop()
            self._seated.append(slot)
        slot.last_used = next(self._clock)
        return True

    def _begin(self, request: Request) -> None:
        """Bring the cache in line with the sequence's tokens and let it take part."""
        slot = request.slot
        if slot.leftover:
            slot.reuse_leftover()
        if slot.cached == 0 and not self._alone:
            self._borrow_prefix(slot)
        if slot.pending == 0 and slot.logits is None:
            slot.cached -= 1  # the last token again, for its logits
        self._context.drop(slot.seat or 0, slot.cached)
        self._active.append(request)
        if slot.pending == 0 and slot.logits is not None:
            self._advance(request, slot.logits)

    def _step(self) -> None:
        """Decode one batch and take one token for every sequence whose text is evaluated."""
        batch = self._next_batch()
        if not self._context.decode(
            [
                (slot.seat or 0, slot.cached, slot.tokens[slot.cached : slot.cached + n], last)
                for request, n, last in batch
                for slot in (request.slot,)
            ]
        ):
            self._make_room()
            return
        self.steps += 1
        writers = []
        for request, n, last in batch:
            slot = request.slot
            slot.cached += n
            slot.evaluated += n
            if last:
                writers.append(request)
        if not writers:
            return
        for request, logits in zip(writers, self._context.logits(len(writers)), strict=True):
            self._advance(request, logits)

    def _advance(self, request: Request, logits: Logits) -> None:
        """Go one token further, or keep the logits where only they were wanted."""
        slot = request.slot
        if request.max_tokens == 0:
            slot.logits = logits.copy()
            self._end(request, "max_tokens")
        else:
            slot.logits = None
            self._write(request, slot.sampler.draw(logits, slot.tokens))

    def _next_batch(self) -> list[tuple[Request, int, bool]]:
        """(request, tokens of it, whether they are its last) within the batch's size.

        Writers come first: they need one token each, and a prompt must not keep them waiting.
        """
        room = self._context.n_batch
        batch = []
        if self._alone:
            self._active.append(self._active.pop(0))  # take turns
        turn = self._active[-1:] if self._alone else self._active
        for request in sorted(turn, key=lambda request: request.slot.pending > 1):
            n = min(request.slot.pending, room)
            if n == 0:
                break
            batch.append((request, n, n == request.slot.pending))
            room -= n
        return batch

    def _write(self, request: Request, token: int) -> None:
        """Add a drawn token to its sequence and end the generation where it ends."""
        slot = request.slot
        if self._model.is_end(token):
            self._end(request, "eos")
            return
        slot.generated += 1
        request.sampled += 1
        slot.tokens.append(token)
        if request.take(self._model.piece(token)):
            self._cut(request)
            self._end(request, "stop")
        elif request.sampled >= request.max_tokens:
            self._end(request, "max_tokens")
        elif len(slot.tokens) >= self._max_length:
            self._end(request, "context")

    def _cut(self, request: Request) -> None:
        """Take back what was written past the stop string."""
        whole, partial = request.cut_point()
        if whole == len(request.pieces):
            return
        slot = request.slot
        slot.cut(request.base + whole)
        if partial:
            slot.tokens += self._model.tokenize_plain(partial.decode("utf-8", "replace"))
        slot.generated += len(slot.tokens) - request.base - request.sampled

    def _end(self, request: Request, finish: Finish) -> None:
        if request in self._active:
            self._active.remove(request)
        if request.future.set_running_or_notify_cancel():
            if finish == "context" and request.sampled == 0:
                request.future.set_exception(self._too_long(request.slot))
            else:
                request.future.set_result(request.completion(finish))

    def _too_long(self, slot: Slot) -> ContextFull:
        return ContextFull(
            f"the text has {len(slot.tokens)} tokens, the context holds {self._max_length}",
            "shorten the problem, or choose a larger context with --context",
        )

    # -- shared prefixes ---------------------------------------------------------------------

    def _borrow_prefix(self, slot: Slot) -> None:
        """Start on what another sequence has evaluated, where both begin alike."""
        donor, length = None, _WORTH_SHARING - 1
        for other in self._seated:
            common = min(slot.common_prefix(other), other.cached, len(slot.tokens) - 1)
            if common > length:
                donor, length = other, common
        if donor is not None and donor.seat is not None and slot.seat is not None:
            self._context.share(donor.seat, slot.seat, length)
            slot.cached = length

    def _prefix_is_coming(self, slot: Slot) -> bool:
        """Is a sequence just evaluating a beginning that this one shares? Then wait for it."""
        return (
            slot.cached == 0
            and not self._alone
            and any(
                request.slot.pending > 1
                and slot.common_prefix(request.slot) - request.slot.cached >= _WORTH_SHARING
                for request in self._active
            )
        )

    # -- the cache ---------------------------------------------------------------------------

    def _make_room(self) -> None:
        """The cache is full: idle sequences go first, then the youngest writer waits."""
        if self._evict_idle():
            return
        if len(self._active) == 1:
            self._end(self._active[0], "context")
            return
        youngest = self._active.pop()
        self._unseat(youngest.slot)
        self._waiting.append(youngest)

    def _evict_idle(self) -> bool:
        """Drop the cache of the sequence that has been idle longest; it is recomputed later."""
        if self._alone:  # recomputed in one batch its bits would differ
            return False
        busy = {id(request.slot) for request in self._active}
        idle = [slot for slot in self._seated if id(slot) not in busy]
        if not idle:
            return False
        self._unseat(min(idle, key=lambda slot: slot.last_used))
        return True

    def _unseat(self, slot: Slot) -> None:
        if slot.seat is not None:
            self._context.drop(slot.seat)
            self._free_seats.append(slot.seat)
            self._seated.remove(slot)
        slot.seat = None
        slot.cached = 0
        slot.leftover = []
        slot.logits = None

    def _forget(self, slot: Slot) -> None:
        for request in [r for r in (*self._active, *self._waiting) if r.slot is slot]:
            request.future.cancel()
            if request in self._active:
                self._active.remove(request)
            else:
                self._waiting.remove(request)
        self._unseat(slot)

    def _share(self, source: Slot, target: Slot) -> None:
        """Seat `target` on the cache of `source`; without a free seat it starts from nothing."""
        if source.seat is None or (not self._free_seats and not self._evict_other(source)):
            return
        target.seat = self._free_seats.pop()
        self._seated.append(target)
        target.last_used = next(self._clock)
        target.cached = source.cached
        target.logits = source.logits
        self._context.share(source.seat, target.seat, source.cached)

    def _evict_other(self, source: Slot) -> bool:
        source.last_used = next(self._clock)
        return self._evict_idle() and source.seat is not None

    def _fail(self, error: EngineError) -> None:
        with self._wake:
            self._failure = error
            calls, self._calls = self._calls, deque()
        waiting = [call for call, _ in calls if isinstance(call, Request)]
        for request in (*self._active, *self._waiting, *waiting):
            if request.future.set_running_or_notify_cancel():
                request.future.set_exception(error)
        for _, done in calls:
            if done is not None:
                done.set_exception(error)
        self._active.clear()
        self._waiting.clear()
