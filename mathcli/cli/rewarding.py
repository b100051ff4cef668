"""`--reward MODEL`: a second model that scores solutions, loaded beside the first if both fit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.cli.guard import doing

if TYPE_CHECKING:
    from mathcli.engines.options import EngineOptions
    from mathcli.models import Reward
    from mathcli.solving.reward_model import RewardModel

_WITHOUT = "choose a smaller quant of one, or leave out --reward"


@dataclass(frozen=True)
class Judge:
    """The requested reward model: its file, and its scoring prompt."""

    path: Path
    reward: Reward

    @property
    def name(self) -> str:
        """Its name in records."""
        return self.path.stem


def chosen_judge(name: str | None) -> Judge | None:
    """The reward model that `--reward` names, if any.

    Raises:
        ModelError: the model is not on this machine, or cannot score in llama.cpp.
    """
    if name is None:
        return None
    from mathcli.engines.native import with_header
    from mathcli.models import choose_model, find_card
    from mathcli.solving.reward_model import reward_of

    path = choose_model(name).path
    card = with_header(path, lambda metadata: find_card(metadata, path))
    return Judge(path, reward_of(card, path.name))


@asynccontextmanager
async def judged(judge: Judge | None, options: EngineOptions) -> AsyncIterator[RewardModel | None]:
    """The loaded reward model, closed afterwards; `None` if none was requested.

    Args:
        options: of the first model's engine; the number of sequences is taken from them, the
            context from the reward model's card.

    Raises:
        ModelError, EngineError: raised by loading.
    """
    if judge is None:
        yield None
        return
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.solving.reward_model import RewardModel

    doing(f"loading {judge.path.name}")
    own = replace(options, context=None)
    engine = await asyncio.to_thread(LlamaEngine, judge.path, own)
    try:
        yield RewardModel(engine, judge.reward, judge.name)
    finally:
        engine.close()


def check_both_fit(path: Path, judge: Judge, options: EngineOptions) -> None:
    """Refuse two models that each fit but not together.

    Both are memory-mapped, so the memory that the first one fills as it works still counts as
    free when the second is loaded: their sum must be checked before.

    Raises:
        EngineError: the message gives the memory needed and free.
    """
    from mathcli.engines import devices, memory
    from mathcli.engines.llamacpp import planned_cells
    from mathcli.engines.native import outline

    free = memory.available()
    size = path.stat().st_size + judge.path.stat().st_size
    if free is None or size < free / 4 or (options.gpu != "off" and devices.devices()):
        return  # small or unknown, or on the graphics processor, which is checked at loading
    found = {file.name: outline(file) for file in (path, judge.path)}
    memory.check_fit_together(
        {name: (one, planned_cells(options, one.trained_context)) for name, one in found.items()},
        free=free,
        hint=_WITHOUT,
    )
