"""Graded answers on a terminal: a table of marks for a class, a list for other answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text

from mathcli.answers import Verdict
from mathcli.grading.points import shown
from mathcli.grading.roles import without_points
from mathcli.grading.totals import VerdictCounts, by_question, by_student, grid, tallied
from mathcli.rendering.marks import STYLES, Marks, padded

if TYPE_CHECKING:
    from mathcli.grading.judging import Marked

MOST_ROWS = 60
"""Students or answers that a screen shows; a file has them all."""
MOST_QUESTIONS = 150
"""Columns of a table of marks; more of them are a list of answers."""
MOST_DOUBTS = 10
_LONGEST_NAME = 24
_SHORTEST_NAME = 10
_LONGEST_LABEL = 6
_GAP = 2
_ALL = "-o graded.csv or --html graded.html has them all"


def _legend(marks: Marks, marked: Sequence[Marked]) -> Text:
    """The signs that occur, in words."""
    there = {kind_of(one) for one in marked}
    parts = [
        Text(f"{sign} {name}", style=STYLES[name])
        for name, sign in marks.signs.items()
        if name in there
    ]
    return Text("  ").join(parts)


def kind_of(one: Marked) -> str:
    """The kind of an answer's mark: its verdict, or `blank`, or `in part`."""
    if one.in_part:
        return "in part"
    if one.verdict is Verdict.INCORRECT and not one.item.predicted:
        return "blank"
    return one.verdict.value


def drawn_lines(
    marked: Sequence[Marked], *, width: int, encoding: str | None, points: bool
) -> list[Text]:
    """A table of marks if the students are known, else a list of answers.

    Args:
        width: columns of the terminal.
        encoding: what it can show.
        points: with points.
    """
    questions = {one.item.question for one in marked}
    students = {one.item.student for one in marked}
    if students == {""} or questions == {""} or len(questions) > MOST_QUESTIONS:
        return answers_list(marked, width=width, encoding=encoding)
    return class_table(marked, width=width, encoding=encoding, points=points)


def class_table(
    marked: Sequence[Marked], *, width: int, encoding: str | None, points: bool
) -> list[Text]:
    """A row a student, a column a question, with totals of both; see `drawn_lines`."""
    marks = Marks.of(encoding)
    table = _Class(marked, marks, points, min(_LONGEST_NAME, max(_SHORTEST_NAME, width // 3)))
    lines: list[Text] = []
    for columns, with_totals in table.blocks(width):
        lines += [*table.block(columns, with_totals=with_totals), Text("")]
    if table.left:
        lines += [Text(f"{marks.more} {table.left:,} more students: {_ALL}"), Text("")]
    lines += [_legend(marks, marked), *table.names_of_questions(width)]
    return [*lines, *_doubts(marked, marks, width)]


def answers_list(marked: Sequence[Marked], *, width: int, encoding: str | None) -> list[Text]:
    """A line an answer: its sign, the answer, what was expected, and why."""
    marks = Marks.of(encoding)
    rows = marked[:MOST_ROWS]
    texts = [(_name(at, answer), answer.item.predicted, answer.item.expected or "")
             for at, answer in enumerate(rows, 1)]  # fmt: skip
    room = max(8, (width - 2) // 4)
    sizes = [
        max([len(head), *(min(room, cell_len(marks.shown(row[at]))) for row in texts)])
        for at, head in enumerate(("", "answer", "expected"))
    ]
    lines = [_row(("", "answer", "expected"), sizes, marks, Text("  ")).append("why")]
    for answer, row in zip(rows, texts, strict=True):
        kind = kind_of(answer)
        sign = Text().append(f"{marks.signs[kind]} ", style=STYLES[kind])
        line = _row(row, sizes, marks, sign)
        rest = max(10, width - line.cell_len)
        lines.append(line.append(marks.cut(answer.comparison.reason, rest)))
    if len(marked) > len(rows):
        lines.append(Text(f"{marks.more} {len(marked) - len(rows):,} more answers: {_ALL}"))
    return [*lines, Text(""), _legend(marks, marked)]


def totals_table(
    rows: Sequence[Mapping[str, Any]], *, width: int, encoding: str | None
) -> list[Text]:
    """A line for the totals of each student or question: the name, then numbers."""
    marks = Marks.of(encoding)
    shown_ = rows[:MOST_ROWS]
    heads = [name.replace("_", " ") for name in (rows[0] if rows else ())]
    table = [heads, *([marks.shown(str(cell)) for cell in row.values()] for row in shown_)]
    sizes = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    room = max(_SHORTEST_NAME, width - sum(_GAP + size for size in sizes[1:]))
    lines = []
    for at, (name, *numbers) in enumerate(table):
        size = min(room, sizes[0])
        line = Text(padded(_short(name, size, marks), size), style="" if at else "bold")
        for cell, wide in zip(numbers, sizes[1:], strict=True):
            line.append(" " * (_GAP + wide - cell_len(cell)) + cell)
        lines.append(line)
    if len(rows) > len(shown_):
        left = len(rows) - len(shown_)
        lines.append(Text(f"{marks.more} {left:,} more: -o totals.csv has them all"))
    return [*lines, Text("")]


class _Class:
    """A class's marks, cut into blocks of columns that fit the terminal."""

    def __init__(self, marked: Sequence[Marked], marks: Marks, points: bool, room: int) -> None:
        self._grid = grid(marked)
        self._students, self._questions = by_student(marked), by_question(marked)
        self._all = tallied(marked)
        self._marks = marks
        self._points = points
        self._shown = [*self._students][:MOST_ROWS]
        self.left = len(self._students) - len(self._shown)
        names = [*self._questions]
        short = {name: marks.shown(without_points(name)) for name in names}
        long = any(cell_len(one) > _LONGEST_LABEL for one in short.values())
        self._labels = {name: str(at) for at, name in enumerate(names, 1)} if long else short
        self._are_numbers = long
        below = "undecided" if self._all.undecided else "correct"
        sizes = [cell_len(marks.shown(name)) for name in (*self._shown, below)]
        self._name = min(room, max(sizes))  # columns
        self._columns = {
            name: max(cell_len(self._labels[name]), len(str(self._questions[name].total)))
            for name in names
        }
        self._heads = ["correct", *(["points"] if points else [])]
        self._totals = {name: self._of(counts) for name, counts in self._students.items()}
        ends = [*self._totals.values(), self._of(self._all), self._heads]
        self._ends = [max(len(one[at]) for one in ends) for at in range(len(self._heads))]

    def blocks(self, width: int) -> Iterator[tuple[list[str], bool]]:
        """Questions that fit beside each other, and whether the totals stand there, too."""
        block: list[str] = []
        used = self._name
        for name, size in self._columns.items():
            if block and used + _GAP + size > width:
                yield block, False
                block, used = [], self._name
            block.append(name)
            used += _GAP + size
        if block and used + sum(_GAP + size for size in self._ends) > width:
            yield block, False
            block = []
        yield block, True

    def block(self, columns: Sequence[str], *, with_totals: bool) -> Iterator[Text]:
        """The lines of some questions."""

        def line(name: str, cells: Sequence[Text], end: Sequence[str], style: str = "") -> Text:
            found = Text(padded(_short(name, self._name, self._marks), self._name), style=style)
            for one, cell in zip(columns, cells, strict=True):
                found.append(" " * (_GAP + self._columns[one] - cell.cell_len)).append_text(cell)
            for size, text in zip(self._ends, end if with_totals else (), strict=False):
                found.append(" " * (_GAP + size - len(text)) + text)
            found.rstrip()
            return found

        heads = [Text(self._labels[one]) for one in columns]
        yield line("", heads, self._heads, "bold")
        for student in self._shown:
            cells = [self._cell(self._grid[student].get(one, ())) for one in columns]
            yield line(student, cells, self._totals[student])
        counts = [Text(str(self._questions[one].correct)) for one in columns]
        yield line("correct", counts, self._of(self._all), "bold")
        if self._all.undecided:
            open_ = [Text(str(self._questions[one].undecided or "")) for one in columns]
            yield line("undecided", open_, (), "bold")

    def names_of_questions(self, width: int) -> list[Text]:
        """The names of the questions, by the numbers above their columns."""
        if not self._are_numbers:
            return []
        names = [*self._labels.items()]
        lines = [Text(self._marks.cut(f"{label}: {name}", width)) for name, label in names]
        return [Text(""), *lines[:MOST_ROWS]]

    def _cell(self, answers: Sequence[Marked]) -> Text:
        kinds = [kind_of(one) for one in answers]
        parts = [Text(self._marks.signs[kind], style=STYLES[kind]) for kind in kinds]
        return Text("").join(parts[:3])

    def _of(self, counts: VerdictCounts) -> list[str]:
        totals = [f"{counts.correct}/{counts.total}"]
        if self._points:
            totals.append(f"{shown(counts.points)}/{shown(counts.out_of)}")
        return totals


def _doubts(marked: Sequence[Marked], marks: Marks, width: int) -> list[Text]:
    """The undecided answers, which a person has to decide."""
    undecided = [one for one in marked if one.verdict is Verdict.UNDECIDED]
    lines = [
        Text("  " + marks.cut(
            f"{one.item.student}, {one.item.question}: {one.item.predicted or '(empty)'}"
            f" ({one.comparison.reason})", width - 2))
        for one in undecided[:MOST_DOUBTS]
    ]  # fmt: skip
    if len(undecided) > MOST_DOUBTS:
        lines.append(Text(f"  {marks.more} and {len(undecided) - MOST_DOUBTS:,} more"))
    return [Text(""), Text("For a person to decide:", style="bold"), *lines] if undecided else []


def _name(at: int, one: Marked) -> str:
    item = one.item
    named = ", ".join(part for part in (item.student, item.question) if part)
    return named or str(at)


def _row(cells: Sequence[str], sizes: Sequence[int], marks: Marks, start: Text) -> Text:
    for cell, size in zip(cells, sizes, strict=True):
        start.append(marks.fitted(cell, size) + " " * _GAP)
    return start


def _short(name: str, size: int, marks: Marks) -> str:
    """A name that takes at most so many columns: long ones without their middle."""
    name = marks.shown(name)
    if cell_len(name) <= size:
        return name
    end = name[-1:]
    while cell_len(end) < size // 3:
        end = name[-len(end) - 1 :]
    return marks.cut(name, size - cell_len(end)) + end
