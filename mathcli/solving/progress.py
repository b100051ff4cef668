"""What a solution has come to so far, and what it cost: the state that a rollout goes on with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mathcli.engines import Completion, Token
from mathcli.sandbox import Execution
from mathcli.solving.transcript import Segment
from mathcli.solving.turn import Turn


@dataclass
class Progress:
    """What a copy of a solution goes on with.

    Args:
        turns_left: generations that it may begin.
        inside: the next turn begins inside of a thought.
        turn: the one that is not at its end; its first segment is number `turn_first`.
        drawn: tokens outside of thoughts, where their probabilities are known.
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
        """The same for a copy of the solution: what the one adds the other does not see."""
        return replace(
            self,
            turn=self.turn.copy() if self.turn else None,
            segments=list(self.segments),
            executions=list(self.executions),
            drawn=list(self.drawn),
        )


@dataclass
class Spent:
    """What one rollout has cost by itself; a copy begins at nothing.

    Args:
        first_token_ms: from its first request to its first token.
        decode_ms: after the first token of each generation: without prompts.
        decoded: tokens that were written in that time.
        ran: programs.
        thinking_tokens: tokens of thoughts.
    """

    first_token_ms: float = 0.0
    decode_ms: float = 0.0
    decoded: int = 0
    ran: int = 0
    thinking_tokens: int = 0

    def add(self, completion: Completion) -> None:
        """Count the time of a generation."""
        if self.first_token_ms == 0.0:
            self.first_token_ms = completion.first_token_ms
        self.decode_ms += completion.milliseconds - completion.first_token_ms
        self.decoded += max(0, completion.tokens - 1)
