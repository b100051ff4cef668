from __future__ import annotations

import pytest

from mathcli.models import CodeFormat
from mathcli.solving.calls import read_call
from mathcli.solving.program_output import framed
from mathcli.solving.segments import SegmentStream


def frame(text: str, code: CodeFormat | None = None) -> str:
    """The text after one generation and its output, 5."""
    code = code or CodeFormat()
    stream = SegmentStream(code)
    stream.feed(text)
    stream.finish()
    return text + "".join(piece.text for piece in framed("5", code, stream))


@pytest.mark.parametrize(
    "written",
    [
        "```python\nprint(5)\n```",
        "```python\nprint(5)\n```\n",
        "```python\nprint(5)\n```\n```output",
        "```python\nprint(5)\n```\n```output\n",
        "```python\nprint(5)",
    ],
)
def test_however_much_of_the_frame_the_model_wrote_the_text_is_the_same(written: str) -> None:
    assert frame(written) == "```python\nprint(5)\n```\n```output\n5\n```\n"


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("I see ```output", "I see ```output\n5\n```\n"),
        ("```python\nx\n```\n\n```output", "```python\nx\n```\n\n```output\n5\n```\n"),
        ("```python\nx\n```\nSo ```output", "```python\nx\n```\nSo ```output\n5\n```\n"),
    ],
)
def test_a_frame_begun_in_an_odd_place_is_not_begun_again(written: str, whole: str) -> None:
    assert frame(written) == whole


def test_a_closing_fence_is_not_taken_for_the_frame() -> None:
    assert "```\n```output" in frame("```python\nprint(5)\n```")


def test_a_program_on_the_line_of_its_tag() -> None:
    code = CodeFormat(open=("<code>",), close="</code>", stops=("</code>",), feedback="<o>{output}")
    assert frame("<code>print(5)</code>", code) == "<code>print(5)</code><o>5"


def test_the_source_of_a_program() -> None:
    assert read_call("a<s>\nb", CodeFormat(drop=("<s>",))).program == "a\nb"
    assert read_call("x = 1", CodeFormat(call="f()")).program == "x = 1\nf()"
    words = read_call("x = 1", CodeFormat(runs_if="print("))
    assert (words.program, words.error) == (None, None)
    call = '{"name": "python", "arguments": {"code": "print(input())", "input": "7\\n"}}'
    run = read_call(call, CodeFormat(json=True)).program
    assert run is not None
    assert "StringIO('7\\n')" in run
    for text in ("{", "[]", '{"arguments": 3}', '{"arguments": {"code": 3}}'):
        found = read_call(text, CodeFormat(json=True))
        assert found.program is None
        assert found.error is not None
        assert found.error.startswith("Error: the call ")
