"""What a newcomer types, before any manual: it works, or one line says what to type."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FILES = {
    "homework.txt": b"What is 2+3?\nWhat is 4*5?\n",
    "data.jsonl": b'{"problem": "What is 2+3?", "answer": "5"}\n',
    "grades.csv": b"id,answer,key\n1,5,5\n2,7,20\n",
    "photo.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "program.py": b"print(6 * 7)\n",
}

# What is typed, the exit code, and what is said: on standard output where the code is 0.
TYPED = [
    ("", 2, "mathcli batch homework.txt"),
    ("help", 0, "Usage: mathcli"),
    ("help solve", 0, "Usage: mathcli solve"),
    ("--help", 0, "Usage: mathcli"),
    ("version", 0, "mathcli "),
    ("-V", 0, "mathcli "),
    ("'What is 2+2?'", 0, "answer: 4"),
    ("2+2", 0, "answer: 4"),
    ("what is 2+2", 0, "answer: 4"),
    ("solve 2+2", 0, "answer: 4"),
    ("solve 2 + 2", 0, "answer: 4"),
    ("solve -q x^2=4", 0, "-2, 2"),
    ("solve", 2, "there is no problem to solve"),
    ("solve ''", 2, "there is no problem to solve"),
    ("solve -q '2+2' --answer", 2, "--answer-only"),
    ("solve homework.txt", 2, "mathcli batch homework.txt"),
    ("homework.txt", 2, "mathcli batch homework.txt"),
    ("solve photo.png", 2, "cannot read pictures"),
    ("photo.png", 2, "cannot read pictures"),
    ("solve --file homework.txt", 2, "mathcli batch FILE"),
    ("solve hello", 3, "No answer"),
    ("solve 'hello there'", 3, "is no problem of mathematics"),
    ("solve '???'", 3, "is no problem of mathematics"),
    ("solve -q 'write me a poem about the sea'", 3, "is no problem of mathematics"),
    ("solve 'Show that sqrt(2) is irrational'", 3, "No proof"),
    ("solve -q 'Beweise, dass 2 prim ist.'", 3, "no proof"),
    ("solve -q '(a) What is 2+3? (b) What is 4*5?'", 0, "a: 5\nb: 20\n"),
    ("solve -q --expect 'a=5; b=20' '1) What is 2+3? 2) What is 4*5?'", 0, "1: 5\n2: 20\n"),
    ("solve '17!'", 0, "answer: 355687428096000"),
    ("solve --temperature hot '2+2'", 2, "'hot' is not a number"),
    ("solve --samples many '2+2'", 2, "'many' is not a whole number"),
    ("solve --model gpt-4 '2+2'", 4, "there is no model gpt-4"),
    ("solve --model nosuch.gguf '2+2'", 4, "there is no model file nosuch.gguf"),
    ("-m nano '2+2'", 0, "answer: 4"),
    ("solv '2+2'", 2, "Did you mean 'solve'?"),
    ("batch", 2, "Missing argument"),
    ("batch -q homework.txt", 0, "5\n20\n"),
    ("batch homework.txt -o out.jsonl", 0, ""),
    ("batch nothere.txt", 2, "cannot read nothere.txt"),
    ("batch 'What is 2+2?'", 2, 'for one problem: mathcli solve "…"'),
    ("list", 2, "mathcli models list"),
    ("ls", 2, "mathcli models list"),
    ("models", 0, "nano"),
    ("models ls", 2, "Did you mean 'list'?"),
    ("pull qwen3", 2, "mathcli models pull NAME"),
    ("models pull", 2, "Missing argument"),
    ("models recommend", 0, "mathcli models pull"),
    ("models recommend --for homework", 2, "is not one of"),
    ("models show qwen", 4, "there is no model qwen"),
    ("models pull qwen", 4, "did you mean: qwen3"),
    ("rm qwen3", 2, "mathcli models rm NAME"),
    ("chat", 2, "mathcli solve --continue"),
    ("ps", 2, "mathcli serve status"),
    ("update", 2, "pip install --upgrade"),
    ("run program.py", 0, "42"),
    ("run 'print(1+1)'", 2, "mathcli run -"),
    ("run llama3", 2, 'mathcli solve --model llama3 "…"'),
    ("run nano 'What is 3+4?'", 2, 'mathcli solve --model nano "…"'),
    ("grade --key", 2, "see: mathcli grade --help"),
    ("models pull --revision", 2, "see: mathcli models pull --help"),
    ("check 1/2 0.5", 0, "correct"),
    ("check 1", 2, "Missing argument"),
    ("grade grades.csv", 0, "different numbers"),
    ("eval data.jsonl", 0, "100.0 %"),
    ("history", 0, ""),
    ("history last", 2, "mathcli history show last"),
    ("config model nano", 2, 'model = "nano"'),
    ("doctor", 0, "embedded model"),
]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("typed", "code", "said"), TYPED, ids=[one[0] or "-" for one in TYPED])
def test_it_works_or_says_what_to_type(mathcli: Run, typed: str, code: int, said: str) -> None:
    done = mathcli(*shlex.split(typed))
    assert done.code == code, done.err
    if code == 0:
        assert said in done.out
    else:
        assert said in done.out + done.err
        told = [line for line in done.err.splitlines() if not line.startswith("hint: using")]
        assert len(told) <= 3, done.err
