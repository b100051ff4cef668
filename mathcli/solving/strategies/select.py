"""GenSelect (Toshniwal et al. 2025): the model itself reads the solutions and picks one.

It reads one solution for each different answer. If it gives no judgment, the vote decides, and the
transcript records that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from mathcli.errors import ContextFull
from mathcli.problems import ProblemForm
from mathcli.solving.methods import WORDS
from mathcli.solving.options import Silent
from mathcli.solving.rollout import Rollout
from mathcli.solving.scoring import solution_steps
from mathcli.solving.strategies.ballots import Ballots, ballots
from mathcli.solving.strategies.base import Decision
from mathcli.solving.strategies.competing import share_of
from mathcli.solving.strategies.vote import Vote
from mathcli.solving.task import Task

JUDGMENT = "judgment"
VOTES = "votes"
_JUDGMENT = ProblemForm("question")
_MOST_SHOWN = 16
_CHARACTERS_PER_TOKEN = 3  # for mathematics in English; a low estimate

_QUESTION = """\
Below are a problem and {n} solutions of it that disagree. Compare them step by step, find where \
they part and which of them is right there. Close with one line of this form, where IDX is the \
number of the best solution:
Judgment: [IDX]

Problem:
{problem}

{solutions}"""


class Select(Vote):
    """A vote in which the model judges between the candidates."""

    experimental = True
    votes = False
    takes = frozenset()
    ends_early = False

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._shown: list[Rollout] = []
        self._judge: Rollout | None = None

    async def run(self) -> None:
        await super().run()
        ended = [one for one in self._samples if one.finish != "stopped"]
        candidates = _candidates(await ballots(self.task, ended))
        if len(candidates) > 1 and not self.task.exhausted:
            await self._ask(candidates)

    async def decide(self) -> Decision:
        found = await super().decide()
        if self._judge is None:
            return found
        words = said(self._judge)
        picked = judgment(words, len(self._shown))
        if picked is None:
            return replace(found, scored_by=VOTES, judgment=words)
        chosen = self._shown[picked]
        agreement = share_of(chosen, await ballots(self.task, found.samples))
        return found.instead(chosen, agreement=agreement, scored_by=JUDGMENT, judgment=words)

    async def _ask(self, candidates: Sequence[Rollout]) -> None:
        """Let the model judge as many candidates as fit into the context."""
        task, shown = self.task, list(candidates[:_MOST_SHOWN])
        method = WORDS if WORDS in task.resources.card.methods else None
        room = task.resources.engine.context_length - task.resources.card.max_tokens
        while len(shown) > 1:
            characters = max(0, room) * _CHARACTERS_PER_TOKEN // len(shown)
            text = question(task.problem, shown, characters)
            seed = task.options.sampling.seed + task.options.samples
            try:
                judge = await task.open(
                    method, seed=seed, listener=Silent(), problem=text, form=_JUDGMENT
                )
            except ContextFull:
                shown.pop()
                continue
            self._shown, self._judge = shown, judge
            await judge.go()
            return


def question(problem: str, shown: Sequence[Rollout], characters: int) -> str:
    """The prompt for the judgment; a solution longer than `characters` is cut to its end."""
    solutions = []
    for number, rollout in enumerate(shown):
        text = "\n\n".join(solution_steps(rollout.segments))
        if len(text) > characters:
            text = f"[...]\n{text[len(text) - characters :]}"
        solutions.append(f"Solution {number}:\n{text}")
    return _QUESTION.format(n=len(shown), problem=problem, solutions="\n\n".join(solutions))


def judgment(words: str, n: int) -> int | None:
    """The number of the solution that was picked last; `None` if it is none of the `n`.

    >>> judgment("Solution 0 divides by zero. Judgment: [1]", 2)
    1
    >>> judgment("Judgment: [7]", 2), judgment("Both are fine.", 2)
    (None, None)
    """
    found = re.findall(r"Judge?ment:\W*(\d+)", words, re.IGNORECASE)
    picked = int(found[-1]) if found else n
    return picked if picked < n else None


def said(judge: Rollout) -> str:
    """The model's text for the judgment."""
    return "\n\n".join(solution_steps(judge.segments))


def _candidates(counted: Ballots) -> list[Rollout]:
    """One solution for each answer, those with the most votes first."""
    return [candidate.representative for candidate in counted.candidates]
