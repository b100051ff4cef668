"""The trace on real pseudo-terminals: what stands on the screen while it streams and after."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator

import pytest
from rich.console import Console

from mathcli.rendering.terminal import TerminalTrace
from mathcli.solving.transcript import Segment
from tests.rendering.samples import CONTRADICTED, PROGRAM, WORDS, one_of_several, sample, voted

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)
from tests.rendering.screen import Screen

WRITER = ("-m", "tests.rendering.writer")
WIDTHS = (40, 80, 200)


def stream(screen: Screen, step: int) -> Iterator[None]:
    """Write the sample, `step` characters at a time, stopping after each."""
    for segment in sample().segments:
        if segment.kind != "output":
            for at in range(0, len(segment.text), step):
                screen.send("delta", segment.kind, segment.text[at : at + step])
                yield
        screen.send("segment", segment.kind, segment.text, segment.error)
        yield


def test_a_long_line_of_a_program_keeps_its_bar() -> None:
    out = io.StringIO()
    trace = TerminalTrace(Console(file=out, width=24, force_terminal=True, no_color=True))
    program = "result = first - second + third\nprint(result)"
    trace.delta("code", program)
    trace.segment(Segment("code", program, 0.0, 0))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).split()
    assert " ".join(lines) == "│ result = first - │ second + third │ print(result)"


@pytest.mark.parametrize("width", WIDTHS)
def test_while_and_after_streaming(width: int) -> None:
    screen = Screen(*WRITER, columns=width)
    before: list[str] = []
    for _ in stream(screen, 7):
        now = screen.lines
        # What was written stays as it was: only the last line may have grown.
        assert now[: len(before) - 1] == before[:-1]
        assert before == [] or now[len(before) - 1].startswith(before[-1])
        before = now
    screen.send("finish", {})
    lines = screen.lines
    assert screen.end() == 0
    assert screen.only_appended
    text = "\n".join(lines)
    assert "x² - 5x + 6 = 0" in text.replace("\n", " ")
    assert "│ from sympy import *" in lines
    assert "→ [2, 3]" in lines
    assert "→ ZeroDivisionError: division by zero" in lines
    assert "  ⎛1  2⎞" in lines
    assert "│ {2, 3}" in text
    assert "$" not in text
    assert "\\" not in text


@pytest.mark.parametrize("width", WIDTHS)
def test_several_solutions(width: int) -> None:
    screen = Screen(*WRITER, columns=width)
    screen.send("sample", 2, 8, "42")
    screen.send("sample", 1, 8, "1" * 300)
    assert screen.lines[0] == "sample 2 of 8: 42, computed"
    assert (len(screen.lines[1]), screen.lines[1][-1]) == (width, "…")
    screen.send("voted")
    lines = screen.lines
    assert screen.end() == 0
    assert screen.only_appended
    assert "│ print(42)" in lines  # the chosen solution
    assert "→ 42" in lines
    assert all(len(line) <= width for line in lines)
    panel = " ".join(line.strip("│╭╮╰╯─ ") for line in lines[-6:])
    assert "others: 41 (1), without a vote (1)" in panel
    assert "3 of 5 samples agree" in panel


def test_several_solutions_in_a_pipe() -> None:
    file = io.StringIO()
    trace = TerminalTrace(Console(file=file, highlight=False))
    trace.sample(1, 8, one_of_several("42"))
    trace.finish(voted(check=CONTRADICTED))
    text = file.getvalue()
    assert text.startswith("sample 1 of 8: 42, computed\n\n│ print(42)\n→ 42\n")
    assert text.endswith(
        "answer: 42\nothers: 41 (1), without a vote (1)\n"
        "(3 of 5 samples agree; but a second program says otherwise; 122 tokens, 2.4 s)\n"
    )


def test_marks_of_weight_become_bold() -> None:
    screen = Screen(*WRITER, columns=80)
    text = "### Step 1\n**Let** 2**3 be **eight and**, x**2 - 5*x\n"
    for character in text:
        screen.send("delta", "text", character)
    screen.send("segment", "text", text, None)
    screen.end()
    assert screen.lines == ["Step 1", "Let 2**3 be eight and, x**2 - 5*x"]
    assert "\x1b[1mLet\x1b[0m" in screen.raw


def test_a_line_as_wide_as_the_terminal() -> None:
    screen = Screen(*WRITER, columns=40)
    text = f"{'x' * 19} {'y' * 20} z\n{'x' * 40}\nz\n"
    screen.send("delta", "text", text)
    screen.send("segment", "text", text, None)
    screen.end()
    assert screen.lines == [f"{'x' * 19} {'y' * 20}", "z", "x" * 40, "z"]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_word_is_broken(width: int) -> None:
    screen = Screen(*WRITER, columns=width)
    words = "Consider the polynomial whose coefficients are consecutive integers. " * 5
    for at in range(0, len(words), 11):
        screen.send("delta", "text", words[at : at + 11])
    screen.send("segment", "text", words, None)
    lines = screen.lines
    screen.end()
    assert " ".join(lines).split() == words.split()
    assert all(len(line) <= width for line in lines)
    assert len(lines) == {40: 10, 80: 5, 200: 2}[width]


def test_chinese_lines_break_between_characters_but_not_before_a_mark() -> None:
    screen = Screen(*WRITER, columns=20)
    words = "我们需要求解这个方程，然后检查x的值是否正确。所以**答案**是（二）。"
    for char in words:
        screen.send("delta", "text", char)
    screen.send("segment", "text", words, None)
    lines = [line.strip() for line in screen.lines]
    screen.end()
    assert "".join(lines) == words.replace("**", "")
    assert not any(line[0] in "，。）" or line[-1] == "（" for line in lines)
    assert len(lines) == 4  # ten characters a line


def test_a_smaller_window_from_now_on() -> None:
    screen = Screen(*WRITER, columns=100)
    screen.send("delta", "text", "word " * 30)
    screen.resize(40)
    screen.send("delta", "text", "word " * 60)
    screen.send("segment", "text", "", None)
    lines = screen.lines
    screen.end()
    assert set(" ".join(lines[4:]).split()) == {"word"}


@pytest.mark.parametrize(
    "env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": "dumb", "NO_COLOR": "1"}]
)
def test_no_colour_where_none_is_wanted(env: dict[str, str]) -> None:
    screen = Screen(*WRITER, columns=80, env=env)
    for _ in stream(screen, 50):
        pass
    screen.send("finish", {})
    screen.end()
    assert "\x1b[3" not in screen.raw
    assert "\x1b[9" not in screen.raw


def test_a_terminal_without_unicode_shows_the_source() -> None:
    env = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    screen = Screen(*WRITER, columns=80, env=env)
    text = r"So $\sqrt{2}<x$ and $\frac{1}{2}$."
    screen.send("delta", "text", text)
    screen.send("segment", "text", text, None)
    screen.send("segment", "output", "2", None)
    screen.end()
    assert screen.lines[0] == r"So $\sqrt{2}<x$ and 1/2."
    assert "> 2" in screen.lines


def test_hostile_text_drives_nothing() -> None:
    screen = Screen(*WRITER, columns=80)
    for kind in ("text", "code"):
        bad = "a\x1b[2J\x1b]0;title\x07 $x\x9b31m^2$ \u202eb\n"
        screen.send("delta", kind, bad)
        screen.send("segment", kind, bad, None)
    screen.send("segment", "output", "\x1b[1A\rgone", None)
    screen.end()
    assert screen.only_appended
    assert "\u202e" not in screen.raw
    assert any("\\x1b[2J" in line for line in screen.lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_command_itself(width: int) -> None:
    screen = Screen("-m", "mathcli", "solve", "Solve x^2 - 5x + 6 = 0", columns=width)
    assert screen.end() == 0
    lines = screen.lines
    assert screen.only_appended
    assert "→ [2, 3]" in lines
    begins = max(at for at, line in enumerate(lines) if line.startswith("╭"))
    top, answer, bottom, *beneath = lines[begins:]
    assert (top[0], answer[0], bottom[0]) == ("╭", "│", "╰")
    assert len(top) == len(answer) == len(bottom) <= width
    assert answer.strip("│ ").replace(" ", "") == "2,3"
    assert "computed by a program" in "".join(beneath)
    assert all(line.startswith("  ") and len(line) <= width for line in beneath)


def test_in_a_pipe() -> None:
    file = io.StringIO()
    trace = TerminalTrace(Console(file=file, highlight=False))
    for segment in sample().segments:
        if segment.kind != "output":
            trace.delta(segment.kind, segment.text)
        trace.segment(segment)
    trace.finish(sample())
    text = file.getvalue()
    assert "x = ────────────────" in text
    assert f"│ {PROGRAM.splitlines()[-1]}" in text
    assert text.endswith("answer: {2, 3}\n(computed by a program; 122 tokens, 2.4 s)\n")
    assert "\x1b" not in text
    assert WORDS.splitlines()[2].split("$")[0] in text  # words are not wrapped


def test_what_is_given_up_is_told_before_what_follows() -> None:
    file = io.StringIO()
    trace = TerminalTrace(Console(file=file, highlight=False))
    trace.delta("text", "It is 736.")
    trace.segment(Segment("text", "It is 736.", 0, 5))
    trace.given_up(one_of_several("736", method="cot", least_probability=0.456))
    trace.delta("text", "Multiply.")
    trace.segment(Segment("text", "Multiply.", 0, 3))
    lines = [line for line in file.getvalue().split("\n") if line]
    assert lines == [
        "It is 736.",
        "words were in doubt (a token at 45 %); another way:",
        "Multiply.",
    ]
