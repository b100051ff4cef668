"""Grading a class: whose answers a sheet holds, what the key says, verdicts, points and totals.

`layout` tells how a sheet is laid out and takes it apart into `Item`s, `joining` finds their right
answers, `judging` compares, `points` and `partial` say what an answer is worth, `totals` adds up.
"""

from enum import Enum


class Layout(str, Enum):
    """What a row of a sheet of answers is: an answer, a student, or a question."""

    ANSWERS = "answers"
    STUDENTS = "students"
    QUESTIONS = "questions"
