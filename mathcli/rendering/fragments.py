"""Parts of pages: words with formulas, programs and outputs, as HTML that nothing can break out of.

All text is a model's and is taken for hostile: it is escaped, and its Markdown may neither link
nor embed.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from mathcli.rendering.formulas import Formula, formulas_in
from mathcli.rendering.mathml import MOST_DRAWN, mathml
from mathcli.rendering.wording import LONGEST_WORDS, Step, beginning, thinking
from mathcli.text_safety import safe

if TYPE_CHECKING:
    from mathcli.solving.transcript import Segment

_PLACE = re.compile("\ue000(\\d+)\ue001")
_TIMES = re.compile(r"(?<=[\w)\]])(\*+)(?=[\w(\[])")  # 5*x and x**2 are no emphasis


def digest(text: str) -> str:
    """A style's or script's name in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def step_html(number: int, step: Step) -> list[str]:
    """A step that can be folded: words, program, output."""
    state = _state(step)
    note = f' <span class="note {state[0]}">{escape(state[1])}</span>' if state else ""
    lines = ["<details open>", f"<summary>Step {number}{note}</summary>"]
    lines += [_thought_html(thought) for thought in step.thoughts]
    if step.words.strip():
        lines.append(f'<div class="words">{words_html(step.words)}</div>')
    if step.program is not None:
        code = _highlighted(step.program.text)
        lines.append(
            f'<pre class="program" role="group" aria-label="program" tabindex="0">{code}</pre>'
        )
    if step.output is not None:
        bad = " error" if step.output.error else ""
        text = escape(safe(step.output.text))
        lines.append(
            f'<pre class="output{bad}" role="group" aria-label="output" tabindex="0">{text}</pre>'
        )
    return [*lines, "</details>"]


def _thought_html(thought: Segment) -> str:
    """A thought, folded; as plain text, for it is long and seldom well formed."""
    count = thinking(thought.tokens) if thought.tokens else "thinking"
    cut = ", ended by its budget" if thought.truncated else ""
    text = escape(safe(beginning(thought.text.strip())))
    return (
        f'<details class="thought"><summary>{count}{cut}</summary>'
        f'<div class="thinking">{text}</div></details>'
    )


def _state(step: Step) -> tuple[str, str] | None:
    """What became of a step's program: a class and words."""
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


def _highlighted(program: str) -> str:
    """A program in colours; one of unusual length without."""
    if len(program) > LONGEST_WORDS:
        return escape(safe(program))
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    formatter = HtmlFormatter(nowrap=True, classprefix="t-")
    html: str = highlight(safe(program), PythonLexer(stripnl=False), formatter)
    return html.rstrip("\n")
