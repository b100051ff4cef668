"""Texts that are meant to harm: every field of a transcript, in every form in which it is shown."""

from __future__ import annotations

import copy
import io
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from mathcli.console import SafeConsole, drawn
from mathcli.errors import UsageError
from mathcli.rendering.formulas import Formula, FormulaReader, formulas_in
from mathcli.rendering.fragments import math_html, words_html
from mathcli.rendering.html import page
from mathcli.rendering.markdown import markdown
from mathcli.rendering.several_solutions import disagreement
from mathcli.rendering.terminal import TerminalTrace
from mathcli.rendering.unicode import formula
from mathcli.solving.transcript import Segment, Transcript
from mathcli.text_safety import json_line
from tests.harmful import ALL, found_in
from tests.rendering.samples import sample, voted


def shown(transcript: Transcript, *, terminal: bool = True) -> str:
    out = io.StringIO()
    console = SafeConsole(file=out, force_terminal=terminal, width=80, color_system=None)
    trace = TerminalTrace(console)
    for number, one in enumerate(transcript.samples, 1):
        trace.sample(number, len(transcript.samples), one)
    for one in transcript.attempts:
        trace.given_up(one)
    trace.finish(transcript, "note")
    return out.getvalue()


def all_forms(transcript: Transcript) -> dict[str, str]:
    return {
        "terminal": shown(transcript),
        "pipe": shown(transcript, terminal=False),
        "page": page(transcript),
        "markdown": markdown(transcript),
        "json": json_line(transcript.record()),
        "disagreement": disagreement(transcript, 0.5),
    }


CHOICES = {"kind", "finish", "evidence", "method", "schema"}  # their values are given


def with_text(record: Any, text: str) -> Any:
    """The record with a text in the place of each of its texts, but where values are given."""
    if isinstance(record, dict):
        return {
            key: value if key in CHOICES else with_text(value, text)
            for key, value in record.items()
        }
    if isinstance(record, list):
        return [with_text(one, text) for one in record]
    return text if isinstance(record, str) else record


@pytest.mark.parametrize(
    "around", ["{}", "${}$", r"\boxed{{{}}}", "`{}`", "a {}\nb", r"\text{{{}}}"]
)
def test_no_form_shows_what_could_harm(around: str) -> None:
    thinking = sample(segments=(Segment("thought", "…", 1, 1), *sample().segments))
    for base in (thinking, voted(scored_by="x", agreement=0.5)):
        record = with_text(json.loads(json_line(base.record())), around.format(ALL))
        for name, text in all_forms(Transcript.from_record(record)).items():
            assert not found_in(text) - {"\x1b"}, name
            assert "\x1b" not in text or name == "terminal", name


def test_a_console_shows_nothing_as_it_would_drive_it() -> None:
    from rich.table import Table

    table = Table(ALL, title=ALL, caption=ALL)
    table.add_row(ALL)
    text = drawn([ALL, table, "[red]no markup[/x] :smile:"], 400)
    assert not found_in(text)
    assert "[red]no markup[/x] :smile:" in text


def test_markup_in_names_is_text() -> None:
    for name in ("rm{1}.gguf", "[/red]", "[link=x]", "{n}", "{0.__class__}", "%s"):
        for evidence in ("voted", "computed"):  # it weighed the votes, or chose the best
            forms = all_forms(voted(scored_by=name, evidence=evidence))
            assert name in forms["terminal"].replace("\n", ""), (name, evidence)


# -- length ---------------------------------------------------------------------------------------

PARTS = ["$", "$$", "$ ", "$a", r"\(", r"\[", r"\boxed{", r"\frac{", r"\frac", r"\sqrt[", "^", "{",
         "}", "`", "*", "**", "[", "](", "<", "> ", "- ", "1. ", "#", "\\", "&", r"\begin{matrix}",
         r"\left(", "a b ", "\n", r"\text{", r"\$", "$x$ ", "$$x$$", r"\frac{1}{2}", "(", '"""',
         'f"{', "_*", r"$\frac", "the "]  # fmt: skip
LENGTH = 40_000


@pytest.mark.parametrize("part", PARTS)
def test_a_looping_model_is_read_in_one_go(part: str) -> None:
    """Of quadratic work on this length nobody would see the end within the tests' time."""
    text = part * (LENGTH // len(part))
    pieces = formulas_in(text)
    whole = "".join(one if isinstance(one, str) else one.source for one in pieces)
    assert whole == text.replace("\\$", "$")
    reader = FormulaReader()
    for at in range(0, 8_000, 7):
        list(reader.feed(text[at : at + 7]))
    list(reader.finish())
    assert len(words_html(text)) < 30 * LENGTH
    assert len(markdown(sample(segments=(Segment("text", text, 1, 1),)))) < 10 * LENGTH


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("whole", [False, True])
def test_a_thought_that_loops_is_shown_in_one_go(part: str, whole: bool) -> None:
    thought = Segment("thought", part * (3 * LENGTH // len(part)), 1, 1)
    transcript = sample(segments=(thought,))
    out = io.StringIO()
    trace = TerminalTrace(SafeConsole(file=out, width=80), whole_thoughts=whole)
    for at in range(0, LENGTH, 1000):
        trace.delta("thought", thought.text[at : at + 1000])
    trace.segment(thought)
    assert len(out.getvalue()) < (2 * LENGTH if whole else 200)
    assert len(page(transcript)) < 10 * LENGTH
    assert len(markdown(transcript)) < 4 * LENGTH  # a fence of backticks is as long
    for text in (page(transcript), markdown(transcript)):
        assert "more characters" in text or part.isspace()


@pytest.mark.parametrize("part", ["$", r"\frac{", "\n", "a ", "*", "x" * 5000 + "\n"])
@pytest.mark.parametrize("kind", ["text", "code", "output"])
def test_what_is_drawn_on_a_terminal_is_bounded(part: str, kind: Any) -> None:
    segment = Segment(kind, part * (LENGTH // len(part)), 1, 1)
    code = (Segment("code", "1", 1, 1),) if kind == "output" else ()
    assert len(shown(sample(segments=(*code, segment)), terminal=False)) < 6 * LENGTH


def test_formulas_beyond_the_room_are_their_source() -> None:
    text = words_html(" ".join(f"$x_{{{n}}}$" for n in range(5000)))
    assert text.count("<math") < 4000
    assert '<code class="latex">' in text
    assert "more characters</p>" in text


@pytest.mark.parametrize(
    "latex",
    [r"\frac", r"\sqrt", r"\frac{1}", "^", "_", "x^", r"\left(", r"\begin{matrix}", r"\binom{1}",
     r"\overset{a}", r"\not", "&", r"\\", r"\hline", "{" * 70 + "}" * 70, "x^" * 500, "^{" * 60,
     r"\sqrt" * 500, "(" * 2000, r"\frac12" * 300, r"\overline" * 300],
)  # fmt: skip
def test_half_a_formula_breaks_nothing(latex: str) -> None:
    for display in (False, True):
        formula(latex, display=display)
        math_html(Formula(latex, latex, display=display))


# -- damage ---------------------------------------------------------------------------------------

VALUES: list[Any] = [
    None, True, 0, -1, 5, 1.5, 10**400, 1e308, 1e-320, -(10**30), float("nan"), float("inf"), "",
    "x", "{0}", "[/x]", "\ud800", ALL, [], [[]], {}, {"a": 1}, [None], "1" * 5000, "\\" * 500,
]  # fmt: skip


def places(record: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(record, dict):
        for key, value in record.items():
            yield from places(value, (*at, key))
    elif isinstance(record, list):
        for number, value in enumerate(record):
            yield from places(value, (*at, number))


def changed(record: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    found = copy.deepcopy(record)
    held = found
    for key in at[:-1]:
        held = held[key]
    held[at[-1]] = value
    return found


def test_a_damaged_transcript_is_refused_or_shown() -> None:
    draw = random.Random(21)
    whole = json.loads(json_line(voted(scored_by="x", agreement=0.5, check=None).record()))
    found = list(places(whole))
    for _ in range(250):
        record = changed(whole, draw.choice(found), draw.choice(VALUES))
        try:
            transcript = Transcript.from_record(record)
        except UsageError:
            continue
        for name, text in all_forms(transcript).items():
            assert not found_in(text) - {"\x1b"}, name


def test_ordinary_consoles_are_served_too() -> None:
    """Who brings a console of their own (a notebook) gets a harmless trace as well."""
    out = io.StringIO()
    trace = TerminalTrace(Console(file=out, width=80))
    trace.finish(replace(sample(), scored_by="[/x] \x1b[2J"))
    assert "\x1b" not in out.getvalue()
