"""Answers: extracted from text, compared as a careful mathematician would, counted as votes.

`extract_answer` imports nothing heavy. `Grader` decides exactly where it can and uses a worker
process for the rest. Answers are untrusted text, and no part of them is ever run.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mathcli.answers.accepted import Match, split_accepted
from mathcli.answers.policy import Policy
from mathcli.answers.verdict import Comparison, Verdict

if TYPE_CHECKING:
    from mathcli.answers.extraction import CONVENTIONS, Answer, extract_answer
    from mathcli.answers.grader import Grader
    from mathcli.answers.votes import AnswerClass, Grouping, answer_classes

__all__ = [
    "CONVENTIONS",
    "Answer",
    "AnswerClass",
    "Comparison",
    "Grader",
    "Grouping",
    "Match",
    "Policy",
    "Verdict",
    "answer_classes",
    "extract_answer",
    "split_accepted",
]

# Loaded when first used: comparing answers does not need extraction, nor the other way round.
_LATER = {
    "CONVENTIONS": "mathcli.answers.extraction",
    "Answer": "mathcli.answers.extraction",
    "extract_answer": "mathcli.answers.extraction",
    "Grader": "mathcli.answers.grader",
    "AnswerClass": "mathcli.answers.votes",
    "Grouping": "mathcli.answers.votes",
    "answer_classes": "mathcli.answers.votes",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
