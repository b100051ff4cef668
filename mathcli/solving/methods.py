"""Methods: words (`cot`), words and programs (`tir`), one program (`pal`), and `auto`, which is
one of them, chosen for each problem."""

from __future__ import annotations

from typing import Protocol

from mathcli.models import Card

AUTO = "auto"
WORDS = "cot"
PROGRAMS = ("tir", "pal")


class Chooser(Protocol):
    """Knows from experience which method suits a problem."""

    def choose(self, problem: str) -> str | None:
        """A method of the card, `auto` for the model's own cue; `None` where nothing is known."""

    @property
    def doubt(self) -> float | None:
        """Words with a token less probable than this are not believed; `None` as above."""


def program_method(card: Card) -> str | None:
    """The card's method with programs; `tir` where it has both."""
    return next((method for method in PROGRAMS if method in card.methods), None)


def other_method(card: Card, method: str) -> str | None:
    """Programs for words and words for programs, where the card has a prompt for both."""
    other = program_method(card) if method == WORDS else WORDS
    return other if other in card.methods else None


def first_method(card: Card, asked: str, problem: str, chooser: Chooser | None = None) -> str:
    """The method that a problem is begun with.

    For `auto` this is what was learned on this machine; without that the model's own cue, where
    it was trained to give one; without that the card's first method. What was learned comes
    first because learning compared it with the cue, and says `auto` where the cue is better.

    Raises:
        ModelError: the card has no prompt for the method, or nothing that `auto` could choose
            between; the hint names those it has.
    """
    choosable = program_method(card) is not None and WORDS in card.methods
    if asked != AUTO or not choosable:
        card.prompt_for(asked)
        return asked
    learned = chooser.choose(problem) if chooser is not None else None
    if learned is not None and learned in card.methods:
        return learned
    return AUTO if AUTO in card.methods else card.default_method


def doubt_below(card: Card, chooser: Chooser | None = None) -> float:
    """How probable each token of words must be for `auto` to believe them; 0 where none need be.

    What was learned on this machine comes before what the card says.
    """
    learned = chooser.doubt if chooser is not None else None
    return card.doubt if learned is None else learned
