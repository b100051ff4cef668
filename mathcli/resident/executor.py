"""The client side of a resident process's executor."""

from __future__ import annotations

from collections.abc import Sequence

from mathcli.resident import messages
from mathcli.resident.engine import ResidentEngine
from mathcli.resident.link import LinkLost
from mathcli.sandbox import Execution, Executor, Limits, Semantics


class ResidentExecutor:
    """Runs programs in the resident process's executor, or in an own one if that is lost.

    Args:
        own: started with the first program that the resident process cannot run.
    """

    def __init__(self, engine: ResidentEngine, own: Executor) -> None:
        self.limits = own.limits
        self._engine = engine
        self._own = own

    async def run(
        self,
        program: str,
        *,
        earlier: Sequence[str] = (),
        semantics: Semantics = Semantics(),  # noqa: B008 (frozen)
        limits: Limits | None = None,
    ) -> Execution:
        """Run `program`, as `Executor.run` does.

        Raises:
            SandboxError: the requested confinement is not possible.
        """
        link = self._engine.link
        limits = limits or self.limits
        if link is not None:
            fields = messages.from_program(program, earlier, semantics, limits)
            try:
                answer = await link.ask("run", **fields)
                return messages.execution(answer.get("execution"))
            except LinkLost:  # a program leaves nothing behind, so it may run again
                pass
        return await self._own.run(program, earlier=earlier, semantics=semantics, limits=limits)
