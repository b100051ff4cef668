"""Monte Carlo tree search, by hand."""

from __future__ import annotations

import math

import pytest

from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.tree import Node
from tests.solving.contest import contest, path


def node(parent: Node | None = None, **values: float) -> Node:
    return Node(object.__new__(Rollout), parent, **values)  # type: ignore[arg-type]


def test_uct_by_hand() -> None:
    root = node(visits=10)
    often, seldom = node(root, total=3.0, visits=4), node(root, total=0.4, visits=1)
    assert often.value == 0.75
    assert often.uct() == pytest.approx(0.75 + 2 * math.sqrt(math.log(10) / 4))  # 2.27
    assert seldom.uct() == pytest.approx(0.4 + 2 * math.sqrt(math.log(10)))  # 3.43
    assert max(often, seldom, key=Node.uct) is seldom
    assert max(often, seldom, key=lambda one: one.uct(0.0)) is often


def test_a_value_is_added_on_the_whole_way() -> None:
    root = node()
    step = node(root, total=0.6)
    leaf = node(step, total=0.9)
    leaf.back_up(0.5)
    assert [(one.visits, one.total) for one in (root, step, leaf)] == [(2, 0.5), (2, 1.1), (2, 1.4)]
    assert [one.depth for one in (root, step, leaf)] == [0, 1, 2]


def test_two_ways_down_by_hand() -> None:
    scores = {
        "A": 0.6, "B": 0.5,
        "\\boxed{1}": 0.9, "\\boxed{2}": 0.2, "\\boxed{3}": 0.3, "\\boxed{4}": 0.4,
    }  # fmt: skip
    script = ("A\n\n", "B\n\n", *(f"\\boxed{{{n}}}" for n in (1, 2, 3, 4)))
    decision, strategy, task, engine = contest(
        "tree", script, scores, samples=1, branch=2, iterations=2
    )
    # First A (nothing was visited: the values alone decide) and 1, which is worth 0.9. Then
    # A has (0.6 + 0.9) / 2 + 2 sqrt(ln 2 / 2) = 1.93 and B has 0.5 + 2 sqrt(ln 2) = 2.17.
    assert engine.script == []
    [found] = strategy._finished  # type: ignore[attr-defined]
    assert [path(one) for one in found] == [["A", "\\boxed{1}"], ["B", "\\boxed{4}"]]
    assert decision.answer is not None
    assert decision.answer.text == "1"
    seeds = [one.seed for one in task.rollouts[1:]]
    assert len(set(seeds)) == len(seeds)


def test_a_step_whose_program_fails_is_pruned() -> None:
    fails, runs = (f"```python\nprint({p})\n```\n```output" for p in ("1/0", "2 + 3"))
    script = (fails, runs, "\\boxed{5}", "\\boxed{5}")
    decision, _, task, engine = contest("tree", script, samples=1, branch=2, iterations=1)
    assert engine.script == []
    assert decision.answer is not None
    assert (decision.answer.text, decision.evidence) == ("5", "computed")
    failed = [one for one in task.rollouts if any(s.error for s in one.segments)]
    assert [one.sequence.closed for one in failed] == [True]  # type: ignore[attr-defined]


def test_where_all_next_steps_fail_another_way_is_taken() -> None:
    fails = "```python\nprint(1/0)\n```\n```output"
    scores = {"A": 0.6, "B": 0.5, "\\boxed{1}": 0.9, "\\boxed{2}": 0.2}
    script = ("A\n\n", "B\n\n", fails, fails, "\\boxed{1}", "\\boxed{2}")
    decision, *_ = contest("tree", script, scores, samples=1, branch=2, iterations=1)
    assert path(decision.chosen) == ["B", "\\boxed{1}"]


def test_where_everything_fails_there_is_no_answer() -> None:
    fails = "```python\nprint(1/0)\n```\n```output"
    decision, _, _, engine = contest("tree", [fails] * 20, samples=1, branch=2, iterations=3)
    assert decision.answer is None
    assert len(engine.script) == 20 - 6  # the root is tried once an iteration


def test_the_best_answer_of_each_tree_has_a_vote() -> None:
    scores = {f"\\boxed{{{n}}}": n / 10 for n in range(1, 7)}
    script = [f"\\boxed{{{n}}}" for n in (1, 2, 3, 2, 6, 5)]
    decision, *_ = contest("tree", script, scores, samples=3, branch=2, iterations=1)
    assert decision.answer is not None
    assert [path(one) for one in decision.samples] == [
        ["\\boxed{2}"],
        ["\\boxed{3}"],
        ["\\boxed{6}"],
    ]
    assert decision.answer.text == "2"  # no majority: the first seen
    script = [f"\\boxed{{{n}}}" for n in (1, 2, 2, 1, 6, 5)]
    decision, *_ = contest("tree", script, scores, samples=3, branch=2, iterations=1)
    assert (decision.answer and decision.answer.text, decision.agreement) == ("2", 2 / 3)


def test_the_budget_ends_a_tree_between_steps() -> None:
    decision, _, task, _ = contest("tree", ["A\n\n"] * 99, {"A": 0.5}, samples=1, budget=10)
    assert task.generated == 12 + 3  # one expansion of four steps, and one of them to its end
    assert (decision.answer, decision.chosen.finish) == (None, "answer")


def test_a_tree_is_sixteen_steps_deep() -> None:
    _, _, _, engine = contest("tree", ["A\n\n"] * 99, {"A": 0.5}, samples=1, branch=1, iterations=1)
    assert len(engine.script) == 99 - 16
