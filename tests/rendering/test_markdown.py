"""Markdown: what a reader of a notebook or an issue gets."""

from __future__ import annotations

from mathcli.rendering.markdown import markdown
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
        r"&lt;img src=x> ![a]\(http://b) [c]\(d) costs \$5, 2\*3\*4 $a\lt b$" "\n" r"[e]\: http://f"
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
    assert r"1. [c]\(d)&lt;b>, computed" in markdown(hostile)
