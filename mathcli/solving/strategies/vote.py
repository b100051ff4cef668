"""Self-consistency: several solutions of one problem, and the answer that most of them give.

Wang et al. 2023, with the stopping rule of Adaptive-Consistency (Aggarwal et al. 2023): sampling
ends when the leader is safe or, if trust was measured for this model, when the leader's trust is
high enough.

Samples share the evaluated prompt and are written at the same time. They are counted in the order
in which they were begun, not ended: so the same seed gives the same vote, and short solutions are
not preferred to long ones. Samples alternate between the problem and its rewordings.
"""

from __future__ import annotations

import asyncio

from mathcli.solving.options import Silent
from mathcli.solving.paraphrases import paraphrases
from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.ballots import BallotBox, Ballots
from mathcli.solving.strategies.base import Decision, Strategy
from mathcli.solving.strategies.stopping import missing
from mathcli.solving.task import Task

_UNMEASURED = 4  # samples begun on a budget before the length of a sample is known


class Vote(Strategy):
    """A vote; begins no more samples at a time than the leader needs to be safe.

    If it `ends_early`, it stops when the leader is safe.
    """

    experimental = False
    votes = True
    takes = frozenset({"confidence", "paraphrase", "reward"})
    ends_early = True

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._box = BallotBox(task.resources.grader)
        self._ballots = Ballots()
        self._roots: list[Rollout] = []
        self._samples: list[Rollout] = []
        self._given_up: list[Rollout] = []
        self._ended: set[int] = set()
        self._counted = 0
        self._confidence = task.options.confidence if self.ends_early else 1.0
        measured = task.form.kind == "question"  # trust is measured on problems with one answer
        by_trust = measured and self._confidence < 1 and task.options.min_agreement is None
        self._trust = task.resources.trust if by_trust else None
        self._trusted = False

    async def run(self) -> None:
        self._roots = [await self.task.open(listener=Silent())]
        for wording in await paraphrases(self.task, self.task.options.paraphrases):
            self._roots.append(await self.task.open(listener=Silent(), problem=wording))
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                for _ in range(self._wanted(len(running))):
                    running.add(await self._begin())
                if not running:
                    break
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for ended in done:
                    ended.result()
                running -= done
                await self._count()
        finally:  # of several errors at once only one is raised
            for sample in running:
                sample.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def decide(self) -> Decision:
        for number in sorted(self._ended - set(range(self._counted))):  # uncounted when time was up
            self._cast(number)
        ballots = await self._box.count(prune=True)
        for rollout in ballots.pruned:
            rollout.prune()
        winner = ballots.winner
        if winner is None:
            begun = self._samples or self.task.rollouts
            return Decision(begun[0], None, None, samples=tuple(self._samples))
        chosen = winner.representative
        return Decision(
            chosen,
            winner.answer,
            "voted" if ballots.cast > 1 else chosen.evidence(winner.answer),
            attempts=tuple(self._given_up),
            samples=tuple(self._samples),
            votes=ballots.votes,
            agreement=ballots.agreement,
        )

    # -- sampling ----------------------------------------------------------------------------

    async def _begin(self) -> asyncio.Task[None]:
        """Begin one more sample."""
        number = len(self._samples)
        root = self._roots[number % len(self._roots)]
        seed = self.task.options.sampling.seed + number
        [sample] = await self.task.fork(root, 1, seed=seed)
        self._samples.append(sample)
        return asyncio.create_task(self._write(sample, number + 1))

    async def _write(self, sample: Rollout, number: int) -> None:
        await self._finish(sample)
        fallback = self.task.fallback(sample)
        if fallback is not None:
            self._given_up.append(sample)
            sample = await self.task.open(
                fallback, seed=sample.seed, listener=Silent(), problem=sample.problem
            )
            self._samples[number - 1] = sample
            await self._finish(sample)
        self._ended.add(number - 1)
        self.task.listener.sample(number, self.task.options.samples, sample.sample())

    async def _finish(self, sample: Rollout) -> None:
        """Write a sample to its end, or until the budget is spent."""
        if self.task.options.budget is None:
            await sample.go()
        while sample.finish is None:
            if self.task.exhausted:
                sample.end("stopped")
            else:
                await sample.step()

    async def _count(self) -> None:
        """Count the ended samples, up to the first that has not ended."""
        while self._counted in self._ended:
            self._cast(self._counted)
            self._counted += 1
        self._ballots = await self._box.count(prune=True)
        self._trusted = self._trust_in_leader() >= self._confidence

    def _cast(self, number: int) -> None:
        """Cast the vote of an ended sample; a stopped one has no vote."""
        if self._samples[number].finish != "stopped":
            self._box.cast(self._samples[number])

    # -- stopping ----------------------------------------------------------------------------

    def _wanted(self, running: int) -> int:
        """The number of samples to begin now."""
        options = self.task.options
        left = options.samples - self._counted
        needed = 0 if self._trusted else missing(*self._leaders(), self._confidence, left)
        on_their_way = len(self._samples) - self._counted
        return max(0, min(needed - on_their_way, self._affordable(running)))

    def _trust_in_leader(self) -> float:
        """The measured trust in the answer that leads the vote now; 0 if there is none, or in a
        tie."""
        winner, (first, second) = self._ballots.winner, self._leaders()
        if self._trust is None or winner is None or first == second:
            return 0.0
        trust = self._trust.of_leader(
            winner.representative.sample(),
            self.task.problem,
            agreement=self._ballots.agreement or 0.0,
            took_part=self._ballots.cast,
        )
        return trust or 0.0

    def _leaders(self) -> tuple[int, int]:
        counts = [candidate.count for candidate in self._ballots.candidates[:2]]
        return (*counts, 0, 0)[:2]  # type: ignore[return-value]

    def _affordable(self, running: int) -> int:
        """How many more samples the budget allows, at the mean length of the ended ones."""
        task = self.task
        if task.options.budget is None:
            return task.options.samples
        if task.exhausted:
            return 0
        lengths = [self._samples[number].counts.generated for number in self._ended]
        if not lengths:
            return _UNMEASURED - running
        mean = max(1.0, sum(lengths) / len(lengths))
        return int((task.options.budget - sum(lengths)) / mean) - running
