"""The state of an unfinished solution and its cost so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mathcli.engines import Completion, Token
from mathcli.sandbox import Execution
from mathcli.solving.transcript import Segment
from mathcli.solving.turn import Turn


@dataclass
class Progress:
    """The state of a solution that a fork copies.

    Args:
        turns_left: generations that may still begin.
        inside: whether the next turn begins inside a thought.
        turn: the unfinished turn; its first segment is number `turn_first`.
        drawn: tokens outside thoughts, if their probabilities are known.
        thinking_tokens: tokens of thoughts, in all turns.
    """

    turns_left: int
    inside: bool = False
    turn: Turn | None = None
    turn_first: int = 0
    segments: list[Segment] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)
    drawn: list[Token] = field(default_factory=list)
    thinking_tokens: int = 0

    def copy(self) -> Progress:
        """An independent copy, for a fork of the solution."""
        return replace(
            self,
            turn=self.turn.copy() if self.turn else None,
            segments=list(self.segments),
            executions=list(self.executions),
            drawn=list(self.drawn),
        )


@dataclass
class Spent:
    """The cost of one rollout alone; a fork begins at zero.

    Args:
        first_token_ms: from its first request to its first token.
        decode_ms: time after the first token of each generation, so without prompts.
        decoded: tokens generated in `decode_ms`.
        ran: programs that ran.
        thinking_tokens: tokens of thoughts.
    """

    first_token_ms: float = 0.0
    decode_ms: float = 0.0
    decoded: int = 0
    ran: int = 0
    thinking_tokens: int = 0

    def add(self, completion: Completion) -> None:
        """Add the times of a generation."""
        if self.first_token_ms == 0.0:
            self.first_token_ms = completion.first_token_ms
        self.decode_ms += completion.milliseconds - completion.first_token_ms
        self.decoded += max(0, completion.tokens - 1)
