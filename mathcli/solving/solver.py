"""Solves problems: sets a strategy to work, and writes down what came of it."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from mathcli.engines import Engine
from mathcli.errors import TimeUp
from mathcli.models import Card
from mathcli.sandbox.execution import AnyExecutor
from mathcli.solving.faithfulness import faithfulness
from mathcli.solving.methods import Chooser
from mathcli.solving.options import Listener, Silent, SolveOptions
from mathcli.solving.strategies import Decision, Strategy, strategy_for
from mathcli.solving.task import Task
from mathcli.solving.transcript import (
    Check,
    Evidence,
    ModelInfo,
    Sample,
    SamplingInfo,
    Timing,
    TokenCounts,
    Transcript,
    TrustBasis,
)

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.solving.rewards import RewardModel


_log = logging.getLogger("mathcli.solving")


class TrustModel(Protocol):
    """Says how far to trust an answer."""

    def estimate(self, transcript: Transcript, /) -> tuple[float, TrustBasis] | None:
        """The probability that the answer is right, and on what that was measured; `None` where
        there is no answer."""

    def of_leader(
        self, sample: Sample, problem: str, /, *, agreement: float, took_part: int
    ) -> float | None:
        """The same for the answer of a sample that leads a vote, `agreement` of 0 to 1 being its
        share of all that took part; `None` where nothing was measured on this very model."""


@dataclass(frozen=True)
class Solver:
    """Solves problems on one engine, with one executor, as one card says.

    Args:
        model: describes the engine's model in transcripts.
        load_ms: how long the model took to load, for transcripts.
        grader: says which answers are equal; closed by whoever opened it. Without one only
            answers that are written alike are.
        chooser: what was learned about the method that suits a problem, for `auto`.
        reward: scores solutions where strategies let them compete; closed by whoever opened it.
            Without one the executor's evidence is what they compete with.
        trust: says how often answers like one were right. Without one no answer has a trust.
    """

    engine: Engine
    executor: AnyExecutor
    card: Card
    model: ModelInfo
    load_ms: float = 0.0
    grader: Grader | None = None
    chooser: Chooser | None = None
    reward: RewardModel | None = None
    trust: TrustModel | None = None

    async def solve(
        self, problem: str, options: SolveOptions, listener: Listener | None = None
    ) -> Transcript:
        """Solve one problem.

        Raises:
            ContextFull: the problem alone is as long as the context.
            EngineError: the native library failed.
            ModelError: the card has no prompt for the method.
            SandboxError: programs cannot be confined on this machine.
            TimeUp: before the model could begin.
        """
        method = options.method or self.card.default_method
        task = Task(self, problem, method, options, listener or Silent())
        strategy = strategy_for(task)
        try:
            await _run(strategy, task)
            decision = await strategy.decide()
            checked = await _check(task, decision) if options.check else None
        finally:
            await task.close()
        found = self._judged(_transcript(task, decision, checked))
        _log.info(
            "solved %r: %s, answer %r, %s, trust %s, %s",
            problem, found.finish, found.answer and found.answer.text, found.evidence, found.trust,
            found.counts,
        )  # fmt: skip
        return withheld(found, options.min_trust)

    @property
    def written(self) -> int:
        """Tokens written so far, for all problems together; 0 where the engine does not count."""
        return self.engine.written

    def _judged(self, transcript: Transcript) -> Transcript:
        """With its trust, where that is known."""
        found = self.trust.estimate(transcript) if self.trust is not None else None
        if found is None:
            return transcript
        return replace(transcript, trust=found[0], trust_basis=found[1])


def withheld(transcript: Transcript, least: float | None) -> Transcript:
    """The transcript without an answer whose trust is less than `least`, or not known."""
    if least is None or transcript.answer is None or (transcript.trust or 0.0) >= least:
        return transcript
    return replace(transcript, answer=None, withheld=transcript.answer)


async def _run(strategy: Strategy, task: Task) -> None:
    """Work until the strategy is done or time is up."""
    try:
        await asyncio.wait_for(strategy.run(), task.options.timeout)
    except (asyncio.TimeoutError, TimeoutError):
        if not task.rollouts:
            raise TimeUp(
                "time was up before the model could begin", "give more with --timeout"
            ) from None


async def _check(task: Task, decision: Decision) -> Check | None:
    from mathcli.solving.checking import check  # takes time to import, and few ask for it

    return await check(task, decision)


def _evidence(decision: Decision, checked: Check | None) -> Evidence | None:
    if checked is None or not checked.holds:
        return decision.evidence
    return "checked" if checked.kind == "substitution" else "agreed"


def _needs_human(options: SolveOptions, decision: Decision) -> bool | None:
    if options.min_agreement is None or decision.answer is None:
        return None
    return (decision.agreement or 0.0) < options.min_agreement


def _transcript(task: Task, decision: Decision, checked: Check | None) -> Transcript:
    solver, options, chosen = task.solver, task.options, decision.chosen
    sampling, counts = options.sampling, task.counts()
    spent = [rollout.spent for rollout in task.rollouts]
    decoded = sum(one.decoded for one in spent)
    decode_ms = sum(one.decode_ms for one in spent)
    first_token_ms = min((one.first_token_ms for one in spent if one.first_token_ms), default=0.0)
    return Transcript(
        id=uuid.uuid4().hex[:16],
        problem=task.problem,
        model=solver.model,
        method=task.method,
        chose=chosen.used if chosen.used != task.method else None,
        strategy=options.strategy if options.strategy != "once" else None,
        sampling=SamplingInfo(
            sampling.temperature,
            sampling.top_p,
            sampling.seed,
            options.samples,
            task.mode.name,
            task.mode.budget,
        ),
        attempts=tuple(rollout.sample() for rollout in decision.attempts),
        segments=tuple(chosen.segments),
        answer=decision.answer,
        evidence=_evidence(decision, checked),
        check=checked,
        finish=chosen.ended(decision.answer),
        samples=tuple(rollout.sample() for rollout in decision.samples),
        votes=decision.votes,
        agreement=decision.agreement,
        scored_by=decision.scored_by,
        judgment=decision.judgment,
        confidence=chosen.confidence,
        least_probability=chosen.least_probability,
        faithfulness=faithfulness(
            task.problem, [one.text for one in chosen.segments if one.kind == "code"]
        ),
        needs_human=_needs_human(options, decision),
        follows=options.follows,
        earlier=options.earlier,
        counts=TokenCounts(
            sum(one.prompt for one in counts),
            sum(one.generated for one in counts),
            sum(one.evaluated for one in counts),
            sum(one.ran for one in spent),
            task.scorer.tokens if task.scorer is not None else 0,
            sum(one.thinking_tokens for one in spent),
        ),
        timing=Timing(
            load_ms=round(solver.load_ms, 3),
            first_token_ms=round(first_token_ms, 3),
            total_ms=round(1000 * (time.perf_counter() - task.began), 3),
            tokens_per_second=round(1000 * decoded / decode_ms, 2) if decode_ms else 0.0,
        ),
    )
