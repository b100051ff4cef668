"""A solution as Markdown, for notebooks and issue trackers.

Formulas stand between dollars, which both understand. What a model wrote may show no HTML of
its own, no picture and no link.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mathcli.rendering.formulas import Formula, formulas_in
from mathcli.rendering.mathml import without_python
from mathcli.rendering.safety import safe
from mathcli.rendering.several import outcome
from mathcli.rendering.wording import cost, how_checked, how_sure, steps_of, thinking, why_none

if TYPE_CHECKING:
    from mathcli.solving.transcript import Sample, Transcript


def markdown(transcript: Transcript) -> str:
    """The problem, the steps with their programs and outputs, and the answer."""
    parts = ["**Problem.** " + _words(transcript.problem)]
    for number, sample in enumerate(transcript.attempts, 1):
        parts += [
            f"**Attempt {number}, given up** ({_plain(safe(outcome(sample)))})",
            *_steps(sample),
        ]
    parts += _steps(transcript)
    if transcript.answer is None:
        parts.append(f"**No answer:** {why_none(transcript)} ({cost(transcript)}).")
    else:
        answer = _formula(Formula("", transcript.answer.latex or transcript.answer.text))
        parts.append(f"**Answer:** {answer} ({how_sure(transcript)}; {cost(transcript)})")
    if transcript.check is not None:
        parts.append(f"**Check:** {how_checked(transcript.check)}.")
        parts.append(_fenced(transcript.check.program, "python"))
        parts.append(_fenced(transcript.check.output, "text"))
    if transcript.samples:
        samples = enumerate(transcript.samples, 1)
        lines = (f"{number}. {_plain(safe(outcome(sample)))}" for number, sample in samples)
        parts.append("**Samples:**\n\n" + "\n".join(lines))
    model = transcript.model
    parts.append(f"*{_plain(model.name)} ({model.quant}), mathcli transcript `{transcript.id}`*")
    return "\n\n".join(parts) + "\n"


def _steps(solution: Transcript | Sample) -> list[str]:
    parts = []
    for step in steps_of(solution.segments):
        for thought in step.thoughts:
            count = thinking(thought.tokens) if thought.tokens else "thinking"
            folded = _fenced(thought.text.strip(), "text")
            parts.append(f"<details><summary>{count}</summary>\n\n{folded}\n\n</details>")
        if step.words.strip():
            parts.append(_words(step.words))
        if step.program is not None:
            parts.append(_fenced(step.program.text, "python"))
        if step.output is not None:
            parts.append(_fenced(step.output.text, "text"))
    return parts


def _words(text: str) -> str:
    pieces = formulas_in(safe(text.strip()))
    return "".join(
        _formula(piece) if isinstance(piece, Formula) else _plain(piece) for piece in pieces
    )


def _plain(text: str) -> str:
    text = re.sub(r"(?<=[\w)\]])(\*+)(?=[\w(\[])", lambda found: "\\*" * len(found[1]), text)
    text = text.replace("<", "&lt;").replace("$", "\\$").replace("](", "]\\(")
    return re.sub(r"(?m)^(\s{0,3}\[[^\]]*\]):", r"\1\\:", text)


def _formula(formula: Formula) -> str:
    latex = without_python(safe(formula.latex.strip())).replace("<", r"\lt ").replace("$", "")
    latex = re.sub(r"\s*\n\s*", " ", latex)
    if formula.boxed:
        latex = rf"\boxed{{{latex}}}"
    return f"\n\n$$\n{latex}\n$$\n\n" if formula.display else f"${latex}$"


def _fenced(text: str, language: str) -> str:
    text = safe(text).rstrip("\n")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
