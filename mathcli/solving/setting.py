"""The settings that a rollout and its forks share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mathcli.engines import Piece
from mathcli.problems import ProblemForm
from mathcli.solving.options import Listener, SolveOptions
from mathcli.solving.progress import Progress
from mathcli.solving.resources import Resources
from mathcli.solving.thinking import Mode, begins_inside


@dataclass(frozen=True)
class Setting:
    """The settings of solving a problem by one method.

    Args:
        form: what the problem asks for.
        problem: the wording, if not the task's own.
    """

    resources: Resources
    method: str
    options: SolveOptions
    listener: Listener
    mode: Mode
    form: ProblemForm = ProblemForm("question")  # noqa: RUF009 (frozen)
    problem: str | None = None

    @property
    def rounds(self) -> int:
        """Most programs in one solution."""
        options, card = self.options, self.resources.card
        return options.rounds if options.rounds is not None else card.rounds

    def begun(self, prompt: Sequence[Piece]) -> Progress:
        """The state of a solution after its prompt, with nothing written."""
        card = self.resources.card
        return Progress(
            turns_left=card.generations or 2 * self.rounds + 2,
            inside=begins_inside(card.thinking, prompt, first=True),
        )
