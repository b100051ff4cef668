"""The options about a model's thinking, and what they mean."""

from __future__ import annotations

from typing import Annotated

import typer

from mathcli.errors import UsageError

Think = Annotated[
    str | None,
    typer.Option(
        "--think",
        metavar="N|on|off",
        help="How a model thinks that can: at most N tokens, then it must answer; or an effort by "
        "name (low, medium, high). (default: the model's)",
        rich_help_panel="Writing",
    ),
]
ShowThinking = Annotated[
    bool, typer.Option("--show-thinking", help="Show all that the model thinks, not its begin.")
]


def asked_thinking(text: str | None) -> int | str | None:
    """What `--think` says: tokens, or a word that the card must know.

    Raises:
        UsageError: it is neither.
    """
    if text is None:
        return None
    word = text.strip().lower()
    if word.isascii() and word.isdigit():
        return int(word)
    if not word.isalpha():
        raise UsageError(
            f"--think is on, off, or the most tokens of thinking, not {text!r}",
            "try: --think 2000",
        )
    return word
