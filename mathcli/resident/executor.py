"""The warm executor of a resident process, as a call uses it."""

from __future__ import annotations

from collections.abc import Sequence

from mathcli.resident import messages
from mathcli.resident.engine import ResidentEngine
from mathcli.resident.link import Lost
from mathcli.sandbox import Execution, Executor, Limits, Semantics


class ResidentExecutor:
    """Runs programs in the resident process's executor, in this call's own where that is lost.

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
            SandboxError: the confinement asked for cannot be put on.
        """
        link = self._engine.link
        limits = limits or self.limits
        if link is not None:
            fields = messages.from_program(program, earlier, semantics, limits)
            try:
                answer = await link.ask("run", **fields)
                return messages.execution(answer.get("execution"))
            except Lost:  # what a program does is undone when it ends: it may run again
                pass
        return await self._own.run(program, earlier=earlier, semantics=semantics, limits=limits)
