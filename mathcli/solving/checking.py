"""Checks an answer with a program other than the one that found it.

If the problem states its equations plainly, the answer is substituted into them. Any other problem
is solved a second time, by a program that differs from those of the solution and does not see its
answer. If the model writes only the same program again, nothing has been checked.
"""

from __future__ import annotations

import ast
import asyncio
from dataclasses import replace

from mathcli.engines import Sampling
from mathcli.sandbox import Execution
from mathcli.solving.methods import program_method
from mathcli.solving.options import Silent
from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies import Decision
from mathcli.solving.substitution import substitution_program
from mathcli.solving.task import Task
from mathcli.solving.transcript import Check

_ATTEMPTS = 4
_WARMER = 0.4  # added to the temperature at each new try, so that another program is written


async def check(task: Task, decision: Decision) -> Check | None:
    """The result of checking the decision's answer; `None` if there is no answer.

    Its tokens are counted, but the token budget does not prevent the check; the time limit does.
    """
    if decision.answer is None:
        return None
    try:
        return await asyncio.wait_for(_check(task, decision), task.seconds_left)
    except (asyncio.TimeoutError, TimeoutError):
        return Check("second program", "", "time was up", None)


async def _check(task: Task, decision: Decision) -> Check:
    assert decision.answer is not None
    substituted = await _substituted(task, decision.answer.text)
    return substituted or await _solved_again(task, decision)


async def _substituted(task: Task, answer: str) -> Check | None:
    """The check by substitution, if that gives a result."""
    program = substitution_program(task.problem, answer)
    if program is None:
        return None
    execution = await task.resources.executor.run(program)
    output = execution.stdout.strip()
    verdict = {"True": True, "False": False}.get(output.rpartition("\n")[2])
    if execution.status != "ok" or verdict is None:
        return None
    return Check("substitution", program, output, verdict)


async def _solved_again(task: Task, decision: Decision) -> Check:
    method = program_method(task.resources.card)
    if method is None:
        return Check("second program", "", "the model writes no programs", None)
    written = {_shape(execution.program) for execution in decision.chosen.executions}
    for attempt in range(_ATTEMPTS):
        second = await task.open(method, sampling=_sampling(task, attempt), listener=Silent())
        await second.go()
        ran = _found(second)
        if ran is not None and _shape(ran.program) not in written:
            return await _compared(task, decision, second, ran)
    return Check("second program", "", "every further program was the same or found nothing", None)


async def _compared(task: Task, decision: Decision, second: Rollout, ran: Execution) -> Check:
    """Do the two solutions give the same answer?"""
    answer, other = decision.answer, second.answer()
    assert answer is not None
    assert other is not None
    output = (ran.stdout or ran.value or "").strip()
    if other.text.strip() == answer.text.strip():
        return Check("second program", ran.program, output, True)
    holds = None
    if task.resources.grader is not None:
        compare = task.resources.grader.compare
        verdict = (await asyncio.to_thread(compare, other.text, answer.text)).verdict.value
        holds = {"correct": True, "incorrect": False}.get(verdict)
    return Check("second program", ran.program, output, holds)


def _found(rollout: Rollout) -> Execution | None:
    """The program that printed the rollout's answer, if there is one."""
    answer = rollout.answer()
    if answer is None or rollout.evidence(answer) != "computed":
        return None
    return [one for one in rollout.executions if one.status == "ok"][-1]


def _sampling(task: Task, attempt: int) -> Sampling:
    """The sampling of votes, hotter with each try, and with a seed that no sample uses."""
    usual, asked = task.resources.card.votes, task.options
    temperature = max(usual.temperature, asked.sampling.temperature) + _WARMER * attempt
    return replace(
        asked.sampling,
        temperature=temperature,
        top_p=usual.top_p,
        seed=asked.sampling.seed + asked.samples + attempt,
    )


def _shape(program: str) -> str:
    """A program in a normal form: without comments, layout and its choice of names."""
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "".join(program.split())
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, f"name{len(names)}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return ast.dump(tree)
