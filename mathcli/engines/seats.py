"""Who holds a place in the cache, and who shares what of it with whom."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection

from mathcli.engines.native import Context
from mathcli.engines.slots import Slot

_WORTH_SHARING = 16  # tokens of a common beginning, below which it is not worth a look


class Seats:
    """The cache's sequence ids and the slots that hold them.

    Args:
        context: its cache is managed by this object alone.
        apart: sequences never share, and an idle one keeps its place as long as others can go
            on: what is evaluated again in one batch differs in its last bits.
    """

    def __init__(self, context: Context, *, apart: bool) -> None:
        self._context = context
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
        if slot.seat is not None:
            self._context.drop(slot.seat)
            heapq.heappush(self._free, slot.seat)
            self._seated.remove(slot)
        slot.seat = None
        slot.cached = 0
        slot.leftover = []
        slot.logits = None

    def branch(self, source: Slot, target: Slot, busy: Collection[int]) -> None:
        """Seat `target`, a copy of `source`, on the same cells; without a place it starts anew."""
        if source.seat is None or not self.take(target, {*busy, id(source)}):
            return
        if source.seat is not None and target.seat is not None:
            self._context.share(source.seat, target.seat, source.cached)
            target.cached = source.cached
            target.logits = source.logits

    def borrow_prefix(self, slot: Slot) -> None:
        """Start on what another sequence has evaluated, where both begin alike."""
        if self._apart or slot.seat is None:
            return
        donor, length = None, _WORTH_SHARING - 1
        for other in self._seated:
            common = min(slot.common_prefix(other), other.cached, len(slot.tokens) - 1)
            if common > length:
                donor, length = other, common
        if donor is not None and donor.seat is not None:
            self._context.share(donor.seat, slot.seat, length)
            slot.cached = length

    def prefix_is_coming(self, slot: Slot, others: Collection[Slot]) -> bool:
        """Is one of `others` just evaluating a beginning that `slot` shares? Then wait for it."""
        return (
            not self._apart
            and slot.cached == 0
            and any(
                other.pending > 1 and slot.common_prefix(other) - other.cached >= _WORTH_SHARING
                for other in others
            )
        )

    @property
    def empty(self) -> bool:
        """Does nobody hold a place?"""
        return not self._seated
