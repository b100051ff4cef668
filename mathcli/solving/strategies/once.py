"""One rollout; where it finds no answer, one with the method that the card falls back on."""

from __future__ import annotations

from mathcli.solving.strategies.base import Decision, Strategy


class Once(Strategy):
    """What a person at a terminal sees: one solution, as it is written."""

    async def run(self) -> None:
        first = await self.task.open()
        await first.go()
        if self.task.request.kind == "proof":
            return
        fallback = self.task.solver.card.prompt_for(first.method).fallback
        if fallback and first.finish == "answer" and first.answer() is None:
            self.task.listener.given_up(first.sample())
            await (await self.task.open(fallback)).go()

    async def decide(self) -> Decision:
        *given_up, chosen = self.task.rollouts
        answer = chosen.answer()
        evidence = chosen.evidence(answer) if answer else None
        return Decision(chosen, answer, evidence, attempts=tuple(given_up))
