"""Sentences on several solutions of one problem that all renderings share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mathcli.rendering.drawn_answers import answer_line
from mathcli.rendering.wording import agreeing, place_of_answer, taking_part, why_none

if TYPE_CHECKING:
    from mathcli.solving.transcript import Sample, Transcript

_EVIDENCE = {"computed": "computed", "reasoned": "in words", "guessed": "a guess"}


def other_answers(transcript: Transcript) -> str:
    """The answers that were not chosen, with their votes; empty where there are none."""
    chosen = place_of_answer(transcript)
    rest = [vote for place, vote in enumerate(transcript.votes) if place != chosen]
    answers = [f"{answer_line(vote.answer)} ({vote.count})" for vote in rest[:4]]
    if len(rest) > 4:
        answers.append(f"{len(rest) - 4} more")
    silent = taking_part(transcript) - sum(vote.count for vote in transcript.votes)
    if transcript.votes and silent > 0:
        answers.append(f"without a vote ({silent})")
    return ", ".join(answers)


def outcome(sample: Sample) -> str:
    """The outcome of one solution: its answer and its evidence, or why it has none."""
    if sample.answer is None:
        return "no answer: " + why_none(sample)
    answer = answer_line(sample.answer.text)
    words = f"{answer}, {_EVIDENCE.get(sample.evidence or '', sample.evidence)}"
    if sample.pruned:
        words += "; does not count, others ran programs"
    return words


def numbered(number: int, of: int, sample: Sample) -> str:
    """One line on a solution that has ended."""
    return f"sample {number} of {of}: {outcome(sample)}"


def disagreement(transcript: Transcript, wanted: float) -> str:
    """Why a person has to decide: the samples' agreement, and the agreement that was asked for."""
    answer = answer_line(transcript.answer.text) if transcript.answer else "none"
    of = f"{agreeing(transcript)} of {taking_part(transcript)}"
    share = of if transcript.votes else "none"
    sentence = f"needs a human: {share} samples agree on {answer}, fewer than {100 * wanted:g} %"
    rest = other_answers(transcript)
    return f"{sentence}; others: {rest}" if rest else sentence
