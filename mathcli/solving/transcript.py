"""The transcript: what a solve produced, as one record (schema version 1).

`--json` prints it, rendering reads it, and it can prove what happened: every segment, every
program's output, every token count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mathcli.errors import UsageError
from mathcli.problems import Kind
from mathcli.solving.confidence import Confidence
from mathcli.solving.faithfulness import Faithfulness
from mathcli.solving.plain import plain

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
"""What speaks for an answer.

* `checked`: put back into the problem's own equations, it holds.
* `computed`: the last program that ran worked it out, and said it last.
* `agreed`: a second solution of the same model, with another program, came to it too.
* `voted`: of several solutions most, or the best.
* `reasoned`: the model states it; no program worked it out.
* `guessed`: the solution was cut off, or states no answer, and its last value was taken.
"""


@dataclass(frozen=True)
class ModelInfo:
    """Which model answered. `sha256` is the file's digest, `quant` its number format, `card` the
    name of the card that said how to talk to it."""

    name: str
    file: str
    sha256: str
    quant: str
    engine: str
    card: str


@dataclass(frozen=True)
class SamplingInfo:
    """How tokens were drawn. `thinking` is how the model was asked to think (`on`, `off`, the
    name of an effort), where its family does; `thinking_budget` the most tokens of it."""

    temperature: float
    top_p: float
    seed: int
    samples: int
    thinking: str | None = None
    thinking_budget: int | None = None


@dataclass(frozen=True)
class Segment:
    """A stretch of the solution: a thought, the model's words, its program, or a program's output.

    What stands in a thought is never an answer. `ms` is wall time, `tokens` what the segment
    added to the sequence (a generation's tokens are counted with its last segment). `error` is
    how a program failed, `truncated` whether the model saw only part of its output; of a thought,
    whether its budget was spent, so that it was closed for the model.
    """

    kind: SegmentKind
    text: str
    ms: float
    tokens: int
    error: str | None = None
    truncated: bool | None = None


@dataclass(frozen=True)
class AnswerInfo:
    """The final answer: as written, as LaTeX, and as a plain value where there is one."""

    text: str
    latex: str
    value: str | None = None


@dataclass(frozen=True)
class PartAnswer:
    """What came of one part of a problem.

    Args:
        label: of the part, without marks (`a`, `2`, `iii`).
        problem: its text.
        answer: `None` where the solution gives none, and for a proof.
        kind: `proof` where a proof is asked for.
        evidence: what speaks for the answer.
        agreement, trust: of a part that was solved by itself, as for a whole problem.
        proof: of such a part that asks for a proof.
        finish: how the solution of such a part ended.
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
        """Does it lack what it asks for? A proof among other parts, written in one solution, is
        there as far as anybody can tell."""
        if self.kind == "proof":
            return self.finish is not None and self.proof is None
        return self.answer is None

    def record(self) -> dict[str, Any]:
        """The part as JSON-ready data; `answer` is always there."""
        record = _present(plain(self))
        record["answer"] = _present(record["answer"]) if self.answer else None
        return record


@dataclass(frozen=True)
class TokenCounts:
    """`prompt_tokens` were given (the problem, programs' outputs), `generated_tokens` sampled,
    `evaluated_tokens` went through the model; `executions` programs ran. `reward_tokens` went
    through the reward model, if there was one. `thinking_tokens` of those generated were thoughts,
    if there were any."""

    prompt_tokens: int = 0
    generated_tokens: int = 0
    evaluated_tokens: int = 0
    executions: int = 0
    reward_tokens: int = 0
    thinking_tokens: int = 0


@dataclass(frozen=True)
class Timing:
    """Milliseconds, and tokens written per second (without the time that prompts take)."""

    load_ms: float
    first_token_ms: float
    total_ms: float
    tokens_per_second: float


@dataclass(frozen=True)
class ErrorInfo:
    """What went wrong, for a transcript that ended with an error."""

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
    """One of several solutions of a problem: given up, or one that competed.

    `generated_tokens` counts from the prompt, also what was written before a fork;
    `thinking_tokens` are those of thoughts among them. `score` is the strategy's, where it gives
    one. `confidence` is how probable the model found what it wrote, `least_probability` that of the
    least probable token of a solution in words, where the engine tells these. `finish` is `stopped`
    when it was not needed any more, or the budget was spent. `pruned`: no program of it ran while
    those of others did, so that its answer did not count. `problem` is the wording it solved, where
    that is another. `model` is the name of the model that wrote it, where another one answered, and
    `trust` how far its answer was trusted.
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
    """The answer put to a program that did not find it.

    `kind` says how: `substitution` puts it back into the problem, a `second program` solves the
    problem again and differs from those of the solution. `holds` is `None` where that came to no
    result.
    """

    kind: Literal["substitution", "second program"]
    program: str
    output: str
    holds: bool | None


@dataclass(frozen=True)
class TrustBasis:
    """What a trust was measured on.

    Args:
        model: its name; "other models" where nothing was measured on this one.
        problems: how many problems with known answers.
        data: the names of their files.
    """

    model: str
    problems: int
    data: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vote:
    """An answer, how many samples gave it, and how much they weigh together."""

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
    """One solved (or unsolved) problem. See the module's fields for units.

    `kind` is what the problem asks for. One in `parts` has an answer for each; its `answer` holds
    all of them (`a: 3; b: 5`), an empty one where one is missing. A `proof` that was written to its
    end is kept as a text, as the model wrote it: nobody checked it. A problem that asks for a proof
    has no answer.

    `agreement` is the share of the samples that gave the answer; `needs_human` says whether it is
    less than was demanded, where that was. `scored_by` is what chose among the samples where their
    number alone did not: the name of a reward model, `execution` (the executor's evidence),
    `judgment` (the model's own, whose words are kept) or `votes` (it gave no judgment).
    `faithfulness` is what the programs leave out of the problem. `trust` is how often answers like
    this one were right, where that was measured: on what, says `trust_basis`. An answer that was
    not trusted enough is in `withheld`. `follows` is the id of the transcript that it goes on
    from, `earlier` the whole conversation before it.
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
        """The labels of the parts that lack the answer, or the proof, that they ask for."""
        return tuple(part.label for part in self.parts if part.missing)

    @property
    def complete(self) -> bool:
        """Is there what was asked for: an answer, one to each part, or a proof to its end?"""
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
        """The transcript that `record()` wrote.

        Args:
            where: what the record is, for messages (`solved.jsonl, line 3`).

        Raises:
            UsageError: it is no transcript, or one of another schema.
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
