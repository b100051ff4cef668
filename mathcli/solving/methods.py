"""Methods: words (`cot`), words and programs (`tir`), one program (`pal`), and `auto`, which
chooses one of them for each problem."""

from __future__ import annotations

from typing import Protocol

from mathcli.models import Card

AUTO = "auto"
WORDS = "cot"
PROGRAMS = ("tir", "pal")


class Chooser(Protocol):
    """Predicts, from measurements on this machine, which method suits a problem."""

    def choose(self, problem: str) -> str | None:
        """One of the card's methods, or `auto` for the model's own choice; `None`: not measured."""

    @property
    def doubt(self) -> float | None:
        """The token probability below which words are rejected; `None`: not measured."""


def program_method(card: Card) -> str | None:
    """The card's method with programs; `tir` if it has both `tir` and `pal`."""
    return next((method for method in PROGRAMS if method in card.methods), None)


def other_method(card: Card, method: str) -> str | None:
    """The method to switch to: programs after words, words after programs; `None` if the card has
    prompts for only one of them."""
    other = program_method(card) if method == WORDS else WORDS
    return other if other in card.methods else None


def first_method(card: Card, asked: str, problem: str, chooser: Chooser | None = None) -> str:
    """The method with which a problem's first solution is begun.

    For `auto` this is the method measured as best on this machine; without a measurement, the
    model's own choice if it was trained to make one; else the card's first method. The
    measurement comes first because it included the model's choice (and returns `auto` where
    that was best).

    Raises:
        ModelError: the card has no prompt for the method, or not both kinds of method that
            `auto` chooses between; the hint names the card's methods.
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
    """The least token probability with which `auto` accepts words; 0 for no limit.

    A value measured on this machine takes precedence over the card's.
    """
    learned = chooser.doubt if chooser is not None else None
    return card.doubt if learned is None else learned
