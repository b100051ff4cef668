"""What every rendering says of several solutions of one problem, in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mathcli.rendering.wording import taking_part, why_none

if TYPE_CHECKING:
    from mathcli.solving.transcript import Sample, Transcript

_EVIDENCE = {"computed": "computed", "reasoned": "in words"}


def doubtful(transcript: Transcript) -> bool:
    """Does something speak against the answer?"""
    contradicted = transcript.check is not None and transcript.check.holds is False
    return bool(transcript.needs_human) or contradicted


def other_answers(transcript: Transcript) -> str:
    """The answers that were not chosen, with their votes; empty where there are none."""
    rest = transcript.votes[1:]
    said = [f"{vote.answer} ({vote.count})" for vote in rest[:4]]
    if len(rest) > 4:
        said.append(f"{len(rest) - 4} more")
    silent = taking_part(transcript) - sum(vote.count for vote in transcript.votes)
    if transcript.votes and silent > 0:
        said.append(f"without a vote ({silent})")
    return ", ".join(said)


def outcome(sample: Sample) -> str:
    """What came of one solution: its answer and what speaks for it."""
    if sample.answer is None:
        return "no answer: " + why_none(sample)
    answer = " ".join(sample.answer.text.split())
    said = f"{answer}, {_EVIDENCE.get(sample.evidence or '', sample.evidence)}"
    if sample.pruned:
        said += "; does not count, others ran programs"
    return said


def numbered(number: int, of: int, sample: Sample) -> str:
    """One line on a solution that has ended."""
    return f"sample {number} of {of}: {outcome(sample)}"


def disagreement(transcript: Transcript, wanted: float) -> str:
    """Why a human is needed: what the solutions said, and what was asked for."""
    votes = transcript.votes
    answer = transcript.answer.text if transcript.answer else "none"
    share = f"{votes[0].count} of {taking_part(transcript)}" if votes else "none"
    said = f"needs a human: {share} samples agree on {answer}, fewer than {100 * wanted:g} %"
    rest = other_answers(transcript)
    return f"{said}; others: {rest}" if rest else said
