"""Markdown: what a reader of a notebook or an issue gets."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mathcli.rendering.markdown import markdown
from mathcli.rendering.mathml import is_live
from mathcli.solving.transcript import AnswerInfo, Segment
from tests.rendering.samples import CONTRADICTED, PROGRAM, one_of_several, sample, voted


def test_a_whole_solution() -> None:
    text = markdown(sample())
    assert f"```python\n{PROGRAM}\n```\n\n```text\n[2, 3]\n```" in text
    assert "\n$$\nx=\\frac{-b\\pm\\sqrt{b^2-4ac}}{2a}\n$$\n" in text
    assert r"$\boxed{\{2, 3\}}$" in text
    assert r"**Answer:** $\{2, 3\}$ (computed by a program; 122 tokens, 2.4 s)" in text


def test_without_an_answer() -> None:
    text = markdown(sample(answer=None, evidence=None, finish="timeout"))
    assert "**No answer:** time is up (122 tokens, 2.4 s)." in text


def test_nothing_is_embedded() -> None:
    words = "<img src=x> ![a](http://b) [c](d) costs \\$5, 2*3*4 $a<b$\n[e]: http://f"
    text = markdown(sample(segments=(Segment("text", words, 1, 1),)))
    assert (
        r"&lt;img src=x> !\[a\](http\://b) \[c\](d) costs \$5, 2\*3\*4 $a\lt b$"
        "\n"
        r"\[e\]: http\://f"
    ) in text


def test_fences_are_longer_than_what_they_hold() -> None:
    text = markdown(sample(segments=(Segment("code", "s = '''\n```\n'''", 1, 1),)))
    assert "````python\ns = '''\n```\n'''\n````" in text


def test_python_in_a_formula_is_latex() -> None:
    text = markdown(sample(answer=AnswerInfo("3*x**2", "3*x**2")))
    assert "**Answer:** $3*x^{2}$" in text


def test_several_solutions_and_a_check() -> None:
    text = markdown(voted(check=CONTRADICTED))
    assert "**Attempt 1, given up** (40, computed)" in text
    assert "**Answer:** $42$ (3 of 5 samples agree; but a second program says otherwise;" in text
    assert "**Check:** a second program says otherwise.\n\n```python\nprint(6 * 8)\n```" in text
    assert "1. 42, computed\n2. 41, in words\n3. 42, computed\n4. no answer" in text
    hostile = voted(samples=(one_of_several("[c](d)<b>"),))
    assert r"1. \[c\](d)&lt;b>, computed" in markdown(hostile)


# -- no link or picture that the author did not mean --------------------------------------------


def said(words: str) -> str:
    return markdown(sample(problem=words, segments=(Segment("text", words, 1, 1),)))


def live(text: str) -> set[str]:
    """What a reader that knows no formulas makes of it, but for text and its forms."""

    def kinds(tokens: list[Token]) -> set[str]:
        return {token.type for token in tokens} | {
            kind for token in tokens for kind in kinds(token.children or [])
        }

    found = kinds(MarkdownIt("commonmark").parse(text))
    return found & {"link_open", "image", "html_inline", "html_block"}


LINKS = [
    "![track][d]\n\n> [d]: http://x/p.png\n\nWhat is 2+3?",
    "[d]\n\n- [d]: http://x",
    "![d]\n\n1. > - [d]:\n  http://x",
    "[a](http://x)", "![a](http://x)", "[a]( <http://x> 't')", "<http://x>", "<a@b.c>",
    "[^1]\n\n[^1]: x", "![a\\](b)](http://x)", "\\![a](b)", "\\\\[a](b)", "&#91;a](b)",
    "[a]&#40;b)", "`` ` `[a](b)`", "`\n[a](b)`", "a ` b\n`[c](d)`", "\\`[a](b)`", "```\n[a](b)",
    "``` [a](b)", "~~~\n[a](b)", "$![a](http://x)$", "$[a]$[b](c)",
    "$$\n> [d]: http://x\n$$\n\n[d]", "\\[![a](b)\\]", "\\boxed{[a](http://x)}",
    "\\begin{align}![a](b)\\end{align}", "<img src=x>", "<!-- x", "<?php", "$<b>$",
    "\\\\$![a](b)$", "$`![a](b)`$", "|[a](b)|\n|-|\n|![a](b)|", "[a\n](b)", "[a](b\n)",
    "[[a](b)](c)",
]  # fmt: skip


@pytest.mark.parametrize("words", LINKS)
def test_nothing_links_or_loads(words: str) -> None:
    assert not live(said(words))
    for block in MarkdownIt("commonmark").parse(said(words)):
        for token in block.children or []:
            assert token.type == "code_inline" or "http://" not in token.markup


@given(st.text(alphabet="[]()!:`\\<>$~ \n>-#*|&;ab:/1.\t{}", max_size=80))
def test_no_words_link_or_load(words: str) -> None:
    assert not live(said(words))


LIVE = [
    r"\href{javascript:alert(1)}{x}", r"\hr$ef{javascript:x}{y}", r"\url{http://x}",
    r"\includegraphics{http://x}", r"\htmlClass{a}{b}", r"\htmlData{a=b}{c}", r"\cssId{a}{b}",
    r"\style{color:red}{b}", r"\class{a}{b}", r"\require{html}", r"\def\x{\x\x}\x",
    r"\newcommand{\x}{y}", r"\unicode{x202e}", r"\bbox[border:1px]{x}", r"\let\a\href",
    r"\csname href\endcsname", "^^68ref", r"\action{x}", r"\texttip{a}{b}",
]  # fmt: skip
FORMS = ["$%s$", "$$%s$$", r"\boxed{%s}", "%s", r"\(%s\)", r"\[%s\]",
         r"\begin{align}%s\end{align}", r"\begin{CD}%s\end{CD}"]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("latex", LIVE)
def test_no_live_macro_reaches_a_page(form: str, latex: str) -> None:
    """Outside of code a page's script would draw it: there are no formulas here at all."""
    answer = AnswerInfo(form % latex, form % latex)
    text = markdown(sample(problem="?", segments=(Segment("text", form % latex, 1, 1),),
                           answer=answer))  # fmt: skip
    words = re.sub(r"`[^`]*`", "", text).replace(r"\$", "")
    drawn = re.findall(r"\$\$?(.*?)\$\$?", words, re.DOTALL) + re.findall(r"\\begin\{.*", words)
    assert not [one for one in drawn if is_live(one)]


def test_what_people_write_reads_well() -> None:
    text = said("Use `x[0]` on [2, 3]:\n\n```python\nprint(x[0])\n```\n\nso **bold** 1 * 2.")
    assert r"Use `x[0]` on \[2, 3\]:" in text
    assert "```python\nprint(x[0])\n```" in text
    assert "so **bold** 1 * 2." in text


def test_a_hostile_model_name_and_id() -> None:
    one = sample()
    model = replace(one.model, name="a](b)![c](d)\n\n# e", quant="`[x](y)`")
    text = markdown(replace(one, model=model, id="`[x](y)`", scored_by="rm{1}[/b](c).gguf"))
    assert not live(text)
    assert "\n# e" not in text
