from __future__ import annotations

import doctest
from dataclasses import asdict

from mathcli.solving import json_ready as module
from mathcli.solving.json_ready import plain
from mathcli.solving.transcript import AnswerInfo, Exchange, Sample, Segment


def test_examples_in_docstrings() -> None:
    failed, tried = doctest.testmod(module)
    assert failed == 0
    assert tried > 0


def test_it_is_what_the_library_gives() -> None:
    segments = (Segment("text", "It is 5.", 1.5, 3), Segment("code", "print(5)", 2.0, 4))
    sample = Sample("tir", 0, segments, AnswerInfo("5", "5"), "computed", "answer", 7)
    assert plain(sample) == asdict(sample)
    assert plain((Exchange("a", "b"),)) == (asdict(Exchange("a", "b")),)
    assert plain({"a": [1, None, True]}) == {"a": [1, None, True]}
