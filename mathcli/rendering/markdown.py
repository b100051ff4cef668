"""A solution as Markdown, for notebooks and issue trackers.

Formulas stand between dollars, which both understand. The model's text cannot insert HTML,
pictures or links.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mathcli.rendering.formulas import Formula, formulas_in
from mathcli.rendering.mathml import is_live, without_python
from mathcli.rendering.several_solutions import outcome
from mathcli.rendering.trust_words import how_far
from mathcli.rendering.wording import (
    beginning,
    cost,
    how_checked,
    lacking,
    steps_of,
    thinking,
    why_none,
)
from mathcli.text_safety import one_line, safe

if TYPE_CHECKING:
    from mathcli.solving.transcript import PartAnswer, Sample, Transcript

_FENCE = re.compile(r"(?m)^ {0,3}(?P<fence>`{3,})[ \t]*(?P<language>[A-Za-z0-9_+-]{0,20})[ \t]*$")
_CODE = re.compile(r"(?<![`\\])(`+)(?!`)[^`\n]+(?<!`)\1(?!`)")
_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]+;)")
# One that would take the meaning from a mark behind it, or begin a notebook's formula.
_BACKSLASH = re.compile(r"\\(?=begin|end|[\[\](){}$`<&~\\]|\Z)")
# What many readers of Markdown make a link of: the mark that ends it breaks it.
_ADDRESS = re.compile(r"(?i)\b(?:https?|ftps?|mailto|xmpp|file|data|javascript):|\bwww\.|(?<=\w)@")


def markdown(transcript: Transcript) -> str:
    """The problem, the steps with their programs and outputs, and the answer."""
    parts = ["**Problem.** " + _words(transcript.problem)]
    for number, sample in enumerate(transcript.attempts, 1):
        parts += [
            f"**Attempt {number}, given up** ({_plain(one_line(outcome(sample)))})",
            *_steps(sample),
        ]
    parts += _steps(transcript)
    parts += _result(transcript)
    if transcript.check is not None:
        parts.append(f"**Check:** {how_checked(transcript.check)}.")
        parts.append(_fenced(transcript.check.program, "python"))
        parts.append(_fenced(transcript.check.output, "text"))
    if transcript.samples:
        samples = enumerate(transcript.samples, 1)
        lines = (f"{number}. {_plain(one_line(outcome(sample)))}" for number, sample in samples)
        parts.append("**Samples:**\n\n" + "\n".join(lines))
    model = transcript.model
    name = _plain(one_line(f"{model.name} ({model.quant})"))
    parts.append(f"*{name}, mathcli transcript {_code(transcript.id)}*")
    return "\n\n".join(parts) + "\n"


def _result(transcript: Transcript) -> list[str]:
    """The answer, one line a part, and how far to trust it; or what is missing, and why."""
    facts = f"({_plain(one_line(how_far(transcript)))}; {cost(transcript)})"
    if transcript.proof is not None:
        return [facts]
    parts = []
    if transcript.answer is not None and transcript.kind == "parts":
        lines = (f"- ({part.label}) {_of_part(part)}" for part in transcript.parts)
        parts += ["**Answers:**", "\n".join(lines), facts]
    elif transcript.answer is not None:
        answer = _formula(Formula("", transcript.answer.latex or transcript.answer.text))
        parts.append(f"**Answer:** {answer} {facts}")
    if not transcript.complete:
        what = lacking(transcript).capitalize()
        price = f" ({cost(transcript)})" if transcript.answer is None else ""
        parts.append(f"**{what}:** {why_none(transcript)}{price}.")
    return parts


def _of_part(part: PartAnswer) -> str:
    if part.answer is not None:
        return _formula(Formula("", part.answer.latex or part.answer.text))
    return "no answer" if part.missing else "a proof, see above"


def _steps(solution: Transcript | Sample) -> list[str]:
    parts = []
    for step in steps_of(solution.segments):
        for thought in step.thoughts:
            count = thinking(thought.tokens) if thought.tokens else "thinking"
            folded = _fenced(beginning(thought.text.strip()), "text")
            parts.append(f"<details><summary>{count}</summary>\n\n{folded}\n\n</details>")
        if step.words.strip():
            parts.append(_words(step.words))
        if step.program is not None:
            parts.append(_fenced(step.program.text, "python"))
        if step.output is not None:
            parts.append(_fenced(step.output.text, "text"))
    return parts


def _words(text: str) -> str:
    """A model's words: their Markdown may format, but not link, embed, or hide the rest."""
    parts: list[str] = []
    rest = safe(text.strip())
    while opened := _FENCE.search(rest):
        close = re.compile(rf"(?m)^ {{0,3}}{opened['fence']}`*[ \t]*$").search(rest, opened.end())
        end = close.start() if close is not None else len(rest)
        code = rest[opened.end() : end].strip("\n")
        parts += [_prose(rest[: opened.start()]), f"\n{_fenced(code, opened['language'])}\n"]
        rest = rest[close.end() :] if close is not None else ""
    return "".join([*parts, _prose(rest)])


def _prose(text: str) -> str:
    return "".join(
        _formula(piece) if isinstance(piece, Formula) else _plain(piece)
        for piece in formulas_in(text)
    )


def _plain(text: str) -> str:
    """Words without formulas; what is between backticks on one line stays as it is."""
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [_without_links(text[at : code.start()]), code.group()]
        at = code.end()
    return "".join([*parts, _without_links(text[at:])])


def _without_links(text: str) -> str:
    r"""Markdown in which no bracket, address or tag is more than its characters.

    An entity stands for a bracket behind a backslash, which would else begin a formula in a
    notebook.
    """
    text = re.sub(r"(?<=[\w)\]])(\*+)(?=[\w(\[])", lambda found: "\\*" * len(found[1]), text)
    text = _ENTITY.sub("&amp;", text).replace("<", "&lt;")
    text = _BACKSLASH.sub("&#92;", text)
    text = re.sub(r"[\[\]`$]", lambda found: "\\" + found.group(), text)
    text = _ADDRESS.sub(lambda found: found.group()[:-1] + "\\" + found.group()[-1], text)
    return re.sub(r"(?m)^([ \t>*+-]*)(?=~~~)", r"\1\\", text)


def _formula(formula: Formula) -> str:
    latex = without_python(safe(formula.latex.strip())).replace("<", r"\lt ").replace("$", "")
    latex = re.sub(r"\s*\n\s*", " ", latex).replace("`", "'")
    if is_live(latex):
        return _code(formula.latex)
    latex = re.sub(r"\](?=[(\[:])", "] ", latex)  # no link where a reader knows no formulas
    latex = latex.replace("://", ": //")
    if formula.boxed:
        latex = rf"\boxed{{{latex}}}"
    if not formula.display:
        return f"${latex}$"
    latex = "{}" + latex if re.match(r"[-+*>#=~|_]|\d+[.)]", latex) else latex
    return f"\n\n$$\n{latex}\n$$\n\n"


def _code(text: str) -> str:
    """A text between backticks, on one line."""
    text = one_line(text).replace("`", "'")
    return f"`{text}`" if text else ""


def _fenced(text: str, language: str) -> str:
    text = safe(text).rstrip("\n")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
