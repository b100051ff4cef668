"""The settings of a run with a file of results, also before its model is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mathcli.cli.method_choice import Experience

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mathcli.batches import RunSettings
    from mathcli.cli.backend import Setup
    from mathcli.models import Card
    from mathcli.solving import ModelInfo, SolveOptions, Solver


def settings_of(solver: Solver, options: SolveOptions) -> RunSettings:
    """The settings of a run with an open solver."""
    from mathcli.batches import RunSettings
    from mathcli.solving.cascade import Cascade

    larger = [one.path for one in solver.larger] if isinstance(solver, Cascade) else []
    reward = solver.reward.name if solver.reward is not None else None
    calibration = _calibration(solver.chooser, options)
    return RunSettings(solver.model, options, reward, calibration, _digests(larger))


def expected_settings(setup: Setup) -> RunSettings | None:
    """The settings that a run will have, from the headers of the model files alone; `None` if only
    a server knows them.

    Raises:
        ModelError: a model is not on this machine, or cannot be used.
    """
    from mathcli.batches import RunSettings
    from mathcli.cli.rewarding import chosen_judge

    if setup.model is None:
        return None
    model, card = model_ahead(setup, setup.model)
    options = setup.request.options(card)
    judge = chosen_judge(setup.request.effort.reward)
    calibration = _calibration(Experience(model, card, model.name), options)
    reward = judge.name if judge is not None else None
    return RunSettings(model, options, reward, calibration, _digests(setup.larger))


def model_ahead(setup: Setup, path: Path) -> tuple[ModelInfo, Card]:
    """The description of a model file that is not loaded, and its card.

    Raises:
        ModelError: it cannot be used.
    """
    from mathcli.cli.session import card_of, described
    from mathcli.engines.native import with_header
    from mathcli.models import file_digest

    card = card_of(setup, path)
    digest = file_digest(path)

    def read(metadata: Callable[[str], str | None]) -> ModelInfo:
        return described(path, metadata, "", card.name, digest)

    return with_header(path, read), card


def _calibration(chooser: object, options: SolveOptions) -> str | None:
    """The calibration that `auto` uses, for runs with that method."""
    from mathcli.batches import UNCALIBRATED
    from mathcli.solving.methods import AUTO

    if options.method != AUTO or not isinstance(chooser, Experience):
        return None
    return chooser.digest or UNCALIBRATED


def _digests(paths: list[Path] | tuple[Path, ...]) -> tuple[str, ...]:
    from mathcli.models import file_digest

    return tuple(map(file_digest, paths))
