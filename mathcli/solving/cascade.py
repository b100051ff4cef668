"""Several models, the smallest first: a larger one is used where the answer's trust is too low.

The cascade of FrugalGPT (Chen, Zaharia and Zou 2023), with measured trust as the
score: problems that the small model solves reliably take a fraction of a second, and only the
others need a large model.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from mathcli.errors import ContextFull, EngineError, ModelError, TimeUp
from mathcli.models import Card
from mathcli.solving.options import Listener, Silent, SolveOptions
from mathcli.solving.solver import Solver, withheld
from mathcli.solving.transcript import Sample, TokenCounts, Transcript

_LOG = logging.getLogger(__name__)

ENOUGH = 0.8
"""The least trust with which an answer is accepted, unless `--min-trust` demands another."""


@dataclass(frozen=True)
class Larger:
    """A model that is loaded when it is first used.

    Args:
        path: the model's file.
        solver: loads the model, once; raises what loading raises.
    """

    path: Path
    solver: Callable[[], Awaitable[Solver]]


@dataclass(frozen=True)
class Cascade(Solver):
    """A solver that goes on with larger models where its answer's trust is too low.

    The answer with the highest trust is taken; the others are recorded as attempts. Where the
    last model was never measured, its answer is preferred to one whose trust was too low.

    Args:
        larger: the other models, in the order in which they are used.
        options_for: returns the options for a model with the given card.
    """

    larger: Sequence[Larger] = ()
    options_for: Callable[[Card], SolveOptions] | None = None

    async def solve(
        self, problem: str, options: SolveOptions, listener: Listener | None = None
    ) -> Transcript:
        """Solve one problem, with one model after the other until the trust suffices.

        Raises:
            ContextFull, EngineError, ModelError, SandboxError, TimeUp: as `Solver.solve`.
                Once a model has answered, the others' errors are only logged. A ContextFull or
                ModelError of any but the last model only skips it.
        """
        heard, began = listener or Silent(), time.perf_counter()
        enough = ENOUGH if options.min_trust is None else options.min_trust
        tried: list[Transcript] = []
        for place in range(len(self.larger) + 1):
            left = _left(options.timeout, began)
            if tried and left is not None and left <= 0:
                break
            if tried:
                heard.given_up(_given_up(tried[-1]))
            try:
                tried.append(await self._ask(place, problem, options, heard, began))
            except (ContextFull, ModelError) as error:
                if place == len(self.larger) and not tried:
                    raise
                _LOG.warning("a model of the cascade cannot be used: %s", error)
            except (EngineError, TimeUp) as error:
                if not tried:
                    raise
                _LOG.warning("the cascade ends: %s", error)  # the answers until then count
                break
            else:
                if _is_enough(tried[-1], enough):
                    break
        best = max(tried, key=lambda one: _worth(one, enough))
        return withheld(_joined(best, tried, began), options.min_trust)

    async def _ask(
        self, place: int, problem: str, options: SolveOptions, heard: Listener, began: float
    ) -> Transcript:
        """One model's transcript, within what is left of the time."""
        if not place:
            return await super().solve(problem, replace(options, min_trust=None), heard)
        solver = await self.larger[place - 1].solver()  # loads the model
        left = _left(options.timeout, began)
        own = replace(self._adapted(options, solver.card), timeout=left and max(0.001, left))
        return await solver.solve(problem, own, heard)

    def _adapted(self, options: SolveOptions, card: Card) -> SolveOptions:
        """The options of the same problem for a model of another family."""
        if self.options_for is None:
            return replace(options, min_trust=None)
        return replace(
            self.options_for(card),
            min_trust=None,
            timeout=options.timeout,
            kind=options.kind,
            earlier=options.earlier,
            follows=options.follows,
        )


def _left(timeout: float | None, began: float) -> float | None:
    """Seconds left of the problem's time limit."""
    return None if timeout is None else timeout - (time.perf_counter() - began)


def _is_enough(transcript: Transcript, least: float) -> bool:
    """Is the answer's trust high enough to stop here?"""
    if transcript.kind == "parts" and transcript.complete:
        return min((part.trust or 0.0 for part in transcript.parts), default=0.0) >= least
    return transcript.answer is not None and (transcript.trust or 0.0) >= least


def _worth(transcript: Transcript, unknown: float) -> float:
    if transcript.kind in ("proof", "parts"):
        return unknown if transcript.complete else -1.0
    if transcript.answer is None:
        return -1.0
    return unknown if transcript.trust is None else transcript.trust


def _joined(best: Transcript, tried: Sequence[Transcript], began: float) -> Transcript:
    """The best transcript, with the token counts of all models and the total time."""
    others = tuple(_given_up(one) for one in tried if one is not best)
    counts = TokenCounts(*map(sum, zip(*(astuple(one.counts) for one in tried), strict=True)))
    total = round(1000 * (time.perf_counter() - began), 3)
    first = min(one.timing.first_token_ms for one in tried)
    return replace(
        best,
        attempts=(*others, *best.attempts),
        counts=counts,
        timing=replace(best.timing, total_ms=total, first_token_ms=first),
    )


def _given_up(transcript: Transcript) -> Sample:
    """A smaller model's solution, recorded as an attempt."""
    return Sample(
        method=transcript.chose or transcript.method,
        seed=transcript.sampling.seed,
        segments=transcript.segments,
        answer=transcript.answer,
        evidence=transcript.evidence,
        finish=transcript.finish,
        generated_tokens=transcript.counts.generated_tokens,
        confidence=transcript.confidence,
        least_probability=transcript.least_probability,
        model=transcript.model.name,
        trust=transcript.trust,
    )
