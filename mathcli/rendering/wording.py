"""Sentences on a solution that all renderings share: its trust, its cost, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mathcli.counting import numbered
from mathcli.text_safety import one_line

if TYPE_CHECKING:
    from mathcli.evaluation.estimators import Share
    from mathcli.solving.transcript import Check, Evidence, Sample, Segment, Transcript

LONGEST_WORDS = 40_000
"""Characters of words that are shown; a model that repeats itself says nothing new."""

_EVIDENCE = {
    "computed": "computed by a program",
    "reasoned": "reasoned in words, not computed",
    "voted": "chosen by vote",
    "guessed": "guessed: the solution does not state it",
    "agreed": "agreed",
    "checked": "checked",
}
_CHECK = {
    ("substitution", True): "checked: put into the problem, it holds",
    ("substitution", False): "put into the problem, it does not hold",
    ("substitution", None): "putting it into the problem came to no result",
    ("second program", True): "a second program of the same model agrees",
    ("second program", False): "a second program says otherwise",
    ("second program", None): "no second program came to a result",
}
_NONE = {
    "none": "this is no problem of mathematics",
    "proof": "this model cannot write proofs",
}
_FINISH = {
    "no_answer": "the model ended without an answer",
    "max_rounds": "the model still wanted to run programs",
    "max_tokens": "the model wrote too much without coming to an end",
    "context": "the model's context is full",
    "loop": "the model repeated itself without an end",
    "timeout": "time is up",
    "stopped": "it was stopped before its end",
    "error": "an error ended it",
}

UNCHECKED = "a proof in the model's words, not checked"
"""How far to trust a proof."""

AFTER_A_LOOP = (
    "the model repeated itself; try another --seed with --temperature 0.6 or higher, another "
    "--method, or a larger model"
)
"""What to do where a solution ended so."""

_THOUGHT_CUT = {
    "no_answer": "the model ended in the middle of its thinking",
    "max_tokens": "the limit of tokens came in the middle of its thinking",
    "context": "the context was full in the middle of its thinking",
    "timeout": "time was up in the middle of its thinking",
}
_RAISE = {"max_tokens": "--max-tokens", "context": "--context", "timeout": "--timeout"}

_METHODS = {"cot": "words", "tir": "programs", "pal": "a program"}
_CHOSEN = {
    "execution": "best of {n} by what their programs did",
    "judgment": "the model's own pick among {n}",
    "votes": "the model was asked to pick and did not",
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
    """How far to trust the answer: how it was found, and what cut the solution off."""
    trust = [_found(transcript)]
    if transcript.needs_human:
        trust.append("needs a human")
    if transcript.check is not None:
        but = "but " if transcript.check.holds is False else ""
        trust.append(but + how_checked(transcript.check))
    if transcript.scored_by is not None:
        trust.append(_chosen(transcript.scored_by, transcript))
    if any(one.kind == "thought" and one.truncated for one in transcript.segments):
        trust.append("its thinking was ended by its budget")
    if transcript.finish in _FINISH:
        trust.append(_FINISH[transcript.finish])
    trust += [
        why_given_up(one) for one in transcript.attempts if transcript.method == "auto" or one.model
    ]
    return "; ".join(words for words in trust if words)


def why_given_up(attempt: Sample) -> str:
    """Why an attempt was given up: it found nothing, or was not trusted."""
    if attempt.model is not None:
        return f"{one_line(attempt.model)} {_distrusted(attempt)}"
    least = attempt.least_probability
    if attempt.finish == "answer" and attempt.answer is not None and least is not None:
        return f"{_METHODS.get(attempt.method)} were in doubt (a token at {_percent(least)})"
    return f"{_METHODS.get(attempt.method)} led nowhere"


def what_comes_now(attempt: Sample) -> str:
    """What follows an attempt that was given up."""
    return "a larger model is asked" if attempt.model is not None else "another way"


def _distrusted(attempt: Sample) -> str:
    """Why another model's solution was not trusted."""
    if attempt.answer is None:
        return "found no answer"
    if attempt.trust is None:
        return "was never measured"
    return f"was not trusted enough ({_percent(attempt.trust)})"


def _percent(share: float) -> str:
    """A percentage, rounded down, so that only certainty is shown as 100 %."""
    return f"{int(100 * share)} %"


def how_checked(check: Check) -> str:
    """What a check says of the answer."""
    return _CHECK[check.kind, check.holds]


def _found(transcript: Transcript) -> str:
    """How the answer was found, and how many samples agree, if there was a vote or most disagree.
    A checked answer needs no more words."""
    agree, took_part = agreeing(transcript), taking_part(transcript)
    few = in_minority(transcript)
    votes = f"{'only ' if few else ''}{agree} of {took_part} samples agree"
    if took_part > 1 and transcript.evidence in ("voted", "agreed", "checked"):
        return votes
    known = transcript.evidence in ("agreed", "checked")
    found = "" if known else _EVIDENCE[transcript.evidence or "reasoned"]
    believed = transcript.method == "auto" and transcript.evidence == "reasoned"
    if believed and transcript.least_probability is not None:
        found += f", every token at least {_percent(transcript.least_probability)} probable"
    return f"{found}; {votes}" if few else found


def found_by(evidence: Evidence | None) -> str:
    """How an answer was found, in words."""
    return _EVIDENCE[evidence or "reasoned"]


def in_minority(transcript: Transcript) -> bool:
    """Do no more than half of several solutions give the answer?"""
    took_part = taking_part(transcript)
    return took_part > 1 and 2 * agreeing(transcript) <= took_part


def agreeing(transcript: Transcript) -> int:
    """How many solutions give the answer; 0 without a vote."""
    return transcript.votes[place_of_answer(transcript)].count if transcript.votes else 0


def taking_part(transcript: Transcript) -> int:
    """How many solutions a vote counts, those without an answer among them; 0 without a vote."""
    if transcript.votes and transcript.agreement:
        return min(round(agreeing(transcript) / max(transcript.agreement, 1e-9)), 10**9)
    return sum(vote.count for vote in transcript.votes)


def place_of_answer(transcript: Transcript) -> int:
    """The answer's position among the votes. It need not be the first, because the best score may
    win instead; and it may be written differently there."""
    votes, share, most = transcript.votes, transcript.agreement, len(transcript.samples)
    for place, vote in enumerate(votes):
        if transcript.answer is not None and vote.answer == transcript.answer.text:
            return place
    for place, vote in enumerate(votes):
        took_part = vote.count / max(share, 1e-9) if share else 0.0
        if abs(took_part - round(took_part)) < 1e-6 and took_part <= most:
            return place
    return 0


def _chosen(scored_by: str, transcript: Transcript) -> str:
    """How the answer was chosen among several."""
    if transcript.evidence == "voted" and scored_by not in _CHOSEN:
        return f"weighed by the reward model {one_line(scored_by)}"
    count = len(transcript.samples)
    if scored_by in _CHOSEN:
        return _CHOSEN[scored_by].format(n=count)
    return f"best of {count} by the reward model {one_line(scored_by)}"


def lacking(transcript: Transcript) -> str:
    """What is missing of what was asked for."""
    if transcript.kind == "proof":
        return "no proof"
    missing = transcript.missing
    if transcript.kind == "parts" and 0 < len(missing) < len(transcript.parts):
        return f"no answer for {', '.join(f'({label})' for label in missing)}"
    return "no answer"


def why_none(solution: Transcript | Sample) -> str:
    """Why there is no answer; for a thought that was cut off, also the limit to raise."""
    known = getattr(solution, "trust", None)
    if getattr(solution, "withheld", None) is not None:
        what = "a proof" if getattr(solution, "kind", "") == "proof" else "its answer"
        of = f"no trust is known of {what}" if known is None else f"the trust is {known:.2f}"
        return f"{of}, less than --min-trust asks for"
    kind = getattr(solution, "kind", "question")
    if kind in _NONE and solution.finish == "no_answer" and not solution.segments:
        return _NONE[kind]
    if kind == "parts" and solution.finish in ("answer", "no_answer"):
        return "the solution does not give it, or does not say which part it belongs to"
    why = _FINISH.get(solution.finish, solution.finish)
    if cut_in_thought(solution):
        why = _THOUGHT_CUT.get(solution.finish, why)
        advice = what_to_raise(solution)
        why += f"; {advice}" if advice else ""
    return why


def cut_in_thought(solution: Transcript | Sample) -> bool:
    """Did the solution end while the model was still thinking?"""
    return bool(solution.segments) and solution.segments[-1].kind == "thought"


def what_to_raise(solution: Transcript | Sample) -> str | None:
    """What to type after a limit cut off a thought."""
    option = _RAISE.get(solution.finish)
    if option is None or not cut_in_thought(solution):
        return None
    return f"raise {option}, or let it think less with --think N"


def beginning(text: str) -> str:
    """A plain text as it is shown; of a very long text its beginning, and how much is left out."""
    rest = len(text) - LONGEST_WORDS
    return text if rest <= 0 else f"{text[:LONGEST_WORDS]}\n… and {rest:,} more characters"


def most_parts(shares: Mapping[str, Share], most: int) -> tuple[dict[str, Share], str]:
    """The parts with the most problems, in the order that they have, and how many are left out.

    A field that is taken for a subject may be another in each row.
    """
    if len(shares) <= most:
        return dict(shares), ""
    largest = {*sorted(shares, key=lambda one: -shares[one].total)[:most]}
    kept = {name: share for name, share in shares.items() if name in largest}
    return kept, f"{len(shares) - most:,} smaller ones are not shown"


def thinking(tokens: int) -> str:
    """How much a model thought."""
    return f"{tokens} {numbered(tokens, 'token')} of thinking"


def cost(transcript: Transcript) -> str:
    """Tokens generated, and seconds."""
    counts = transcript.counts
    thought = f", {counts.thinking_tokens} of thinking" if counts.thinking_tokens else ""
    tokens = f"{counts.generated_tokens} {numbered(counts.generated_tokens, 'token')}"
    return f"{tokens}{thought}, {transcript.timing.total_ms / 1000:.1f} s"


@dataclass(frozen=True)
class Step:
    """Thoughts and words, and the program and output that followed them."""

    words: str = ""
    program: Segment | None = None
    output: Segment | None = None
    thoughts: tuple[Segment, ...] = ()


def steps(transcript: Transcript) -> Iterator[Step]:
    """The solution step by step; a program without words is a step too."""
    return steps_of(transcript.segments)


def steps_of(segments: Iterable[Segment]) -> Iterator[Step]:
    """The steps of any segments."""
    words: list[str] = []
    thoughts: list[Segment] = []
    program: Segment | None = None

    def step(output: Segment | None = None) -> Step:
        found = Step("\n".join(words), program, output, tuple(thoughts))
        words.clear()
        thoughts.clear()
        return found

    for segment in segments:
        if program is not None and segment.kind != "output":
            yield step()
            program = None
        if segment.kind == "thought":
            thoughts.append(segment)
        elif segment.kind == "text":
            words.append(segment.text.strip())
        elif segment.kind == "code":
            program = segment
        else:
            yield step(segment)
            program = None
    if words or thoughts or program is not None:
        yield step()
