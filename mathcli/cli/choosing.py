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
        self._read = False
        self._learned: Learned | None = None

    def choose(self, problem: str) -> str | None:
        """The method for a problem, if anything is known.

        Raises:
            UsageError: what was learned is in a file that cannot be used.
        """
        if not self._read:
            self._read = True
            self._learned = self._load()
        return self._learned.choose(problem) if self._learned is not None else None

    def _load(self) -> Learned | None:
        from mathcli.calibration import load
        from mathcli.solving.methods import AUTO

        learned = load(self._model)
        if learned is None and AUTO not in self._card.methods:
            output.note(
                f"hint: auto begins with {self._card.default_method}: to learn when another "
                f"method is better: mathcli calibrate {self._name} DATASET"
            )
        return learned
