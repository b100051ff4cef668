"""Marked calculations of a file become steps; what cannot be traced is left out."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from execute import run
from problems import gsm8k
from problems.gsm8k_parts import asked
from problems.problem import answer_from

# Written for this test, in the file's layout.
ROWS = [
    ("Mo has 4 bags of 6 nuts and eats 5 nuts. How many nuts are left?",
     "There are 4*6=<<4*6=24>>24 nuts.\n24-5=<<24-5=19>>19 are left.\n#### 19"),
    ("Mo has some nuts.", "He has 3*9=<<3*9=27>>27.\n#### 27"),
    ("A pen costs $1.5. What do 8 pens cost?", "8*1.5=<<8*1.5=12>>12\n#### 12"),
    ("Two of 10 cats sleep. How many do not?", "10-2=<<10-2=8>>9\n#### 9"),
    ("Li ran 7 miles and Bo 20. How many in all?", "20+7=<<20+7=27>>27\n#### 27"),
]  # fmt: skip


def write(folder: Path) -> Path:
    path = folder / "train.jsonl"
    path.write_text("".join(json.dumps({"question": q, "answer": a}) + "\n" for q, a in ROWS))
    return path


def test_only_problems_that_can_be_traced_are_read(tmp_path: Path) -> None:
    sources = [source for source in gsm8k.read(write(tmp_path)) if not source.part]
    # The second names none of its numbers, the fourth does not reach its own answer.
    assert [source.question for source in sources] == [ROWS[0][0], ROWS[2][0], ROWS[4][0]]
    assert [source.held for source in sources] == [True, False, False]


def test_steps_become_a_program_in_the_order_of_the_question(tmp_path: Path) -> None:
    nuts, pens, miles = (
        gsm8k.problem(source) for source in gsm8k.read(write(tmp_path)) if not source.part
    )
    assert nuts is not None
    assert nuts.program == "first = 4 * 6\nresult = first - 5\nprint(result)"
    assert nuts.rationale == "Multiply 4 by 6, then subtract 5."
    assert pens is not None
    assert pens.program == "result = 1.5 * 8\nprint(round(result, 2))"
    assert miles is not None
    assert miles.rationale == "Add 7 and 20."


def test_altered_numbers_stay_right_and_stay_in_the_question(tmp_path: Path) -> None:
    source = gsm8k.read(write(tmp_path))[0]
    changed = set()
    for seed in range(50):
        problem = gsm8k.problem(source, Random(seed))
        assert problem is not None
        output, failure = run(problem.program)
        assert failure is None
        assert output is not None
        assert answer_from(output, problem.form) == problem.expected
        numbers = [word for word in problem.program.split() if word.isdigit()]
        assert all(number in problem.question for number in numbers)
        changed.add(problem.question)
    assert len(changed) > 20


def test_held_out_problems_are_never_drawn_for_training(tmp_path: Path) -> None:
    sources = gsm8k.read(write(tmp_path))
    drawn = list(gsm8k.training(sources, seed=1, count=60))
    assert len(drawn) == 60
    assert not any("nuts" in problem.question for problem in drawn)


def test_a_line_of_a_solution_becomes_a_question() -> None:
    lines = {
        "Mo sold 6*4 = <<6*4=24>>24 cups on Monday.": "How many cups did Mo sell on Monday?",
        "So she has 9-2=<<9-2=7>>7 nuts left.": "How many nuts does she have left?",
        "The total cost is $3 + $4 = $<<3+4=7>>7.": "What is the total cost?",
        "In May, he will earn 2*9=$<<2*9=18>>18.": "In May, how much money will he earn?",
        "There are 12/3=<<12/3=4>>4 bags.": "How many bags are there?",
    }
    for line, question in lines.items():
        assert asked(line) == question
    assert asked("That is 50% = <<50=50>>50 percent.") is None
    assert asked("Nothing is calculated here.") is None


def test_a_part_ends_its_story_where_its_numbers_have_been_said(tmp_path: Path) -> None:
    question = "Mo packs 4 bags of 6 nuts. Li takes 5 nuts. How many nuts are left?"
    answer = "Mo packs 4*6=<<4*6=24>>24 nuts.\n24-5=<<24-5=19>>19 are left.\n#### 19"
    path = tmp_path / "train.jsonl"
    path.write_text(json.dumps({"question": question, "answer": answer}) + "\n")
    whole, part = gsm8k.read(path)
    assert part.part
    assert part.held == whole.held
    assert part.question == "Mo packs 4 bags of 6 nuts. How many nuts does Mo pack?"
    drawn = gsm8k.problem(part)
    assert drawn is not None
    assert drawn.expected == "24"
