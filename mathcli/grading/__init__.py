"""Grading a class: students' answers in a sheet, the key, verdicts, points and totals.

`layout` recognises how a sheet is laid out and splits it into `Item`s, `joining` finds their right
answers, `judging` compares, `points` and `partial` give points, `totals` adds them up.
"""

from enum import Enum


class Layout(str, Enum):
    """What a row of a sheet of answers is: an answer, a student, or a question."""

    ANSWERS = "answers"
    STUDENTS = "students"
    QUESTIONS = "questions"
