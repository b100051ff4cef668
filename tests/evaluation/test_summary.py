from __future__ import annotations

import json
from pathlib import Path

import pytest

from mathcli.errors import UsageError
from mathcli.evaluation.estimators import Share
from mathcli.evaluation.results import GradedSample, Programs, read_records, result
from mathcli.evaluation.summary import selection, shares_by, summarize
from tests.evaluation.samples import program, record, sample, solved


def test_a_run_worked_by_hand() -> None:
    found = summarize(
        [
            solved(1, subject="Algebra", level="1", ms=1000.0, generated=10, evaluated=20),
            solved(2, False, subject="Algebra", level="10", ms=3000.0, generated=30, evaluated=5),
            solved(3, subject="Geometry", level="2", ms=2000.0, generated=20, evaluated=5),
            solved(4, False, verdict="undecided", answer=None, generated=0, evaluated=0),
        ]
    )
    assert found.accuracy == Share(2, 4)
    assert (found.undecided, found.unanswered) == (1, 1)
    assert found.by_subject == {"Algebra": Share(1, 2), "Geometry": Share(1, 1)}
    assert list(found.by_level) == ["1", "2", "10"]
    assert (found.generated, found.evaluated, found.seconds) == (60, 30, 2.0)
    assert found.pass_at == {}
    assert found.by_method == {}


def test_measures_at_k() -> None:
    found = summarize([solved(1, [True, False, True, True]), solved(2, [False] * 4)])
    assert found.samples == 4
    assert list(found.pass_at) == [1, 2, 4]
    assert found.pass_at[1].value == pytest.approx(0.375)
    assert found.pass_at[2].value == pytest.approx(0.5)
    assert found.maj_at[2].value == pytest.approx((4 / 6 + 0) / 2)
    assert found.maj_at[4].value == pytest.approx(0.5)
    assert found.rm_at == {}


def test_rewards_rank_samples() -> None:
    samples = [
        GradedSample("correct", 0, 0.9, ran=False),
        GradedSample("incorrect", 1, 0.1, ran=False),
    ]
    found = summarize([solved(1, [True, False], samples=tuple(samples))])
    assert found.rm_at[2].value == 1.0
    assert found.rm_at[1].value == 0.5


def test_a_problem_that_failed_whole_is_wrong_in_all_its_samples() -> None:
    found = summarize([solved(1, [True, True]), solved(2, False)])
    assert found.pass_at[2].value == 0.5


def test_samples_that_are_not_independent_say_nothing_at_k() -> None:
    assert summarize([solved(1, [True, False], independent=False)]).pass_at == {}
    ended_early = [solved(1, [True, True]), solved(2, [True, False, True])]
    assert summarize(ended_early).pass_at == {}


def test_the_record_is_json() -> None:
    found = summarize([solved(1, [True, False], subject="A", chose="cot")], Share(1, 2))
    text = json.dumps(found.record())
    assert json.loads(text)["accuracy"] == {
        "count": 1, "total": 1, "value": 1.0,
        "low": pytest.approx(0.2065, abs=1e-4), "high": 1.0,
    }  # fmt: skip
    assert json.loads(text)["selection_accuracy"]["value"] == 0.5
    assert json.loads(text)["by_method"]["cot"]["total"] == 1


def test_nothing_is_no_error() -> None:
    assert summarize([]).accuracy.value == 0.0


def test_selection_counts_where_methods_differ() -> None:
    cot = [solved(n, n in (1, 2), method="cot") for n in range(1, 6)]
    tir = [solved(n, n in (2, 3, 4), method="tir") for n in range(1, 6)]
    auto = [
        solved(1, True, method="auto", chose="cot"),  # only cot is right: well chosen
        solved(2, True, method="auto", chose="tir"),  # both are right
        solved(3, True, method="auto", chose="tir"),  # only tir: well chosen
        solved(4, False, method="auto", chose="cot"),  # only tir
        solved(5, False, method="auto", chose="cot"),  # neither
    ]
    assert selection(auto, cot, tir) == Share(2, 3)
    assert selection(auto, cot) == Share(0, 0)


def test_parts_without_a_name_are_left_out() -> None:
    assert shares_by([solved(1), solved(2, level="3")], lambda one: one.level) == {"3": Share(1, 1)}


def test_a_record_of_one_sample() -> None:
    found = result(
        record(
            "1", "1",
            verdict="correct",
            segments=[*program(), *program("ZeroDivisionError: x", "ZeroDivisionError: x"),
                      *program("Timeout Error", "time"), *program(None)],
            counts={"generated_tokens": 7, "evaluated_tokens": 9},
            timing={"total_ms": 5.0},
            input={"problem": "?", "type": "Algebra", "level": "Level 2", "id": 12},
            id="a transcript's",
        )
    )  # fmt: skip
    assert found.programs == Programs(3, 2, 1)
    assert (found.subject, found.level, found.id) == ("Algebra", "2", "12")
    assert (found.generated, found.evaluated, found.ms) == (7, 9, 5.0)
    assert found.ran


def test_a_record_of_several_samples_counts_those_given_up_too() -> None:
    found = result(
        record(
            "1", "1",
            verdict="correct",
            verdicts=["correct", "incorrect"],
            groups=[0, 1],
            samples=[sample("1", segments=program(), score=0.5), sample("2")],
            attempts=[sample(None, segments=program("x", "NameError: x"))],
        )
    )  # fmt: skip
    assert [one.ran for one in found.samples] == [True, False]
    assert [one.score for one in found.samples] == [0.5, None]
    assert found.programs == Programs(2, 1, 0)


def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text('{"a": 1}\n{"a": 2}\n{"a"')
    assert read_records(path) == [{"a": 1}, {"a": 2}]
    path.write_text('{"a": 1}\n{"a"\n{"a": 2}\n')
    with pytest.raises(UsageError, match="line 2"):
        read_records(path)
    path.write_text("")
    with pytest.raises(UsageError, match="holds no results"):
        read_records(path)


def test_an_accuracy_that_is_not_that_of_the_most_common_answers_says_so() -> None:
    same = summarize([solved(1, [True, True, False]), solved(2, [False, False, True])])
    assert same.accuracy_of == "maj@3"
    assert same.meaning == (
        "of the most common answers of 3 samples (maj@3); of one alone (pass@1) 50.0 %"
    )
    assert same.record()["accuracy_of"] == "maj@3"
    other = summarize([solved(1, [True, False, False]), solved(2, [True, True, True])])
    assert other.accuracy_of == "chosen of 3"
    assert other.meaning == (
        "of the answers that were chosen from up to 3 samples; of the most common (maj@3) 50.0 %; "
        "of one alone (pass@1) 66.7 %"
    )
    # Another strategy may be right as often as the most common answers, and is none of them.
    chosen = summarize([solved(1, [True, True, False], voted=False), solved(2, [False] * 3)])
    assert chosen.accuracy_of == "chosen of 3"
    samples = {"samples": [sample("1"), sample("1")], "verdict": "correct"}
    for more, voted in (
        ({"strategy": "vote"}, True),
        ({"strategy": "vote", "scored_by": "a reward model"}, False),
        ({"strategy": "best", "scored_by": "execution"}, False),
    ):
        said = record("1", "1", **samples, verdicts=["correct"] * 2, groups=[0, 0], **more)
        assert result(said).voted is voted
    alone = summarize([solved(1, True)])
    assert (alone.accuracy_of, alone.meaning) == ("one solution", None)
