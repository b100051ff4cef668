"""Server programs, each in a file that declares how it differs from the others.

To support another program: a subclass of `Dialect` in a file of its own, and its place in
`DIALECTS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mathcli.engines.servers.llama_cpp_python import LlamaCppPython
from mathcli.engines.servers.llama_server import LlamaServer
from mathcli.engines.servers.ollama import Ollama
from mathcli.engines.servers.served import Dialect, Served
from mathcli.engines.servers.vllm import Vllm

__all__ = ["DIALECTS", "Dialect", "Served", "dialect_of"]

DIALECTS = (LlamaServer(), LlamaCppPython(), Vllm(), Ollama())
_OTHER = Dialect()


def dialect_of(entry: Mapping[str, Any]) -> Dialect:
    """The dialect of the server that lists its model with this entry of `/v1/models`."""
    owner = entry.get("owned_by")
    return next((one for one in DIALECTS if one.owner == owner), _OTHER)
