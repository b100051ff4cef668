"""Reads a row of a dataset, under the field names of many published datasets.

GSM8K (Cobbe et al. 2021), MATH (Hendrycks et al. 2021) and MATH-500, SVAMP (Patel et al. 2021),
ASDiv (Miao et al. 2020), MAWPS (Koncel-Kedziorski et al. 2016), OlympiadBench (He et al. 2024),
AQuA (Ling et al. 2017), CARP (Zhang et al. 2023), AGIEval (Zhong et al. 2023) with its SAT and
Gaokao sets, TabMWP (Lu et al. 2023), MathCoder's files (Wang et al. 2023), sets of chat messages,
the AIME and AMC collections, and any other dataset with the same field names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mathcli.answers import extract_answer
from mathcli.answers.keys import accepted_in, joined_alternatives
from mathcli.answers.multipart import joined_parts, labelled_parts
from mathcli.evaluation.choices import (
    Choices,
    choices_of,
    right_choice,
    unread_choices,
    without_its_choices,
)
from mathcli.evaluation.messages import question_in, reply_in
from mathcli.sheets.rows import (
    ACCEPTED,
    ANSWER,
    EXPECTED,
    IDS,
    PROBLEM_NAMES,
    SOLUTION,
    find,
    first_text,
)

_PROBLEMS = (
    *PROBLEM_NAMES, "question_concat", "squestion", "query", "input", "instruction", "text",
    "content",
)  # fmt: skip
_FINAL = ("final_answer", "lsolutions")
_SOLUTIONS = (SOLUTION, "gt_cot", "rationale", "output", "response", "completion")
_SUBJECTS = (
    "subject", "type", "subfield", "category", "topic", "domain", "solution_type", "family",
)  # fmt: skip
_LEVELS = ("level", "difficulty", "difficulty_level", "grade")
_IDS = (*IDS, "doc_id", "iindex", "task_id", "question_number")
_BEFORE = ("body", "passage", "context")
_PLACE = re.compile(r"\b(?:number|N_0?)(\d)\b")


@dataclass(frozen=True)
class Facts:
    """A row's problem, its right answer, and its subject and level.

    Each is `None` where the row has none.
    """

    problem: str | None
    expected: str | None
    id: str | None
    subject: str | None
    level: str | None


def facts(fields: Mapping[str, Any]) -> Facts:
    """Read a row by the names of its fields; upper and lower case are the same.

    >>> row = {"question": "2 + 3?", "answer": "2 + 3 = <<2+3=5>>5\\n#### 5"}
    >>> facts(row).expected
    '5'
    """
    row = _lowered(fields)
    return Facts(
        problem=_problem(row),
        expected=_expected(row),
        id=first_text(row, _IDS),
        subject=_where(row, _SUBJECTS),
        level=_level(row),
    )


def lacking(fields: Mapping[str, Any], known: Facts) -> str | None:
    """Why a row cannot be used as a problem; `None` if it can.

    A question whose answer is the letter of a choice is never posed without its choices.
    """
    if known.problem is None or known.expected is None:
        return f"it has no {'problem' if known.problem is None else 'right answer'}"
    if "\0" in known.problem:
        return "its problem has NUL characters: it is no text"
    row = _lowered(fields)
    if unread := unread_choices(row):
        return f"its choices (the field {unread}) cannot be read"
    if not choices_of(row) and without_its_choices(known.problem, known.expected):
        return "its right answer is the letter of a choice, and it shows no choices"
    return None


def layout(fields: Mapping[str, Any]) -> str:
    """The dataset whose rows look like this one; `any` where none is known.

    >>> layout({"problem": "?", "solution": r"\\boxed{1}", "level": "Level 3", "type": "Algebra"})
    'math'
    """
    row = _lowered(fields)
    names = row.keys()
    answer, solution = str(row.get(ANSWER, "")), str(row.get(SOLUTION, ""))
    if "question" in names and "####" in answer:
        return "gsm8k"
    if "problem" in names and names & {"level", "type", "subject"} and "\\boxed" in solution:
        return "math"
    if names >= {"body", "question"}:
        return "asdiv" if names & {"solution_type", "formula", "grade"} else "svamp"
    if "squestion" in names or "lsolutions" in names:
        return "mawps"
    if "final_answer" in names:
        return "olympiadbench"
    if choices_of(row):
        return "choices"
    if names & set(_PROBLEMS) and re.fullmatch(r"0*\d{1,3}", answer) and _is_aime(row):
        return "aime"
    return "any"


def _lowered(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).strip().lower(): value for name, value in fields.items() if name is not None}


def _is_aime(row: Mapping[str, Any]) -> bool:
    named = " ".join(str(row.get(name, "")) for name in (*_IDS, "url", "link", "source"))
    return "aime" in named.lower() or bool(re.match(r"\d{4}-I", named))


def _problem(row: Mapping[str, Any]) -> str | None:
    problem = first_text(row, _PROBLEMS) or question_in(row)
    if problem is None or not problem.strip():
        return None
    body = first_text(row, _BEFORE)
    if body and body.strip() not in problem:
        ends = "" if body.rstrip().endswith((".", "?", "!", ",")) else "."
        problem = f"{body.rstrip()}{ends} {problem.strip()}"
    if (table := first_text(row, ("table",))) and table.strip() not in problem:
        title = first_text(row, ("table_title",))
        problem = f"{title + chr(10) if title else ''}{table.strip()}\n\n{problem.strip()}"
    if _PLACE.search(problem) and (numbers := first_text(row, ("numbers",))):
        problem = _filled(problem, numbers)
    choices = choices_of(row)
    if choices and not _shows(problem, choices):
        problem = "\n".join([problem.rstrip(), *(f"({letter}) {text}" for letter, text in choices)])
    return problem.strip()


def _shows(problem: str, choices: Choices) -> bool:
    """Does a problem list its choices already, each with its letter?"""
    return all(
        re.search(rf"(?<![A-Za-z]){letter}\s?[).:、．]\s?{re.escape(text.strip())}", problem)
        for letter, text in choices
    )


def _filled(text: str, numbers: str) -> str:
    """A problem with its numbers in the places `number0` or `N_00` (Patel et al. 2021)."""
    values = [_whole(value) for value in re.split(r"[\s,]+", numbers.strip("[] "))]

    def value(found: re.Match[str]) -> str:
        at = int(found[1])
        return values[at] if at < len(values) else found[0]

    return _PLACE.sub(value, text)


def _expected(row: Mapping[str, Any]) -> str | None:
    choices = choices_of(row)
    if choices:
        return right_choice(row, choices, (*_FINAL, *EXPECTED, ANSWER))
    if (listed := find(row, ACCEPTED)) and isinstance(row[listed], (list, Mapping)):
        return joined_alternatives(accepted_in(row, find(row, (*EXPECTED, ANSWER)) or listed))
    answer = _value(row, (*_FINAL, *EXPECTED, ANSWER, "choice_answer", "label")) or _gold(row)
    if answer is None:
        worked = first_text(row, (name for name in _SOLUTIONS if row.get(name))) or reply_in(row)
        answer = worked if worked and ("\\boxed" in worked or "####" in worked) else None
    if answer is None:
        return None
    if "####" in answer or "\\boxed" in answer:
        stated = extract_answer(answer, guess=False)
        return stated.text if stated else None
    if row.keys() & {"solution_type", "formula"}:  # ASDiv writes `9 (apples)`
        answer = re.sub(r"\s*\([^()]*\)$", "", answer)
    return _whole(answer.strip()) or None


def _gold(row: Mapping[str, Any]) -> str | None:
    """A right answer inside an object: `reward_model`, or the one choice that lighteval has."""
    model = row.get("reward_model")
    if isinstance(model, Mapping):
        return _value(model, EXPECTED)
    alone = row.get("choices")
    return str(alone[0]) if isinstance(alone, list) and len(alone) == 1 else None


def _where(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """The name of a part of the dataset; of a path (`Mathematics -> Algebra`) its second step."""
    for name in names:
        value = row.get(name)
        if isinstance(value, list) and value:
            value = value[0]
        if _is_plain(value) and str(value).strip():
            parts = [part.strip() for part in str(value).split("->")]
            return parts[1] if len(parts) > 1 else parts[0]
    return None


def _level(row: Mapping[str, Any]) -> str | None:
    """`Level 3` and `3` are the same level."""
    level = _where(row, _LEVELS)
    return _whole(re.sub(r"(?i)^level\s+", "", level)) if level else None


def _value(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """The first field of `names` that is not empty; a list of answers is one answer."""
    for name in names:
        value = row.get(name)
        if isinstance(value, Mapping):  # one to each part; MathCoder's: a solution and an answer
            parts = labelled_parts(value)
            value = joined_parts(parts) if parts is not None else value.get(ANSWER)
        if isinstance(value, list) and value and all(map(_is_plain, value)):
            return ", ".join(_whole(str(one)) for one in value)
        if value not in (None, "", []) and not isinstance(value, (list, dict)):
            return str(value)
    return None


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _whole(text: str) -> str:
    """`145.0` is 145: tables often turn whole numbers into decimals."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", text)
