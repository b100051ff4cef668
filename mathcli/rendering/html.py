"""A solution as one HTML page, mathematics as MathML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mathcli.rendering import pages
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

if TYPE_CHECKING:
    from mathcli.solving.transcript import Sample, Transcript

_STATES = {True: " good", False: " bad", None: ""}  # of a check: classes of the style


def page(transcript: Transcript) -> str:
    """The whole file."""
    return pages.page(
        "solution.html",
        ["page.css"],
        title=" ".join(transcript.problem.split())[:80],
        solved=transcript,
        solution=steps(transcript),
        lack=_lack(transcript),
        unchecked=UNCHECKED,
        cost=cost(transcript),
        standing=standing(transcript),
        trust=how_far(transcript) if transcript.answer is not None else "",
        others=other_answers(transcript),
        votes=transcript.votes or (),
        voters=taking_part(transcript),
        candidates=_samples(transcript.samples),
        attempts=_samples(transcript.attempts),
        facts=_facts(transcript),
        **_check(transcript),
    )


def _lack(transcript: Transcript) -> str:
    """What there is no answer to, and why; nothing where there is one."""
    if transcript.complete:
        return ""
    return f"{lacking(transcript).capitalize()}: {why_none(transcript)}."


def _check(transcript: Transcript) -> dict[str, Any]:
    """The program that the answer was put to, and what it said."""
    check = transcript.check
    if check is None:
        return {}
    step = Step("", Segment("code", check.program, 0, 0), Segment("output", check.output, 0, 0))
    return {
        "checked": how_checked(check),
        "check_state": _STATES[check.holds],
        "check_steps": [step],
    }


def _samples(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """Solutions that were not chosen or are one of many."""
    return [
        {
            "outcome": outcome(sample),
            "problem": sample.problem,
            "steps": steps_of(sample.segments),
        }
        for sample in samples
    ]


def _of_thinking(transcript: Transcript) -> str:
    """How many tokens were thoughts, and how many might have been."""
    if transcript.sampling.thinking is None:
        return ""
    budget = transcript.sampling.thinking_budget
    most = "" if budget is None else f" of at most {budget}"
    asked = transcript.sampling.thinking
    return f"; thinking {asked}: {transcript.counts.thinking_tokens}{most}"


def _facts(transcript: Transcript) -> dict[str, str]:
    """How the solution was made."""
    model, sampling, counts = transcript.model, transcript.sampling, transcript.counts
    return {
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
