"""The executor: runs programs that a language model wrote, each confined to a process of its own.

A *warm parent*, a fresh interpreter with SymPy loaded, forks one child per program. The child
confines itself before it reads the program; the parent, not the child, reports how it ended.

    async with Executor() as executor:
        execution = await executor.run("from sympy import *; print(factorint(360))")
        feedback(execution, Semantics())        # '{2: 3, 3: 2, 5: 1}'

`layers()` lists what each layer stops and what it does not; the module of each layer has the
details: `seccomp`, `landlock`, `namespaces`, `limits`, `macos`, `windows`.
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
    """Import the main process's half on first use: the warm parent does not need asyncio."""
    if name in {"Executor", "usable_cores"}:
        from mathcli.sandbox import executor

        return getattr(executor, name)
    if name in {"Layer", "layers"}:
        from mathcli.sandbox import inventory

        return getattr(inventory, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
