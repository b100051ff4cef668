"""How proofs and answers to parts are shown: on a terminal, in a pipe, as Markdown and HTML."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from mathcli.rendering.html import page
from mathcli.rendering.markdown import markdown
from mathcli.rendering.terminal import TerminalTrace
from mathcli.rendering.trust_words import standing
from mathcli.solving.transcript import AnswerInfo, PartAnswer, Segment, Transcript
from tests.rendering.samples import sample

PROOF = "Let $a = 2m$ and $b = 2n$. Then $a + b = 2(m + n)$."


def proof(**changes: Any) -> Transcript:
    usual: dict[str, Any] = {
        "kind": "proof", "finish": "proof", "answer": None, "evidence": None, "proof": PROOF,
        "segments": (Segment("text", PROOF, 900.0, 40),),
    }  # fmt: skip
    return sample(**(usual | changes))


def part(label: str, answer: str | None, **changes: Any) -> PartAnswer:
    info = AnswerInfo(answer, answer) if answer is not None else None
    return PartAnswer(label, f"Find {label}.", info, **changes)


def parts(*given: PartAnswer, **changes: Any) -> Transcript:
    said = "; ".join(f"{one.label}: {one.answer.text if one.answer else ''}" for one in given)
    usual: dict[str, Any] = {"kind": "parts", "parts": given, "answer": AnswerInfo(said, said)}
    return sample(**(usual | changes))


def shown(transcript: Transcript, width: int = 80, *, terminal: bool = True) -> str:
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=terminal, color_system=None, highlight=False
    )
    TerminalTrace(console).finish(transcript)
    return file.getvalue()


BOTH = parts(part("a", "sqrt(3)/2"), part("b", "12"))


def test_a_proof_has_no_box_and_says_that_nobody_checked_it() -> None:
    text = shown(proof())
    assert "╭" not in text
    assert text.endswith("\n\n  a proof in the model's words, not checked · 122 tokens, 2.4 s\n")
    piped = shown(proof(), terminal=False)
    assert piped.endswith("\n(a proof in the model's words, not checked; 122 tokens, 2.4 s)\n")


def test_a_proof_that_was_cut_off_says_so() -> None:
    text = shown(proof(proof=None, finish="max_tokens"))
    assert (
        "No proof: the model wrote too much without coming to an end (122 tokens, 2.4 s)." in text
    )
    none = shown(proof(proof=None, finish="no_answer", segments=()))
    assert none == "\nNo proof: this model cannot write proofs.\n"


def test_each_part_has_a_line_in_the_box() -> None:
    lines = shown(BOTH).splitlines()
    assert lines[-5].startswith("╭─ answers ─")
    assert [line.strip("│ ") for line in lines[-4:-2]] == ["(a) √3/2", "(b) 12"]
    assert lines[-1] == "  computed by a program · 122 tokens, 2.4 s"
    assert shown(BOTH, terminal=False).endswith(
        "answers:\n(a) √3/2\n(b) 12\n(computed by a program; 122 tokens, 2.4 s)\n"
    )


def test_a_missing_part_is_named_and_nothing_is_green() -> None:
    found = parts(part("a", "3", trust=0.99), part("b", None))
    text = shown(found)
    assert "│ (b) no answer" in text
    assert "No answer for (b): the solution does not give it" in text.replace("\n", " ")
    assert standing(found) == "low"


def test_green_needs_a_trust_in_every_part() -> None:
    sure = parts(part("a", "3", trust=0.9), part("b", "5", trust=0.95))
    half = parts(part("a", "3", trust=0.9), part("b", "5"))
    doubtful = parts(part("a", "3", trust=0.9), part("b", "5", trust=0.2))
    assert [standing(one) for one in (sure, half, doubtful)] == ["high", "middle", "low"]


def test_parts_found_in_different_ways_say_which() -> None:
    found = parts(part("a", "3", evidence="computed"), part("b", "5", evidence="reasoned"))
    text = " ".join(shown(found).split())
    assert "(a) computed by a program; (b) reasoned in words, not computed" in text


def test_a_proof_among_the_parts() -> None:
    found = parts(part("a", None, kind="proof"), part("b", "5"))
    assert found.complete
    assert "(a) a proof, see above" in shown(found)


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_what_stands_beneath_the_box_is_wrapped_between_words(width: int) -> None:
    lines = shown(sample(trust=0.9), width).splitlines()
    beneath = lines[max(at for at, line in enumerate(lines) if line.startswith("╰")) + 1 :]
    assert all(len(line) <= max(width, 22) for line in beneath)
    said = " ".join(" ".join(beneath).replace("·", "").split())
    assert said == (
        "computed by a program; about 9 in 10 answers like this one are right 122 tokens, 2.4 s"
    )


def test_pages_and_markdown() -> None:
    html = page(BOTH)
    assert '<table class="result"><tbody><tr><th scope="row">(a)</th><td><span' in html
    assert "**Answers:**\n\n- (a) $sqrt(3)/2$\n- (b) $12$\n" in markdown(BOTH).replace(
        "\\sqrt{3}", "sqrt(3)"
    )
    proved = page(proof())
    assert '<h2 id="solution">Proof</h2>' in proved
    assert 'class="answer' not in proved
    assert "not checked" in proved
    assert "not checked" in markdown(proof())
    assert "**Answer" not in markdown(proof())
    missing = parts(part("a", "3"), part("b", None))
    assert "**No answer for (b):**" in markdown(missing)
    assert "No answer for (b)" in page(missing)
