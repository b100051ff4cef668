"""The end of a solution on a terminal: the answer in a box, and its evidence below.

The box holds the answer only, one line a part, and a verdict; the sentence on how far to trust it
is dim and wrapped between words. A proof has no box. In a pipe the same is plain text.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.panel import Panel
from rich.text import Text

from mathcli.rendering.drawn_answers import answer_lines, encodes
from mathcli.rendering.several_solutions import other_answers
from mathcli.rendering.trust_words import COLOURS, how_far, standing
from mathcli.rendering.wording import UNCHECKED, cost, lacking, why_none
from mathcli.text_safety import safe

if TYPE_CHECKING:
    from rich.console import Console

    from mathcli.solving.transcript import Transcript

_FRAME = 4  # columns: sides and blanks
_CORNERS = 6  # columns beside the title
_FIXED = "\xa0"  # a blank at which no line is broken, while lines are made
_WIDEST = 100  # columns of an answer in a pipe
_INDENT = 2


def show_end(console: Console, transcript: Transcript, note: str | None = None) -> None:
    """Print the answer, how far to trust it, and what it cost; or why there is none.

    Args:
        note: one more line for the box.
    """
    console.print()
    if transcript.answer is not None:
        _show_answer(console, transcript, note)
    elif transcript.proof is not None:
        _show_facts(console, UNCHECKED, cost(transcript))
    if not transcript.complete:
        _show_lack(console, transcript)


def _show_lack(console: Console, transcript: Transcript) -> None:
    """Print what is missing, why, and what it cost."""
    worked = transcript.answer is None and transcript.segments
    price = f" ({cost(transcript)})".replace(" ", _FIXED)[1:] if worked else ""
    sentence = f"{lacking(transcript).capitalize()}: {why_none(transcript)} {price}".rstrip() + "."
    lines = wrap(sentence, console.width) if console.is_terminal else [sentence]
    shown = "\n".join(lines).replace(_FIXED, " ")
    console.print(Text(shown, style="yellow"), soft_wrap=True)


def _show_answer(console: Console, transcript: Transcript, note: str | None) -> None:
    others = other_answers(transcript)
    notes = [f"others: {others}"] if others else []
    lines = Text("\n".join(_answer(console, transcript)), style="bold")
    for note_line in [*notes, *([note] if note else [])]:
        lines.append(safe(f"\n{note_line}"), style="not bold")
    trust, price = how_far(transcript), cost(transcript)
    if not console.is_terminal:
        title = "answers:\n" if transcript.kind == "parts" else "answer: "
        console.print(Text(title).append(lines), soft_wrap=True)
    else:
        title = "answers" if transcript.kind == "parts" else "answer"
        longest = max(cell_len(line) for line in lines.plain.split("\n"))
        width = min(console.width, max(longest + _FRAME, len(title) + _CORNERS))
        colour = COLOURS[standing(transcript)]
        console.print(
            Panel(lines, title=title, title_align="left", border_style=colour, width=width)
        )
    _show_facts(console, trust, price)


def _show_facts(console: Console, trust: str, price: str) -> None:
    if not console.is_terminal:
        console.print(Text(f"({trust}; {price})"), soft_wrap=True)
        return
    dot = "·" if encodes("·", console.encoding) else ";"
    room = max(20, console.width - _INDENT)
    *above, last = wrap(trust, room) or [""]
    together = f"{last} {dot} {price}"
    lines = [*above, *([together] if cell_len(together) <= room else [last, price])]
    facts = Text("\n".join(f"{' ' * _INDENT}{line}" for line in lines), style="dim")
    console.print(facts, soft_wrap=True)


def _answer(console: Console, transcript: Transcript) -> Iterator[str]:
    """The lines of the answer; of one in parts each part's, its label beside the middle one."""
    if transcript.kind != "parts":
        assert transcript.answer is not None
        yield from _drawn(console, transcript.answer.text, 0)
        return
    widest = max(len(part.label) for part in transcript.parts) + 3
    for part in transcript.parts:
        if part.answer is not None:
            lines = _drawn(console, part.answer.text, widest)
        else:
            lines = ["no answer" if part.missing else "a proof, see above"]
        for at, line in enumerate(lines):
            label = f"({part.label})" if at == len(lines) // 2 else ""
            yield f"{label:{widest}}{line}"


def _drawn(console: Console, text: str, indent: int) -> list[str]:
    """An answer as mathematics, where it is and the console can show it."""
    width = console.width - _FRAME if console.is_terminal else _WIDEST
    lines = answer_lines(text, max(1, width - indent))
    if all(encodes(line, console.encoding) for line in lines):
        return list(lines)
    return safe(text).split("\n")
