"""Solves problems: runs a strategy and records the result as a transcript."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from dataclasses import dataclass, replace

from mathcli.errors import TimeUp
from mathcli.problems import ProblemForm, form_of
from mathcli.solving.faithfulness import faithfulness
from mathcli.solving.form_prompts import solves_parts_together
from mathcli.solving.options import Listener, Silent, SolveOptions
from mathcli.solving.part_by_part import solve_apart
from mathcli.solving.resources import Resources
from mathcli.solving.strategies import Decision, Strategy, strategy_for
from mathcli.solving.task import Task
from mathcli.solving.transcript import (
    AnswerInfo,
    Check,
    Evidence,
    PartAnswer,
    SamplingInfo,
    Timing,
    TokenCounts,
    Transcript,
)
from mathcli.solving.unsolved import unsolved

_log = logging.getLogger("mathcli.solving")


@dataclass(frozen=True)
class Solver(Resources):
    """Solves problems with one engine, one executor and one card."""

    async def solve(
        self, problem: str, options: SolveOptions, listener: Listener | None = None
    ) -> Transcript:
        """Solve one problem. A proof is not begun if the family cannot write proofs.

        Raises:
            ContextFull: the problem alone is as long as the context.
            EngineError: the native library failed.
            ModelError: the card has no prompt for the method.
            SandboxError: programs cannot be confined on this machine.
            TimeUp: before the model could begin.
        """
        method = options.method or self.card.default_method
        form = _form(problem, options)
        if form.kind == "proof" and not self.card.proofs:
            return unsolved(self, problem, options, kind="proof")
        if form.kind == "parts" and not solves_parts_together(self.card, options.method):
            return await solve_apart(self.solve, self, problem, form, options, listener or Silent())
        task = Task(self, problem, method, options, listener or Silent(), form)
        strategy = strategy_for(task)
        try:
            await _run(strategy, task)
            decision = await strategy.decide()
            checks = options.check and form.kind == "question"
            checked = await _check(task, decision) if checks else None
        finally:
            await task.close()
            await strategy.close()
        transcript = self._judged(_transcript(task, strategy, decision, checked))
        _log.info(
            "solved %r: %s, answer %r, %s, trust %s, %s",
            problem, transcript.finish, transcript.answer and transcript.answer.text,
            transcript.evidence, transcript.trust, transcript.counts,
        )  # fmt: skip
        return withheld(transcript, options.min_trust)

    @property
    def written(self) -> int:
        """Tokens written so far for all problems together; 0 if the engine does not count them."""
        return self.engine.written

    def _judged(self, transcript: Transcript) -> Transcript:
        """The transcript with its trust, if known; only problems with one answer have it."""
        if self.trust is None or transcript.kind != "question":
            return transcript
        estimate = self.trust.estimate(transcript)
        if estimate is None:
            return transcript
        return replace(transcript, trust=estimate[0], trust_basis=estimate[1])


def _form(problem: str, options: SolveOptions) -> ProblemForm:
    """What the problem asks for. A text that is no problem is treated as a question."""
    form = ProblemForm(options.kind) if options.kind is not None else form_of(problem)
    return ProblemForm("question") if form.kind == "none" else form


def withheld(transcript: Transcript, least: float | None) -> Transcript:
    """The transcript, without its answer if the trust is below `least` or unknown. A proof has no
    trust: any `least` withholds it."""
    if least is None:
        return transcript
    if transcript.proof is not None:
        return replace(transcript, proof=None, withheld=AnswerInfo(transcript.proof, ""))
    known = [part.trust or 0.0 for part in transcript.parts if part.answer is not None]
    if transcript.answer is None or min(known, default=transcript.trust or 0.0) >= least:
        return transcript
    return replace(
        transcript,
        answer=None,
        withheld=transcript.answer,
        parts=tuple(replace(part, answer=None) for part in transcript.parts),
    )


async def _run(strategy: Strategy, task: Task) -> None:
    """Run the strategy until it is done or the time is up."""
    try:
        await asyncio.wait_for(strategy.run(), task.options.timeout)
    except (asyncio.TimeoutError, TimeoutError):
        if not task.rollouts:
            raise TimeUp(
                "time was up before the model could begin", "give more with --timeout"
            ) from None


async def _check(task: Task, decision: Decision) -> Check | None:
    from mathcli.solving.checking import check  # slow to import and seldom needed

    return await check(task, decision)


def _evidence(decision: Decision, checked: Check | None) -> Evidence | None:
    if checked is None or not checked.holds:
        return decision.evidence
    return "checked" if checked.kind == "substitution" else "agreed"


def _parts(task: Task, decision: Decision) -> tuple[PartAnswer, ...]:
    if task.form.kind != "parts":
        return ()
    chosen = decision.chosen
    ended = chosen.finish == "answer"
    found = chosen.reading.parts(ended=ended) if decision.answer is not None else {}
    return tuple(
        PartAnswer(
            part.label, part.text, found.get(part.label), "proof" if part.proof else "question"
        )
        for part in task.form.parts
    )


def _needs_human(options: SolveOptions, decision: Decision) -> bool | None:
    if options.min_agreement is None or decision.answer is None:
        return None
    return (decision.agreement or 0.0) < options.min_agreement


def _transcript(
    task: Task, strategy: Strategy, decision: Decision, checked: Check | None
) -> Transcript:
    options, chosen = task.options, decision.chosen
    sampling, finish = options.sampling, chosen.ended(decision.answer)
    return Transcript(
        id=uuid.uuid4().hex[:16],
        problem=task.problem,
        model=task.resources.model,
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
        kind=task.form.kind,
        parts=_parts(task, decision),
        proof=chosen.reading.proof() if finish == "proof" else None,
        evidence=_evidence(decision, checked),
        check=checked,
        finish=finish,
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
        counts=_counts(task, strategy),
        timing=_timing(task),
    )


def _counts(task: Task, strategy: Strategy) -> TokenCounts:
    counts, spent = task.counts(), [rollout.spent for rollout in task.rollouts]
    return TokenCounts(
        sum(one.prompt for one in counts),
        sum(one.generated for one in counts),
        sum(one.evaluated for one in counts),
        sum(one.ran for one in spent),
        strategy.reward_tokens,
        sum(one.thinking_tokens for one in spent),
    )


def _timing(task: Task) -> Timing:
    spent = [rollout.spent for rollout in task.rollouts]
    decoded = sum(one.decoded for one in spent)
    decode_ms = sum(one.decode_ms for one in spent)
    first_token_ms = min((one.first_token_ms for one in spent if one.first_token_ms), default=0.0)
    return Timing(
        load_ms=round(task.resources.load_ms, 3),
        first_token_ms=round(first_token_ms, 3),
        total_ms=round(1000 * (time.perf_counter() - task.began), 3),
        tokens_per_second=round(1000 * decoded / decode_ms, 2) if decode_ms else 0.0,
    )
