"""Replaying: what stands, and the smallest thing that does not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from mathcli.answers import Grader
from mathcli.errors import ModelError
from mathcli.history.replay import Replay, replay
from mathcli.models import card_named
from mathcli.sandbox import Executor
from mathcli.solving import SolveOptions, Solver
from mathcli.solving.transcript import AnswerInfo, Check, ModelInfo, Segment, Transcript
from tests.models.conversation import CONVERSATIONS, PROBLEM, ChatEngine
from tests.rendering.samples import CONTRADICTED, sample, voted


def again(*transcripts: Transcript, expect: Any = None) -> list[Replay]:
    async def run() -> list[Replay]:
        async with Executor(workers=1) as executor:
            with Grader() as grader:
                return [await replay(one, executor, grader, expect) for one in transcripts]

    return asyncio.run(run())


def changed(at: int, **changes: Any) -> Transcript:
    transcript = sample()
    segments = list(transcript.segments)
    segments[at] = replace(segments[at], **changes)
    return replace(transcript, segments=tuple(segments))


def test_what_stands_and_what_does_not() -> None:
    answer = replace(sample(), answer=AnswerInfo("4", "4"))
    equal = replace(sample(), answer=AnswerInfo("{3, 4 - 2}", "x"))
    program = changed(1, text="print(7 * 6)")
    found = again(sample(), changed(2, text="[2, 4]"), answer, equal, program)
    assert [one.stands for one in found] == [True, False, False, True, False]
    assert found[0].programs == 2
    assert found[1].differences[0].what == "output 1"
    assert (found[1].differences[0].recorded, found[1].differences[0].now) == ("[2, 4]", "[2, 3]")
    assert found[2].differences[0].what == "answer"
    assert found[4].differences[0].now == "42"


def test_the_verdict_is_given_again() -> None:
    right = {"expected": "{3, 2}", "verdict": "correct"}
    wrong = {"expected": "{3, 5}", "verdict": "correct"}
    assert again(sample(), expect=right)[0].stands
    assert again(sample(), expect=wrong)[0].differences[0].now == "incorrect"


def test_no_answer_and_no_programs() -> None:
    words = (Segment("text", "I do not know.", 1.0, 4),)
    assert again(sample(segments=words, answer=None, finish="no_answer"))[0].stands


def test_a_program_that_never_ran_is_not_run() -> None:
    cut = (*sample().segments, Segment("code", "while True: pass", 1.0, 4))
    assert again(sample(segments=cut))[0].programs == 2


def test_blocks_share_names_where_the_family_does() -> None:
    segments = (
        Segment("code", "x = 6", 1, 1),
        Segment("output", "Done", 1, 1),
        Segment("code", "print(x * 7)", 1, 1),
        Segment("output", "42", 1, 1),
        Segment("text", r"\boxed{42}", 1, 1),
    )
    made = sample(segments=segments, answer=AnswerInfo("42", "42"))
    joined = replace(made, model=replace(made.model, card="deepseek-math"))
    one_alone, together = again(made, joined)
    assert one_alone.differences[0].now == "NameError: name 'x' is not defined"
    assert together.stands


def test_the_programs_of_all_samples_and_of_the_check_run_again() -> None:
    right = voted(check=Check("second program", "print(6*8)", "48", False))
    wrong_output = (Segment("code", "print(6*8)", 1, 1), Segment("output", "49", 1, 1))
    others = (*right.samples[:2], replace(right.samples[2], segments=wrong_output))
    wrong = replace(right, samples=others, check=replace(CONTRADICTED, output="49"))
    stands, differs = again(right, wrong)
    assert stands.stands
    assert stands.programs == 1 + 2 + 1 + 1  # the chosen one's, two others', given up, the check's
    assert [(one.what, one.recorded, one.now) for one in differs.differences] == [
        ("sample 3, output 1", "49", "48"),
        ("check", "49", "48"),
    ]


def test_a_card_that_is_gone() -> None:
    model = ModelInfo("m", "f", "0", "Q4", "e", "no-such-card")
    with pytest.raises(ModelError, match="no-such-card"):
        again(sample(model=model))


def test_what_every_family_wrote_stands() -> None:
    async def run() -> dict[str, Replay]:
        found = {}
        async with Executor(workers=1) as executor:
            with Grader() as grader:
                for talk in CONVERSATIONS:
                    solver = Solver(
                        ChatEngine(*talk.turns),
                        executor,
                        card_named(talk.card),
                        ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", talk.card),
                    )
                    rounds = int(talk.head["rounds"]) if "rounds" in talk.head else None
                    solved = await solver.solve(PROBLEM, SolveOptions(talk.method, rounds=rounds))
                    kept = Transcript.from_record(json.loads(json.dumps(solved.record())))
                    name = f"{talk.card}.{talk.method}"
                    found[name] = await replay(kept, executor, grader)
                    assert found[name].programs == solved.counts.executions
        return found

    assert {
        name: one.differences for name, one in asyncio.run(run()).items() if not one.stands
    } == {}
