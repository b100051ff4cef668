"""The problem on standard input, in any encoding."""

from __future__ import annotations

import io

import pytest

from mathcli.cli.problem import problem_text
from mathcli.errors import UsageError


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> str:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    return problem_text(["-"])


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", ""), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("latin-1", "Latin-1")],
)
def test_a_problem_in_another_encoding_is_read_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], encoding: str, told: str
) -> None:
    problem = "Wie groß ist 2+3?\n"
    assert piped(monkeypatch, problem.encode(encoding)) == problem.strip()
    err = capsys.readouterr().err
    assert told in err
    assert bool(err) == bool(told)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"1\0+1\n", b"%PDF-1.7", b"\0\0\0\0"])
def test_what_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    with pytest.raises(UsageError, match="is not UTF-8 text"):
        piped(monkeypatch, data)
