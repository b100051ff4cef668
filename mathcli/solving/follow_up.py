"""Follow-up problems: earlier problems and their solutions are part of the conversation."""

from __future__ import annotations

from collections.abc import Sequence

from mathcli.models import Card, CodeFormat
from mathcli.solving.transcript import Exchange, Segment, Transcript


def conversation_after(transcript: Transcript, card: Card) -> tuple[Exchange, ...]:
    """The conversation that a follow-up to this transcript continues."""
    solution = solution_text(transcript.segments, card.code)
    return (*transcript.earlier, Exchange(transcript.problem, solution))


def solution_text(segments: Sequence[Segment], code: CodeFormat) -> str:
    r"""A solution as one text. Programs stand between the family's own fences if it has any, so
    that the engine need not evaluate them again. Thoughts are left out, as in the families'
    own templates.

    >>> words, program = Segment("text", "So:\n", 0, 0), Segment("code", "print(6)", 0, 0)
    >>> solution_text([words, program, Segment("output", "6", 0, 0)], CodeFormat())
    'So:\n```python\nprint(6)\n```\n```output\n6\n```\n'
    """
    if code.syntax != "fenced" or not code.open[0].startswith("```"):
        code = CodeFormat()
    parts: list[str] = []
    for segment in segments:
        if segment.kind == "text":
            parts.append(segment.text)
        elif segment.kind == "code":
            parts.append(f"{code.open[0]}\n{segment.text}{code.close}")
        elif segment.kind == "output":
            parts.append(code.feedback.replace("{output}", segment.text))
    return "".join(parts)


def is_trained_for_turns(card: Card, method: str | None) -> bool:
    """Was the family trained on conversations, rather than on single problems?"""
    return card.prompt_for(method or card.default_method).chat is not None
