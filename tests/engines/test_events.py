from __future__ import annotations

import doctest
import re
from itertools import pairwise, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.engines import events
from mathcli.engines.events import LONGEST_EVENT, EventReader

LINES = st.sampled_from(
    [b"data: a", b"data:b", b"data", b"data:  c", b"database: d", b": e", b"id: f", b"", b"", b"x"]
)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])


def read(*parts: bytes) -> list[bytes]:
    reader = EventReader()
    return [data for part in parts for data in reader.feed(part)]


def test_examples_in_docstrings() -> None:
    failed, tried = doctest.testmod(events)
    assert failed == 0
    assert tried > 0


@given(st.lists(st.tuples(LINES, ENDS)), st.lists(st.integers(0, 200)))
def test_however_the_network_cuts_a_stream_its_events_are_the_same(
    lines: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(line + end for line, end in lines)
    at = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    parts = [stream[a:b] for a, b in pairwise(at)]
    assert read(*parts) == read(stream) == slowly_read(stream)


def slowly_read(stream: bytes) -> list[bytes]:
    """The standard's words, one by one."""
    found: list[bytes] = []
    data: list[bytes] = []
    *lines, _ = re.split(b"\r\n|\r|\n", stream)
    for line in lines:
        name, _, value = line.partition(b":")
        if not line:
            found += [b"\n".join(data)] if data else []
            data = []
        elif name == b"data":
            data.append(value.removeprefix(b" "))
    return found


def test_a_mark_of_byte_order_is_no_part_of_the_first_line_alone() -> None:
    mark = b"\xef\xbb\xbf"
    assert read(mark[:1], mark[1:] + b"data: a\n\n" + mark + b"data: b\n\n") == [b"a"]


@pytest.mark.parametrize("part", [b"x" * 4096, b"data: " + b"x" * 4096 + b"\n", b"data\n" * 100])
def test_an_event_without_end_is_refused(part: bytes) -> None:
    with pytest.raises(ValueError, match="more than 1 MiB"):
        read(*repeat(part, LONGEST_EVENT))


def test_what_was_read_does_not_count_for_the_next_event() -> None:
    reader = EventReader()
    for _ in range(5):
        assert len(reader.feed(b"data: " + b"x" * (LONGEST_EVENT // 2) + b"\n\n: kept\n")) == 1
