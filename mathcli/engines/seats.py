"""Who holds a place in the cache, and who shares what of it with whom."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection

from mathcli.engines.cache import State
from mathcli.engines.kept_prefixes import KeptPrefixes
from mathcli.engines.native import Context
from mathcli.engines.slots import Slot

_WORTH_SHARING = 16  # tokens of a common beginning, below which it is not worth a look
_STATES = 2  # saved states that one sequence keeps: tens of megabytes each in a large model


class Seats:
    """The cache's sequence ids and the slots that hold them.

    Args:
        context: its cache is managed by this object alone.
        kept: evaluated beginnings on disk, where they are worth it.
        apart: sequences never share, and an idle one keeps its place as long as others can go
            on: what is evaluated again in one batch differs in its last bits.
    """

    def __init__(self, context: Context, *, apart: bool, kept: KeptPrefixes | None = None) -> None:
        self._cache = context.cache
        self._kept = kept if context.cache.plain and not apart else None
        self._apart = apart
        self._free = list(range(context.n_sequences))  # a heap: see `Scheduler._next_batch`
        self._seated: list[Slot] = []
        self._clock = itertools.count()

    def take(self, slot: Slot, busy: Collection[int], *, needed: bool = False) -> bool:
        """Give `slot` a place, if need be that of the sequence that has been idle longest.

        Args:
            busy: `id`s of the slots that must keep theirs.
            needed: nothing can go on otherwise.
        """
        if slot.seat is None:
            if not self._free and not self.evict_idle(busy, needed=needed):
                return False
            slot.seat = heapq.heappop(self._free)
            self._seated.append(slot)
        slot.last_used = next(self._clock)
        return True

    def evict_idle(self, busy: Collection[int], *, needed: bool = False) -> bool:
        """Take the place of the slot that has been idle longest; it is recomputed later."""
        idle = [slot for slot in self._seated if id(slot) not in busy]
        if not idle or (self._apart and not needed):
            return False
        self.leave(min(idle, key=lambda slot: slot.last_used))
        return True

    def leave(self, slot: Slot) -> None:
        """Take the slot's place and forget all of it that the cache holds."""
        seat = slot.seat
        slot.seat = None
        slot.cached = 0
        slot.leftover = []
        slot.logits = None
        slot.states = []
        slot.marks.clear()
        if seat is not None:
            self._seated.remove(slot)
            self._cache.drop(seat)
            heapq.heappush(self._free, seat)

    def branch(self, source: Slot, target: Slot, busy: Collection[int]) -> None:
        """Seat `target`, a copy of `source`, on the same cells; without a place it starts anew."""
        if source.seat is None or not self.take(target, {*busy, id(source)}):
            return
        if target.seat is not None and self._cache.copy(source.seat, target.seat, source.cached):
            target.cached = source.cached
            target.logits = source.logits
            target.states = list(source.states)

    def trim(self, slot: Slot) -> None:
        """Bring the cache back to what the slot counts on: its cached tokens and its leftover.

        Where the library cannot do that, the slot is back at a state that was saved before, or
        at nothing, and the rest is evaluated again.
        """
        length = slot.cached + len(slot.leftover)
        if slot.seat is None or self._cache.cut(slot.seat, length):
            return
        slot.leftover = []
        self._go_back(slot)

    def _go_back(self, slot: Slot) -> None:
        """To the longest saved state that is not beyond the slot's cached tokens."""
        slot.states = [state for state in slot.states if state.length <= slot.cached]
        seat, slot.cached = slot.seat, 0
        if seat is not None and slot.states and self._cache.restore(seat, slot.states[-1]):
            slot.cached = slot.states[-1].length
        elif seat is not None:
            slot.states = []
            self._cache.drop(seat)

    def recall(self, slot: Slot) -> None:
        """Start on the preamble that an earlier call has kept; or see to it that this one keeps
        it: evaluation pauses there, so that both go on with the same arithmetic."""
        if self._kept is None or slot.seat is None or slot.cached >= slot.preamble:
            return
        state = self._kept.read(slot.tokens[: slot.preamble])
        if state is None:
            slot.marks.add(slot.preamble)
            return
        self._cache.drop(slot.seat)
        slot.cached = slot.preamble if self._cache.read(slot.seat, state, slot.preamble) else 0

    def reached(self, slot: Slot) -> None:
        """Keep what is worth keeping where evaluation was to pause."""
        if self._kept is not None and slot.cached == slot.preamble and slot.seat is not None:
            self._kept.write(slot.tokens[: slot.preamble], self._cache.written(slot.seat))
        self.save(slot)

    def save(self, slot: Slot) -> None:
        """Keep the slot's recurrent state, in case it must come back here."""
        slot.marks.discard(slot.cached)
        if slot.seat is None or not self._cache.saves:
            return
        kept = [state for state in slot.states if state.length < slot.cached]
        slot.states = [*kept[: _STATES - 1], self._cache.save(slot.seat)]

    def borrow_prefix(self, slot: Slot) -> None:
        """Start on what another sequence has evaluated, where both begin alike."""
        if self._apart or slot.seat is None:
            return
        donor, best, length = None, None, _WORTH_SHARING - 1
        for other in self._seated:
            common = min(slot.common_prefix(other), other.cached, len(slot.tokens) - 1)
            state = None
            if self._cache.recurrent and common > length:
                common, state = self._state_within(other, common)
            if common > length:
                donor, best, length = other, state, common
        if donor is None or donor.seat is None:
            return
        if self._cache.copy(donor.seat, slot.seat, length, best):
            slot.cached = length
            slot.states = [best] if best is not None else []

    def _state_within(self, slot: Slot, length: int) -> tuple[int, State | None]:
        """The most tokens, up to `length`, after which a recurrent state is at hand, and that."""
        if slot.cached == length and not slot.leftover:
            return length, None
        within = [state for state in slot.states if state.length <= length]
        return (within[-1].length, within[-1]) if within else (0, None)

    def prefix_is_coming(self, slot: Slot, others: Collection[Slot]) -> bool:
        """Is one of `others` just evaluating a beginning that `slot` shares? Then wait for it."""
        if self._apart or slot.cached:
            return False
        for other in others:
            common = min(slot.common_prefix(other), len(slot.tokens) - 1)
            if other.pending > 1 and common - other.cached >= _WORTH_SHARING:
                if self._cache.saves:
                    other.marks.add(common)
                return self._cache.saves or not self._cache.recurrent
        return False

    @property
    def empty(self) -> bool:
        """Does nobody hold a place?"""
        return not self._seated
