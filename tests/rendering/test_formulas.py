"""Formulas found in text: their delimiters, money, and that streaming changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.rendering.formulas import Formula, FormulaReader, formulas_in


def marked(pieces: list[str | Formula]) -> str:
    """Pieces as one text, formulas between « », display ones between « » with a star."""
    return "".join(
        piece if isinstance(piece, str) else f"«{'*' * piece.display}{piece.latex}»"
        for piece in pieces
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("So $x=2$.", "So «x=2»."),
        ("$ x $ and $y$", "«x» and «y»"),
        ("$$x^2$$!", "«*x^2»!"),
        (r"\(a\), \[b\]", "«a», «*b»"),
        (r"The answer is \boxed{\frac{1}{2}}.", r"The answer is «\frac{1}{2}»."),
        (r"\boxed {3}", "«3»"),
        (r"\boxed{\{1\}}", r"«\{1\}»"),
        (r"\begin{align*}a&=b\end{align*}", r"«*\begin{align*}a&=b\end{align*}»"),
        ("It costs $5 and she has $7 left.", "It costs $5 and she has $7 left."),
        ("It costs $5. Then $x=5$.", "It costs $5. Then «x=5»."),
        (r"\$5 is $x$", "$5 is «x»"),
        ("$5x + 3 = 2$", "«5x + 3 = 2»"),
        (r"$5\text{ apples and pears}$", r"«5\text{ apples and pears}»"),
        ("a $ b\n\nc $ d", "a $ b\n\nc $ d"),
        (r"x = \frac{1}{2} and \b", r"x = «\frac{1}{2}» and \b"),
        (r"\frac12, \sqrt 2, \sqrt[3]{x}", r"«\frac12», «\sqrt 2», «\sqrt[3]{x}»"),
        (r"3 \times 4 \leq 5\pi \pix", r"3 «\times» 4 «\leq» 5«\pi» \pix"),
        (r"\frac{1} + 2, \frac", r"\frac{1} + 2, \frac"),
        (r"\text{ cm} \textbf{a}", r"«\text{ cm}» \textbf{a}"),
        ("no end $x + 1", "no end $x + 1"),
        (r"no end \boxed{1", r"no end \boxed{1"),
        ("$$", "$$"),
        ("一个$x$，", "一个«x»，"),
    ],
)
def test_finding(text: str, expected: str) -> None:
    assert marked(formulas_in(text)) == expected


PARTS = ["$", "$$", r"\(", r"\)", r"\[", r"\]", r"\boxed{", "}", "{", "x=1", " word ", "5", "\n",
         r"\$", "\\", r"\begin{cases}", r"\end{cases}", "be",
         r"\frac", "{1}", r"\times", r"\sqrt", "[3]", "]"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join), st.integers(1, 5))
def test_streaming_finds_the_same(text: str, step: int) -> None:
    reader = FormulaReader()
    pieces: list[str | Formula] = []
    for at in range(0, len(text), step):
        pieces += reader.feed(text[at : at + step])
    pieces += reader.finish()
    assert marked(pieces) == marked(formulas_in(text))


def test_words_are_not_held_back() -> None:
    reader = FormulaReader()
    assert "".join(map(str, reader.feed("The sum of $5 and some more"))).endswith("some more")


def test_only_the_formula_is_held_back() -> None:
    reader = FormulaReader()
    assert list(reader.feed("so $x^")) == ["so "]
    assert list(reader.feed("2$ is")) == [Formula("$x^2$", "x^2"), " is"]
