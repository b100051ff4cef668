"""What is seen of a solution."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mathcli.solving.confidence import Confidence
from mathcli.solving.transcript import AnswerInfo
from mathcli.trust import of_record, of_sample, of_transcript, signs
from mathcli.trust.signs import CONFIDENCE, PLAIN
from tests.rendering.samples import one_of_several, sample, voted

SURE = Confidence(-0.01, -0.2, -1.5, 3)


def test_every_solution_has_the_plain_signs_and_those_of_confidence_where_they_are_known() -> None:
    assert set(signs(of_transcript(sample()))) == set(PLAIN)
    assert set(signs(of_transcript(sample(confidence=SURE)))) == {*PLAIN, *CONFIDENCE}


def test_a_record_has_the_signs_of_its_transcript() -> None:
    transcript = sample(confidence=SURE, trust=0.4)
    assert signs(of_record(transcript.record())) == signs(of_transcript(transcript))


def test_a_vote_counts_who_took_part_and_what_speaks_for_the_chosen_one() -> None:
    found = of_transcript(voted())
    assert (found.took_part, found.agreement) == (5, 0.6)
    assert found.evidence != "voted"
    assert signs(found)["agreement"] == 0.6
    assert signs(found)["unanimous"] == 0.0


def test_one_solution_by_itself() -> None:
    found = of_sample(one_of_several("42", confidence=SURE), "What is six times 7?")
    assert signs(found)["computed"] == 1.0
    assert signs(found)["samples"] == 0.0


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("-3", "negative"), ("2.5", "not whole"), ("0.33333333", "long decimal"),
        ("5", "answer in problem"),
    ],
)  # fmt: skip
def test_signs_of_the_answer_itself(text: str, sign: str) -> None:
    base = replace(of_transcript(sample()), problem="5 of 6", answer=AnswerInfo("30", "30"))
    assert signs(base)[sign] == 0.0
    assert signs(replace(base, answer=AnswerInfo(text, text)))[sign] == 1.0


def test_what_the_programs_leave_out() -> None:
    base = replace(of_transcript(sample()), problem="What is 15 and 16, 17?")
    assert signs(base)["unused numbers"] == 3.0
