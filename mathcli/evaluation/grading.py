"""Verdicts on recorded answers: on the answer that counts, and on every sample."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from mathcli.answers.keys import matched
from mathcli.evaluation.estimators import most_common
from mathcli.evaluation.results import answer_of, samples_of

if TYPE_CHECKING:
    from mathcli.answers import Grader, Match

_AHEAD = 8  # records for each worker that are in work or wait for it


def graded(record: Mapping[str, Any], grader: Grader, *, vote: bool = False) -> dict[str, Any]:
    """The fields that grading adds to a record with an `expected_answer` and a `prediction`.

    `verdict` is the prediction's; with several accepted answers (`1/2 || 50%`), `matched` is the
    one that it equals. With several samples, `verdicts` has a verdict for each, and `groups` the
    number of its class of equal answers (`None`: no answer). All right answers are one class.

    Args:
        vote: make the most common answer of several samples the `prediction`, of equally common
            ones the first seen.
    """
    expected = str(record["expected_answer"])
    answers = [answer_of(sample) for sample in samples_of(record)]
    prediction = str(record.get("prediction") or "")
    matches = {
        answer: matched(answer, expected, grader)
        for answer in dict.fromkeys([prediction, *answers])
        if answer
    }
    verdicts = {answer: match.comparison.verdict.value for answer, match in matches.items()}
    if not record.get("samples"):
        return {"verdict": verdicts.get(prediction, "incorrect"), **_which(matches, prediction)}
    groups = _groups(answers, verdicts, grader)
    if vote:
        most = most_common(groups)
        prediction = (answers[most] if most is not None else None) or ""
    return {
        "prediction": prediction,
        "verdict": verdicts.get(prediction, "incorrect"),
        **_which(matches, prediction),
        "verdicts": [verdicts[one] if one else "incorrect" for one in answers],
        "groups": groups,
    }


def _which(matches: Mapping[str, Match], prediction: str) -> dict[str, str]:
    """Which of several accepted answers the prediction matched."""
    match = matches.get(prediction)
    return {"matched": match.accepted} if match and match.accepted else {}


def _groups(
    answers: Sequence[str | None], verdicts: Mapping[str, str], grader: Grader
) -> list[int | None]:
    """Numbers for classes of equal answers, in the order in which they are first seen."""
    from mathcli.answers import answer_classes

    names = [one for one in verdicts if one in set(answers)]
    wrong = [one for one in names if verdicts[one] != "correct"]
    classes = [[wrong[at] for at in one.indices] for one in answer_classes(wrong, grader)]
    classes.append([one for one in names if verdicts[one] == "correct"])
    group = {answer: number for number, members in enumerate(classes) for answer in members}
    seen: dict[int, int] = {}
    return [seen.setdefault(group[one], len(seen)) if one else None for one in answers]


def grade_all(
    records: Iterable[dict[str, Any]], grader: Grader, *, vote: bool = False
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each record with its fields from `graded`, in order; all of the grader's workers compute."""

    pending: deque[tuple[dict[str, Any], Future[dict[str, Any]]]] = deque()
    with ThreadPoolExecutor(grader.workers, thread_name_prefix="grading") as threads:
        try:
            for record in records:
                pending.append((record, threads.submit(graded, record, grader, vote=vote)))
                if len(pending) >= _AHEAD * grader.workers:
                    first, future = pending.popleft()
                    yield first, future.result()
            while pending:
                first, future = pending.popleft()
                yield first, future.result()
        finally:
            for _, future in pending:
                future.cancel()
