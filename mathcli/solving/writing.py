"""Writes a model's turn in several generations, because stop strings depend on thinking.

Inside a thought only its end and the budget stop a generation; outside, the family's stop strings.
A thought whose budget is spent is closed for the model, which then answers (budget forcing, as in
Muennighoff et al., "s1: Simple test-time scaling", 2025).
"""

from __future__ import annotations

import logging

from mathcli.engines import Completion, Piece, TextSequence
from mathcli.models import Card
from mathcli.solving.calls import completed
from mathcli.solving.markers import is_special
from mathcli.solving.progress import Progress, Spent
from mathcli.solving.segments import FENCE_END, SegmentStream
from mathcli.solving.turn import Turn

_log = logging.getLogger("mathcli.writing")

_MOST_CLOSED = 4  # most thoughts closed in one turn, for a model that opens new ones
_USED_UP = Completion("", "max_tokens", None, 0, 0.0, 0.0)


class Writer:
    """Writes the turns of one sequence.

    Args:
        budget: most tokens of thinking, over all turns; `None` for no limit.
        max_tokens: most tokens in one turn.
        runs: whether programs run.
    """

    def __init__(
        self,
        card: Card,
        sequence: TextSequence,
        progress: Progress,
        spent: Spent,
        *,
        budget: int | None,
        max_tokens: int,
        runs: bool,
    ) -> None:
        self._card = card
        self._code = completed(card.code)
        self._thinking = card.thinking
        self._sequence = sequence
        self._progress = progress
        self._spent = spent
        self._budget = budget
        self._max_tokens = max_tokens
        self._runs = runs

    async def write(self, turn: Turn, pauses: tuple[str, ...]) -> Completion:
        """Generate up to the turn's end, or to a pause in words.

        Raises:
            ContextFull: no further token fits into the context.
            EngineError: the native library failed.
        """
        while True:
            if turn.stream.thinks and self._left == 0 and turn.closed < _MOST_CLOSED:
                await self._close_thought(turn, 0, cut=True)
            completion, tokens = await self._generate(turn, pauses)
            if turn.stream.thinks and turn.closed < _MOST_CLOSED:
                cut = completion.finish == "max_tokens" and self._left == 0
                if cut or completion.finish in ("eos", "loop"):
                    await self._close_thought(turn, tokens, cut=cut or completion.finish == "loop")
                    continue
            if completion.finish == "stop":
                if self._goes_on(turn, completion.stop or "", pauses):
                    if turn.stream.in_program:
                        turn.count(tokens)
                    else:
                        self._keep(turn, tokens)
                    continue
                if completion.stop in pauses:
                    self._keep(turn, tokens)
                    return completion
            self._finish(turn, tokens)
            return completion

    async def _generate(self, turn: Turn, pauses: tuple[str, ...]) -> tuple[Completion, int]:
        """One generation, and the number of tokens that it added."""
        thinks = turn.stream.in_thought
        room = self._max_tokens - turn.tokens
        if turn.stream.thinks and self._left is not None:
            room = min(room, self._left)
        if room <= 0:
            return _USED_UP, 0
        before = self._sequence.counts.generated
        try:
            completion = await self._sequence.generate(
                stop=self._stops(turn.stream, pauses),
                max_tokens=room,
                on_text=turn.take,
                probabilities=True,
            )
        except BaseException:  # keep the text that a timeout cuts off
            tokens = self._sequence.counts.generated - before
            self._count_thinking(tokens if thinks else 0)
            self._finish(turn, tokens)
            raise
        tokens = self._sequence.counts.generated - before
        _log.debug("wrote %d tokens, ended by %s %r", tokens, completion.finish, completion.stop)
        self._spent.add(completion)
        if thinks:
            self._count_thinking(tokens)
        else:
            self._progress.drawn += completion.drawn
        return completion, tokens

    def _stops(self, stream: SegmentStream, pauses: tuple[str, ...]) -> tuple[str, ...]:
        """The stop strings of the next generation, inside or outside a thought, or in a fence."""
        thinking, code, card = self._thinking, self._code, self._card
        if stream.in_thought and thinking is not None:
            ends = tuple(filter(is_special, card.stops))
            return (*thinking.close, *(code.stops if thinking.runs_code else ()), *ends)
        marks = (*thinking.open, *thinking.close) if thinking is not None else ()
        fences: tuple[str, ...] = ()
        if self._runs and stream.fences:
            fences = (FENCE_END,) if stream.in_program else stream.fences
        return tuple(dict.fromkeys((*code.stops, *card.stops, *pauses, *marks, *fences)))

    def _goes_on(self, turn: Turn, stop: str, pauses: tuple[str, ...]) -> bool:
        """Does the turn go on after this stop string, with another generation?"""
        stream, thinking = turn.stream, self._thinking
        if stream.in_call:
            return True  # the stop string is inside a string of the program
        if stop in stream.fences or (stop == FENCE_END and stream.in_fence):
            return stream.in_program
        if stop in self._card.stops:
            return False
        if stop in self._code.stops and (not stream.in_thought or stream.ends_with_program):
            return False
        if stop in pauses:
            return not stream.in_words
        return thinking is not None and (
            stream.in_thought or stop in thinking.open or stop in thinking.close
        )

    # -- thoughts ------------------------------------------------------------------------------

    @property
    def _left(self) -> int | None:
        """Tokens left of the thinking budget."""
        if self._budget is None:
            return None
        return max(0, self._budget - self._progress.thinking_tokens)

    async def _close_thought(self, turn: Turn, tokens: int, *, cut: bool) -> None:
        """Close a thought for the model, which then answers with all of `max_tokens`."""
        assert self._thinking is not None
        text = self._thinking.forced_close
        turn.flush()
        self._keep(turn, tokens, cut=cut)
        turn.take(text)
        if turn.closed == 0:
            turn.tokens = 0
        turn.closed += 1
        await self._sequence.append([Piece(text, markup=True)])

    def _count_thinking(self, tokens: int) -> None:
        self._progress.thinking_tokens += tokens
        self._spent.thinking_tokens += tokens

    def _keep(self, turn: Turn, tokens: int, *, cut: bool = False) -> None:
        """Keep the segments so far; words that turned out to be a thought count as thinking."""
        progress = self._progress
        self._count_thinking(
            turn.hand_over(progress.segments, progress.turn_first, tokens, cut=cut)
        )

    def _finish(self, turn: Turn, tokens: int) -> None:
        """Keep all segments of a turn at its end."""
        progress = self._progress
        self._count_thinking(turn.finish(progress.segments, progress.turn_first, tokens))
