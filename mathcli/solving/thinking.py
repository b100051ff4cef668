"""Resolves the thinking that was requested to what the model's family supports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from mathcli.engines import Piece
from mathcli.errors import UsageError
from mathcli.models import Card, Switch, Thinking

Asked = int | str | None
"""`on`, `off`, a number of tokens, the name of an effort (`low`), or `None`: the card's default."""


@dataclass(frozen=True)
class Mode:
    """How a solution thinks.

    Args:
        name: for records: `on`, `off`, the name of an effort; `None` where the family does not
            think.
        switch: the family's way to turn thinking on or off.
        budget: most tokens of thinking in one solution, over all its turns; 0 ends each thought as
            it begins.
    """

    name: str | None = None
    switch: Switch = field(default_factory=Switch)
    budget: int | None = None


def mode_of(card: Card, asked: Asked = None) -> Mode:
    """The mode that `asked` means for a family.

    Raises:
        UsageError: the family does not think, or has no effort of this name.

    >>> card = Card("x", "X", thinking=Thinking(budget=9000))
    >>> [mode_of(card, asked).budget for asked in (None, "on", 500, "off")]
    [9000, 9000, 500, 0]
    """
    thinking = card.thinking
    if thinking is None:
        if asked not in (None, "off"):
            raise UsageError(f"{card.title} does not think before it answers", "leave out --think")
        return Mode()
    if asked is None:
        asked = "off" if thinking.default == "off" else "on"
    if asked == "off" or asked == 0:
        return _off(thinking)
    if asked == "on":
        return Mode("on", thinking.on, thinking.budget)
    if isinstance(asked, int):
        return _at_most(thinking, asked)
    if asked not in thinking.efforts:
        known = ", ".join(["on", "off", *thinking.efforts])
        raise UsageError(
            f"{card.title} has no thinking effort called {asked}",
            f"use --think with a number of tokens, or one of: {known}",
        )
    effort = thinking.efforts[asked]
    return Mode(asked, effort, thinking.budget if effort.budget is None else effort.budget)


def _off(thinking: Thinking) -> Mode:
    """No thinking: the family's own switch, else ending each thought as it begins."""
    if thinking.off != Switch():
        return Mode("off", thinking.off, thinking.off.budget)
    least = next(iter(thinking.efforts.values()), thinking.on)
    return Mode("off", least, 0)


def _at_most(thinking: Thinking, tokens: int) -> Mode:
    """A token budget, with the least effort whose own budget is as large."""
    for name, effort in thinking.efforts.items():
        if effort.budget is not None and effort.budget >= tokens:
            return Mode(name, effort, tokens)
    if thinking.efforts:
        name, effort = list(thinking.efforts.items())[-1]
        return Mode(name, effort, tokens)
    return Mode("on", thinking.on, tokens)


def begins_inside(thinking: Thinking | None, given: Sequence[Piece], *, first: bool) -> bool:
    """Does a response that continues this text begin inside a thought?

    Markers in a problem or an output do not count, only those written by a template.

    Args:
        first: whether the text is the prompt: some families then think without any marker.
    """
    if thinking is None:
        return False
    markup = given[-1].text if given and given[-1].markup else ""
    end: Literal["open", "close"] | None = last_marker(thinking, markup)
    return end == "open" or (first and thinking.begun and end is None)


def last_marker(thinking: Thinking, text: str) -> Literal["open", "close"] | None:
    """The thought marker that a text ends with, ignoring trailing white space.

    >>> last_marker(Thinking(), "<think>\\n"), last_marker(Thinking(), "<think></think>\\n\\n")
    ('open', 'close')
    """
    text = text.rstrip()
    if text.endswith(tuple(one.rstrip() for one in thinking.close)):
        return "close"
    return "open" if text.endswith(tuple(one.rstrip() for one in thinking.open)) else None
