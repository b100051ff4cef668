"""The transcript: the complete result of a solve, as one record (schema version 1).

`--json` prints it and rendering reads it. It holds every segment, every program's output and every
token count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mathcli.errors import UsageError
from mathcli.problems import Kind
from mathcli.solving.confidence import Confidence
from mathcli.solving.faithfulness import Faithfulness
from mathcli.solving.json_ready import plain

SCHEMA = 1

SegmentKind = Literal["text", "code", "output", "thought"]
Finish = Literal[
    "answer",
    "proof",
    "no_answer",
    "max_rounds",
    "max_tokens",
    "context",
    "loop",
    "timeout",
    "stopped",
    "error",
]
Evidence = Literal["computed", "reasoned", "guessed", "voted", "agreed", "checked"]
"""The evidence for an answer.

* `checked`: it satisfies the problem's own equations, by substitution.
* `computed`: the last program that ran computed it and printed it last.
* `agreed`: a second solution of the same model, with another program, has the same answer.
* `voted`: it is the answer of most of several solutions, or of the best one.
* `reasoned`: the model states it; no program computed it.
* `guessed`: the solution was cut off or states no answer, so its last value was taken.
"""


@dataclass(frozen=True)
class ModelInfo:
    """The model that answered. `sha256` is the file's digest, `quant` its quantization, `card` the
    name of the card that was used."""

    name: str
    file: str
    sha256: str
    quant: str
    engine: str
    card: str


@dataclass(frozen=True)
class SamplingInfo:
    """The sampling parameters. `thinking` is the requested thinking (`on`, `off`, the name of an
    effort), for families that think; `thinking_budget` is its most tokens."""

    temperature: float
    top_p: float
    seed: int
    samples: int
    thinking: str | None = None
    thinking_budget: int | None = None


@dataclass(frozen=True)
class Segment:
    """A piece of the solution: a thought, the model's words, its program, or a program's output.

    An answer is never read from a thought. `ms` is wall time; `tokens` is the number of tokens
    that the segment added to the sequence (a generation's tokens are counted with its last
    segment). `error` is how a program failed. `truncated` is whether the model saw only part of
    the output; for a thought, whether it was closed because its budget was spent.
    """

    kind: SegmentKind
    text: str
    ms: float
    tokens: int
    error: str | None = None
    truncated: bool | None = None


@dataclass(frozen=True)
class AnswerInfo:
    """The final answer: as written, as LaTeX, and as a plain value if there is one."""

    text: str
    latex: str
    value: str | None = None


@dataclass(frozen=True)
class PartAnswer:
    """The result of one part of a problem.

    Args:
        label: of the part, without marks (`a`, `2`, `iii`).
        problem: its text.
        answer: `None` if the solution gives none, and for a proof.
        kind: `proof` if the part asks for a proof.
        evidence: for the answer.
        agreement, trust: as for a whole problem; only for parts that were solved by themselves.
        proof: its text; only for such parts.
        finish: how the solution ended; only for such parts.
    """

    label: str
    problem: str
    answer: AnswerInfo | None
    kind: Kind = "question"
    evidence: Evidence | None = None
    agreement: float | None = None
    trust: float | None = None
    proof: str | None = None
    finish: Finish | None = None

    @property
    def missing(self) -> bool:
        """Does the part lack its answer or proof? A proof among other parts, written in one
        solution, counts as present: it cannot be separated from the rest."""
        if self.kind == "proof":
            return self.finish is not None and self.proof is None
        return self.answer is None

    def record(self) -> dict[str, Any]:
        """The part as JSON-ready data; the key `answer` is always present."""
        record = _present(plain(self))
        record["answer"] = _present(record["answer"]) if self.answer else None
        return record


@dataclass(frozen=True)
class TokenCounts:
    """`prompt_tokens` are input (the problem, programs' outputs), `generated_tokens` were sampled,
    `evaluated_tokens` were evaluated by the model; `executions` counts programs that ran.
    `reward_tokens` were evaluated by the reward model, if there was one. `thinking_tokens` are the
    generated tokens inside thoughts, if there were any."""

    prompt_tokens: int = 0
    generated_tokens: int = 0
    evaluated_tokens: int = 0
    executions: int = 0
    reward_tokens: int = 0
    thinking_tokens: int = 0


@dataclass(frozen=True)
class Timing:
    """Times in milliseconds, and tokens generated per second (without prompt evaluation)."""

    load_ms: float
    first_token_ms: float
    total_ms: float
    tokens_per_second: float


@dataclass(frozen=True)
class ErrorInfo:
    """The error of a transcript that ended with one."""

    code: str
    message: str


_OPTIONAL_OF_SAMPLES = (
    "thinking_tokens", "score", "confidence", "least_probability", "pruned", "problem", "model",
    "trust",
)  # fmt: skip


@dataclass(frozen=True)
class Exchange:
    """An earlier problem of the same conversation, and its solution as one text."""

    problem: str
    solution: str


@dataclass(frozen=True)
class Sample:
    """One of several solutions of a problem: one that was given up, or that took part in a vote or
    search.

    `generated_tokens` counts from the prompt, including tokens before a fork; `thinking_tokens` are
    those of them inside thoughts. `score` is the strategy's, if it gives one. `confidence`
    summarizes the token probabilities; `least_probability` is that of the least probable token of
    a solution in words; both only if the engine reports probabilities. `finish` is `stopped` if
    the solution was not needed any more, or the budget was spent. `pruned`: the vote ignored its
    answer, because none of its programs ran while those of others did. `problem` is the wording
    that it solved, if that is a rewording. `model` is the name of the model that wrote it, if
    another model gave the final answer, and `trust` the trust in its answer.
    """

    method: str
    seed: int
    segments: tuple[Segment, ...]
    answer: AnswerInfo | None
    evidence: Evidence | None
    finish: Finish
    generated_tokens: int
    thinking_tokens: int | None = None
    score: float | None = None
    confidence: Confidence | None = None
    least_probability: float | None = None
    pruned: bool | None = None
    problem: str | None = None
    model: str | None = None
    trust: float | None = None

    def record(self) -> dict[str, Any]:
        """The sample as JSON-ready data."""
        record: dict[str, Any] = plain(self)
        record["segments"] = [_present(segment) for segment in record["segments"]]
        if self.answer:
            record["answer"] = _present(record["answer"])
        for key in _OPTIONAL_OF_SAMPLES:
            if record[key] is None:
                del record[key]
        return record


@dataclass(frozen=True)
class Check:
    """A check of the answer by a program other than the one that found it.

    `kind` is `substitution` (the answer is substituted into the problem's equations) or `second
    program` (the problem is solved again, by a program that differs from those of the solution).
    `holds` is `None` if the check gave no result.
    """

    kind: Literal["substitution", "second program"]
    program: str
    output: str
    holds: bool | None


@dataclass(frozen=True)
class TrustBasis:
    """The data that a trust was measured on.

    Args:
        model: the model's name; "other models" if nothing was measured on this one.
        problems: how many problems with known answers.
        data: the names of their files.
    """

    model: str
    problems: int
    data: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vote:
    """An answer, the number of samples that gave it, and their total weight."""

    answer: str
    count: int
    weight: float | None = None


_OPTIONAL = (
    "chose", "strategy", "attempts", "samples", "agreement", "needs_human", "check", "scored_by",
    "judgment", "confidence", "least_probability", "faithfulness", "trust", "trust_basis",
    "withheld", "follows", "earlier", "error", "parts", "proof",
)  # fmt: skip


@dataclass(frozen=True)
class Transcript:
    """One solved (or unsolved) problem. The classes of the fields give the units.

    `kind` is what the problem asks for. A problem in `parts` has an answer for each part; its
    `answer` joins them all (`a: 3; b: 5`), with an empty text for a missing one. A `proof` that was
    written to its end is kept as the model wrote it, unchecked. A problem that asks for a proof has
    no answer.

    `agreement` is the share of the samples that gave the answer; `needs_human` is whether that is
    below the agreement demanded, if one was. `scored_by` is what decided between the samples if
    not their number alone: the name of a reward model, `execution` (the executor's evidence),
    `judgment` (the model's own; its text is kept) or `votes` (the model gave no judgment).
    `faithfulness` compares the programs with the numbers of the problem. `trust` is how often
    similar answers were right, if measured; `trust_basis` is what it was measured on. An answer
    whose trust was too low is in `withheld`. `follows` is the id of the transcript before this one
    in the same conversation, `earlier` the whole conversation before it.
    """

    id: str
    problem: str
    model: ModelInfo
    method: str
    sampling: SamplingInfo
    segments: tuple[Segment, ...]
    answer: AnswerInfo | None
    finish: Finish
    counts: TokenCounts
    timing: Timing
    kind: Kind = "question"
    parts: tuple[PartAnswer, ...] = ()
    proof: str | None = None
    evidence: Evidence | None = None
    chose: str | None = None
    strategy: str | None = None
    attempts: tuple[Sample, ...] = ()
    samples: tuple[Sample, ...] = ()
    votes: tuple[Vote, ...] = ()
    agreement: float | None = None
    needs_human: bool | None = None
    check: Check | None = None
    scored_by: str | None = None
    judgment: str | None = None
    confidence: Confidence | None = None
    least_probability: float | None = None
    faithfulness: Faithfulness | None = None
    trust: float | None = None
    trust_basis: TrustBasis | None = None
    withheld: AnswerInfo | None = None
    follows: str | None = None
    earlier: tuple[Exchange, ...] = ()
    error: ErrorInfo | None = None
    schema: int = field(default=SCHEMA, kw_only=True)

    @property
    def missing(self) -> tuple[str, ...]:
        """The labels of the parts without their answer or proof."""
        return tuple(part.label for part in self.parts if part.missing)

    @property
    def complete(self) -> bool:
        """Is the result complete: an answer, one for each part, or a proof written to its end?"""
        if self.kind == "proof":
            return self.proof is not None
        return self.answer is not None and not self.missing

    def record(self) -> dict[str, Any]:
        """The transcript as JSON-ready data, `schema` first, without keys that do not apply."""
        record: dict[str, Any] = plain(self)
        record["parts"] = [part.record() for part in self.parts]
        record["segments"] = [_present(segment) for segment in record["segments"]]
        if self.answer:
            record["answer"] = _present(record["answer"])
        record["votes"] = [_present(vote) for vote in record["votes"]]
        for key in ("attempts", "samples"):
            record[key] = [sample.record() for sample in getattr(self, key)]
        for key in _OPTIONAL:
            if not record[key] and record[key] is not False and record[key] != 0:
                del record[key]
        record["sampling"] = _present(record["sampling"])
        for key in ("reward_tokens", "thinking_tokens"):
            if not record["counts"][key]:
                del record["counts"][key]
        return {"schema": record.pop("schema")} | record

    @classmethod
    def from_record(cls, record: Mapping[str, Any], where: str = "the transcript") -> Transcript:
        """The transcript from the data that `record()` returned.

        Args:
            where: the source of the record, for messages (`solved.jsonl, line 3`).

        Raises:
            UsageError: the data is not a transcript, or has another schema version.
        """
        from mathcli.typed_records import from_record

        if isinstance(record, Mapping) and record.get("schema", SCHEMA) != SCHEMA:
            raise UsageError(
                f"{where} has schema {record['schema']!r}; this mathcli reads schema {SCHEMA}",
                "try a newer mathcli",
            )
        return from_record(cls, record, where)


def _present(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value is not None}
