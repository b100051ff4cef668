from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.engines.stops import StopScanner


def scan(pieces: list[bytes], stops: list[str], *, keep_stop: bool) -> tuple[str, str | None]:
    """Feed pieces until a stop string is complete, as a generation does."""
    scanner = StopScanner(stops)
    text = ""
    for piece in pieces:
        text += scanner.feed(piece)
        if scanner.stop is not None:
            break
    return text + scanner.rest(keep_stop=keep_stop), scanner.stop


def test_a_stop_string_across_three_tokens_is_found_and_never_shown_early() -> None:
    scanner = StopScanner(["```output"])
    shown = [scanner.feed(piece) for piece in (b"x = 1\n``", b"`out", b"put\n[2]")]
    assert shown == ["x = 1\n", "", ""]
    assert scanner.stop == "```output"
    assert scanner.rest(keep_stop=True) == "```output"


def test_what_looked_like_a_stop_string_is_shown_when_it_is_none() -> None:
    scanner = StopScanner(["```output"])
    assert [scanner.feed(piece) for piece in (b"``", b"`py")] == ["", "```py"]


def test_half_a_character_waits_for_its_other_half() -> None:
    scanner = StopScanner([])
    euro = "€".encode()
    assert [scanner.feed(euro[:1]), scanner.feed(euro[1:])] == ["", "€"]


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    assert scan([b"a\xff", b"b\xe2"], [], keep_stop=True) == ("a\ufffdb\ufffd", None)


def test_a_stop_string_of_multibyte_characters_split_inside_one() -> None:
    data = "甲。乙".encode()
    assert scan([data[:4], data[4:]], ["。"], keep_stop=False) == ("甲", "。")


def test_of_two_stop_strings_the_one_complete_first_wins() -> None:
    assert scan([b"ab", b"cd"], ["abcd", "bc"], keep_stop=True) == ("abc", "bc")


@pytest.mark.parametrize("keep_stop", [True, False])
@given(
    text=st.text(alphabet="ab`é\n", max_size=40),
    stops=st.lists(st.text(alphabet="ab`é", min_size=1, max_size=4), max_size=3),
    cuts=st.lists(st.integers(0, 80), max_size=12),
)
def test_any_split_into_tokens_gives_the_text_up_to_the_first_stop(
    text: str, stops: list[str], cuts: list[int], keep_stop: bool
) -> None:
    data = text.encode()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[a:b] for a, b in itertools.pairwise(edges)]
    got, stop = scan(pieces, stops, keep_stop=keep_stop)
    ends = {text.find(s) + len(s) for s in stops if s in text}
    if not ends:
        assert (got, stop) == (text, None)
        return
    assert stop is not None
    end = got if keep_stop else got + stop
    assert text.startswith(end)
    assert end.endswith(stop)


@given(st.lists(st.binary(max_size=4), max_size=12), st.lists(st.text(max_size=3), max_size=2))
def test_no_bytes_break_the_scanner(pieces: list[bytes], stops: list[str]) -> None:
    got, stop = scan(pieces, stops, keep_stop=False)
    if stop is None:
        assert got == b"".join(pieces).decode("utf-8", "replace")
