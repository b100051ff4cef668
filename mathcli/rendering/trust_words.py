"""How far to trust an answer, in words and as one of three colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mathcli.rendering.wording import UNCHECKED, found_by, how_sure, in_minority
from mathcli.text_safety import one_line, shortened

if TYPE_CHECKING:
    from mathcli.solving.transcript import Transcript

Standing = Literal["high", "middle", "low"]

HIGH, MIDDLE = 0.8, 0.5
"""From which trust on an answer is shown in green, and in amber; below it is shown in red."""

_LONGEST_FORMULA = 40  # characters

COLOURS: dict[Standing, str] = {"high": "green", "middle": "yellow", "low": "red"}
"""Of a terminal."""


def standing(transcript: Transcript) -> Standing:
    """The colour of an answer.

    Red: no answer, a guess, a check that failed, an answer that most other solutions disagree
    with, or a requirement that was not met. Green: a high measured trust, or a check by
    substitution. All else is amber.
    """
    if transcript.kind == "parts":
        return _of_parts(transcript)
    against = transcript.check is not None and transcript.check.holds is False
    if transcript.answer is None or not transcript.answer.text.strip():
        return "low"
    if against or transcript.needs_human or transcript.evidence == "guessed":
        return "low"
    checked = transcript.evidence == "checked"
    if in_minority(transcript) and not checked:
        return "low"
    if transcript.trust is None:
        return "high" if checked else "middle"
    if transcript.trust >= HIGH or (checked and transcript.trust >= MIDDLE):
        return "high"
    return "middle" if transcript.trust >= MIDDLE else "low"


def _of_parts(transcript: Transcript) -> Standing:
    """The worst colour of the parts: red if one has no answer, green if each is trusted."""
    if not transcript.complete or transcript.needs_human or transcript.evidence == "guessed":
        return "low"
    if in_minority(transcript):
        return "low"
    known = [part.trust for part in transcript.parts if part.kind != "proof"]
    least = min((one for one in known if one is not None), default=HIGH)
    if least < MIDDLE:
        return "low"
    return "high" if None not in known and least >= HIGH else "middle"


def how_far(transcript: Transcript) -> str:
    """The sentence beside an answer: how it was found, how often such answers are right, and what
    its programs leave out."""
    if transcript.proof is not None:
        return UNCHECKED
    if transcript.kind == "parts" and transcript.evidence is not None:
        return _parts_found(transcript)
    known = transcript.evidence != "guessed" and is_a_guess(transcript)
    clauses = ("a guess" if known else "", how_sure(transcript), trusted(transcript))
    return "; ".join(filter(None, (*clauses, left_out(transcript))))


def _parts_found(transcript: Transcript) -> str:
    """How the parts were found, and how often answers like the least trusted one are right."""
    ways = {part.evidence: part for part in transcript.parts if part.evidence is not None}
    if len(ways) < 2:
        words = how_sure(transcript)
    else:
        words = "; ".join(
            f"({part.label}) {found_by(part.evidence)}"
            for part in transcript.parts
            if part.evidence is not None
        )
    trusts = [part.trust for part in transcript.parts if part.trust is not None]
    if trusts and len(trusts) == sum(part.answer is not None for part in transcript.parts):
        words += f"; of the least sure, {often(min(trusts))} such answers are right"
    return "; ".join(filter(None, (words, left_out(transcript))))


def is_a_guess(transcript: Transcript) -> bool:
    """Are answers with this trust more often wrong than right? No if trust is not known."""
    return transcript.trust is not None and transcript.trust < MIDDLE


def trusted(transcript: Transcript) -> str:
    """The trust in words, with what it was measured on; "" where it is not known."""
    if transcript.trust is None or transcript.answer is None:
        return ""
    sentence = f"{often(transcript.trust)} answers like this one are right"
    basis = transcript.trust_basis
    if basis is None:
        return sentence
    known = basis.model != "other models"
    return sentence + (f" ({basis.problems} problems)" if known else " (measured on other models)")


def often(share: float) -> str:
    """A share in everyday words, never more certain than it is.

    >>> often(0.87), often(0.968), often(0.995), often(0.04)
    ('about 9 in 10', 'about 19 in 20', 'nearly all', 'hardly any')
    """
    if share >= 0.985:
        return "nearly all"
    if share >= 0.945:
        return "about 19 in 20"
    if share < 0.05:
        return "hardly any"
    return f"about {max(1, min(9, round(10 * share)))} in 10"


def left_out(transcript: Transcript) -> str:
    """What the programs do not take from the problem, and their numbers from elsewhere."""
    faithfulness = transcript.faithfulness
    if faithfulness is None:
        return ""
    clauses = []
    if faithfulness.missed:
        formula = shortened(one_line(faithfulness.missed[0]), _LONGEST_FORMULA)
        clauses.append(f"its programs do not contain {formula}")
    if faithfulness.unused:
        are = "is" if len(faithfulness.unused) == 1 else "are"
        clauses.append(f"the problem's {_listed(faithfulness.unused)} {are} not used")
    if faithfulness.strange:
        are = "is" if len(faithfulness.strange) == 1 else "are"
        clauses.append(f"{_listed(faithfulness.strange)} {are} not in the problem")
    return ", ".join(clauses)


def _listed(names: tuple[str, ...]) -> str:
    shown = [one_line(name)[:20] for name in names[:3]]
    rest = len(names) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
