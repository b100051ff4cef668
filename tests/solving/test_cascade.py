"""Several models: which one is asked, which answer is taken, what is kept of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from mathcli.errors import EngineError, ModelError
from mathcli.models import Card, MethodPrompt, card_named
from mathcli.sandbox import Executor
from mathcli.solving import Listener, ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.cascade import Cascade, Larger
from mathcli.solving.options import Silent
from mathcli.solving.transcript import Sample, TrustBasis
from tests.scripted import ScriptedEngine

CARD = card_named("nano").replace(methods={"cot": MethodPrompt("{problem} ")})
PROGRAMS = CARD.replace(methods={"tir": MethodPrompt("{problem} ")})


@dataclass
class Table:
    """A trust by the answer's text."""

    trusts: Mapping[str, float]

    def estimate(self, transcript: Transcript, /) -> tuple[float, TrustBasis] | None:
        if transcript.answer is None or transcript.answer.text not in self.trusts:
            return None
        return self.trusts[transcript.answer.text], TrustBasis("test", 100)

    def of_leader(
        self, sample: Sample, problem: str, /, *, agreement: float, took_part: int
    ) -> float | None:
        return self.trusts.get(sample.answer.text) if sample.answer else None


class Heard(Silent):
    def __init__(self) -> None:
        self.lost: list[Sample] = []

    def given_up(self, sample: Sample) -> None:
        self.lost.append(sample)


BROKEN = "?"
SMALL, MIDDLE, LARGE = "\\boxed{1}", "\\boxed{2}", "\\boxed{3}"


def asked(
    *said: str,
    trusts: Mapping[str, float],
    card: Card = CARD,
    listener: Listener | None = None,
    options: SolveOptions = SolveOptions(),  # noqa: B008 (frozen)
    problem: str = "?",
) -> tuple[Transcript, list[str]]:
    """Ask models that say one thing each; which of the larger ones were loaded is told too."""
    loaded: list[str] = []

    async def run() -> Transcript:
        async with Executor(workers=1) as executor:

            def solver(place: int, card: Card = CARD) -> Solver:
                info = ModelInfo(f"model {place}", f"{place}.gguf", "0", "F16", "test", "nano")
                engine = ScriptedEngine(said[place])
                return Solver(engine, executor, card, info, trust=Table(trusts))

            def larger(place: int) -> Larger:
                async def load() -> Solver:
                    loaded.append(f"model {place}")
                    if said[place] == BROKEN:
                        raise EngineError("no memory")
                    return solver(place)

                return Larger(Path(f"{place}.gguf"), load)

            first = solver(0, card)
            rest = [larger(place) for place in range(1, len(said))]
            cascade = Cascade(
                first.engine, executor, card, first.model, trust=first.trust, larger=rest,
                options_for=lambda _: SolveOptions(),
            )  # fmt: skip
            return await cascade.solve(problem, options, listener)

    return asyncio.run(run()), loaded


def test_a_trusted_answer_asks_nobody_else() -> None:
    found, loaded = asked(SMALL, LARGE, trusts={"1": 0.9, "3": 0.99})
    assert found.answer is not None
    assert (found.answer.text, found.model.name, found.attempts) == ("1", "model 0", ())
    assert loaded == []


def test_a_doubtful_answer_asks_the_next_and_is_kept_as_an_attempt() -> None:
    heard = Heard()
    found, loaded = asked(
        SMALL, MIDDLE, LARGE, trusts={"1": 0.3, "2": 0.85, "3": 0.99}, listener=heard
    )
    assert found.answer is not None
    assert (found.answer.text, found.model.name) == ("2", "model 1")
    assert loaded == ["model 1"]
    assert [(one.model, one.trust) for one in found.attempts] == [("model 0", 0.3)]
    assert heard.lost == list(found.attempts)
    assert Transcript.from_record(found.record()).attempts == found.attempts


def test_what_all_of_them_wrote_is_counted() -> None:
    alone, _ = asked(LARGE, trusts={})
    both, _ = asked(SMALL, LARGE, trusts={"1": 0.3, "3": 0.9})
    assert both.counts.generated_tokens == 2 * alone.counts.generated_tokens


def test_of_answers_that_are_all_doubtful_the_most_trusted_is_taken() -> None:
    found, _ = asked(SMALL, LARGE, trusts={"1": 0.6, "3": 0.4})
    assert found.answer is not None
    assert (found.answer.text, found.model.name) == ("1", "model 0")
    assert [one.model for one in found.attempts] == ["model 1"]


def test_a_last_model_that_was_never_measured_is_believed_before_a_doubtful_one() -> None:
    found, _ = asked(SMALL, LARGE, trusts={"1": 0.6})
    assert found.answer is not None
    assert (found.answer.text, found.trust) == ("3", None)


def test_a_demand_decides_who_is_asked_and_what_is_withheld() -> None:
    strict = SolveOptions(min_trust=0.95)
    found, loaded = asked(SMALL, LARGE, trusts={"1": 0.9, "3": 0.5}, options=strict)
    assert loaded == ["model 1"]
    assert found.answer is None
    assert found.withheld is not None
    assert found.withheld.text == "1"
    lax = SolveOptions(min_trust=0.2)
    found, loaded = asked(SMALL, LARGE, trusts={"1": 0.3, "3": 0.5}, options=lax)
    assert (found.model.name, loaded) == ("model 0", [])


def test_a_small_model_that_cannot_be_asked_so_is_passed_over() -> None:
    words = SolveOptions(method="cot")
    found, _ = asked(SMALL, LARGE, trusts={"1": 0.9}, card=PROGRAMS, options=words)
    assert (found.model.name, found.attempts) == ("model 1", ())


def test_a_last_model_that_cannot_be_asked_so_is_an_error() -> None:
    with pytest.raises(ModelError):
        asked(SMALL, trusts={}, card=PROGRAMS, options=SolveOptions(method="cot"))


def test_a_larger_model_that_fails_does_not_take_the_answer_away() -> None:
    found, loaded = asked(SMALL, BROKEN, LARGE, trusts={"1": 0.3, "3": 0.9})
    assert found.answer is not None
    assert (found.answer.text, found.trust, loaded) == ("1", 0.3, ["model 1"])


def test_all_models_are_told_what_kind_of_problem_it_is() -> None:
    question = SolveOptions(kind="question")
    proof = "Prove that 1 + 1 = 2."
    kinds = [
        asked(SMALL, LARGE, trusts={"1": 0.3}, options=options, problem=proof)[0].kind
        for options in (SolveOptions(), question)
    ]
    assert kinds == ["proof", "question"]
