from __future__ import annotations

from dataclasses import replace

import pytest

from mathcli.calibration import CalibrationReport, Judged, Row, report
from mathcli.calibration.learning import Classifier, Learning
from tests.calibration.judged_rollouts import judged, rollout


def learned(*code: bool) -> Learning:
    return Learning("learned", Classifier(0.0, ()), code, accuracy=1.0, chance=0.5)


def rows(found: CalibrationReport) -> dict[str, Row]:
    return {row.name: row for row in found.rows}


# Words are right on the first problem, programs on the second, on the third it does not matter.
THREE = [
    judged("a", [True, True], [True, False], free=["tir", "cot"]),
    judged("b", [False, False], [True, True], free=["tir", "tir"]),
    judged("c", [True, False], [False, True], free=["cot", "cot"]),
]


def test_the_table_by_hand() -> None:
    found = rows(report(THREE, [learned(False, True, False)]))
    assert found["cot"].accuracy == pytest.approx((1 + 0 + 0.5) / 3)
    assert found["cot"].code_rate == 0
    assert found["cot"].selection == pytest.approx(2 / 3)
    assert found["cot"].decided == pytest.approx(1 / 2)
    assert found["tir"].accuracy == pytest.approx((0.5 + 1 + 0.5) / 3)
    assert found["tir"].code_rate == 1
    assert found["tir"].selection == pytest.approx(2 / 3)
    assert found["learned"].accuracy == pytest.approx((1 + 1 + 0.5) / 3)
    assert found["learned"].code_rate == pytest.approx(1 / 3)
    assert (found["learned"].selection, found["learned"].decided) == (1, 1)
    assert found["own cue"].accuracy == 1
    assert found["own cue"].code_rate == pytest.approx((0.5 + 1 + 0) / 3)
    assert found["own cue"].selection == pytest.approx((0.5 + 1 + 1) / 3)
    assert found["own cue"].decided == pytest.approx((0.5 + 1) / 2)
    assert found["best choice"].accuracy == found["learned"].accuracy
    assert found["best choice"].code_rate == pytest.approx(1 / 3)
    # Over problems: 1, 0, 0.5; their deviation is 0.5.
    assert found["cot"].error == pytest.approx(0.5 / 3**0.5)


def test_the_most_accurate_is_used_and_of_equals_the_one_with_less_code() -> None:
    assert report(THREE, [learned(False, True, False)]).uses == "own cue"
    silent = [replace(one, free=()) for one in THREE]
    assert report(silent, [learned(False, True, False)]).uses == "learned"
    as_good = [judged("a", [True], [True]), judged("b", [True], [True])]
    assert report(as_good, [learned(True, True)]).uses == "cot"


def test_one_method_for_all_is_used_where_choosing_is_worse() -> None:
    silent = [replace(one, free=()) for one in THREE]
    found = report(silent, [learned(True, False, True)])
    assert found.uses == "tir"
    assert [row.name for row in found.rows] == ["cot", "tir", "learned", "tir", "best choice"]
    assert [row.switching for row in found.rows] == [False, False, True, True, False]


def lost(problem: str) -> Judged:
    """Words that give up, and programs that are right every other time."""
    return Judged(
        problem,
        words=(rollout("cot", False, lost=True, answered=False),) * 2,
        code=(rollout("tir", True), rollout("tir", False)),
    )


def test_a_lost_trial_is_followed_by_one_with_the_other_method() -> None:
    found = report([lost("a"), lost("b")], [learned(False, False)])
    (switching,) = [row for row in found.rows if row.name == "learned"]
    assert (switching.accuracy, switching.code_rate) == (0.5, 1.0)
    (plain,) = found.plain
    assert (plain.accuracy, plain.code_rate) == (0.0, 0.0)
    assert switching.selection == plain.selection == 0.0


def test_a_guess_stands_where_the_other_method_finds_no_answer() -> None:
    guess = Judged(
        "a",
        words=(rollout("cot", True, lost=True),),
        code=(rollout("tir", False, lost=True, answered=False),),
    )
    found = rows(report([guess, guess], [learned(False, False)]))
    assert (found["learned"].accuracy, found["learned"].code_rate) == (1.0, 1.0)


def test_two_ways_of_learning_are_rows_of_their_own() -> None:
    with_cue = replace(learned(True, True, True), name="learned with the cue")
    found = rows(report(THREE, [learned(False, True, False), with_cue]))
    assert found["learned with the cue"].code_rate == 1
    assert found["learned"].code_rate == pytest.approx(1 / 3)


def unsure(problem: str, least: float, right: bool) -> Judged:
    """Words that are right or wrong, and a program that is right."""
    return Judged(
        problem,
        words=(rollout("cot", right, least=least),),
        code=(rollout("tir", True),),
    )


def test_words_that_are_less_sure_than_those_that_are_right_are_doubted() -> None:
    problems = [unsure(f"right {at}", 0.9, True) for at in range(30)]
    problems += [unsure(f"wrong {at}", 0.3, False) for at in range(10)]
    found = report(problems, [learned(*[False] * 40)])
    assert found.uses == "learned"
    assert found.doubt == pytest.approx(0.6)
    (row,) = [row for row in found.rows if row.name == "learned"]
    assert (row.accuracy, row.code_rate, row.switching) == (1.0, 0.25, True)
    (plain,) = found.plain
    assert (plain.accuracy, plain.code_rate, plain.doubt) == (0.75, 0.0, 0.0)
    assert found.record()["rows"][2]["doubt"] == pytest.approx(0.6)


def test_doubt_is_measured_on_problems_that_did_not_teach_it() -> None:
    problems = [unsure("wrong", 0.3, False)]
    problems += [unsure(f"right {at}", 0.9, True) for at in range(9)]
    row = rows(report(problems, [learned(*[False] * 10)]))["learned"]
    assert row.accuracy == 0.9  # nobody else taught to doubt it
    assert row.doubt == pytest.approx(0.6)  # as it will be for problems to come


def test_words_that_led_nowhere_teach_no_doubt() -> None:
    problems = [
        Judged(
            f"{at}",
            words=(rollout("cot", False, lost=True, answered=False, least=0.1),),
            code=(rollout("tir", True),),
        )
        for at in range(10)
    ]
    found = report(problems, [learned(*[False] * 10)])
    assert found.doubt == 0
    assert rows(found)["learned"].accuracy == 1
