"""What a rollout and its copies have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mathcli.engines import Piece
from mathcli.problems import Request
from mathcli.solving.options import Listener, SolveOptions
from mathcli.solving.progress import Progress
from mathcli.solving.resources import Resources
from mathcli.solving.thinking import Mode, begins_inside


@dataclass(frozen=True)
class Setting:
    """How a problem is solved by one method.

    Args:
        request: what the problem asks for.
        problem: where it is not the task's own.
    """

    resources: Resources
    method: str
    options: SolveOptions
    listener: Listener
    mode: Mode
    request: Request = Request("question")  # noqa: RUF009 (frozen)
    problem: str | None = None

    @property
    def rounds(self) -> int:
        """Most programs of a solution."""
        options, card = self.options, self.resources.card
        return options.rounds if options.rounds is not None else card.rounds

    def begun(self, prompt: Sequence[Piece]) -> Progress:
        """A solution of which only the prompt is there."""
        card = self.resources.card
        return Progress(
            turns_left=card.generations or 2 * self.rounds + 2,
            inside=begins_inside(card.thinking, prompt, first=True),
        )
