from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mathcli.models import CodeFormat
from mathcli.solving.segments import SegmentStream

TEXT = "Add.\n```python\nx = 1\n\nprint('```')\n```\nSo ```py\nprint(2)\n```\n```output\nignored"


def split(parts: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    stream = SegmentStream(CodeFormat())
    pairs: list[tuple[str, str]] = []
    for part in parts:
        pairs += stream.feed(part)
    pairs += stream.finish()
    merged: list[tuple[str, str]] = []
    for kind, text in pairs:
        if merged and merged[-1][0] == kind:
            merged[-1] = (kind, merged[-1][1] + text)
        else:
            merged.append((kind, text))
    return merged, stream.programs


def test_words_and_programs_are_told_apart() -> None:
    pairs, programs = split([TEXT])
    assert pairs == [
        ("text", "Add.\n"),
        ("code", "x = 1\n\nprint('```')"),
        ("text", "\nSo "),
        ("code", "print(2)"),
        ("text", "\n"),
    ]
    assert programs == ["x = 1\n\nprint('```')", "print(2)"]


@given(st.lists(st.integers(0, len(TEXT)), max_size=30))
def test_any_split_of_the_stream_gives_the_same_segments(cuts: list[int]) -> None:
    edges = sorted({0, len(TEXT), *cuts})
    parts = [TEXT[a:b] for a, b in itertools.pairwise(edges)]
    assert split(parts) == split([TEXT])


def test_an_empty_program_is_a_program() -> None:
    assert split(["```python\n```\n"]) == ([("text", "\n")], [""])


def test_an_unclosed_program_is_closed_by_the_end() -> None:
    assert split(["```python\nprint(1)\n"]) == ([("code", "print(1)\n")], ["print(1)\n"])


def test_words_after_a_program_mean_that_the_text_does_not_end_with_it() -> None:
    stream = SegmentStream(CodeFormat())
    stream.feed("```python\nprint(1)\n```\n")
    assert stream.ends_with_program
    stream.feed("Done.")
    assert not stream.ends_with_program


def test_other_markers_are_a_matter_of_the_card() -> None:
    code = CodeFormat(open=("<llm-code>",), close="</llm-code>", stops=(), feedback="{output}")
    stream = SegmentStream(code)
    assert stream.feed("Go. <llm-code>\nprint(1)\n</llm-code>") == [
        ("text", "Go. "),
        ("code", "print(1)\n"),
    ]


def test_a_program_may_begin_on_the_line_of_its_tag() -> None:
    code = CodeFormat(open=("<|code|>",), close="<|endofblock|>", hidden=("<|text|>",))
    stream = SegmentStream(code)
    assert stream.feed("<|text|>Go.<|code|>print(1)<|endofblock|>") == [
        ("text", "Go."),
        ("code", "print(1)"),
    ]
    assert stream.programs == ["print(1)"]


def test_a_generation_that_the_prompt_has_begun_with_a_program() -> None:
    stream = SegmentStream(CodeFormat(primed=True))
    assert stream.feed("x = 1\n```\nDone.") == [("code", "x = 1"), ("text", "\nDone.")]
    stream = SegmentStream(CodeFormat(primed=True, close="", stops=()), ends=["###"])
    stream.feed("x = 1\n###")
    stream.finish()
    assert (stream.programs, stream.unclosed) == (["x = 1\n"], False)


def test_the_end_of_the_solution_is_shown_to_nobody() -> None:
    stream = SegmentStream(CodeFormat(), ends=["<|im_end|>"])
    assert stream.feed("It is 1.<|im_end|> more") == [("text", "It is 1.")]


def test_a_marker_that_the_model_goes_on_after_is_hidden() -> None:
    code = CodeFormat(stops=("</step>",), continues=("</step>",))
    stream = SegmentStream(code)
    assert stream.feed("One.</step>Two.") == [("text", "One."), ("text", "Two.")]
