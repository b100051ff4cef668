"""The words for trust, cost and ends."""

from __future__ import annotations

from mathcli.rendering.wording import cost, how_sure, steps, why_none
from mathcli.solving.transcript import SamplingInfo, Segment, Vote
from tests.rendering.samples import LAST, PROGRAM, one_of_several, sample


def test_how_sure() -> None:
    votes = (Vote("2", 7), Vote("3", 1))
    voted = sample(evidence="voted", votes=votes, sampling=SamplingInfo(0.7, 0.95, 0, 8))
    assert how_sure(voted) == "7 of 8 samples agree"
    assert how_sure(sample(finish="timeout")) == "computed by a program; time is up"
    assert why_none(sample(finish="context", answer=None)) == "the model's context is full"
    assert cost(sample()) == "122 tokens, 2.4 s"


def test_what_auto_gave_up_is_told() -> None:
    words = one_of_several(None, method="cot")
    switched = sample(method="auto", chose="tir", attempts=(words,))
    assert how_sure(switched) == "computed by a program; words led nowhere"
    assert how_sure(sample(method="auto", chose="tir")) == "computed by a program"


def test_how_sure_the_model_was_of_its_words_is_told() -> None:
    words = one_of_several("7", method="cot", finish="answer", least_probability=0.439)
    switched = sample(method="auto", chose="tir", attempts=(words,))
    said = "computed by a program; words were in doubt (a token at 43 %)"
    assert how_sure(switched) == said
    believed = sample(method="auto", chose="cot", evidence="reasoned", least_probability=0.9999)
    said = "reasoned in words, not computed, every token at least 99 % probable"
    assert how_sure(believed) == said


def test_steps_are_words_program_output() -> None:
    found = list(steps(sample()))
    assert [bool(step.program) for step in found] == [True, True, False]
    assert found[0].program is not None
    assert found[0].program.text == PROGRAM
    assert found[1].output is not None
    assert found[1].output.error
    assert found[2].words == LAST


def test_steps_of_odd_orders() -> None:
    code, text = Segment("code", "1", 0, 0), Segment("text", "a", 0, 0)
    assert [step.words for step in steps(sample(segments=(code, code, text)))] == ["", "", "a"]
    assert list(steps(sample(segments=()))) == []
