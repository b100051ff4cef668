"""The executor: runs programs that a language model wrote, and lets none of them out.

A *warm parent*, a fresh interpreter with SymPy loaded, forks one child per program. The child
locks itself in before it sees the program; the parent, not the child, says how it ended.

    async with Executor() as executor:
        execution = await executor.run("from sympy import *; print(factorint(360))")
        feedback(execution, Semantics())        # '{2: 3, 3: 2, 5: 1}'

What each layer stops, and what it does not, is said by `layers()` and, at length, in the
module of each layer: `seccomp`, `landlock`, `namespaces`, `limits`, `macos`, `windows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mathcli.sandbox.execution import Execution, Limits
from mathcli.sandbox.semantics import Semantics, feedback

if TYPE_CHECKING:
    from mathcli.sandbox.executor import Executor, usable_cores
    from mathcli.sandbox.inventory import Layer, layers

__all__ = [
    "Execution", "Executor", "Layer", "Limits", "Semantics", "feedback", "layers", "usable_cores",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import the main process's half on first use: the warm parent does without asyncio."""
    if name in {"Executor", "usable_cores"}:
        from mathcli.sandbox import executor

        return getattr(executor, name)
    if name in {"Layer", "layers"}:
        from mathcli.sandbox import inventory

        return getattr(inventory, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
