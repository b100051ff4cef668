"""The table of the types in which a checkpoint can be stored."""

from __future__ import annotations

from pathlib import Path

from evaluate import Score
from problems import FAMILIES
from sizes import SYMBOLIC, WORDS, line, together


def scores(symbolic_wrong: list[str], words_wrong: list[str]) -> dict[str, Score]:
    found = {family: Score(right=4, total=4) for family in [*SYMBOLIC, *WORDS]}
    for family, questions in ((SYMBOLIC[0], symbolic_wrong), (WORDS[0], words_wrong)):
        found[family].right -= len(questions)
        found[family].wrong = [{"question": text, "got": None} for text in questions]
    return found


def test_a_row_counts_what_turned_right_and_wrong_against_the_first_type(tmp_path: Path) -> None:
    file = tmp_path / "small.gguf"
    file.write_bytes(b"0" * 1_230_000)
    first = together(scores(["a", "b"], ["c"]), [*SYMBOLIC, *WORDS])
    row = line("Q4_0", "tir", file, scores(["b"], ["c", "d", "e"]), first)
    total = 4 * len(SYMBOLIC)
    assert f"| {total - 1}/{total} (" in row
    assert "| 13/16 (" in row
    assert row.startswith("| Q4_0 | 1.23 MB | tir |")
    assert row.endswith("| +1 −2 |")


def test_every_family_is_symbolic_or_in_words_but_talk() -> None:
    assert {*SYMBOLIC, *WORDS, "not mathematics"} == set(FAMILIES)
