"""A problem with its solution, before and after its program has been executed."""

from __future__ import annotations

import re
from dataclasses import dataclass

PROGRAM_CUE = "Let's write a program.\n"
WORDS_CUE = "Let's reason step by step.\n"
_BOX = re.compile(r"\\boxed\{(.*)\}")


@dataclass(frozen=True)
class Problem:
    """What a generator makes.

    ``closing`` is the last sentence, with ``{}`` where the boxed answer goes; ``form`` says how
    the printed output becomes the answer (see `answer_from`). ``expected`` is the answer when it
    is known by construction: a document is kept only if the executed program agrees. ``spoken``
    is a solution in words alone, for problems whose steps are all easy; ``glance`` says that there
    are no steps: the answer is a fact that one knows by heart. ``broken`` is a first program that
    fails, with the sentence that says why.
    """

    family: str
    question: str
    rationale: str
    program: str
    closing: str = "The answer is {}."
    form: str = "value"
    expected: str | None = None
    spoken: str | None = None
    glance: bool = False
    broken: tuple[str, str] | None = None


@dataclass(frozen=True)
class Segment:
    """A piece of a document that is tokenized on its own, and its weight in the loss."""

    text: str
    weight: float


def answer_from(output: str, form: str) -> str:
    """The boxed answer that a printed output stands for.

    ``value`` keeps the text but drops the ``.0`` of a whole decimal; ``list`` drops the brackets;
    ``assignments`` writes a SymPy dictionary as ``x = 1, y = 2``; ``yesno`` reads a truth value.
    """
    text = output.strip()
    if form == "list":
        return text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if form == "assignments":
        return text.strip("{}").replace(": ", " = ")
    if form == "yesno":
        return {"True": "yes", "False": "no"}.get(text, text)
    return re.sub(r"^(-?\d+)\.0$", r"\1", text)


def prompt_of(question: str) -> str:
    """The text in front of what the model writes."""
    return f"<|user|>\n{question}\n<|assistant|>\n"


def written_document(
    problem: Problem, output: str, failure: str | None = None, cue_weight: float = 0.0
) -> list[Segment]:
    """The segments of a solution with a program, cut where the engine will cut them.

    The cue carries a loss only where it was chosen, not where a caller gives it.
    """
    segments = [Segment(prompt_of(problem.question), 0.1), Segment(PROGRAM_CUE, cue_weight)]
    opening = f"{problem.rationale}\n"
    if problem.broken is not None and failure is not None:
        program, remark = problem.broken
        # The failing program is shown, not taught: it carries no loss.
        segments.append(Segment(f"{opening}{_fenced(program)}", 0.0))
        segments.append(Segment(f"\n{failure}\n```\n", 0.0))
        opening = f"{remark}\n"
    segments.append(Segment(f"{opening}{_fenced(problem.program)}", 1.0))
    segments.append(Segment(f"\n{output.strip()}\n```\n", 0.0))
    segments.append(Segment(f"{closed(problem, answer_from(output, problem.form))}<|end|>", 1.0))
    return segments


def spoken_document(
    problem: Problem, cue: str = WORDS_CUE, cue_weight: float = 0.0
) -> list[Segment]:
    """The segments of a solution in words."""
    return [
        Segment(prompt_of(problem.question), 0.1),
        Segment(cue, cue_weight),
        Segment(f"{problem.spoken}<|end|>", 1.0),
    ]


def in_the_head(problem: Problem, answer: str) -> str | None:
    """A solution in words: the generator's, if it boxes the program's answer, or a known fact."""
    if problem.spoken is not None:
        return problem.spoken if _BOX.findall(problem.spoken) == [answer] else None
    return f"{problem.rationale} {closed(problem, answer)}" if problem.glance else None


def closed(problem: Problem, answer: str) -> str:
    """The last sentence of a solution, with the answer in its box."""
    return problem.closing.replace("{}", f"\\boxed{{{answer}}}")


def _fenced(program: str) -> str:
    return f"```python\n{program}\n```\n```output"
