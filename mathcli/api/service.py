"""The service behind the HTTP server: one engine, and the solver on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mathcli.api.metrics import Metrics
from mathcli.engines import Piece
from mathcli.templates.bounded import render
from mathcli.templates.messages import Message, marks_of, variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mathcli.api.bodies import Said
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.solving import SolveOptions, Solver

SOLVER = "mathcli"  # the model name for solving
_HOLE = "\ue000mathcli-{}\ue000"  # private-use characters: no template contains them

Options = Callable[[Mapping[str, Any]], "SolveOptions"]


@dataclass(frozen=True)
class Service:
    """The engine under the model's own name, and the solver.

    Args:
        options: returns the solving options from the fields of a request; raises `ValueError` or
            `UsageError` for invalid fields.
    """

    engine: LlamaEngine
    solver: Solver
    options: Options
    metrics: Metrics

    @property
    def model(self) -> str:
        """The model's name here: that of its file."""
        return self.engine.path.name.removesuffix(".gguf")

    def prompt_of(self, messages: Sequence[Said]) -> list[Piece]:
        """The prompt of a conversation in the model's own chat template; special tokens in the
        messages stay plain characters.

        Raises:
            ModelError: the template is broken.
            ValueError: the model has no chat template.
        """
        template = self.engine.metadata("tokenizer.chat_template")
        if template is None:
            raise ValueError(f"{self.model} has no chat template: use /v1/completions")
        holes = [_HOLE.format(number) for number in range(len(messages))]
        turns: list[Message] = [
            {"role": one.role, "content": hole} for one, hole in zip(messages, holes, strict=True)
        ]
        marks = marks_of(self.engine.metadata)
        text = render(template, variables(turns, marks=marks))
        pieces = [Piece(text, markup=True)]
        for one, hole in zip(messages, holes, strict=True):
            pieces = [part for piece in pieces for part in _filled(piece, hole, one.content)]
        return [piece for piece in pieces if piece.text]


def _filled(piece: Piece, hole: str, content: str) -> list[Piece]:
    if not piece.markup:
        return [piece]
    first, *others = piece.text.split(hole)
    found = [Piece(first, markup=True)]
    for other in others:
        found += [Piece(content), Piece(other, markup=True)]
    return found
