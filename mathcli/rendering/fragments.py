"""Parts of pages: words with formulas, programs and outputs, as HTML that nothing can break out of.

All text is a model's and is taken for hostile: it is escaped, and its Markdown may neither link
nor embed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from mathcli.answers.typesetting import latex_of
from mathcli.rendering.drawn_answers import NONE, is_empty
from mathcli.rendering.formulas import Formula, formulas_in
from mathcli.rendering.mathml import MOST_DRAWN, mathml
from mathcli.rendering.wording import LONGEST_WORDS, Step, beginning, thinking
from mathcli.text_safety import safe

if TYPE_CHECKING:
    from mathcli.solving.transcript import Segment

_PLACE = re.compile("\ue000(\\d+)\ue001")
_TIMES = re.compile(r"(?<=[\w)\]])(\*+)(?=[\w(\[])")  # 5*x and x**2 are no emphasis


@dataclass(frozen=True)
class ShownThought:
    """A thought on a page, folded; as plain text, for it is long and seldom well formed."""

    title: str
    text: str


@dataclass(frozen=True)
class ShownStep:
    """A step on a page.

    Args:
        state: what became of its program: a class of the style, and words.
        failed: the output is an error's.
    """

    number: int
    state: tuple[str, str] | None
    thoughts: Sequence[ShownThought]
    words: str
    program: str | None
    output: str | None
    failed: bool


def shown_steps(steps: Iterable[Step]) -> list[ShownStep]:
    """The steps of a solution as pages show them."""
    return [
        ShownStep(
            number,
            _state(step),
            [_shown_thought(thought) for thought in step.thoughts],
            step.words.strip(),
            None if step.program is None else step.program.text,
            None if step.output is None else step.output.text,
            bool(step.output is not None and step.output.error),
        )
        for number, step in enumerate(steps, 1)
    ]


def _shown_thought(thought: Segment) -> ShownThought:
    count = thinking(thought.tokens) if thought.tokens else "thinking"
    cut = ", ended by its budget" if thought.truncated else ""
    return ShownThought(f"{count}{cut}", beginning(thought.text.strip()))


def _state(step: Step) -> tuple[str, str] | None:
    if step.program is None:
        return None
    if step.output is None:
        return "bad", "program did not run"
    return _outcome(step.output)


def _outcome(output: Segment) -> tuple[str, str]:
    seconds = f", {output.ms / 1000:.2f} s" if output.ms else ""  # not recorded elsewhere
    if output.error:
        return "bad", f"program failed{seconds}"
    cut = ", output cut" if output.truncated else ""
    return "good", f"program ran{seconds}{cut}"


def words_html(text: str) -> str:
    """Markdown with formulas. Of a text that has no end, its beginning."""
    from markdown_it import MarkdownIt

    text, rest = text.strip()[:LONGEST_WORDS], len(text.strip()) - LONGEST_WORDS
    room = MOST_DRAWN
    formulas: list[str] = []
    parts: list[str] = []
    displayed = False
    for piece in formulas_in(re.sub("[\ue000-\uf8ff]", "\ufffd", safe(text))):
        if isinstance(piece, str):
            piece = (
                piece.removeprefix("\n") if displayed else piece
            )  # a block breaks the line itself
            parts.append(_TIMES.sub(lambda found: "\\*" * len(found[1]), piece))
            displayed = False
        else:
            displayed = piece.display
            if displayed and parts:
                parts[-1] = parts[-1].removesuffix("\n")
            parts.append(f"\ue000{len(formulas)}\ue001")
            room -= len(piece.latex)
            formulas.append(math_html(piece) if room >= 0 else _source_html(piece))
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
    markdown.disable(["link", "image", "autolink", "reference", "code", "entity"])
    html: str = markdown.render("".join(parts))
    html = re.sub(r"<(/?)h[1-6]>", lambda found: f"<{found[1]}h3>", html)
    html = _PLACE.sub(lambda found: formulas[int(found[1])], html).strip()
    return html + (f"<p>… and {rest:,} more characters</p>" if rest > 0 else "")


def formula_html(text: str, display: bool = False) -> str:
    """An answer, as its author typed it, as mathematics."""
    if is_empty(text):
        return NONE
    return math_html(Formula(text, latex_of(text), display=display))


@lru_cache(maxsize=1024)
def math_html(formula: Formula) -> str:
    """A formula as MathML, or the source where it cannot be read."""
    from xml.etree.ElementTree import tostring

    tree = mathml(formula.latex, display=formula.display)
    if tree is None:
        return _source_html(formula)
    tree.set("alttext", safe(formula.latex))
    tree.set("display", "block" if formula.display else "inline")
    html = tostring(tree, encoding="unicode")
    kind = "display" if formula.display else "inline"
    return f'<span class="{kind}{" boxed" if formula.boxed else ""}">{html}</span>'


def _source_html(formula: Formula) -> str:
    return f'<code class="latex">{escape(safe(formula.source))}</code>'


def program_html(program: str) -> str:
    """A program in colours; one of unusual length without."""
    if len(program) > LONGEST_WORDS:
        return escape(safe(program))
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    formatter = HtmlFormatter(nowrap=True, classprefix="t-")
    html: str = highlight(safe(program), PythonLexer(stripnl=False), formatter)
    return html.rstrip("\n")
