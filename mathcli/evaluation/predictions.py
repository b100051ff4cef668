"""Recorded outputs of published systems, read into the records that the other modules use.

The usual fields: `idx`, `question`, `gt`, `code` (a list with one text for each sample, with its
programs and their outputs between fences), `pred`, `report`, `score` and `pred_score`, as ToRA,
DeepSeek-Math and Qwen2.5-Math write them; `generation` and `predicted_answer`, as NeMo-Skills
does; `doc`, `resps` and `filtered_resps`, as lm-evaluation-harness does; `ground_truth`,
`debug_result` and `completion`, as MathCoder does; `doc` and `model_response`, as lighteval does;
`origin_prompt`, `prediction` and `gold`, as OpenCompass does; and similar names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mathcli.answers import extract_answer
from mathcli.batches.problem_files import Keys
from mathcli.errors import UsageError
from mathcli.evaluation.fields import facts
from mathcli.evaluation.results import samples_of
from mathcli.evaluation.trajectories import segments
from mathcli.models import CodeFormat

TEXTS = (
    "code", "generation", "generations", "response", "responses", "completion", "completions",
    "output", "outputs", "model_output", "model_outputs", "generated_responses", "resps",
    "samples", "solutions", "solution_text", "model_response",
)  # fmt: skip
ANSWERS = (
    "pred", "preds", "prediction", "predictions", "predicted_answer", "predicted_answers",
    "model_answer", "filtered_resps",
)  # fmt: skip
SCORES = (
    "pred_score", "pred_scores", "rm_score", "rm_scores", "reward", "rewards", "reward_score",
)  # fmt: skip
_WRAPPED = ("doc", "example", "sample")
_STEPS = "debug_result"
_KINDS = {"text": "text", "code": "code", "execution": "output"}
_FINE = frozenset(("", "done", "ok", "success", "none", "null"))


@dataclass(frozen=True)
class Recorded:
    """A file of recorded outputs.

    Args:
        records: one for each row, ready to be graded; with several samples the majority's answer
            counts (see `grading`).
        skipped: rows without an output or a right answer.
        scored: for each record, the verdicts that its authors recorded, one for each sample.
    """

    records: list[dict[str, Any]]
    skipped: int
    scored: list[list[bool] | None]


def predictions(
    rows: Iterable[Mapping[str, Any]],
    code: CodeFormat = CodeFormat(),  # noqa: B008 (frozen)
) -> Recorded:
    """Read recorded outputs.

    Args:
        code: the markers around programs and outputs in the texts.

    Raises:
        UsageError: no row has an output and a right answer.
    """
    keys, records, scored = Keys(), list[dict[str, Any]](), list[list[bool] | None]()
    skipped = 0
    names: tuple[str, ...] = ()
    for index, row in enumerate(rows):
        names = names or tuple(map(str, row))
        record = _record(index, _flat(row), keys, code)
        if record is None:
            skipped += 1
            continue
        records.append(record)
        scored.append(_own_verdicts(row, len(samples_of(record))))
    if not records:
        raise UsageError(
            "no row has both an output and a right answer; the fields are: " + ", ".join(names),
            f"an output is named {TEXTS[0]}, {TEXTS[1]} or {ANSWERS[0]}, a right answer gt",
        )
    return Recorded(records, skipped, scored)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the problem's own fields beside the system's."""
    fields = {str(name): value for name, value in row.items()}
    for name in _WRAPPED:
        if isinstance(row.get(name), Mapping):
            fields = {**row[name], **{key: fields[key] for key in fields if key != name}}
    return fields


def _record(
    index: int, row: Mapping[str, Any], keys: Keys, code: CodeFormat
) -> dict[str, Any] | None:
    texts, answers = _strings(row, TEXTS), _strings(row, ANSWERS)
    known = facts({name: row[name] for name in row if name not in (*TEXTS, *ANSWERS, *SCORES)})
    count = max(len(texts), len(answers))
    if not count or known.expected is None:
        return None
    scores = _scores(row, count)
    reports = row.get("report")
    samples = []
    for at in range(count):
        parts = segments(texts[at], code) if at < len(texts) else []
        if count == 1 and (steps := _steps(row)):
            parts = steps
        if isinstance(reports, list) and len(reports) == count:
            _mark_errors(parts, reports[at])
        answer = answers[at] if at < len(answers) else _stated(parts)
        sample: dict[str, Any] = {"segments": parts, "answer": _as_answer(answer)}
        samples.append(sample | ({"score": scores[at]} if scores else {}))
    problem, first = known.problem or "", samples[0]["answer"]
    outputs = (*TEXTS, *ANSWERS, *SCORES, _STEPS, "report", "score")
    return {
        "key": keys.key(problem, known.id),
        "index": index,
        **({"id": known.id} if known.id else {}),
        "problem": problem,
        "method": "recorded",
        "prediction": first["text"] if first else "",
        "expected_answer": known.expected,
        **({"samples": samples, "strategy": "vote"} if count > 1 else samples[0]),
        "input": {name: value for name, value in row.items() if name not in outputs},
    }


def _strings(row: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The first of `names` that holds texts, one for each sample."""
    for name in names:
        value = row.get(name)
        if isinstance(value, Mapping):  # lighteval's model_response
            value = value.get("text")
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return [str(value)]
        while isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
            value = value[0]
        if isinstance(value, list) and value:
            return [_sample_text(one) for one in value]
    return []


def _sample_text(value: object) -> str:
    if isinstance(value, Mapping):
        inner = (value.get(name) for name in ("text", "code", "output", "response", "content"))
        return next((str(one) for one in inner if one is not None), "")
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


def _steps(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The segments of MathCoder's `debug_result`: messages whose role or type says their kind."""
    segments = []
    for message in row.get(_STEPS) or ():
        kind = (
            _KINDS.get(str(message.get("type") or message.get("role")))
            if isinstance(message, Mapping)
            else ""
        )
        if kind and str(message.get("content") or "").strip():
            segments.append({"kind": kind, "text": str(message["content"]), "ms": 0.0, "tokens": 0})
    return segments


def _scores(row: Mapping[str, Any], count: int) -> list[float] | None:
    """A reward model's scores; where there is a score for each step, the last one counts."""
    for name in SCORES:
        value = row.get(name)
        if isinstance(value, list) and len(value) == count:
            last = [one[-1] if isinstance(one, list) and one else one for one in value]
            if all(isinstance(one, (int, float)) for one in last):
                return [float(one) for one in last]
    return None


def _own_verdicts(row: Mapping[str, Any], count: int) -> list[bool] | None:
    """The verdicts of the authors' own grading, one for each sample."""
    for name in ("score", "is_correct", "correct", "exact_match"):
        value = row.get(name)
        values = value if isinstance(value, list) else [value]
        if len(values) == max(1, count) and all(
            isinstance(one, bool) or one in (0, 1, 0.0, 1.0) for one in values
        ):
            return [bool(one) for one in values]
    return None


def _mark_errors(parts: list[dict[str, Any]], report: object) -> None:
    """Mark outputs as failed where the report of their execution says so.

    A report is one text, or one for each program. Where the output itself was recorded, its text
    decides (see `trajectories`).
    """
    reports = report if isinstance(report, list) else [report]
    outputs = [part for part in parts if part["kind"] == "output"]
    for output, reported in zip(outputs, reports, strict=False):
        text = str(reported).strip()
        if text.lower() not in _FINE and not output.get("error"):
            output["error"] = text.splitlines()[-1][:200]


def _stated(parts: Iterable[Mapping[str, Any]]) -> str:
    """The answer that a text states; if it states none, its last output."""
    parts = list(parts)
    words = "\n".join(part["text"] for part in parts if part["kind"] == "text")
    outputs = [part["text"] for part in parts if part["kind"] == "output" and not part.get("error")]
    answer = extract_answer(words, outputs=outputs)
    return answer.text if answer else ""


def _as_answer(text: str) -> dict[str, str] | None:
    text = re.sub(r"\s+", " ", text).strip()
    return {"text": text, "latex": text} if text else None
