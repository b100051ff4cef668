"""Evaluated beginnings of prompts that the next process starts on."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from mathcli.engines import Piece, Sampling, kept_prefixes
from mathcli.engines.kept_prefixes import KeptPrefixes, common_beginning
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.resources import embedded_model

EXAMPLES = "".join(f"What is {n} + {n}? That is {2 * n}. " for n in range(2, 13))
ONE = EngineOptions(context=512, sequences=1)


@pytest.fixture(autouse=True)
def _for_small_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kept_prefixes, "_LARGE_MODEL", 0)
    monkeypatch.setattr(KeptPrefixes, "folder", tmp_path / "prefixes")


def prompt(problem: str) -> list[Piece]:
    return [Piece(EXAMPLES, markup=True), Piece(problem), Piece("\n", markup=True)]


def solved(
    problems: Sequence[str], options: EngineOptions = ONE, path: Path | None = None
) -> list[tuple[str, list[float], int]]:
    """A new engine's text, log-probabilities and evaluated tokens for each problem, at once."""

    async def one(engine: LlamaEngine, problem: str) -> tuple[str, list[float], int]:
        sequence = await engine.open(prompt(problem), Sampling())
        chances = await sequence.score(["a", "e"])
        text = (await sequence.generate(max_tokens=16)).text
        evaluated = sequence.counts.evaluated
        await sequence.close()
        return text, chances, evaluated

    async def all_() -> list[tuple[str, list[float], int]]:
        engine = LlamaEngine(path or embedded_model(), options)
        try:
            return list(await asyncio.gather(*(one(engine, problem) for problem in problems)))
        finally:
            engine.close()

    return asyncio.run(all_())


def files() -> list[Path]:
    folder = KeptPrefixes("").folder
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_the_next_process_starts_where_the_examples_end() -> None:
    [first] = solved(["What is 3 + 4?"])
    [file] = files()
    [again] = solved(["What is 3 + 4?"])
    assert again[:2] == first[:2]  # to the last bit
    assert again[2] < first[2] / 5
    [other] = solved(["Solve x^2 - 5x + 6 = 0"])
    assert other[2] < first[2] / 5
    assert files() == [file]  # what was asked is not in it


def test_other_settings_have_files_of_their_own() -> None:
    [alone] = solved(["What is 3 + 4?"])
    several = EngineOptions(context=512, sequences=4, busy=4, streams=True)
    cold = solved(["What is 3 + 4?", "What is 5 + 4?"], several)
    assert len(files()) == 2
    warm = solved(["What is 3 + 4?", "What is 5 + 4?"], several)
    assert [one[0] for one in warm] == [one[0] for one in cold]
    assert sum(one[2] for one in warm) < alone[2] / 2
    assert len(files()) == 2


def test_a_damaged_file_is_not_used() -> None:
    [first] = solved(["What is 3 + 4?"])
    [file] = files()
    for damage in (b"", file.read_bytes()[:-1], file.read_bytes()[:-1] + b"\x00", os.urandom(999)):
        file.write_bytes(damage)
        assert solved(["What is 3 + 4?"]) == [first]


def test_a_state_that_the_library_refuses_is_not_used() -> None:
    [first] = solved(["What is 3 + 4?"])
    [file] = files()
    state = file.read_bytes()[32:]
    for wrong in (state[: len(state) // 2], b"\xff" * len(state)):
        file.write_bytes(hashlib.sha256(wrong).digest() + wrong)
        assert solved(["What is 3 + 4?"])[0][0] == first[0]


def test_a_file_that_changed_has_nothing_kept(tmp_path: Path) -> None:
    path = tmp_path / "nano.gguf"
    path.write_bytes(embedded_model().read_bytes())
    [first] = solved(["What is 3 + 4?"], path=path)
    os.utime(path, (1, 1))
    assert solved(["What is 3 + 4?"], path=path) == [first]
    assert len(files()) == 2


def test_a_deterministic_engine_keeps_nothing() -> None:
    apart = EngineOptions(context=512, sequences=1, deterministic=True)
    assert solved(["What is 3 + 4?"], apart) == solved(["What is 3 + 4?"], apart)
    assert files() == []


def test_a_folder_that_cannot_be_written_costs_nothing() -> None:
    folder = KeptPrefixes("").folder
    folder.write_text("no folder")
    assert solved(["What is 3 + 4?"])[0][0] == solved(["What is 3 + 4?"])[0][0]


def test_what_was_used_longest_ago_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_prefixes, "_MOST", 2500)
    kept = KeptPrefixes("m")
    for at, tokens in enumerate(([1], [2])):
        kept.write(tokens, b"x" * 1000)
        os.utime(kept._path(tokens), (at, at))
    assert kept.read([1]) == b"x" * 1000  # used just now
    kept.write([3], b"x" * 1000)
    assert [kept.read([n]) is not None for n in (1, 2, 3)] == [True, False, True]


def test_where_the_problem_begins_tokens_may_differ() -> None:
    first = list(range(100))
    assert common_beginning(first, [*first, 7]) == 96
    assert common_beginning(first, [*first[:97], 500, 501]) == 96
    assert common_beginning(first, [*first[:90], 500, 501, *range(20)]) == 0
    assert common_beginning(first, first[:96]) == 0


@pytest.mark.checkpoint
def test_a_published_model_starts_on_what_was_kept(chat_model: Path) -> None:
    options = EngineOptions(context=1024, sequences=1)
    [first] = solved(["What is 3 + 4?"], options, chat_model)
    [again] = solved(["What is 3 + 4?"], options, chat_model)
    assert (again[:2], again[2] < first[2] / 5) == (first[:2], True)
