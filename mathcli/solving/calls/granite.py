"""Granite 4: Hermes' calls in Granite's own turns. Granite 3: a JSON list after `<|tool_call|>`."""

from __future__ import annotations

from dataclasses import replace

from mathcli.solving.calls import hermes

_OLDER = "<|tool_call|>"

SYNTAX = replace(
    hermes.SYNTAX,
    open=(hermes.OPEN, _OLDER),
    closes=((_OLDER, ""),),
    feedback="<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>\n<tool_response>\n{output}\n"
    "</tool_response><|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>{begin}",
)
