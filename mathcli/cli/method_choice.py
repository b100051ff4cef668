"""What was learned about a model's methods, at hand for `--method auto`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mathcli.cli import output

if TYPE_CHECKING:
    from mathcli.calibration import Learned
    from mathcli.models import Card
    from mathcli.solving import ModelInfo


class Experience:
    """A `Chooser` of the solving loop that reads its file when it is first asked.

    Where nothing was learned and the model has no cue of its own, it says once how to learn.

    Args:
        name: of the model, as `calibrate` takes it.
    """

    def __init__(self, model: ModelInfo, card: Card, name: str) -> None:
        self._model = model
        self._card = card
        self._name = name
        self._read = self._hinted = False
        self._known: Learned | None = None

    @property
    def digest(self) -> str | None:
        """Names what was learned; `None` where nothing was.

        Raises:
            UsageError: it is in a file that cannot be used.
        """
        learned = self._learned()
        return learned.digest if learned is not None else None

    @property
    def doubt(self) -> float | None:
        """How probable tokens of words must be to be believed, if anything is known.

        Raises:
            UsageError: it is in a file that cannot be used.
        """
        learned = self._learned()
        return learned.doubt if learned is not None else None

    def choose(self, problem: str) -> str | None:
        """The method for a problem, if anything is known.

        Raises:
            UsageError: what was learned is in a file that cannot be used.
        """
        learned = self._learned()
        if learned is not None:
            return learned.choose(problem)
        self._hint()
        return None

    def _learned(self) -> Learned | None:
        """What is in the file when it is first asked for; what changes it later waits for the
        next start."""
        if not self._read:
            from mathcli.calibration import load

            self._known = load(self._model)
            self._read = True
        return self._known

    def _hint(self) -> None:
        from mathcli.solving.methods import AUTO

        if not self._hinted and AUTO not in self._card.methods:
            output.note(
                f"hint: auto begins with {self._card.default_method}: to learn when another "
                f"method is better: mathcli calibrate {self._name} DATASET"
            )
        self._hinted = True
