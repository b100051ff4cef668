"""Signs: what can be measured of a solution without its key; the features of trust.

Each is a plain number, so that the estimate is a weighted sum that a person can read. Signs that
need the model's probabilities are listed apart (`CONFIDENCE`): some servers do not give these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log, log2
from typing import Any

from mathcli.solving.confidence import Confidence
from mathcli.solving.faithfulness import faithfulness, mentions
from mathcli.solving.transcript import AnswerInfo, Evidence, Sample, Segment, Transcript

_LONG_DECIMAL = re.compile(r"\d\.\d{5,}")
_BROKEN = re.compile(r"-?\d+\.(?!0+$)\d+")
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?")
_MOST = 4  # of what is counted
_MOST_TEXT = 20_000  # characters of a problem


@dataclass(frozen=True)
class Solved:
    """A solution, and what the signs need to know of the others that it was chosen from.

    Args:
        generated: tokens of this solution.
        agreement: the share of the solutions that gave the answer; 1 for a single one.
        took_part: how many solutions there were.
        given_up: how many attempts were given up before this solution began.
    """

    problem: str
    method: str
    segments: Sequence[Segment]
    answer: AnswerInfo | None
    evidence: Evidence | None
    finish: str
    generated: int
    confidence: Confidence | None
    agreement: float = 1.0
    took_part: int = 1
    given_up: int = 0

    @property
    def programs(self) -> list[str]:
        """The texts of its programs."""
        return [one.text for one in self.segments if one.kind == "code"]


@dataclass(frozen=True)
class Known:
    """An answer's signs, and whether it was right; `weight` is its weight in the fit."""

    problem: str
    signs: Mapping[str, float]
    right: bool
    weight: float = 1.0


CONFIDENCE = ("mean probability", "lowest group", "least probability", "wavered")
"""Signs that need the probabilities of the tokens."""

PLAIN = (
    "computed", "checked", "agreed", "guessed", "cut off", "no program", "programs", "errors",
    "numbers", "unused numbers", "strange numbers", "missed formulas", "answer in problem",
    "long decimal", "not whole", "negative", "length", "problem length", "given up", "samples",
    "agreement", "unanimous",
)  # fmt: skip
"""Signs that every solution has."""


def signs(solved: Solved) -> dict[str, float]:
    """The signs of a solution by name; those of `CONFIDENCE` only where they are known."""
    programs = solved.programs
    faithful = faithfulness(solved.problem, programs)
    text = solved.answer.text if solved.answer else ""
    mentioned = list(mentions(solved.problem[:_MOST_TEXT]))
    several = solved.took_part > 1
    values = {
        "computed": _is(solved.evidence == "computed"),
        "checked": _is(solved.evidence == "checked"),
        "agreed": _is(solved.evidence == "agreed"),
        "guessed": _is(solved.evidence == "guessed"),
        "cut off": _is(solved.finish != "answer"),
        "no program": _is(not programs and solved.method != "cot"),
        "programs": float(min(_MOST, len(programs))),
        "errors": float(min(_MOST, sum(one.error is not None for one in solved.segments))),
        "numbers": float(min(2 * _MOST, len(mentioned))),
        "unused numbers": float(min(_MOST, len(faithful.unused))) if faithful else 0.0,
        "strange numbers": float(min(_MOST, len(faithful.strange))) if faithful else 0.0,
        "missed formulas": float(min(_MOST, len(faithful.missed))) if faithful else 0.0,
        "answer in problem": _is(
            _value(text) in {value for one in mentioned for value in one.values}
        ),
        "long decimal": _is(_LONG_DECIMAL.search(text) is not None),
        "not whole": _is(_BROKEN.fullmatch(text) is not None),
        "negative": _is(text.startswith(("-", "−"))),
        "length": log2(1 + solved.generated),
        "problem length": log2(1 + len(solved.problem)),
        "given up": _is(solved.given_up > 0),
        "samples": log2(solved.took_part),
        "agreement": solved.agreement if several else 0.0,
        "unanimous": _is(several and solved.agreement >= 1),
    }
    sure = solved.confidence
    if sure is not None:
        logs = map(_rooted, (sure.mean, sure.lowest_group, sure.least))
        values |= dict(zip(CONFIDENCE, (*logs, float(min(3 * _MOST, sure.wavered))), strict=True))
    return values


def of_transcript(transcript: Transcript) -> Solved:
    """The chosen solution of a transcript, with the others as a number."""
    chosen = next((one for one in transcript.samples if one.segments == transcript.segments), None)
    evidence = transcript.evidence
    if evidence == "voted" and chosen is not None:
        evidence = chosen.evidence
    single = chosen.generated_tokens if chosen else transcript.counts.generated_tokens
    return Solved(
        problem=transcript.problem,
        method=transcript.chose or transcript.method,
        segments=transcript.segments,
        answer=transcript.answer,
        evidence=evidence,
        finish=transcript.finish,
        generated=single,
        confidence=transcript.confidence,
        agreement=1.0 if transcript.agreement is None else transcript.agreement,
        took_part=max(
            1, sum(one.finish != "stopped" or one.answer is not None for one in transcript.samples)
        ),
        given_up=len(transcript.attempts),
    )


def of_sample(sample: Sample, problem: str) -> Solved:
    """One solution by itself."""
    return Solved(
        problem=problem,
        method=sample.method,
        segments=sample.segments,
        answer=sample.answer,
        evidence=sample.evidence,
        finish=sample.finish,
        generated=sample.generated_tokens,
        confidence=sample.confidence,
    )


def of_record(record: Mapping[str, Any], where: str = "the record") -> Solved:
    """The solution in a record of `batch` or `eval`.

    Raises:
        UsageError: it is no transcript.
    """
    return of_transcript(Transcript.from_record(record, where))


def _is(fact: bool) -> float:
    return 1.0 if fact else 0.0


def _value(text: str) -> Fraction | None:
    plain = text.replace(",", "")
    return Fraction(plain) if _NUMBER.fullmatch(plain) else None


def _rooted(value: float) -> float:
    """A log-probability on a scale that separates 0.9 from 0.99, and 1e-5 hardly from 1e-6."""
    return -log(1 + 4 * -value)
