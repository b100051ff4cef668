"""`--continue`: an earlier solution becomes the beginning of a conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mathcli.cli import output
from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.models import Card
    from mathcli.solving import SolveOptions, Transcript


def earlier_solution(name: str) -> Transcript:
    """The transcript of the history whose id begins with `name`, or the `last` one.

    Raises:
        UsageError: there is no such transcript, or it is damaged.
    """
    from mathcli.history import History
    from mathcli.solving import Transcript

    history = History()
    if name == "last" and not history.entries():
        raise UsageError(
            "there is no earlier solution to continue",
            "solve a problem first, without --continue",
        )
    entry = history.find(name)
    record = entry.read()
    if record is None:
        raise UsageError(f"the transcript {entry.id} is damaged", f"see: {entry.path}")
    return Transcript.from_record(record, f"the transcript {entry.id}")


def following(options: SolveOptions, before: Transcript | None, card: Card) -> SolveOptions:
    """`options` for a problem that follows an earlier one; prints a hint if the model was trained
    for one problem at a time."""
    if before is None:
        return options
    from mathcli.solving.follow_up import conversation_after, is_trained_for_turns

    if not is_trained_for_turns(card, options.method):
        output.note(
            f"hint: {card.title} was trained for one problem at a time; "
            "if its answer ignores the earlier one, state the whole problem again"
        )
    earlier = conversation_after(before, card)
    return replace(options, earlier=earlier, follows=before.id)
