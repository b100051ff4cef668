"""Graded classes on a terminal and as a page: what is shown, how wide, and what never happens."""

from __future__ import annotations

import re
from fractions import Fraction
from html import unescape

import pytest
from rich.cells import cell_len

from mathcli.answers import Comparison, Verdict
from mathcli.grading.joining import Item
from mathcli.grading.judging import Marked
from mathcli.grading.points import Right
from mathcli.rendering import class_page as page_module
from mathcli.rendering.class_page import class_page
from mathcli.rendering.class_table import answers_list, class_table, drawn_lines, totals_table
from tests.rendering.test_html import HOSTILE, Tags


def mark(
    student: str,
    question: str,
    verdict: str = "correct",
    *,
    given: str = "5",
    points: Fraction | None = Fraction(1),
    reason: str = "equal",
) -> Marked:
    worth = Right(("5",), (Fraction(1),))
    item = Item({}, given, worth, student=student, question=question)
    earned = None if verdict == "undecided" else points if verdict == "correct" else Fraction(0)
    if verdict == "in part":
        return Marked(item, Comparison(Verdict.INCORRECT, reason), Fraction(1, 2))
    return Marked(item, Comparison(Verdict(verdict), reason), earned)


def small() -> list[Marked]:
    return [
        mark("Ada", "Q1"), mark("Ada", "Q2", "in part"), mark("Bob", "Q1", "incorrect"),
        mark("Bob", "Q2", "incorrect", given=""), mark("李明", "Q1", "undecided", reason="unread"),
    ]  # fmt: skip


def lines_of(marked: list[Marked], **more: object) -> list[str]:
    settings = {"width": 80, "encoding": "utf-8", "points": False} | more
    return [line.plain for line in class_table(marked, **settings)]  # type: ignore[arg-type]


def test_a_small_class() -> None:
    assert lines_of(small(), points=True) == [
        "           Q1  Q2  correct  points",
        "Ada         ✓   ◐      1/2   1.5/2",
        "Bob         ✗   ·      0/2     0/2",
        "李明        ?          0/1     0/1",
        "correct     1   0      1/5   1.5/5",
        "undecided   1",
        "",
        "✓ correct  ✗ incorrect  ? undecided  · blank  ◐ in part",
        "",
        "For a person to decide:",
        "  李明, Q1: 5 (unread)",
    ]


def test_an_ascii_terminal_has_signs_and_names_of_its_own() -> None:
    lines = lines_of(small(), encoding="ascii")
    assert all(line.isascii() for line in lines)
    assert lines[1].split() == ["Ada", "+", "~", "1/2"]
    assert lines[3].startswith("\\u674e\\u660e")
    assert "+ correct  x incorrect  ? undecided  . blank  ~ in part" in lines


@pytest.mark.parametrize("width", [80, 120, 40])
@pytest.mark.parametrize("name", ["S{}", "A very long name of a student, number {}", "李明{}"])
def test_no_line_is_wider_than_the_terminal(width: int, name: str) -> None:
    marked = [
        mark(name.format(student), f"Question {question} of the test", "incorrect")
        for student in range(100)
        for question in range(40)
    ]
    lines = lines_of(marked, width=width, points=True)
    table = [line for line in lines if "more students" not in line]  # that is prose
    assert max(map(cell_len, table)) <= width
    assert len({line.split("  ")[0] for line in table if "✗" in line}) == 61  # and the legend
    assert any("40 more students" in line for line in lines)
    assert any(line.startswith("40: Question 39") for line in lines)


def test_each_block_of_columns_has_all_students_and_each_question_is_there_once() -> None:
    marked = [mark(f"S{s}", f"Q{q}") for s in range(3) for q in range(60)]
    heads = [line.split() for line in lines_of(marked) if re.match(r" +Q\d", line)]
    assert [one for head in heads for one in head if one != "correct"] == [
        f"Q{q}" for q in range(60)
    ]
    assert sum(line.startswith("S1 ") for line in lines_of(marked)) == len(heads) > 1


def test_undecided_answers_are_bounded() -> None:
    marked = [mark(f"S{s}", "Q1", "undecided") for s in range(30)]
    lines = lines_of(marked)
    assert lines[-1] == "  … and 20 more"


@pytest.mark.parametrize("width", [80, 120])
def test_other_answers_are_a_list(width: int) -> None:
    marked = [mark("", "", "incorrect", given="x" * 100, reason="y" * 300) for _ in range(70)]
    lines = [line.plain for line in answers_list(marked, width=width, encoding="utf-8")]
    assert max(map(cell_len, lines)) <= width
    assert lines[1].startswith("✗ 1 ")
    assert "… 10 more answers" in lines[61]


def test_only_a_class_has_a_table() -> None:
    def first(marked: list[Marked]) -> str:
        return drawn_lines(marked, width=80, encoding="utf-8", points=False)[0].plain

    assert "Q1" in first(small())
    assert "why" in first([mark("", f"Q{at}") for at in range(3)])
    assert "why" in first([mark(f"S{at}", f"Q{at}") for at in range(151)])


def test_only_the_sign_of_an_answer_in_a_list_has_its_colour() -> None:
    line = answers_list([mark("", "")], width=80, encoding="utf-8")[1]
    assert (line.style, [span.end for span in line.spans]) == ("", [2])


def test_points_in_a_columns_name_are_not_in_the_table() -> None:
    assert lines_of([mark("Ada", "Q1 (2 points)")])[0].split() == ["Q1", "correct"]


def page(marked: list[Marked]) -> str:
    return class_page("class & co.csv", marked, points=True)


def test_a_page_has_all_answers_with_their_reasons() -> None:
    html = page(small())
    assert html.count('<th scope="row"><a href="#s') == 3
    assert "unread" in html
    assert "class &amp; co.csv, graded" in html
    assert html.count(">?/1<") == 1
    assert '<td class="mark"><span class="kind correct">✓</span></td>' in html
    assert "&lt;" not in html


@pytest.mark.parametrize(
    "marked",
    [small(), [mark(HOSTILE, HOSTILE, "incorrect", given=HOSTILE, reason=HOSTILE)],
     [mark("", "", given=HOSTILE)], []],
)  # fmt: skip
def test_a_page_loads_nothing_runs_nothing_and_escapes_everything(marked: list[Marked]) -> None:
    html = page(marked)
    found = Tags(html)
    assert found.open == []
    assert not {*found.tags} & {"script", "img", "iframe", "object", "form", "link", "base", "svg"}
    attributes = found.attributes
    assert not [name for name, _ in attributes if name.startswith("on") or name in ("src", "style")]
    assert all(re.fullmatch(r"#s\d+", value or "") for name, value in attributes if name == "href")
    assert "default-src 'none'" in unescape(html)
    assert "\x1b" not in html


def test_a_page_of_a_very_large_class_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "MOST_ANSWERS", 3)
    assert "2 more answers are in the rows" in page(small())


def test_totals_are_a_table_too() -> None:
    rows = [{"student": "Ada", "correct": 10, "out_of": 2.5}, {"student": "李明", "correct": 9}]
    rows[1] |= {"out_of": 12}
    found = totals_table(rows, width=80, encoding="utf-8")
    assert [line.plain for line in found] == [
        "student  correct  out of",
        "Ada           10     2.5",
        "李明           9      12",
        "",
    ]
    long = [{"student": "a" * 90, "correct": at} for at in range(100)]
    lines = [line.plain for line in totals_table(long, width=30, encoding="ascii")]
    assert max(map(len, lines[:60])) == 30
    assert lines[-2] == "... 40 more: -o totals.csv has them all"
