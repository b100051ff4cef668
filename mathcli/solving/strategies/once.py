"""One rollout; if it finds no answer, a second one with the card's fallback method."""

from __future__ import annotations

from mathcli.solving.strategies.base import Decision, Strategy


class Once(Strategy):
    """One solution, written to its end."""

    experimental = False

    async def run(self) -> None:
        first = await self.task.open()
        await first.go()
        if self.task.form.kind == "proof":
            return
        fallback = self.task.fallback(first)
        if fallback is not None:
            self.task.listener.given_up(first.sample())
            await (await self.task.open(fallback)).go()

    async def decide(self) -> Decision:
        *given_up, chosen = self.task.rollouts
        return Decision.on(chosen, attempts=tuple(given_up))
