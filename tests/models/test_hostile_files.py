"""Damaged model files and hostile names through the commands that look at them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mathcli.cli.app import run
from tests.harmful import found_in
from tests.random_model import TINY, write_random_model

NAME = "a\x1b[2J\u202e\u200b\x9b{1}[red]%s"


def told(capsys: pytest.CaptureFixture[str], *words: str) -> int:
    code = run(list(words))
    out, err = capsys.readouterr()
    assert "internal error" not in out + err, err
    assert "Traceback" not in out + err
    assert not found_in(out + err)
    return code


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_hostile_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: list[str]
) -> None:
    path = write_random_model(tmp_path / f"{NAME}.gguf", TINY)
    assert told(capsys, "models", "path", str(path), *as_json) == 0
    told(capsys, "models", "show", str(path), *as_json)
    told(capsys, "models", "show", str(tmp_path / f"no{NAME}.gguf"), *as_json)
    told(capsys, "models", "rm", NAME, *as_json)


def test_damaged_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw = random.Random(3)
    whole = write_random_model(tmp_path / "whole.gguf", TINY).read_bytes()
    path = tmp_path / "damaged.gguf"
    for number in range(60):
        data = bytearray(whole)
        for _ in range(draw.choice((1, 3, 30))):
            at = draw.randrange(4, 4000)
            data[at : at + 1] = draw.randbytes(draw.choice((0, 1, 1, 1, 8)))
        if number % 6 == 0:
            del data[draw.randrange(len(data)) :]
        path.write_bytes(data)
        told(capsys, "models", "show", str(path))
