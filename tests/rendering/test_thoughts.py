"""What a model thinks is dimmed and folded, wherever a solution is shown."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from mathcli.rendering.html import page
from mathcli.rendering.markdown import markdown
from mathcli.rendering.terminal import TerminalTrace
from mathcli.rendering.wording import cost, how_sure, steps_of, what_to_raise, why_none
from mathcli.solving.scoring import solution_steps
from mathcli.solving.transcript import Finish, SamplingInfo, Segment, Transcript
from tests.rendering.samples import sample

THOUGHT = Segment("thought", "Is it <b>7</b>?\n\nNo, \x1b[2J $x^2$.\n", 5.0, 812)
WORDS = Segment("text", "It is \\boxed{3}.", 5.0, 9)


def thinking(*segments: Segment, finish: Finish = "answer") -> Transcript:
    one = sample(segments=segments or (THOUGHT, WORDS))
    counts = replace(one.counts, generated_tokens=821, thinking_tokens=812)
    sampling = SamplingInfo(0.6, 0.95, 0, 1, "on", 2000)
    answer = one.answer if finish == "answer" else None
    return replace(one, counts=counts, sampling=sampling, finish=finish, answer=answer)


def shown(solution: Transcript, *, whole: bool = False, size: int = 3) -> str:
    file = io.StringIO()
    trace = TerminalTrace(Console(file=file, width=60, highlight=False), whole_thoughts=whole)
    for segment in solution.segments:
        for at in range(0, len(segment.text), size):
            trace.delta(segment.kind, segment.text[at : at + size])
        trace.segment(segment)
    trace.finish(solution)
    return file.getvalue()


@pytest.mark.parametrize("size", [1, 4, 100])
def test_a_thought_is_its_first_line_and_how_long_it_was(size: int) -> None:
    text = shown(thinking(), size=size)
    assert "Is it <b>7</b>? … 812 tokens of thinking\n" in text
    assert "No," not in text
    assert "It is" in text


def test_a_long_first_line_is_cut() -> None:
    long = replace(THOUGHT, text="x" * 500)
    assert "x" * 29 not in shown(thinking(long, WORDS))
    assert "x" * 28 + " … 812 tokens" in shown(thinking(long, WORDS))


def test_all_of_a_thought_is_shown_where_that_is_asked_for_and_is_harmless() -> None:
    text = shown(thinking(), whole=True)
    assert "Is it <b>7</b>?\n\nNo, " in text
    assert "\x1b" not in text
    assert "[812 tokens of thinking]" in text


def test_in_html_a_thought_is_folded_and_plain_text() -> None:
    html = page(thinking())
    assert '<details class="thought"><summary>812 tokens of thinking</summary>' in html
    assert "Is it &lt;b&gt;7&lt;/b&gt;?" in html
    assert "\x1b" not in html
    assert "thinking on: 812 of at most 2000" in html
    cut = page(thinking(replace(THOUGHT, truncated=True), WORDS))
    assert "<summary>812 tokens of thinking, ended by its budget</summary>" in cut


def test_in_markdown_a_thought_is_folded() -> None:
    text = markdown(thinking())
    assert "<details><summary>812 tokens of thinking</summary>\n\n```text\nIs it <b>7" in text
    assert "```\n\n</details>\n\nIt is" in text


def test_a_thought_is_no_step_that_is_scored_and_belongs_to_the_words_after_it() -> None:
    assert solution_steps([THOUGHT, WORDS]) == ("It is \\boxed{3}.",)
    code, output = Segment("code", "print(1)", 0, 0), Segment("output", "1", 0, 0)
    found = list(steps_of([THOUGHT, code, output, THOUGHT, WORDS, THOUGHT]))
    assert [(len(step.thoughts), bool(step.words), step.program) for step in found] == [
        (1, False, code), (2, True, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("finish", "why", "option"),
    [
        ("max_tokens", "the limit of tokens came in the middle of its thinking", "--max-tokens"),
        ("context", "the context was full in the middle of its thinking", "--context"),
        ("timeout", "time was up in the middle of its thinking", "--timeout"),
    ],
)
def test_what_cut_a_thought_off_is_said_and_what_to_raise(
    finish: Finish, why: str, option: str
) -> None:
    one = thinking(THOUGHT, finish=finish)
    assert why_none(one) == f"{why}; raise {option}, or let it think less with --think N"
    assert (what_to_raise(one) or "?") in why_none(one)
    assert f"No answer: {why}; raise {option}" in " ".join(shown(one).split())
    after = thinking(THOUGHT, WORDS, finish=finish)
    assert what_to_raise(after) is None
    assert "thinking" not in why_none(after)


def test_the_end_in_a_thought_needs_no_limit() -> None:
    one = thinking(THOUGHT, finish="no_answer")
    assert why_none(one) == "the model ended in the middle of its thinking"


def test_what_it_cost_and_that_a_budget_ended_it() -> None:
    assert cost(thinking()).startswith("821 tokens, 812 of thinking, ")
    assert "its thinking was ended by its budget" in how_sure(
        thinking(replace(THOUGHT, truncated=True), WORDS)
    )
    assert "thinking" not in how_sure(thinking())
