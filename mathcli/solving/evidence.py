"""The evidence for an answer: did a program compute it, and did that program print it last?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from mathcli.sandbox import Execution
from mathcli.solving.worked_out import works_out

Same = Callable[[str, str], bool]
"""Are two answers equal?"""

_LONGEST = 400  # characters: a longer output is never an answer as a whole
_MOST_PARTS = 12
_MOST_LINES = 40
_LABEL = re.compile(r"^.*?(?:[:=→]|\b(?:is|are|equals)\b)\s*(?=\S)")
_DECIMAL = re.compile(r"[-+]?\d+\.\d+")
_TRUTH = {"yes": "true", "no": "false"}


def computed(answer: str, executions: Sequence[Execution], same: Same) -> bool:
    """Is `answer` the value that the last successful program computed and printed last?

    Args:
        executions: how the solution's programs ended, in order.
        same: compares values: `-5` is not 5, `5/36` is `\\frac{5}{36}`.
    """
    ran = [one for one in executions if one.status == "ok"]
    spoke = [at for at, one in enumerate(ran) if one.stdout.strip() or one.value]
    if not spoke:
        return False
    # The program may use names that earlier programs defined.
    whole = "\n".join(one.program for one in ran[: spoke[-1] + 1])
    return works_out(whole) and any(
        same(said, answer) for said in last_said(ran[spoke[-1]], answer)
    )


def computed_parts(answers: Iterable[str], executions: Sequence[Execution], same: Same) -> bool:
    """Is the answer to each part a line that programs computed and printed?"""
    ran = [one for one in executions if one.status == "ok"]
    if not works_out("\n".join(one.program for one in ran)):
        return False
    lines = [line for one in ran for line in f"{one.stdout}\n{one.value or ''}".splitlines()]
    said = list(dict.fromkeys(
        form for line in lines[-_MOST_LINES:] if line.strip()
        for form in (line.strip(), _LABEL.sub("", line.strip()))
    ))  # fmt: skip
    return all(any(same(form, answer) for form in said) for answer in answers)


def printed(answer: str, executions: Sequence[Execution]) -> bool:
    """Did a program that ran to its end print `answer` last, judged by its text alone?"""
    ended = (one for one in executions if one.status == "ok")
    return any(alike(said, answer) for one in ended for said in last_said(one, answer))


def last_said(execution: Execution, answer: str) -> Iterator[str]:
    """The texts that may be a program's result: its last output, with and without a label.

    For an answer in n parts also its last n lines. A long decimal is also given rounded to the
    digits of the answer.
    """
    text = execution.stdout.strip()
    if execution.value and not text.endswith(execution.value):
        text = f"{text}\n{execution.value}".strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return
    parts = min(_MOST_PARTS, answer.count(",") + answer.count(" and ") + 1)
    wholes = [lines[-1], *([text] if len(text) <= _LONGEST else [])]
    if 1 < parts <= len(lines):
        wholes.append(", ".join(lines[-parts:]))
        wholes.append(", ".join(_LABEL.sub("", line) for line in lines[-parts:]))
    for said in dict.fromkeys(form for whole in wholes for form in (whole, _LABEL.sub("", whole))):
        yield said
        rounded = _rounded_like(said, answer)
        if rounded is not None:
            yield rounded


def alike(said: str, answer: str) -> bool:
    """Whether two answers are the same as texts, used where no grader compares values.

    Spaces, outer brackets, `12.0` for 12, `{x: 6}` for `x = 6` and `True` for yes don't matter.

    >>> alike("[2, 3]", "2, 3"), alike("{x: 6, y: 4}", "x = 6, y = 4"), alike("12.0", "12")
    (True, True, True)
    >>> alike("-5", "5"), alike("12", "2"), alike("", "2")
    (False, False, False)
    """
    wanted = _bare(answer)
    return wanted != "" and _TRUTH.get(wanted, wanted) == _bare(said)


def _bare(text: str) -> str:
    """Normalized: no spaces or outer brackets, whole decimals as integers, pairs as equations."""
    joined = "".join(text.lower().split()).strip("[](){}.$")
    return re.sub(r"(?<=\d)\.0+(?!\d)", "", joined).replace(":", "=")


def _rounded_like(said: str, answer: str) -> str | None:
    """A decimal rounded to the answer's digits; `None` if it has no more digits than that.

    >>> _rounded_like("12.566370614359172", "12.57"), _rounded_like("12.5", "12.57")
    ('12.57', None)
    """
    long, short = _DECIMAL.fullmatch(said), _DECIMAL.search(answer)
    if not long or not short:
        return None
    digits = len(short.group().partition(".")[2])
    if len(said.partition(".")[2]) <= digits:
        return None
    return f"{float(said):.{digits}f}"
