from __future__ import annotations

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-5", "-5.0"], 0),
        (["-5", "5"], 1),
        (["-\\tan(4\\pi/9)+4\\cos(\\pi/18)", "-\\sqrt{3}"], 0),
        (["-x^2", "--json", "-x*x"], 0),
        (["--json", "--tolerance", "0.1", "-3m", "-3m"], 0),
        (["--", "-5", "-5"], 0),
        (["-5"], 2),
        (["--jsn", "1", "1"], 2),
        (["--tolerance=0.1", "-1.0", "-1.05"], 0),
    ],
)
def test_a_minus_is_mathematics_unless_the_command_knows_the_option(
    mathcli: Run, words: list[str], code: int
) -> None:
    assert mathcli("check", *words).code == code


def test_a_problem_may_begin_with_a_minus(mathcli: Run) -> None:
    done = mathcli("solve", "-q", "-3 + 10")
    assert done.code in (0, 3)
    assert "No such option" not in done.err


def test_an_expected_answer_may_begin_with_a_minus(mathcli: Run) -> None:
    assert mathcli("solve", "-q", "What is 2 + 3?", "--expect", "-5").code == 1


@pytest.mark.parametrize("option", ["--html", "--expect", "--model", "--samples"])
@pytest.mark.parametrize("words", [["3+4"], []])
def test_an_option_without_its_value_is_refused(
    mathcli: Run, words: list[str], option: str
) -> None:
    for last in ([], ["--", "3+4"]):
        done = mathcli("solve", *words, option, *last)
        assert done.code == 2
        assert f"Option '{option}' requires an argument" in done.err


def test_the_id_before_a_quoted_follow_up_may_not_be_mistyped(mathcli: Run) -> None:
    done = mathcli("solve", "--continue", "zzzz", "and for y = 3?")
    assert (done.code, "there is no transcript zzzz" in done.err) == (2, True)


def test_help_is_still_help(mathcli: Run) -> None:
    for words in (["-h"], ["--help"], ["-5", "-h"]):
        done = mathcli("check", *words)
        assert done.code == 0
        assert "Usage" in done.out
