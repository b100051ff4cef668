from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("first", "second", "code", "verdict"),
    [
        (r"\frac{1}{2}", "0.5", 0, "correct"),
        ("2, 3", "{3, 2}", 0, "correct"),
        (r"-\tan(4\pi/9)+4\cos(\pi/18)", r"-\sqrt{3}", 0, "correct"),
        ("(2, 3)", "(3, 2)", 1, "incorrect"),
        ("75", "7500", 1, "incorrect"),
        ("-1", "1", 1, "incorrect"),
        ("5 apples", "5 oranges", 3, "undecided"),
        (r"\foo{1}", r"\bar@2", 3, "undecided"),
    ],
)
def test_the_verdict_decides_the_exit_code(
    mathcli: Run, first: str, second: str, code: int, verdict: str
) -> None:
    done = mathcli("check", first, second)
    assert done.code == code
    assert done.out.startswith(f"{verdict}: ")
    assert done.out.count("\n") == 1
    assert done.err == ""


def test_json_holds_both_answers_and_the_verdict(mathcli: Run) -> None:
    done = mathcli("check", "1/2", "1/3", "--json")
    assert done.code == 1
    assert json.loads(done.out) == {
        "schema": 1,
        "first": "1/2",
        "second": "1/3",
        "verdict": "incorrect",
        "reason": "different numbers",
    }


def test_the_tolerance_can_be_set(mathcli: Run) -> None:
    assert mathcli("check", "3.14", r"\pi").code == 1
    assert mathcli("check", "3.14", r"\pi", "--tolerance", "0.001").code == 0


def test_percent_is_asked_for(mathcli: Run) -> None:
    assert mathcli("check", "75%", "0.75").code == 1
    assert mathcli("check", "75%", "0.75", "--percent").code == 0


def test_time_runs_out(mathcli: Run) -> None:
    done = mathcli("check", r"\sum_{k=1}^{10^{9}} \frac{1}{k^3}", "1", "--timeout", "0.3")
    assert done.code == 3
    assert "no result within 0.3 s" in done.out


@pytest.mark.parametrize("words", [("1",), ("1", "2", "3"), ("1", "2", "--timeout", "0")])
def test_a_call_that_makes_no_sense_is_a_usage_error(mathcli: Run, words: tuple[str, ...]) -> None:
    done = mathcli("check", *words)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("mathcli: ")


def test_the_readings_and_the_rules_are_explained(mathcli: Run) -> None:
    done = mathcli("check", "--explain", "36 km/h", "10 m/s")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[:3] == ["correct: equal", "  A as quantity: 36 km/h", "  B as quantity: 10 m/s"]
    assert len([line for line in lines if line.startswith("  rule: ")]) == len(lines) - 3
    record = json.loads(mathcli("check", "--explain", "--json", "1,234", "1234").out)
    assert record["explanation"]["first"] == ["number: 1234", "ordered values: (1, 234)"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--decimal-comma", "3,5", "3.5"), 0),
        (("--units", "require", "5 cm", "5"), 1),
        (("--digits", "3", "3.14", r"\pi"), 0),
        (("--positive", r"\sqrt{x^2}", "x"), 0),
        (("--case", "Even", "even"), 1),
        (("--units", "some", "1", "1"), 2),
        (("--digits", "99", "1", "1"), 2),
    ],
)
def test_what_teachers_decide_is_an_option(
    mathcli: Run, options: tuple[str, ...], code: int
) -> None:
    assert mathcli("check", *options).code == code


@pytest.mark.parametrize(
    ("first", "second", "option"),
    [
        ("3,5", "3.5", "--decimal-comma"),
        ("50%", "0.5", "--percent"),
        ("3,5", "3.6", ""),
    ],
)
def test_an_option_that_makes_them_equal_is_named(
    mathcli: Run, first: str, second: str, option: str
) -> None:
    done = mathcli("check", first, second)
    assert done.code == 1
    assert (f"equal with {option}" in done.err) if option else not done.err
