"""Every syntax of tool calls: what it writes it reads, and what models get wrong is still read."""

# ruff: noqa: E501 (texts as models write them)

from __future__ import annotations

import inspect
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mathcli.models import CodeFormat
from mathcli.models.card_values import SyntaxName
from mathcli.solving import calls
from mathcli.solving.calls import TOOL, completed, recorded_program, syntax_named
from mathcli.solving.segments import SegmentStream

SYNTAXES = [name for name in get_args(SyntaxName) if name != "fenced"]
# What marks the end of a call, and what stands in the way of reading one.
MARKERS = [
    "</tool_call>", "<tool_call>", "</code>", "<|tool_call_end|>", "<tool_call|>", "<|call|>", "[ARGS]",
    "</function>", "</param>", "</parameter>", "]]>", '<|"|>', "</TOOLCALL>", "<|/tool_call|>", "</think>",
    "```", '"""', "'''", '"', "'", "\\", "\\n", "\n", "}", "]", ")", '"}', "#", "{", ",",
]  # fmt: skip
# How a call ends in the syntaxes that do not escape what stands in it.
UNESCAPED = {
    "qwen-xml": ("</function>",),
    "gemma4": ('<|"|>',),
    "minicpm": ("</param>",),
}
strings = st.lists(st.sampled_from(MARKERS) | st.text(max_size=5), max_size=8).map("".join)
programs = st.lists(
    strings.map(lambda text: f"print({text!r})") | st.just("x = 1\n\nprint(x)"), min_size=1, max_size=4
).map("\n".join)  # fmt: skip


def read(name: str, written: str, *, size: int = 1) -> SegmentStream:
    """A stream that was fed with what a model wrote."""
    stream = SegmentStream(CodeFormat(syntax=name))
    for at in range(0, len(written), size):
        stream.feed(written[at : at + size])
    stream.finish()
    return stream


def program_in(name: str, written: str) -> str | None:
    stream = read(name, written)
    assert len(stream.calls) == 1
    return stream.calls[0].program


def error_in(name: str, written: str) -> str:
    stream = read(name, written)
    assert len(stream.calls) == 1
    assert stream.calls[0].program is None
    return stream.calls[0].error or ""


def test_every_syntax_of_cards_is_a_module() -> None:
    folder = Path(inspect.getfile(calls)).parent
    modules = {path.stem for path in folder.glob("*.py")}
    with_syntax = {name for name in modules if "\nSYNTAX = " in (folder / f"{name}.py").read_text()}
    assert with_syntax == {name.replace("-", "_") for name in get_args(SyntaxName)}


@pytest.mark.parametrize("name", SYNTAXES)
@settings(deadline=None, max_examples=30)
@given(program=programs, size=st.integers(1, 40))
def test_a_program_is_read_as_it_was_written(name: str, program: str, size: int) -> None:
    written = syntax_named(name).write(program)
    assume(not any(end in program for end in UNESCAPED.get(name, ())))
    stream = read(name, "Let me see.\n" + written if name != "harmony" else written, size=size)
    assert [call.program for call in stream.calls] == [program]
    assert stream.ends_with_program


@pytest.mark.parametrize("name", sorted(set(SYNTAXES) - UNESCAPED.keys() - {"llama3"}))
@settings(deadline=None, max_examples=30)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_is_read_as_it_was_written(name: str, text: str) -> None:
    assume(text.strip())
    assume(not text.lstrip().startswith("```"))  # a fence around the program is taken off
    assert program_in(name, syntax_named(name).write(text)) == text


@pytest.mark.parametrize("name", sorted(UNESCAPED))
@settings(deadline=None, max_examples=30)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_without_escapes_is_read_as_it_was_written(name: str, text: str) -> None:
    assume(text.strip())
    assume(not text.lstrip().startswith("```"))
    assume(not any(end in text for end in UNESCAPED[name]))
    assert program_in(name, syntax_named(name).write(text)) == text


@pytest.mark.parametrize("name", SYNTAXES)
def test_the_words_before_a_call_are_words_and_the_markers_are_shown_to_nobody(name: str) -> None:
    stream = SegmentStream(CodeFormat(syntax=name))
    words = "First.\n" if name != "harmony" else "<|channel|>commentary<|message|>First.\n<|end|>"
    between = "<|start|>assistant" if name == "harmony" else ""
    written = words + between + syntax_named(name).write("print(1)")
    pairs = [pair for at in range(len(written)) for pair in stream.feed(written[at])]
    pairs += stream.finish()
    shown = {kind: "".join(text for one, text in pairs if one == kind) for kind, _ in pairs}
    assert shown["code"] == "print(1)"
    assert shown["text"].strip() == "First."


@pytest.mark.parametrize("name", SYNTAXES)
@given(text=st.lists(st.sampled_from(MARKERS) | st.text(max_size=8), max_size=12).map("".join))
@settings(deadline=None, max_examples=30)
def test_whatever_is_in_a_call_is_a_program_or_an_error(name: str, text: str) -> None:
    syntax = syntax_named(name)
    for begin in (
        *syntax.open,
        *syntax.starts,
        "<|channel|>commentary to=functions.python json<|message|>",
    ):
        stream = read(name, begin + text)
        for call in stream.calls:
            assert (call.program is None) == (call.error is not None)
            assert call.error is None or call.error.startswith("Error: ")


# -- what models get wrong ---------------------------------------------------------------------

JSON_CALLS = {
    "as it should be": '{"name": "python", "arguments": {"code": "print(\\"a\\")"}}',
    "raw line breaks": '{"name": "python", "arguments": {"code": "\nprint(\\"a\\")\n"}}',
    "a comma too many": '{"name": "python", "arguments": {"code": "print(\\"a\\")",},}',
    "parameters": '{"name": "python", "parameters": {"code": "print(\\"a\\")"}}',
    "arguments in a string": '{"name": "python", "arguments": "{\\"code\\": \\"print(\'a\')\\"}"}',
    "the program as arguments": '{"name": "python", "arguments": "print(\'a\')"}',
    "no arguments table": '{"name": "python", "code": "print(\'a\')"}',
    "as the API has it": '{"type": "function", "function": {"name": "python", "arguments": '
    '{"code": "print(\'a\')"}}}',
    "quotes that are not escaped": '{"name": "python", "arguments": {"code": "print("a")"}}',
    "and line breaks": '{"name": "python", "arguments": {"code": "x = "a"\nprint(x)"}}',
    "and the escapes of line breaks": '{"name": "python", "arguments": {"code": "x = "a"\\nprint(x)"}}',
    "Python's quotes": "{'name': 'python', 'arguments': {'code': 'print(\"a\")'}}",
    "three quotes": '{"name": "python", "arguments": {"code": """\nx = "a"\nprint(x)\n"""}}',
    "a missing brace": '{"name": "python", "arguments": {"code": "print(\'a\')"}',
    "a missing end": '{"name": "python", "arguments": {"code": "print(\'a\')',
    "a fence in the argument": '{"name": "python", "arguments": {"code": "```python\\nprint(\'a\')\\n```"}}',
    "another name": '{"name": "code_interpreter", "arguments": {"code": "print(\'a\')"}}',
    "another argument": '{"name": "python", "arguments": {"source": "print(\'a\')"}}',
    "lines": '{"name": "python", "arguments": {"code": ["x = \'a\'", "print(x)"]}}',
    "a list of calls": '[{"name": "python", "arguments": {"code": "print(\'a\')"}}]',
    "something after it": '{"name": "python", "arguments": {"code": "print(\'a\')"}} and so on',
    "a program in place of it": "\nprint('a')\n",
    "a fenced program in place of it": "\n```python\nprint('a')\n```\n",
    "keys without quotes": "{name: python, arguments: {code: \"print('a')\"}}",
}


def output_of(program: str | None) -> str:
    """What a program prints, of the little ones here."""
    import contextlib
    import io

    assert program is not None
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(program, "program", "exec"), {})
    return out.getvalue()


@pytest.mark.parametrize("written", JSON_CALLS.values(), ids=JSON_CALLS)
@pytest.mark.parametrize("name", ["hermes", "nemotron", "granite", "smollm3", "phi", "mistral"])
def test_a_call_that_is_not_quite_json_is_read_where_it_is_plain(name: str, written: str) -> None:
    syntax = syntax_named(name)
    if name == "mistral" and "a program" in next(k for k, v in JSON_CALLS.items() if v == written):
        pytest.skip("the name stands before a program there")
    assert output_of(program_in(name, syntax.open[0] + written + syntax.close)) == "a\n"


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ('{"name": oh}', "the call cannot be read"),
        ('{"name": "python", "arguments": {"code": "print(1', "cannot be read"),
        ('{"name": "python", "arguments": {}}', "has no program; give it as the argument code"),
        ('{"name": "python", "arguments": {"code": 3}}', "has no program"),
        ('{"name": "search", "arguments": {"query": "the sum of 3"}}', "no tool 'search'"),
        ('{"name": "python"}', "has no program"),
        ("[]", "has no program"),
        ("", "cannot be read"),
        ("I will compute this.", "cannot be read"),
    ],
)
def test_a_call_without_a_plain_program_is_an_error_that_says_what_to_write(
    written: str, error: str
) -> None:
    assert error in error_in("hermes", f"<tool_call>{written}</tool_call>")


def test_the_programs_of_several_calls_run_as_one() -> None:
    two = [{"name": "python", "arguments": {"code": f"print({n})"}} for n in (1, 2)]
    import json

    assert program_in("nemotron", f"<TOOLCALL>{json.dumps(two)}</TOOLCALL>") == "print(1)\nprint(2)"
    assert (
        program_in("lfm2", "<|tool_call_start|>[python(code='print(1)'), python(code='print(2)')]"
                   "<|tool_call_end|>")
        == "print(1)\nprint(2)"
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "<function=python>\n<parameter=code>\nprint('a')\n</parameter>\n</function>",
        "\n<function=python>\n<parameter=code>\nprint('a')\n</parameter>\n</function>\n",
        "<function=python>\n<parameter=code>\nprint('a')\n</parameter>\n",
        "<function=python>\n<parameter=code>\nprint('a')\n</function>",
        "<function=python>\n<parameter=code>\nprint('a')\n",
        "<function=python>\nprint('a')\n</function>",
        "<function=python><parameter=code>print('a')</parameter></function>",
        "<function=python>\n<parameter=code>\n```python\nprint('a')\n```\n</parameter>\n</function>",
        "<function=run>\n<parameter=source>\nprint('a')\n</parameter>\n</function>",
        '<function=python>\n{"code": "print(\'a\')"}\n</function>',
        '{"name": "python", "arguments": {"code": "print(\'a\')"}}',
        "<function=python>\n<parameter=code>\nprint('a')\n</parameter>\n<parameter=input>\n3\n"
        "</parameter>\n</function>",
        "<function=python>\n<parameter=input>\n3\n</parameter>\n<parameter=code>\nprint('a')\n"
        "</parameter>\n</function>",
    ],
)
def test_xml_is_read_where_it_is_plain(body: str) -> None:
    assert output_of(program_in("qwen-xml", f"<tool_call>{body}</tool_call>")) == "a\n"
    assert output_of(program_in("hermes", f"<tool_call>{body}</tool_call>")) == "a\n"
    if body.startswith("<function="):  # some checkpoints leave the opening tag out
        assert output_of(program_in("qwen-xml", f"So:\n{body}</tool_call>")) == "a\n"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("harmony", "<|channel|>analysis to=python code<|message|>print('a')<|call|>"),
        ("harmony", "<|channel|>analysis to=python<|message|>print('a')<|call|>"),
        ("harmony", "<|channel|>commentary to=functions.python <|constrain|>json<|message|>"
         '{"code": "print(\'a\')"}<|call|>'),
        ("harmony", ' to=functions.python<|channel|>commentary json<|message|>{"code": "print(\'a\')"}'),
        ("harmony", " to=functions.python<|channel|>commentary json<|message|>print('a')<|call|>"),
        ("gemma4", '<|tool_call>call:python{code:<|"|>print(\'a\')<|"|>}<tool_call|>'),
        ("gemma4", '<|tool_call>call:python{code:<|"|>print(\'a\')}<tool_call|>'),
        ("gemma4", "<|tool_call>call:python{\"code\": \"print('a')\"}<tool_call|>"),
        ("gemma4", "<|tool_call>call:python{code:\"print('a')\"}<tool_call|>"),
        ("gemma4", '<|tool_call>python{code:<|"|>print(\'a\')<|"|>}'),
        ("lfm2", "<|tool_call_start|>[python(code=\"print('a')\")]<|tool_call_end|>"),
        ("lfm2", "<|tool_call_start|>[python(code='x = 'a'\nprint(x)')]<|tool_call_end|>"),
        ("lfm2", "<|tool_call_start|>python(\"print('a')\")<|tool_call_end|>"),
        ("lfm2", "<|tool_call_start|>[python(code=\"\"\"\nprint('a')\n\"\"\")]<|tool_call_end|>"),
        ("lfm2", "<|tool_call_start|>[python(code=\"print('a')\""),
        ("lfm2", '<|tool_call_start|>[{"name": "python", "arguments": {"code": "print(\'a\')"}}]'),
        ("mistral", "[TOOL_CALLS]python[ARGS]{\"code\": \"print('a')\"}"),
        ("mistral", "[TOOL_CALLS]python[CALL_ID]abc123def[ARGS]{\"code\": \"print('a')\"}"),
        ("mistral", "[TOOL_CALLS]python{\"code\": \"print('a')\"}"),
        ("mistral", '[TOOL_CALLS][{"name": "python", "arguments": {"code": "print(\'a\')"}, "id": "1"}]'),
        ("llama3", "<|python_tag|>print('a')"),
        ("llama3", '<|python_tag|>{"name": "python", "parameters": {"code": "print(\'a\')"}}'),
        ("llama3", 'So.\n{"name": "python", "parameters": {"code": "print(\'a\')"}}'),
        ("llama3", '{"type": "function", "name": "python", "parameters": {"code": "print(\'a\')"}}'),
        ("granite", '<|tool_call|>[{"name": "python", "arguments": {"code": "print(\'a\')"}}]'),
        ("phi", 'functools[{"name": "python", "arguments": {"code": "print(\'a\')"}}]'),
        ("smollm3", "<code>\nprint('a')\n</code>"),
        ("smollm3", "<code>print('a')</code>"),
        ("minicpm", '<function name="python"><param name="code">print(\'a\')</param></function>'),
        ("minicpm", '<function name="python"><param name="code"><![CDATA[print(\'a\')'),
    ],
)  # fmt: skip
def test_each_way_that_a_family_writes_a_call_is_read(name: str, written: str) -> None:
    assert output_of(program_in(name, written)) == "a\n"


def test_a_line_of_json_that_is_no_call_is_words() -> None:
    stream = read("llama3", 'The record is {"name": "x"} here.')
    assert stream.calls == []


@pytest.mark.parametrize("name", SYNTAXES)
def test_a_marker_in_a_string_of_the_program_does_not_end_the_call(name: str) -> None:
    syntax = syntax_named(name)
    program = f"print({syntax.close!r} + '<|im_end|>')"
    assert program_in(name, syntax.write(program)) == program


def test_the_card_s_own_markers_win_over_those_of_its_syntax() -> None:
    code = completed(CodeFormat(syntax="hermes", feedback="\n{output}\n"))
    assert (code.open, code.close, code.stops) == (
        ("<tool_call>",),
        "</tool_call>",
        ("</tool_call>",),
    )
    assert code.feedback == "\n{output}\n"
    assert completed(CodeFormat()) == CodeFormat()


def test_a_record_holds_a_program_or_the_call_that_it_was_in() -> None:
    code = CodeFormat(syntax="hermes")
    assert recorded_program("print(1)", code) == "print(1)"
    assert recorded_program("[print(1)]", code) == "[print(1)]"
    assert recorded_program(JSON_CALLS["as it should be"], code) == 'print("a")'
    assert recorded_program("let x be 1", code) == "let x be 1"
    assert recorded_program("x = 1", CodeFormat(runs_if="print(")) is None


def test_the_tool_is_described_as_templates_expect_it() -> None:
    function = TOOL["function"]
    assert TOOL["type"] == "function"
    assert function["parameters"]["required"] == list(function["parameters"]["properties"])
    assert function["name"] == "python"
