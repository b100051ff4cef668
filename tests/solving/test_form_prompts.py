r"""Proofs and parts: what a model is asked, and what becomes of what it writes.

The texts are in the manner of small published models: boxes where none was asked for, labels in
bold, a list at the end, a part forgotten.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from mathcli.answers import Grader
from mathcli.engines import Sampling
from mathcli.models import Card, Chat, MethodPrompt, card_named
from mathcli.models.catalogue import cards
from mathcli.problems import ProblemForm, form_of
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.form_prompts import in_parts, kind_by_key, proof_prompt, without_box
from tests.scripted import ScriptedEngine

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q4_K_M", "test", "generic")
PROVE = "Prove that the sum of two even numbers is even."
PARTS = "A square has side 3. (a) Find its area. (b) Find its perimeter."
PROOF = "Let $a = 2m$ and $b = 2n$. Then $a + b = 2(m + n)$, which is even."


class Player:
    """A loop, and an executor that starts when the first program runs."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.executor = Executor(workers=1)


PLAYER = Player()


@pytest.fixture(autouse=True, scope="module")
def _closed() -> Iterator[None]:
    yield
    PLAYER.loop.run_until_complete(PLAYER.executor.close())
    PLAYER.loop.close()


def solve(
    problem: str, *script: str, card: str | Card = "generic", **options: Any
) -> tuple[Transcript, list[str]]:
    """The transcript, and the prompts that were opened."""
    engine = ScriptedEngine(*script)
    found = card_named(card) if isinstance(card, str) else card

    solver = Solver(engine, PLAYER.executor, found, MODEL)
    transcript = PLAYER.loop.run_until_complete(solver.solve(problem, SolveOptions(**options)))
    return transcript, [one.prompt for one in engine.opened]


# -- proofs ----------------------------------------------------------------------------------


def test_a_proof_is_its_text_and_no_answer() -> None:
    found, [prompt] = solve(PROVE, PROOF)
    assert (found.kind, found.finish, found.answer, found.evidence) == (
        "proof",
        "proof",
        None,
        None,
    )
    assert found.proof == PROOF
    assert found.complete
    assert PROVE in prompt
    assert "boxed" not in prompt
    assert "```" not in prompt


@pytest.mark.parametrize(
    "end",
    [
        r" $\boxed{\text{even}}$",
        r" $\blacksquare$",
        " The answer is 42.",
        "\n```python\nprint(1)\n```\n",
    ],
)
def test_nothing_in_a_proof_is_taken_for_an_answer(end: str) -> None:
    found, _ = solve(PROVE, PROOF + end)
    assert found.answer is None
    assert found.proof is not None
    assert found.counts.executions == 0


def test_a_proof_that_is_cut_off_or_empty_is_none() -> None:
    cut, _ = solve(PROVE, PROOF, max_tokens=20)
    assert (cut.finish, cut.proof, cut.complete) == ("max_tokens", None, False)
    assert "".join(one.text for one in cut.segments) == PROOF[:20]  # nothing is lost
    empty, _ = solve(PROVE, " \n")
    assert (empty.finish, empty.proof, empty.complete) == ("no_answer", None, False)


def test_one_proof_is_written_whatever_the_strategy_and_method() -> None:
    for options in ({"strategy": "vote", "samples": 4}, {"method": "tir"}, {"method": "auto"}):
        found, prompts = solve(PROVE, PROOF, **options)
        assert (found.proof, found.method, len(prompts)) == (PROOF, "cot", 1)


def test_no_trust_is_known_of_a_proof() -> None:
    found, _ = solve(PROVE, PROOF, min_trust=0.5)
    assert (found.proof, found.complete) == (None, False)
    assert found.withheld is not None
    assert found.withheld.text == PROOF


def test_a_family_that_cannot_prove_is_not_asked() -> None:
    found, prompts = solve(PROVE, card="nano")
    assert (found.kind, found.finish, found.segments, prompts) == ("proof", "no_answer", (), [])


def test_what_is_asked_for_can_be_said() -> None:
    found, [prompt] = solve(PROVE, r"It is \boxed{2}.", kind="question", method="cot")
    assert found.answer is not None
    assert "boxed" in prompt


@pytest.mark.parametrize("name", [name for name, card in cards().items() if card.methods])
def test_no_family_is_asked_for_a_box_that_a_proof_has_not(name: str) -> None:
    prompt = proof_prompt(card_named(name))
    texts = [prompt.prompt or "", *prompt.translations.values()]
    if prompt.chat is not None:
        texts += [prompt.chat.user, prompt.chat.system or "", prompt.chat.assistant]
    assert not any("boxed" in text for text in texts)
    assert any("{problem}" in text for text in texts)


def test_a_card_may_have_its_own_words_for_a_proof() -> None:
    own = MethodPrompt(chat=Chat(user="Prove: {problem}"))
    card = Card("own", "own", {"cot": MethodPrompt(prompt="{problem}"), "proof": own})
    assert proof_prompt(card) is own
    assert card.default_method == "cot"


def test_the_rest_of_a_prompt_stays() -> None:
    assert without_box("请逐步推理，并把最终答案放置于\\boxed{}中。") == "请逐步推理。"
    assert (
        without_box("A.\nThe answer is $\\boxed{\\frac{2}{15}}$.\n\nB {problem}")
        == "A.\n\n\nB {problem}"
    )
    assert without_box("<s>system\nStep by step, and put it within \\boxed{}.<|im_end|>") == (
        "<s>system\nStep by step.<|im_end|>"
    )  # fmt: skip


# -- parts -----------------------------------------------------------------------------------


def answers(found: Transcript) -> dict[str, str | None]:
    return {part.label: part.answer.text if part.answer else None for part in found.parts}


@pytest.mark.parametrize(
    "text",
    [
        "(a) The area is $3^2 = \\boxed{9}$.\n(b) All around is $4 \\cdot 3 = \\boxed{12}$.",
        "**Part (a)**\n$\\boxed{9}$\n\n**Part (b)**\n$\\boxed{12}$",
        "The area is $\\boxed{9}$ and the perimeter is $\\boxed{12}$.",
        "$\\boxed{(a)\\ 9}$ and $\\boxed{(b)\\ 12}$",
        "So the final answers are $\\boxed{9, 12}$.",
        "(a) The area is 9.\n(b) The perimeter is 12.",
    ],
)
def test_each_part_has_its_answer(text: str) -> None:
    found, [prompt] = solve(PARTS, text, method="cot")
    assert (found.kind, found.finish, found.complete) == ("parts", "answer", True)
    assert answers(found) == {"a": "9", "b": "12"}
    assert found.answer is not None
    assert found.answer.text == "a: 9; b: 12"
    assert r"(a) \boxed{…}, (b) \boxed{…}" in prompt


def test_parts_with_the_method_that_suits() -> None:
    found, _ = solve(PARTS, "(a) $\\boxed{9}$ (b) $\\boxed{12}$", method="auto")
    assert answers(found) == {"a": "9", "b": "12"}


def test_a_part_without_an_answer_is_missed() -> None:
    found, _ = solve(
        PARTS, "(a) The area is $\\boxed{9}$.\n(b) The perimeter is longer.", method="cot"
    )
    assert answers(found) == {"a": "9", "b": None}
    assert (found.missing, found.complete) == (("b",), False)
    assert found.answer is not None
    assert found.answer.text == "a: 9; b:"


def test_an_answer_that_belongs_to_no_part_is_none() -> None:
    found, _ = solve(PARTS, "It is $\\boxed{9}$.", method="cot")
    assert (found.answer, found.missing) == (None, ("a", "b"))


def test_parts_that_programs_worked_out_are_computed() -> None:
    program = "```python\nside = 3\nprint(side**2)\nprint(4*side)\n```\n"
    text = "(a) $\\boxed{9}$ (b) $\\boxed{12}$"
    assert solve(PARTS, program, text)[0].evidence == "computed"
    assert solve(PARTS, program, "(a) $\\boxed{9}$ (b) $\\boxed{13}$")[0].evidence == "reasoned"
    silent, _ = solve(PARTS, program, "")
    assert answers(silent) == {"a": "9", "b": "12"}


def test_what_a_small_model_makes_of_parts() -> None:
    """It numbers its answers as it likes, and writes units behind its boxes."""
    program = (
        '```python\na = 3\nprint(f"Area: {a * a} cm^2")\nprint(f"All around: {4 * a} cm")\n```\n'
    )
    words = (
        "1. **Area**: multiply.\n2. **Perimeter**: add the sides.\n\n"
        "1. The area is \\(\\boxed{9}\\) cm\\(^2\\).\n2. Around it are \\(\\boxed{12}\\) cm."
    )
    found, _ = solve(PARTS, program, words, card="qwen2.5-coder")
    assert (answers(found), found.complete) == ({"a": "9", "b": "12"}, True)
    problem = "Let f(x) = x^2 - 4x + 3. (a) Solve f(x) = 0. (b) What is the least value of f?"
    words = (
        "So \\( x = 3 \\) and \\( x = 1 \\). Next, \\[ f(2) = 4 - 8 + 3 = -1 \\]\nThe answers "
        "are:\n\n\\[\n\\boxed{3 \\text{ and } 1}\n\\]\n\n\\[\n\\boxed{-1}\n\\]\n"
    )
    found, _ = solve(problem, words, card="qwen2.5-coder")
    assert answers(found) == {"a": "3 \\text{ and } 1", "b": "-1"}


def test_candidates_of_a_vote_are_all_answers_together() -> None:
    texts = [f"(a) $\\boxed{{{a}}}$ (b) $\\boxed{{{b}}}$" for a, b in ((9, 6), (9, 12), (9, 12.0))]
    engine = ScriptedEngine(*texts)

    options = SolveOptions(
        "cot", Sampling(temperature=0.7), strategy="vote", samples=3, confidence=1.0
    )
    with Grader() as grader:
        solver = Solver(engine, PLAYER.executor, card_named("generic"), MODEL, grader=grader)
        found = PLAYER.loop.run_until_complete(solver.solve(PARTS, options))
    assert [(one.answer, one.count) for one in found.votes] == [
        ("a: 9; b: 12", 2), ("a: 9; b: 6", 1),
    ]  # fmt: skip
    assert answers(found) == {"a": "9", "b": "12"}


def test_a_family_of_one_answer_is_asked_for_each_part() -> None:
    script = ("The answer is \\boxed{9}.", "The answer is \\boxed{12}.")
    found, prompts = solve(PARTS, *script, card="nano", method="cot")
    assert answers(found) == {"a": "9", "b": "12"}
    assert [part.evidence for part in found.parts] == ["reasoned", "reasoned"]
    assert "A square has side 3. Find its area." in prompts[0]
    assert "A square has side 3. Find its perimeter." in prompts[1]
    assert found.counts.generated_tokens == sum(map(len, script))


def test_a_part_that_is_not_trusted_is_withheld() -> None:
    script = ("The answer is \\boxed{9}.", "The answer is \\boxed{12}.")
    found, _ = solve(PARTS, *script, card="nano", method="cot", min_trust=0.9)
    assert (found.answer, found.missing) == (None, ("a", "b"))
    assert found.withheld is not None
    assert found.withheld.text == "a: 9; b: 12"
    together, _ = solve(PARTS, "(a) $\\boxed{9}$ (b) $\\boxed{12}$", method="cot", min_trust=0.9)
    assert (together.answer, together.missing) == (None, ("a", "b"))


def test_a_proof_among_the_parts() -> None:
    problem = "(a) Show that 7 is prime. (b) Find the next prime."
    found, _ = solve(problem, "(a) It has no divisors.\n(b) It is $\\boxed{11}$.", method="cot")
    assert (found.complete, found.answer and found.answer.text) == (True, "11")
    apart, _ = solve(problem, "The answer is \\boxed{11}.", card="nano", method="cot")
    assert (apart.missing, answers(apart)) == (("a",), {"a": None, "b": "11"})


def test_records_are_read_back_as_they_were_written() -> None:
    for found in (
        solve(PROVE, PROOF)[0],
        solve(PARTS, "(a) $\\boxed{9}$", method="cot")[0],
        solve(PARTS, "\\boxed{9}", "\\boxed{12}", card="nano", method="cot")[0],
    ):
        record = json.loads(json.dumps(found.record()))
        assert Transcript.from_record(record) == found
        assert record["kind"] == found.kind


def test_a_record_of_before_is_a_question() -> None:
    record = solve("2+2?", "\\boxed{4}", method="cot")[0].record()
    del record["kind"]
    assert Transcript.from_record(record).kind == "question"


@pytest.mark.parametrize(
    ("problem", "key", "kind"),
    [
        (PROVE, None, None),
        (PROVE, "yes", "question"),
        ("hello", "5", "question"),
        (PARTS, None, None),
        (PARTS, "a=9; b=12", None),
        (PARTS, "9; 12", None),
        (PARTS, '{"a": 9, "b": 12}', None),
        (PARTS, "12", "question"),
        ("2+2?", "4", None),
    ],
)
def test_a_known_answer_says_what_is_asked_for(
    problem: str, key: str | None, kind: str | None
) -> None:
    assert kind_by_key(form_of(problem), key, SolveOptions()).kind == kind


def test_the_words_for_parts_name_each() -> None:
    assert in_parts("P", ["i", "ii"]) == (
        "P\n\nGive the answer to each of the parts (i), (ii) in a box of its own: "
        r"(i) \boxed{…}, (ii) \boxed{…}."
    )
    assert ProblemForm("question").labels == ()
