"""The prompt of a problem: its text, and its tokens if the model is on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathcli.cli import output
from mathcli.counting import counted
from mathcli.errors import Exit, ModelError

if TYPE_CHECKING:
    from mathcli.engines import Piece
    from mathcli.models import Card


@dataclass(frozen=True)
class Sent:
    """A prompt in pieces, and in tokens if there was a model file."""

    card: str
    method: str
    pieces: Sequence[Piece]
    tokens: Sequence[tuple[int, str]] | None
    exit_code = Exit.OK

    def text(self) -> str:
        """The tokens, one per line; without a model file, the text."""
        if self.tokens is None:
            return "".join(piece.text for piece in self.pieces)
        lines = [f"{number:8}  {text!r}" for number, text in self.tokens]
        return "\n".join([*lines, counted(len(self.tokens), "token")])

    def record(self) -> Mapping[str, Any]:
        """Pieces (markup or not) and tokens."""
        return {
            "schema": output.SCHEMA,
            "card": self.card,
            "method": self.method,
            "pieces": [{"text": one.text, "markup": one.markup} for one in self.pieces],
            "tokens": self.tokens and [{"id": a, "text": b} for a, b in self.tokens],
        }


def card_for(name: str) -> tuple[Card, Path | None]:
    """The card with this name, and the model's file if it is on this machine.

    Raises:
        ModelError: there is no card or model with this name.
    """
    from mathcli.models import card_named, card_of_file, find_model
    from mathcli.solving.adapting import adapted

    try:
        path: Path | None = find_model(name)
    except ModelError:
        if "/" in name:  # an address, whose first part is no card's name
            raise
        return card_named(name.partition(":")[0], "model"), None
    if path is None:
        return card_named(name, "model"), None
    model = _open(path)
    try:
        return adapted(card_of_file(model.metadata, path), model.metadata).card, path
    finally:
        model.close()


def sent(card: Card, path: Path | None, problem: str, method: str | None) -> Sent:
    """The prompt of `card` for `problem`.

    Raises:
        ModelError: the card has no such method, or needs a file's chat template.
    """
    from mathcli.problems import form_of
    from mathcli.solving.form_prompts import solves_parts_together, wording
    from mathcli.solving.prompts import render_prompt

    form = form_of(problem)
    own = None
    if form.kind != "parts" or solves_parts_together(card, method):
        problem, own = wording(card, problem, form)
    method = method or card.default_method
    chat = card.prompt_for(method).chat is not None
    if path is None:
        if chat:
            raise ModelError(
                f"the prompt of {card.title} needs the chat template in the model's file",
                "pull the model first, or give the path of a .gguf file",
            )
        return Sent(card.name, method, render_prompt(card, method, problem, None, prompt=own), None)
    model = _open(path)
    try:
        template = model.metadata("tokenizer.chat_template")
        pieces = render_prompt(card, method, problem, template, prompt=own)
        ids = model.tokenize(pieces, start=True)
        tokens = [(one, model.piece(one).decode("utf-8", "replace")) for one in ids]
    finally:
        model.close()
    return Sent(card.name, method, pieces, tokens)


def _open(path: Path) -> Any:
    from mathcli.engines import nativelog
    from mathcli.engines.load_failures import check_magic
    from mathcli.engines.native import Model

    check_magic(path)
    nativelog.echo(False)
    return Model(path)
