"""A solution as one HTML file: nothing to load, nothing that runs, mathematics as MathML.

All text is a model's and is taken for hostile: it is escaped, its Markdown may neither link nor
embed, and the page's own policy forbids scripts, requests and any style but the page's.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.rendering.formulas import Formula, formulas_in
from mathcli.rendering.mathml import mathml
from mathcli.rendering.safety import safe
from mathcli.rendering.wording import Step, cost, how_sure, steps, why_none

if TYPE_CHECKING:
    from mathcli.solving.transcript import Segment, Transcript

_PLACE = re.compile("\ue000(\\d+)\ue001")
_TIMES = re.compile(r"(?<=[\w)\]])(\*+)(?=[\w(\[])")  # 5*x and x**2 are no emphasis


def page(transcript: Transcript) -> str:
    """The whole file."""
    style = Path(__file__).with_name("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = escape(safe(" ".join(transcript.problem.split())[:80]))
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="generator" content="mathcli">',
            f"<title>{title}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            "<header>",
            "<h1>Problem</h1>",
            f'<div class="problem">{_words(transcript.problem)}</div>',
            "</header>",
            "<main>",
            *_solution(transcript),
            _answer(transcript),
            *_votes(transcript),
            "</main>",
            _footer(transcript),
            "</body>",
            "</html>",
            "",
        ]
    )


def _solution(transcript: Transcript) -> list[str]:
    lines = ['<section aria-labelledby="solution">', '<h2 id="solution">Solution</h2>']
    for number, step in enumerate(steps(transcript), 1):
        lines += _step(number, step)
    return [*lines, "</section>"]


def _step(number: int, step: Step) -> list[str]:
    state = _state(step)
    note = f' <span class="note {state[0]}">{escape(state[1])}</span>' if state else ""
    lines = ["<details open>", f"<summary>Step {number}{note}</summary>"]
    if step.words.strip():
        lines.append(f'<div class="words">{_words(step.words)}</div>')
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


def _state(step: Step) -> tuple[str, str] | None:
    """What became of a step's program: a class and words."""
    if step.program is None:
        return None
    if step.output is None:
        return "bad", "program did not run"
    return _outcome(step.output)


def _outcome(output: Segment) -> tuple[str, str]:
    seconds = f"{output.ms / 1000:.2f} s"
    if output.error:
        return "bad", f"program failed, {seconds}"
    cut = ", output cut" if output.truncated else ""
    return "good", f"program ran, {seconds}{cut}"


def _answer(transcript: Transcript) -> str:
    if transcript.answer is None:
        said = f"No answer: {why_none(transcript)}."
        body = f"<p>{escape(said)}</p>"
    else:
        latex = transcript.answer.latex or transcript.answer.text
        body = (
            f'<p class="result">{_math(Formula(transcript.answer.text, latex, display=True))}</p>'
            f'<p class="trust">{escape(how_sure(transcript))}</p>'
        )
    return (
        '<section class="answer" aria-labelledby="answer"><h2 id="answer">Answer</h2>'
        f'{body}<p class="cost">{escape(cost(transcript))}</p></section>'
    )


def _votes(transcript: Transcript) -> list[str]:
    if not transcript.votes:
        return []
    total = sum(vote.count for vote in transcript.votes) or 1
    rows = [
        f'<tr><th scope="row">{_math(Formula(vote.answer, vote.answer))}</th>'
        f'<td>{vote.count}</td><td><meter min="0" max="{total}" value="{vote.count}">'
        f"{vote.count} of {total}</meter></td></tr>"
        for vote in transcript.votes
    ]
    return [
        '<section class="votes" aria-labelledby="votes"><h2 id="votes">Votes</h2>',
        '<table><thead><tr><th scope="col">answer</th><th scope="col">samples</th>'
        '<th scope="col">share</th></tr></thead><tbody>',
        *rows,
        "</tbody></table></section>",
    ]


def _footer(transcript: Transcript) -> str:
    model, sampling, counts = transcript.model, transcript.sampling, transcript.counts
    facts = {
        "model": f"{model.name} ({model.quant}), {model.file}",
        "SHA-256": model.sha256,
        "engine": model.engine,
        "card": model.card,
        "method": transcript.chose or transcript.method,
        "sampling": f"temperature {sampling.temperature:g}, top-p {sampling.top_p:g}, "
        f"seed {sampling.seed}, samples {sampling.samples}",
        "tokens": f"{counts.prompt_tokens} given, {counts.generated_tokens} generated, "
        f"{counts.evaluated_tokens} evaluated",
        "speed": f"{transcript.timing.tokens_per_second:.1f} tokens/s",
        "transcript": transcript.id,
    }
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(safe(value))}</dd>" for name, value in facts.items()
    )
    return f"<footer><details><summary>How it was made</summary><dl>{rows}</dl></details></footer>"


def _words(text: str) -> str:
    """Markdown with formulas, as HTML."""
    from markdown_it import MarkdownIt

    formulas: list[str] = []
    parts: list[str] = []
    displayed = False
    for piece in formulas_in(re.sub("[\ue000-\uf8ff]", "\ufffd", safe(text.strip()))):
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
            formulas.append(_math(piece))
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
    markdown.disable(["link", "image", "autolink", "reference", "code", "entity"])
    html: str = markdown.render("".join(parts))
    html = re.sub(r"<(/?)h[1-6]>", lambda found: f"<{found[1]}h3>", html)
    return _PLACE.sub(lambda found: formulas[int(found[1])], html).strip()


def _math(formula: Formula) -> str:
    """MathML, or the source where it cannot be read."""
    from xml.etree.ElementTree import tostring

    tree = mathml(formula.latex, display=formula.display)
    if tree is None:
        return f'<code class="latex">{escape(safe(formula.source))}</code>'
    tree.set("alttext", safe(formula.latex))
    tree.set("display", "block" if formula.display else "inline")
    html = tostring(tree, encoding="unicode")
    kind = "display" if formula.display else "inline"
    return f'<span class="{kind}{" boxed" if formula.boxed else ""}">{html}</span>'


def _highlighted(program: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    formatter = HtmlFormatter(nowrap=True, classprefix="t-")
    html: str = highlight(safe(program), PythonLexer(stripnl=False), formatter)
    return html.rstrip("\n")
