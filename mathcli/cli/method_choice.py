"""Loads what `calibrate` learned about a model's methods, for `--method auto`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mathcli.cli import output

if TYPE_CHECKING:
    from mathcli.calibration import Learned
    from mathcli.models import Card
    from mathcli.solving import ModelInfo


class Experience:
    """A `Chooser` of the solving loop that reads its file on first use.

    If nothing was learned and the model cannot choose by itself, it prints a hint, once a day.

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
        """Identifies what was learned; `None` if nothing was.

        Raises:
            UsageError: it is in a file that cannot be used.
        """
        learned = self._learned()
        return learned.digest if learned is not None else None

    @property
    def doubt(self) -> float | None:
        """The least token probability with which words are accepted; `None` if unknown.

        Raises:
            UsageError: it is in a file that cannot be used.
        """
        learned = self._learned()
        return learned.doubt if learned is not None else None

    def choose(self, problem: str) -> str | None:
        """The method for a problem; `None` if unknown.

        Raises:
            UsageError: the file cannot be used.
        """
        learned = self._learned()
        if learned is not None:
            return learned.choose(problem)
        self._hint()
        return None

    def _learned(self) -> Learned | None:
        """The content of the file at first use; later changes take effect at the next start."""
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
