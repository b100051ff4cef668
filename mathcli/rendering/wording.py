"""What every rendering says of a solution in the same words: trust, cost, and its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mathcli.solving.transcript import Segment, Transcript

_EVIDENCE = {
    "computed": "computed by a program",
    "reasoned": "reasoned in words, not computed",
    "voted": "chosen by vote",
    "checked": "checked by a second program",
}
_FINISH = {
    "no_answer": "the model ended without an answer",
    "max_rounds": "the model still wanted to run programs",
    "max_tokens": "the model wrote too long without an end",
    "context": "the model's context is full",
    "timeout": "time is up",
    "error": "an error ended it",
}

OUTCOMES = {
    "same": "the same output",
    "differs": "another output",
    "raised": "raised an error",
    "timed_out": "timed out",
    "stopped": "stopped by another limit",
    "unrecorded": "no output recorded",
}
"""What may become of a recorded program that is run again."""


def how_sure(transcript: Transcript) -> str:
    """How far to trust the answer: by what it was found, and what cut it off."""
    trust = _EVIDENCE[transcript.evidence or "reasoned"]
    if transcript.evidence == "voted" and transcript.votes:
        most = max(vote.count for vote in transcript.votes)
        trust = f"{most} of {transcript.sampling.samples} samples agree"
    if transcript.finish in _FINISH:
        trust += f"; {_FINISH[transcript.finish]}"
    return trust


def why_none(transcript: Transcript) -> str:
    """Why there is no answer."""
    return _FINISH.get(transcript.finish, transcript.finish)


def cost(transcript: Transcript) -> str:
    """Tokens generated, and seconds."""
    tokens = transcript.counts.generated_tokens
    return f"{tokens} tokens, {transcript.timing.total_ms / 1000:.1f} s"


@dataclass(frozen=True)
class Step:
    """Words, and the program and output that followed them."""

    words: str = ""
    program: Segment | None = None
    output: Segment | None = None


def steps(transcript: Transcript) -> Iterator[Step]:
    """The solution step by step; a program without words is a step too."""
    return steps_of(transcript.segments)


def steps_of(segments: Iterable[Segment]) -> Iterator[Step]:
    """The same of any segments."""
    words: list[str] = []
    program: Segment | None = None
    for segment in segments:
        if program is not None and segment.kind != "output":
            yield Step("\n".join(words), program)
            words, program = [], None
        if segment.kind == "text":
            words.append(segment.text.strip())
        elif segment.kind == "code":
            program = segment
        else:
            yield Step("\n".join(words), program, segment)
            words, program = [], None
    if words or program is not None:
        yield Step("\n".join(words), program)
