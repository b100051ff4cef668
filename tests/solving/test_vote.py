"""Votes: several solutions of one problem."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Sequence

import pytest

from mathcli.answers import Grader
from mathcli.engines import Completion, Engine, Piece, Sampling, TextSequence
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.errors import ContextFull, EngineError
from mathcli.models import Card, card_named
from mathcli.resources import embedded_model
from mathcli.sandbox import Executor, Limits
from mathcli.solving import ModelInfo, Sample, SolveOptions, Solver, Transcript
from mathcli.solving.options import Silent
from mathcli.solving.transcript import TrustBasis
from mathcli.trust import POOLED, Estimator
from mathcli.trust.estimate import Curve, SignWeight
from tests.scripted import ScriptedEngine, ScriptedSequence

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "nano")
QUADRATIC = "Solve x^2 - 5x + 6 = 0"


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaEngine]:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=20, busy=16))
    yield engine
    engine.close()


class Heard(Silent):
    """Remembers the samples that it heard of."""

    def __init__(self) -> None:
        self.samples: list[tuple[int, int, Sample]] = []

    def sample(self, number: int, of: int, sample: Sample) -> None:
        self.samples.append((number, of, sample))


def vote(
    engine: Engine,
    problem: str = "?",
    *,
    card: Card | None = None,
    listener: Heard | None = None,
    trust: Estimator | None = None,
    **options: object,
) -> Transcript:
    async def run() -> Transcript:
        async with Executor(workers=1, limits=Limits(wall_seconds=5.0)) as executor:
            with Grader() as grader:
                found = card or card_named("nano")
                solver = Solver(engine, executor, found, MODEL, grader=grader, trust=trust)
                chosen = SolveOptions(strategy="vote", **options)  # type: ignore[arg-type]
                return await solver.solve(problem, chosen, listener)

    return asyncio.run(run())


def says(*answers: str) -> ScriptedEngine:
    """An engine whose samples give these answers, in words."""
    return ScriptedEngine(*[f"It is \\boxed{{{answer}}}." for answer in answers])


def votes(transcript: Transcript) -> list[tuple[str, int]]:
    return [(vote.answer, vote.count) for vote in transcript.votes]


class Gone(ScriptedEngine):
    """Opens sequences and then writes nothing more, as a server that was stopped."""

    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> ScriptedSequence:
        return _GoneSequence([], "")


class _GoneSequence(ScriptedSequence):
    async def generate(self, **_: object) -> Completion:  # type: ignore[override]
        raise EngineError("the engine is gone")

    async def fork(self, n: int, *, seed: int | None = None) -> list[TextSequence]:
        return [_GoneSequence([], "") for _ in range(n)]


# -- counting --------------------------------------------------------------------------------


def test_the_answer_that_most_give_wins() -> None:
    found = vote(says("5", "7", "7", "5.0", "\\frac{14}{2}"), samples=5, confidence=1.0)
    assert votes(found) == [("7", 3), ("5", 2)]
    assert found.answer is not None
    assert (found.answer.text, found.agreement, found.evidence) == ("7", 0.6, "voted")
    assert (found.strategy, found.sampling.samples) == ("vote", 5)
    assert [segment.text for segment in found.segments] == ["It is \\boxed{7}."]


def test_of_equally_many_the_first_begun_wins() -> None:
    found = vote(says("5", "7", "7", "5"), samples=4, confidence=1.0)
    assert votes(found) == [("5", 2), ("7", 2)]


def test_each_sample_is_in_the_record_with_its_seed() -> None:
    found = vote(says("1", "2"), samples=2, confidence=1.0, sampling=Sampling(1.0, seed=40))
    assert [(s.seed, s.answer and s.answer.text, s.finish) for s in found.samples] == [
        (40, "1", "answer"),
        (41, "2", "answer"),
    ]
    assert Transcript.from_record(found.record()) == found


def test_a_sample_without_an_answer_takes_part() -> None:
    found = vote(ScriptedEngine("Hm.", "\\boxed{2}", "\\boxed{2}"), samples=3, confidence=1.0)
    assert (votes(found), found.agreement) == ([("2", 2)], 2 / 3)


def test_no_sample_has_an_answer() -> None:
    found = vote(ScriptedEngine("Hm.", "Oh.", "Well."), samples=3)
    assert (found.answer, found.finish, found.evidence) == (None, "no_answer", None)
    assert (votes(found), found.agreement) == ([], None)
    assert len(found.samples) == 3


def test_one_sample_is_no_vote() -> None:
    found = vote(says("5"), samples=1)
    assert (found.evidence, found.agreement) == ("reasoned", 1.0)


def test_the_disagreement_that_was_not_to_be_is_recorded() -> None:
    script = ("5", "7", "7", "5", "7")
    demanded = {"samples": 5, "confidence": 1.0}
    assert vote(says(*script), min_agreement=0.6, **demanded).needs_human is False
    assert vote(says(*script), min_agreement=0.7, **demanded).needs_human is True
    assert "needs_human" not in vote(says(*script), **demanded).record()


def test_the_listener_hears_of_each_sample() -> None:
    heard = Heard()
    vote(says("1", "2", "1"), samples=3, confidence=1.0, listener=heard)
    told = [(number, of, s.answer and s.answer.text) for number, of, s in heard.samples]
    assert sorted(told) == [(1, 3, "1"), (2, 3, "2"), (3, 3, "1")]


def test_a_sample_falls_back_as_a_single_solution_does() -> None:
    script = ("print(1/0)", "print(6)", "The answer is 6.")
    found = vote(ScriptedEngine(*script), card=card_named("mammoth"), samples=2, confidence=1.0)
    assert votes(found) == [("6", 2)]
    assert sorted(sample.method for sample in found.samples) == ["cot", "pal"]
    assert [attempt.method for attempt in found.attempts] == ["pal"]


# -- answers whose programs never ran ----------------------------------------------------------

PROGRAM = "```python\nprint({})\n```\n```output"


def test_samples_that_fail_together_fail_as_one(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(EngineError, match="gone"):
        vote(Gone(), samples=4)
    gc.collect()  # errors that nobody heard of are told when they are thrown away
    assert not caplog.records


def test_answers_without_a_program_do_not_count_where_others_ran_one() -> None:
    script = ("\\boxed{5}", "\\boxed{5}", PROGRAM.format("3+4"), "It is \\boxed{7}.")
    found = vote(ScriptedEngine(*script), samples=3, confidence=1.0)
    assert votes(found) == [("7", 1)]
    assert [sample.pruned for sample in found.samples] == [True, True, None]
    assert found.agreement == 1 / 3  # those two agree with nobody
    assert "pruned" not in found.samples[2].record()


def test_a_program_that_failed_is_none() -> None:
    script = (PROGRAM.format("1/0"), PROGRAM.format("3+4"), "\\boxed{5}", "\\boxed{7}")
    found = vote(ScriptedEngine(*script), samples=2, confidence=1.0)
    assert votes(found) == [("7", 1)]
    assert [sample.pruned for sample in found.samples] == [True, None]


def test_words_count_where_nobody_ran_a_program() -> None:
    found = vote(says("5", "5"), samples=2, confidence=1.0)
    assert votes(found) == [("5", 2)]
    assert [sample.pruned for sample in found.samples] == [None, None]


# -- stopping early ----------------------------------------------------------------------------


def test_four_that_agree_are_enough() -> None:
    engine = says(*["5"] * 16)
    found = vote(engine, samples=16)
    assert (votes(found), found.agreement) == ([("5", 4)], 1.0)
    assert len(engine.script) == 12  # the others were never begun
    assert found.sampling.samples == 16


def test_one_that_disagrees_asks_for_more() -> None:
    # (3, 1) is safe after three more votes: lead(6, 1) = 247/256 > 0.95 > lead(5, 1).
    found = vote(says("5", "5", "7", *["5"] * 13), samples=16)
    assert votes(found) == [("5", 6), ("7", 1)]


def test_a_lower_confidence_is_content_with_less() -> None:
    assert votes(vote(says(*["5"] * 8), samples=8, confidence=0.7)) == [("5", 1)]
    assert votes(vote(says(*["5"] * 8), samples=8, confidence=0.8)) == [("5", 2)]


def distrusts_negatives(model: str = "test") -> Estimator:
    """0.98 for answers, 0.02 for negative ones."""
    return Estimator(TrustBasis(model, 100), Curve(3.9, (SignWeight("negative", -7.8, 0.0, 1.0),)))


def test_a_leader_that_is_trusted_enough_ends_the_vote() -> None:
    script = ["5", "5", "-5", "5", *["5"] * 12]
    assert len(vote(says(*script), samples=16).samples) > 4
    found = vote(says(*script), samples=16, trust=distrusts_negatives())
    assert (votes(found), found.trust) == ([("5", 3), ("-5", 1)], 0.98)
    for doubtful in (["-5", "-5", "5", "-5"], ["5", "-5", "5", "-5"]):
        script = [*doubtful, *["-5"] * 12]
        found = vote(says(*script), samples=16, trust=distrusts_negatives())
        assert len(found.samples) > 4


@pytest.mark.parametrize("demanded", [{"confidence": 1.0}, {"min_agreement": 0.5}])
def test_trust_does_not_replace_votes_that_were_asked_for(demanded: dict[str, float]) -> None:
    script = ["5", "5", "-5", "5", *["5"] * 12]
    found = vote(says(*script), samples=16, trust=distrusts_negatives(), **demanded)
    assert len(found.samples) > 4


def test_what_was_measured_on_other_models_ends_no_vote() -> None:
    script = ["5", "5", "-5", "5", *["5"] * 12]
    found = vote(says(*script), samples=16, trust=distrusts_negatives(POOLED))
    assert len(found.samples) > 4


def test_at_confidence_one_all_are_asked() -> None:
    assert votes(vote(says(*["5"] * 9), samples=9, confidence=1.0)) == [("5", 9)]


def test_a_lead_that_the_rest_cannot_catch_up_is_safe() -> None:
    assert votes(vote(says("5", "5", "7"), samples=3)) == [("5", 2)]
    assert votes(vote(says("5", "7", "7"), samples=3)) == [("7", 2), ("5", 1)]


def test_samples_without_an_answer_are_made_up_for() -> None:
    found = vote(ScriptedEngine("Hm.", "Hm.", *["\\boxed{5}"] * 9), samples=9)
    assert (votes(found), len(found.samples)) == ([("5", 4)], 6)


# -- limits ------------------------------------------------------------------------------------


def test_a_budget_ends_the_vote() -> None:
    text = "\\boxed{5}" + 91 * "."  # one character is one token
    found = vote(ScriptedEngine(*[text] * 50), samples=50, confidence=1.0, budget=1000)
    assert votes(found) == [("5", 10)]
    assert found.counts.generated_tokens == 1000


def test_a_budget_stops_what_is_being_written() -> None:
    paragraph = "It goes on.\n\n"
    found = vote(ScriptedEngine(*[paragraph] * 500), samples=2, budget=100)
    assert [sample.finish for sample in found.samples] == ["stopped", "stopped"]
    assert (found.finish, found.answer) == ("stopped", None)
    assert found.counts.generated_tokens <= 100 + 2 * len(paragraph)


def test_what_has_ended_when_time_is_up_votes() -> None:
    slow = "```python\nimport time; time.sleep(60)\n```\n```output"
    script = ("\\boxed{5}", "\\boxed{5}", slow)
    found = vote(ScriptedEngine(*script), samples=3, confidence=1.0, timeout=2.0)
    assert votes(found) == [("5", 2)]
    assert [sample.finish for sample in found.samples] == ["answer", "answer", "timeout"]
    assert found.evidence == "voted"


def test_time_is_up_before_anybody_has_an_answer() -> None:
    slow = "```python\nimport time; time.sleep(60)\n```\n```output"
    engine = ScriptedEngine(slow, slow)
    found = vote(engine, samples=2, timeout=1.0)
    assert (found.answer, found.finish) == (None, "timeout")
    assert all(sequence.closed for sequence in engine.opened)


# -- the real model ----------------------------------------------------------------------------

HOT = Sampling(temperature=2.5, seed=7)


def test_sixteen_samples_evaluate_the_prompt_once(engine: LlamaEngine) -> None:
    found = vote(engine, QUADRATIC, samples=16, confidence=1.0, sampling=Sampling(0.7, seed=1))
    counts = found.counts
    assert len(found.samples) == 16
    assert counts.evaluated_tokens <= counts.prompt_tokens + counts.generated_tokens
    alone = vote(engine, QUADRATIC, samples=1, sampling=Sampling(0.7, seed=1)).counts
    outputs = [s for sample in found.samples for s in sample.segments if s.kind == "output"]
    assert counts.prompt_tokens < 3 * alone.prompt_tokens + sum(s.tokens for s in outputs)


def test_the_same_seed_gives_the_same_vote(engine: LlamaEngine) -> None:
    def run() -> list[tuple[str, str | None, int]]:
        found = vote(engine, QUADRATIC, samples=8, sampling=HOT, max_tokens=60)
        return [(s.finish, s.answer and s.answer.text, s.generated_tokens) for s in found.samples]

    first = run()
    assert run() == first
    assert len(set(first)) > 1


def test_samples_that_cannot_all_be_in_the_cache_take_turns() -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=2))
    try:
        found = vote(engine, QUADRATIC, samples=6, confidence=1.0, sampling=Sampling(0.7))
        assert sum(count for _, count in votes(found)) == 6
    finally:
        engine.close()


def test_a_problem_longer_than_the_context(engine: LlamaEngine) -> None:
    with pytest.raises(ContextFull):
        vote(engine, "1 + " * 5000, samples=4)
