"""A solution as one HTML file: nothing to load, nothing that runs, mathematics as MathML.

All text is a model's and is taken for hostile: it is escaped, its Markdown may neither link nor
embed, and the page's own policy forbids scripts, requests and any style but the page's.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.answers.typesetting import latex_of
from mathcli.rendering.formulas import Formula
from mathcli.rendering.fragments import digest, math_html, step_html, words_html
from mathcli.rendering.several_solutions import other_answers, outcome
from mathcli.rendering.trust_words import how_far, standing
from mathcli.rendering.wording import (
    UNCHECKED,
    Step,
    cost,
    how_checked,
    lacking,
    steps,
    steps_of,
    taking_part,
    why_none,
)
from mathcli.solving.transcript import Segment
from mathcli.text_safety import safe

if TYPE_CHECKING:
    from mathcli.solving.transcript import PartAnswer, Sample, Transcript, Vote


def page(transcript: Transcript) -> str:
    """The whole file."""
    style = Path(__file__).with_name("page.css").read_text("utf-8")
    policy = f"default-src 'none'; style-src {digest(style)}; base-uri 'none'; form-action 'none'"
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
            f'<div class="problem">{words_html(transcript.problem)}</div>',
            "</header>",
            "<main>",
            *_solution(transcript),
            _answer(transcript),
            *_check(transcript),
            *_votes(transcript),
            *_samples("samples", "Samples", transcript.samples),
            *_samples("attempts", "Given up", transcript.attempts),
            "</main>",
            _footer(transcript),
            "</body>",
            "</html>",
            "",
        ]
    )


def _solution(transcript: Transcript) -> list[str]:
    title = "Solution" if transcript.kind != "proof" else "Proof"
    lines = ['<section aria-labelledby="solution">', f'<h2 id="solution">{title}</h2>']
    for number, step in enumerate(steps(transcript), 1):
        lines += step_html(number, step)
    return [*lines, "</section>"]


def _answer(transcript: Transcript) -> str:
    if transcript.proof is not None:
        cost_line = f"{UNCHECKED}; {cost(transcript)}"
        return f'<p class="cost">{escape(cost_line)}</p>'
    body = ""
    if not transcript.complete:
        said = f"{lacking(transcript).capitalize()}: {why_none(transcript)}."
        body = f"<p>{escape(said)}</p>"
    if transcript.answer is not None:
        trust = escape(safe(how_far(transcript)))
        body += f'{_result(transcript)}<p class="trust">{trust}</p>'
        if others := other_answers(transcript):
            body += f'<p class="others">others: {escape(safe(others))}</p>'
    kind = f"answer {standing(transcript)}"
    return (
        f'<section class="{kind}" aria-labelledby="answer"><h2 id="answer">Answer</h2>'
        f'{body}<p class="cost">{escape(cost(transcript))}</p></section>'
    )


def _result(transcript: Transcript) -> str:
    """The answer; of a problem in parts a table of them."""
    if transcript.kind != "parts":
        assert transcript.answer is not None
        return f'<p class="result">{_formula(transcript.answer.text, display=True)}</p>'
    rows = "".join(
        f'<tr><th scope="row">({escape(part.label)})</th><td>{_of_part(part)}</td></tr>'
        for part in transcript.parts
    )
    return f'<table class="result"><tbody>{rows}</tbody></table>'


def _of_part(part: PartAnswer) -> str:
    if part.answer is not None:
        return _formula(part.answer.text)
    return "no answer" if part.missing else "a proof, see above"


def _formula(text: str, *, display: bool = False) -> str:
    return math_html(Formula(text, latex_of(text), display=display))


def _votes(transcript: Transcript) -> list[str]:
    if not transcript.votes:
        return []
    total = taking_part(transcript)
    rows = [
        f'<tr><th scope="row">{_formula(vote.answer)}</th>'
        f'<td>{_count(vote)}</td><td><meter min="0" max="{total}" value="{vote.count}">'
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


def _count(vote: Vote) -> str:
    return str(vote.count) if vote.weight is None else f"{vote.count} (weight {vote.weight:.3g})"


def _check(transcript: Transcript) -> list[str]:
    """The program that the answer was put to, and what it said."""
    check = transcript.check
    if check is None:
        return []
    step = Step("", Segment("code", check.program, 0, 0), Segment("output", check.output, 0, 0))
    state = {True: " good", False: " bad", None: ""}[check.holds]
    return [
        '<section class="check" aria-labelledby="check"><h2 id="check">Check</h2>',
        f'<p class="note{state}">{escape(how_checked(check))}</p>',
        *step_html(1, step),
        "</section>",
    ]


def _samples(name: str, title: str, samples: Sequence[Sample]) -> list[str]:
    """Solutions that were not chosen or are one of many, folded."""
    if not samples:
        return []
    lines = [f'<section aria-labelledby="{name}"><h2 id="{name}">{title}</h2>']
    for number, sample in enumerate(samples, 1):
        lines.append(f"<details><summary>{number}. {escape(safe(outcome(sample)))}</summary>")
        if sample.problem is not None:
            lines.append(f'<div class="words">{words_html(sample.problem)}</div>')
        for at, step in enumerate(steps_of(sample.segments), 1):
            lines += step_html(at, step)
        lines.append("</details>")
    return [*lines, "</section>"]


def _of_thinking(transcript: Transcript) -> str:
    """How many tokens were thoughts, and how many might have been."""
    if transcript.sampling.thinking is None:
        return ""
    budget = transcript.sampling.thinking_budget
    most = "" if budget is None else f" of at most {budget}"
    asked = transcript.sampling.thinking
    return f"; thinking {asked}: {transcript.counts.thinking_tokens}{most}"


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
        f"{counts.evaluated_tokens} evaluated" + _of_thinking(transcript),
        "speed": f"{transcript.timing.tokens_per_second:.1f} tokens/s",
        "transcript": transcript.id,
    }
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(safe(value))}</dd>" for name, value in facts.items()
    )
    return f"<footer><details><summary>How it was made</summary><dl>{rows}</dl></details></footer>"
