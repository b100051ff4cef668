from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.engines import Piece, Sampling
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.engines.loops import LoopDetector
from mathcli.engines.streaming import StreamedText

LATE = 32  # tokens that a look may come late, and two beginnings may meet


def pieces_of(text: str) -> list[bytes]:
    """Words, signs, and digits one by one, as tokenizers of mathematical models cut them."""
    found: list[str] = []
    for character in text:
        if character.isalpha() and found and found[-1][-1].isalpha():
            found[-1] += character
        else:
            found.append(character)
    return [piece.encode() for piece in found]


def found_after(pieces: list[bytes], detector: LoopDetector | None = None) -> int | None:
    detector = detector or LoopDetector()
    return next((n for n, piece in enumerate(pieces, 1) if detector.add(piece)), None)


@settings(deadline=None)
@given(
    period=st.integers(1, 512),
    before=st.integers(0, 700),
    digits=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_a_loop_of_any_length_is_found_soon_after_it_is_evident(
    period: int, before: int, digits: bool, seed: int
) -> None:
    draw = random.Random(seed)
    text = [b"before %d" % draw.randrange(10**6) for _ in range(before)]
    kind = b"%d" if digits else b" word%d"
    stretch = [kind % draw.randrange(10) for _ in range(period)]
    found = found_after([*text, *stretch * (3000 // period + 4)])
    assert found is not None
    wanted = max(LoopDetector.numbers if digits else LoopDetector.words, 3 * period)
    assert wanted <= found - before + LATE
    assert found - before <= wanted + LATE


HONEST = {
    "a third": "1/3 = 0." + "3" * 300,
    "a seventh": "1/7 = 0." + "142857" * 50,
    "a matrix of zeros": "\\\\ ".join(["0 & " * 9 + "0"] * 10),
    "an identity matrix": "\n".join(
        " & ".join("01"[i == j] for j in range(16)) + " \\\\" for i in range(16)
    ),
    "a table": "\n".join(f"| {n} | {n * n} | {n % 2} |" for n in range(200)),
    "a table of equal rows": "| 0 | 0 | 0 |\n" * 40,
    "a list of ones": "[" + "1, " * 200 + "1]",
    "a program of equal lines": "x = cos(x)\n" * 20,
    "counting": "".join(f"{n}, " for n in range(1, 1000)),
    "cases": "".join(f"If n = {n}, then n^2 = {n * n}, which is not it.\n" for n in range(200)),
    "a line": "-" * 200,
}


@pytest.mark.parametrize("name", HONEST)
def test_mathematics_that_repeats_itself_honestly_is_no_loop(name: str) -> None:
    text = "We compute. " + HONEST[name] + " So the answer is 4."
    assert found_after(pieces_of(text)) is None


def test_counting_without_an_end_is_left_to_the_limit_on_tokens() -> None:
    assert found_after(pieces_of("".join(f"{n}, " for n in range(5000)))) is None


def test_a_loop_whose_parts_repeat_within_it() -> None:
    stretch = pieces_of("a b a b a b c " * 4 + "a b a b d ")
    assert found_after(stretch * 40) is not None


def test_the_thresholds_are_arguments() -> None:
    endless = [b"so", b" on", b" and"] * 1000
    assert found_after(endless, LoopDetector(words=48, numbers=48)) == 48
    assert found_after(endless, LoopDetector(longest=2)) is None
    assert found_after(endless, LoopDetector(copies=500)) == 1504


def test_other_text_in_between_begins_anew_and_a_copy_goes_on() -> None:
    detector = LoopDetector(words=64, numbers=64)
    for _ in range(48):
        assert not detector.add(b"x")
    twin = detector.copy()
    detector.clear()
    assert found_after([b"x"] * 100, twin) == 16
    assert found_after([b"x"] * 100, detector) == 64


def test_a_model_that_repeats_itself_is_stopped_and_says_so(tiny_model: Path) -> None:
    engine = LlamaEngine(tiny_model, EngineOptions(threads=1))

    async def go() -> None:
        sequence = await engine.open([Piece("b")], Sampling())
        completion = await sequence.generate(max_tokens=480)
        assert completion.finish == "loop"
        assert completion.tokens <= 400
        assert completion.text.endswith("b" * 300)
        again = await sequence.generate(max_tokens=480)  # the text is what it was
        assert (again.finish, again.tokens) == ("loop", 16)
        (twin,) = await sequence.fork(1)
        assert (await twin.generate(max_tokens=100)).tokens == 16
        await sequence.append("a")
        assert (await sequence.generate(max_tokens=100)).finish == "max_tokens"

    try:
        asyncio.run(go())
    finally:
        engine.close()


def test_what_a_server_streams_is_looked_at_too() -> None:
    shown: list[str] = []
    writing = StreamedText((), 10_000, shown.append)
    while writing.finish is None:
        writing.take({"choices": [{"text": " the same"}]})
    completion = writing.completion(keep_stop=True)
    assert (completion.finish, completion.tokens) == ("loop", LoopDetector.words)
    assert completion.text == "".join(shown) == " the same" * LoopDetector.words
