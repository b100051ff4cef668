"""The generators: deterministic, and right by a reckoning that is not their own."""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from itertools import combinations
from math import prod
from pathlib import Path
from random import Random

import pytest
import sympy
from make_data import record, verified
from problems import FAMILIES, generate
from problems.problem import PROGRAM_CUE, WORDS_CUE, Problem, answer_from, in_the_head
from problems.steps import NUMBER_WORDS
from problems.words.work import easy
from sympy.parsing.sympy_parser import parse_expr

from tests.nano.conftest import run_programs

SAMPLE = 25
STORIES = ["stories, one step", "stories, two steps", "everyday", "happenings"]


def sample(family: str, count: int = SAMPLE) -> list[Problem]:
    found = [generate(family, seed) for seed in range(5000, 5000 + count)]
    return [problem for problem in found if problem.program and verified(problem)]


def call_of(problem: Problem) -> ast.Call:
    """The call whose value the program prints."""
    statement = ast.parse(problem.program).body[-1]
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    printed = statement.value.args[0]
    if isinstance(printed, ast.Call) and isinstance(printed.func, ast.Attribute):
        printed = printed.func.value  # diff(...).subs(...)
    assert isinstance(printed, ast.Call)
    return printed


def expression(node: ast.expr) -> sympy.Expr:
    return parse_expr(ast.unparse(node))


def differences(node: ast.expr) -> list[sympy.Expr]:
    """Left minus right of an equation, or of every equation of a list."""
    if isinstance(node, ast.List):
        return [difference for element in node.elts for difference in differences(element)]
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "Eq":
        return [expression(node.args[0]) - expression(node.args[1])]
    return [expression(node)]


def vanishes(value: sympy.Expr) -> bool:
    return abs(complex(sympy.N(value, 30))) < 1e-9


@pytest.mark.parametrize("family", FAMILIES)
def test_a_seed_and_a_voice_stand_for_one_problem(family: str) -> None:
    first = [generate(family, seed, voice) for seed in range(20) for voice in (0, 1)]
    again = [generate(family, seed, voice) for seed in range(20) for voice in (0, 1)]
    assert first == again
    assert len({problem.question for problem in first}) > 10


@pytest.mark.parametrize("family", FAMILIES)
def test_a_voice_changes_the_words_and_not_the_mathematics(family: str) -> None:
    for seed in range(20):
        assert generate(family, seed, 0).program == generate(family, seed, 1).program


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "not mathematics"])
def test_programs_print_what_was_recorded(family: str) -> None:
    problems = sample(family)
    assert len(problems) > SAMPLE * 0.6
    outputs = run_programs([problem.program for problem in problems])
    for problem, output in zip(problems, outputs, strict=True):
        known = verified(problem)
        assert known is not None
        assert output == known[0]
        assert answer_from(output, problem.form) == known[1]


@pytest.mark.parametrize("family", FAMILIES)
def test_questions_are_filled_in(family: str) -> None:
    for seed in range(200):
        question = generate(family, seed).question
        assert question == question.strip()
        assert "[" not in question
        if "\\" not in question and "^" not in question:  # LaTeX has braces of its own
            assert "{" not in question


@pytest.mark.parametrize("family", ["equations", "systems", "puzzles"])
def test_solutions_satisfy_their_equations(family: str) -> None:
    for problem in sample(family):
        output, _ = verified(problem) or ("", "")
        found = parse_expr(output)
        for difference in differences(call_of(problem).args[0]):
            if isinstance(found, dict):
                assert vanishes(difference.subs(found)), problem.question
                continue
            (unknown,) = difference.free_symbols
            assert found, problem.question
            for root in found:
                assert vanishes(difference.subs(unknown, root)), problem.question


def test_derivatives_agree_with_difference_quotients() -> None:
    step = sympy.Rational(1, 10**8)
    checked = 0
    for problem in sample("derivatives", 40):
        call = call_of(problem)
        if ".subs(" in problem.program or len(call.args) != 2:
            continue
        function, unknown = expression(call.args[0]), expression(call.args[1])
        slope = parse_expr((verified(problem) or ("0", ""))[0])
        for point in (sympy.Rational(7, 5), sympy.Rational(23, 10)):
            rise = function.subs(unknown, point + step) - function.subs(unknown, point - step)
            quotient = complex(sympy.N(rise / (2 * step), 40))
            assert complex(sympy.N(slope.subs(unknown, point))) == pytest.approx(quotient, rel=1e-6)
        checked += 1
    assert checked > 15


def test_integrals_differentiate_back_or_agree_with_quadrature() -> None:
    for problem in sample("integrals"):
        call = call_of(problem)
        integrand, limits = expression(call.args[0]), call.args[1]
        result = parse_expr((verified(problem) or ("0", ""))[0])
        if isinstance(limits, ast.Tuple):
            unknown, low, high = (expression(element) for element in limits.elts)
            area = sympy.Integral(integrand, (unknown, low, high)).evalf(15)
            assert complex(sympy.N(result)) == pytest.approx(complex(area), rel=1e-6, abs=1e-6)
            continue
        unknown = expression(limits)
        for point in (sympy.Rational(3, 4), sympy.Rational(19, 10)):
            gap = sympy.diff(result, unknown) - integrand
            assert vanishes(gap.subs(unknown, point)), problem.question


def test_limits_agree_with_values_nearby() -> None:
    for problem in sample("limits"):
        call = call_of(problem)
        function, unknown, point = (expression(argument) for argument in call.args)
        result = parse_expr((verified(problem) or ("0", ""))[0])
        step = sympy.Float("1e-7", 60)
        near = 1 / step if point == sympy.oo else point + step
        value = float(sympy.re(function.subs(unknown, near).evalf(60)))
        if abs(result) == sympy.oo:
            assert abs(value) > 1e5, problem.question
        else:
            assert value == pytest.approx(float(result), rel=1e-4, abs=1e-4), problem.question


def test_rewritten_expressions_keep_their_value() -> None:
    for problem in sample("algebra"):
        printed = ast.parse(problem.program).body[-1]
        assert isinstance(printed, ast.Expr)
        assert isinstance(printed.value, ast.Call)
        call = printed.value.args[0]
        if not isinstance(call, ast.Call):
            continue
        before = expression(call.args[0])
        after = parse_expr((verified(problem) or ("0", ""))[0])
        at = {symbol: sympy.Rational(17, 7) for symbol in before.free_symbols}
        assert vanishes(before.subs(at) - after.subs(at)), problem.question


def test_counts_agree_with_counting() -> None:
    for seed in range(400):
        problem = generate("counting", seed)
        if "print(comb(" in problem.program and "," in problem.program:
            size, chosen = ast.literal_eval(problem.program.split("print(comb")[1][:-1])
            counted = sum(1 for _ in combinations(range(size), chosen))
            assert (verified(problem) or ("", ""))[1] == str(counted)


def test_number_theory_agrees_with_trial_division() -> None:
    for seed in range(300):
        problem = generate("number theory", seed)
        code = problem.program.splitlines()[-1]
        answer = (verified(problem) or ("", ""))[1]
        if code.startswith("print(isprime("):
            number = int(code[14:-2])
            prime = number > 1 and all(number % k for k in range(2, number))
            assert answer == ("yes" if prime else "no")
        if code.startswith("print(divisors("):
            number = int(code[15:-2])
            assert answer == ", ".join(str(k) for k in range(1, number + 1) if number % k == 0)
        if code.startswith("print(primefactors("):
            number = int(code[19:-2])
            primes = [int(prime) for prime in answer.split(", ")]
            assert number % prod(primes) == 0


@pytest.mark.parametrize("family", STORIES)
def test_stories_say_their_numbers(family: str) -> None:
    unsaid = {"2", "3", "4", "5", "7", "10", "12", "24", "52", "60", "100"}
    for seed in range(300):
        problem = generate(family, seed)
        said = problem.question.lower().replace(",", "")
        for token in problem.program.replace("\n", " ").split():
            if token.replace(".", "").isdigit() and token not in unsaid | {"2)"}:
                spelled = NUMBER_WORDS[int(token)] if token.isdigit() and int(token) < 13 else token
                assert token in said or spelled in said, problem.question


def test_documents_hold_the_executed_output_and_the_boxed_answer() -> None:
    rng = Random(3)
    repaired = 0
    for seed in range(300):
        problem = generate("equations", seed)
        row = record(problem, rng)
        if row is None:
            continue
        texts = [text for text, _ in row["segments"]]  # type: ignore[attr-defined]
        assert texts[0] == f"<|user|>\n{problem.question}\n<|assistant|>\n"
        assert texts[-1].endswith(f"\\boxed{{{row['answer']}}}.<|end|>")
        assert texts[1] in (PROGRAM_CUE, WORDS_CUE)
        if texts[1] == WORDS_CUE:
            assert len(texts) == 3
            continue
        assert texts[-2] == f"\n{(verified(problem) or ('', ''))[0].strip()}\n```\n"
        assert all(text.endswith("```output") for text in texts[2:-1:2])
        repaired += len(texts) == 7
    assert repaired > 0


def test_the_answer_of_a_happening_follows_from_its_events() -> None:
    """Whoever loses things must have had them: a count of what is left never goes below zero."""
    for seed in range(300):
        problem = generate("happenings", seed)
        known = verified(problem)
        assert known is not None, problem.question
        assert int(known[1]) > 0, problem.question
        asked = problem.question.rstrip("?").split(". ")[-1].lower()
        if "left" in asked or "remain" in asked:
            assert "Subtract" in problem.rationale or "subtract" in problem.rationale


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "not mathematics"])
def test_solutions_in_words_box_what_the_program_prints(family: str) -> None:
    checked = 0
    for seed in range(200):
        problem = generate(family, seed)
        known = verified(problem)
        if known is None or problem.spoken is None:
            continue
        assert problem.spoken.startswith(problem.rationale) or family == "sums"
        assert re.findall(r"\\boxed\{(.*)\}", problem.spoken) == [known[1]], problem.spoken
        assert in_the_head(problem, known[1]) == problem.spoken
        checked += 1
    assert checked > 40


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "not mathematics"])
def test_every_step_in_words_is_right_and_easy(family: str) -> None:
    step = re.compile(r"(?:^|[.:=] )(-?\d+) ([-+*/]) (-?\d+) = (-?\d+)(?=\. )")
    for seed in range(200):
        for left, sign, right, value in step.findall(generate(family, seed).spoken or ""):
            exact = Fraction(eval(f"Fraction({left}) {sign} ({right})"))
            assert exact == int(value)
            assert easy(int(left), sign, int(right)), (left, sign, right)


def test_what_is_easy_is_what_people_know_by_heart() -> None:
    known = [(12, "*", 12), (99, "*", 5), (144, "/", 12), (75, "+", 68), (8, "-", 21)]
    known += [(240, "/", 10), (1200, "+", 240), (30, "*", 40)]
    unknown = [
        (67, "*", 84),
        (13, "*", 13),
        (145, "+", 1),
        (7, "/", 2),
        (1, "/", 0),
        (289, "/", 17),
    ]
    assert all(easy(*step) for step in known)
    assert not any(easy(*step) for step in unknown)


def test_words_that_box_another_answer_are_not_used() -> None:
    wrong = Problem("sums", "1 + 1", "Add 1 and 1.", "print(2)", spoken="1 + 1. It is \\boxed{3}.")
    assert in_the_head(wrong, "2") is None
    for seed in range(40):
        row = record(wrong, Random(seed))
        assert row is not None
        assert row["segments"][1][0] == PROGRAM_CUE  # type: ignore[index]


def test_an_answer_at_once_is_only_given_for_a_fact_known_by_heart() -> None:
    assert (
        in_the_head(Problem("arithmetic", "", "Multiply 67 by 84.", "print(67 * 84)"), "5628")
        is None
    )
    fact = Problem("arithmetic", "", "Turn 30 degrees into radians.", "", glance=True)
    said = "Turn 30 degrees into radians. The answer is \\boxed{1/2}."
    assert in_the_head(fact, "1/2") == said


def test_problems_for_measuring_are_no_training_text(recipe: Path) -> None:
    lines = (recipe / "free_problems.txt").read_text(encoding="utf-8").splitlines()
    asked = [line.split(" | ", 1) for line in lines if line[:1].isdigit()]
    assert len(asked) >= 80
    assert all(float(answer) > 0 for answer, _ in asked)
    templates = "".join(path.read_text("utf-8") for path in (recipe / "problems/text").iterdir())
    for _, question in asked:
        assert question[:30] not in templates
