"""One thread that owns the context and decodes all live sequences together.

Each step takes one token of every sequence that is writing and fills the rest of the batch with
parts of prompts. While a sequence waits for its program, it has no request here and the others go
on: there are no common rounds.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice

from mathcli.engines.base import Finish
from mathcli.engines.kept_prefixes import KeptPrefixes
from mathcli.engines.native import Context, Model, Part
from mathcli.engines.sampling import Logits
from mathcli.engines.seats import Seats
from mathcli.engines.slots import Slot, SlotRequest
from mathcli.engines.threads import Governor
from mathcli.errors import ContextFull, EngineError

_FORESEEN = 32  # most tokens known in advance that are evaluated in one step
_GROWTH = 64  # expected tokens of each sequence before another one ends

Call = SlotRequest | Slot | tuple[Slot, Slot]


@dataclass(frozen=True)
class Policy:
    """The rules for composing steps.

    `max_length` is the longest sequence in tokens. `alone` evaluates one sequence per step, so that
    its results depend on no other.
    """

    max_length: int
    alone: bool = False


class Scheduler:
    """Runs requests until closed. Its public methods may be called from any thread.

    Args:
        model, context: used by this thread alone from now on, but not freed by it.
        governor: decides the number of threads of each step; `None`: always the same.
        kept: evaluated beginnings of prompts, on disk.
    """

    def __init__(
        self,
        model: Model,
        context: Context,
        policy: Policy,
        governor: Governor | None = None,
        kept: KeptPrefixes | None = None,
    ) -> None:
        self._model = model
        self._context = context
        self._policy = policy
        self._governor = governor
        self._wake = threading.Condition()
        self._calls: deque[tuple[Call, Future[None] | None]] = deque()
        self._closing = False
        self.written = 0  # tokens of all sequences together
        self._failure: EngineError | None = None
        self._active: list[SlotRequest] = []  # oldest first
        self._waiting: deque[SlotRequest] = deque()
        self.seats = Seats(context, apart=policy.alone, kept=kept)
        self.steps = 0
        self._thread = threading.Thread(target=self._run, name="mathcli-decode", daemon=True)
        self._thread.start()

    # -- from any thread ---------------------------------------------------------------------

    def submit(self, request: SlotRequest) -> None:
        """Queue a request; its future receives the completion."""
        self._call(request, None)

    def branch(self, source: Slot, target: Slot) -> Future[None]:
        """Let `target`, a fork of an evaluated `source`, share its cache."""
        done: Future[None] = Future()
        self._call((source, target), done)
        return done

    def release(self, slot: Slot) -> None:
        """Free the slot's place; a request of it that still runs is dropped."""
        self._call(slot, None)

    @property
    def failed(self) -> bool:
        """Did the thread end because of an error?"""
        return self._failure is not None

    def close(self, patience: float | None = None) -> bool:
        """End the thread after its current step; open requests fail.

        A step on a large model can take many seconds and cannot be interrupted. Returns whether
        the thread ended within `patience` seconds: if not, its model and context must not be
        freed.
        """
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _call(self, call: Call, done: Future[None] | None) -> None:
        with self._wake:
            if self._closing or self._failure:
                error = self._failure or EngineError("the engine is closed")
                for future in (done, call.future if isinstance(call, SlotRequest) else None):
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
        except Exception as error:  # a bug here must not leave callers waiting forever
            self._fail(EngineError(f"the engine stopped: {type(error).__name__}: {error}"))

    def _take_calls(self) -> bool:
        """Run the queued calls; wait for one if there is nothing to do."""
        with self._wake:
            while not (self._calls or self._active or self._waiting or self._closing):
                self._wake.wait()
            closing = self._closing
        while self._calls:
            self._take(*self._calls[0])
            self._calls.popleft()  # only now: if it failed, its caller must get the error
        if closing:
            self._fail(EngineError("the engine was closed"))
        return not closing

    def _take(self, call: Call, done: Future[None] | None) -> None:
        if isinstance(call, SlotRequest):
            self._waiting.append(call)
        elif isinstance(call, Slot):
            self._forget(call)
        else:
            self.seats.branch(*call, self._busy())
        if done is not None and done.set_running_or_notify_cancel():
            done.set_result(None)

    def _admit(self) -> None:
        """Admit waiting requests in order of arrival, while the cache has room."""
        self._active = [request for request in self._active if not request.future.cancelled()]
        while self._waiting:
            request = self._waiting[0]
            slot = request.slot
            if request.future.cancelled():
                self._waiting.popleft()
            elif len(slot.tokens) >= self._policy.max_length:
                self._waiting.popleft()
                self._end(request, "context")
            elif (
                not self.seats.prefix_is_coming(slot, [r.slot for r in self._active])
                and self._fits(slot)
                and self.seats.take(slot, self._busy(), needed=not self._active)
            ):
                self._active.append(self._waiting.popleft())
                self._begin(request)
            else:
                return

    def _fits(self, slot: Slot) -> bool:
        """Is there room for the rest of this sequence, and some for the growth of all?

        Shared prefixes are counted once for each sequence, so this errs towards waiting.
        """
        if not self._active or slot.pending <= 1:
            return True
        growing = sum(len(request.slot.tokens) + _GROWTH for request in self._active)
        return growing + len(slot.tokens) + _GROWTH <= self._context.n_ctx

    def _begin(self, request: SlotRequest) -> None:
        """Bring the cache in line with the sequence's tokens."""
        slot = request.slot
        if slot.leftover:
            slot.reuse_leftover()
        if slot.pending == 0 and slot.logits is None:
            slot.cached -= 1  # evaluate the last token again, for its logits
        self.seats.trim(slot)
        if slot.cached == 0:
            self.seats.borrow_prefix(slot)
            self.seats.recall(slot)
        if slot.pending == 0 and slot.logits is not None:
            self._advance(request, slot.logits)

    def _step(self) -> None:
        """Decode one batch, then advance every sequence whose text is evaluated."""
        if self._governor is not None:
            self._context.use_threads(self._governor.update())
        planned = self._next_batch()
        if not self._context.decode([part for _, part in planned]):
            self._make_room()
            return
        self.steps += 1
        rows = iter(self._context.logits(sum(part.wanted for _, part in planned)))
        for request, part in planned:
            slot = request.slot
            slot.cached += len(part.tokens) - part.foreseen
            slot.evaluated += len(part.tokens)
            if slot.cached in slot.marks:
                self.seats.reached(slot)
            logits = [next(rows) for _ in range(part.wanted)]
            if part.foreseen:
                self._advance_foreseen(request, logits)
            elif logits:
                self._advance(request, logits[0])

    def _next_batch(self) -> list[tuple[SlotRequest, Part]]:
        """The tokens that each sequence evaluates in the next step, within the batch's size.

        Writers come first: they need one token each and must not wait for a prompt.
        The batch is in the order of the seats: with separate caches the library computes only
        neighbours together.
        """
        room = self._context.n_batch
        if self._policy.alone:
            self._active.append(self._active.pop(0))  # take turns
        turn = self._active[-1:] if self._policy.alone else self._active
        planned = []
        for request in sorted(turn, key=lambda request: request.slot.pending > 1):
            slot = request.slot
            n = min(slot.stretch, room)
            if n == 0:
                break
            tokens = slot.tokens[slot.cached : slot.cached + n]
            last = n == slot.pending
            most = min(_FORESEEN, room - n) if last and request.max_tokens else 0
            ahead = list(islice(slot.foreseen, most))
            wanted = 1 + len(ahead) if last else 0
            part = Part(slot.seat or 0, slot.cached, tokens + ahead, wanted, len(ahead))
            planned.append((request, part))
            room -= len(part.tokens)
        return sorted(planned, key=lambda item: item[1].seat)

    def _advance(self, request: SlotRequest, logits: Logits) -> None:
        """Write the next token, or only keep the logits if no text was requested."""
        slot = request.slot
        if request.max_tokens == 0:
            slot.logits = request.logits = logits.copy()
            self._end(request, "max_tokens")
        else:
            slot.logits = None
            self._write(request, logits)

    def _write(self, request: SlotRequest, logits: Logits) -> None:
        """Draw a token, add it to its sequence, and end the generation if it is complete."""
        slot = request.slot
        token = slot.sampler.draw(logits, slot.tokens)
        if slot.foreseen:
            token = slot.foreseen.popleft()
        if self._model.is_end(token):
            slot.logits = logits.copy()
            self._end(request, "eos")
            return
        slot.generated += 1
        self.written += 1
        request.sampled += 1
        slot.tokens.append(token)
        request.note(token, logits)
        piece = self._model.piece(token)
        loops = slot.loops.add(piece)
        if request.take(piece):
            self._cut(request, logits)
            self._end(request, "stop")
        elif loops:
            self._end(request, "loop")
        elif request.sampled >= request.max_tokens:
            self._end(request, "max_tokens")
        elif len(slot.tokens) >= self._policy.max_length:
            self._end(request, "context")
        elif self._context.cache.recurrent and request.may_be_cut:
            self.seats.save(slot)

    def _advance_foreseen(self, request: SlotRequest, logits: list[Logits]) -> None:
        """Write the foreseen tokens that were evaluated in this step, and one more."""
        *foreseen, last = logits
        for row in foreseen:
            self._write(request, row)
            if request.future.done():
                break
            request.slot.cached += 1
        else:
            self._write(request, last)
        self.seats.trim(request.slot)

    def _cut(self, request: SlotRequest, logits: Logits) -> None:
        """Remove the tokens after the stop string; the last token was drawn from `logits`."""
        whole, partial = request.cut_point()
        if whole == len(request.pieces):
            return
        slot = request.slot
        slot.cut(request.base + whole)
        if whole == len(request.pieces) - 1 and not partial:
            slot.logits = logits.copy()
        if partial:
            slot.tokens += self._model.tokenize_plain(partial.decode("utf-8", "replace"))
        slot.generated += len(slot.tokens) - request.base - request.sampled

    def _end(self, request: SlotRequest, finish: Finish) -> None:
        if request in self._active:
            self._active.remove(request)
        if not request.future.set_running_or_notify_cancel():
            return
        if finish == "context" and request.sampled == 0:
            request.future.set_exception(self._too_long(request.slot))
            return
        try:
            completion = request.completion(finish)
        except Exception as error:  # `on_text` raised
            request.future.set_exception(error)
        else:
            request.future.set_result(completion)

    def _too_long(self, slot: Slot) -> ContextFull:
        return ContextFull(
            f"the text has {len(slot.tokens)} tokens, the context holds {self._policy.max_length}",
            "shorten the problem, or choose a larger context with --context",
        )

    # -- the cache ---------------------------------------------------------------------------

    def _busy(self) -> set[int]:
        return {id(request.slot) for request in self._active}

    def _make_room(self) -> None:
        """Make room in a full cache: idle sequences are evicted first, then the youngest writer."""
        if self.seats.evict_idle(self._busy()):
            return
        if len(self._active) == 1:
            self._end(self._active[0], "context")
            return
        youngest = self._active.pop()
        self._waiting.append(youngest)
        self.seats.leave(youngest.slot)

    def _forget(self, slot: Slot) -> None:
        for request in [r for r in (*self._active, *self._waiting) if r.slot is slot]:
            request.future.cancel()
            if request in self._active:
                self._active.remove(request)
            else:
                self._waiting.remove(request)
        self.seats.leave(slot)

    def _fail(self, error: EngineError) -> None:
        with self._wake:
            self._failure = error
            calls, self._calls = self._calls, deque()
        waiting = [call for call, _ in calls if isinstance(call, SlotRequest)]
        for request in (*self._active, *self._waiting, *waiting):
            if request.future.set_running_or_notify_cancel():
                request.future.set_exception(error)
        for _, done in calls:
            if done is not None and done.set_running_or_notify_cancel():
                done.set_exception(error)
        self._active.clear()
        self._waiting.clear()
