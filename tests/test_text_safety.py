"""What may reach a reader: every character that could drive, turn or hide becomes an escape."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.text_safety import given_text, json_line, json_page, one_line, safe
from tests.harmful import HARMFUL


def test_every_control_and_format_character_is_an_escape() -> None:
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    for code in range(0x110000):
        character = chr(code)
        if unicodedata.category(character) in kinds and character not in "\n\t":
            shown = safe(f"a{character}b")
            assert shown.isascii(), hex(code)
            assert shown.encode().decode("unicode_escape") == f"a{character}b"


@pytest.mark.parametrize("character", HARMFUL, ids=lambda one: f"{ord(one):x}")
def test_what_hides_is_an_escape(character: str) -> None:
    for text in (character, f"({character}", f"{character}1", f"x{character}y"):
        assert character not in safe(text)
        assert character not in one_line(text)
        assert character not in json_line({text: [text]})
        assert character not in json_page({text: [text]})
        assert json.loads(json_line({text: [text]})) == {text: [text]}


@pytest.mark.parametrize(
    "text",
    ["√2 ≤ π", "é 数 ½", "👩‍🔬 is here", "می‌خواهم", "क्‍ष", "❤️", "1️⃣", "a\tb\nc", "𝔸", "ﬃ"],
)
def test_what_people_write_stays(text: str) -> None:
    assert safe(text) == text
    assert json.loads(json_line(text)) == text


def test_selectors_do_not_stack() -> None:
    assert safe("❤\ufe0f\ufe0f") == "❤\ufe0f\\ufe0f"
    assert safe("a\ufe0f") == "a\\ufe0f"
    assert safe("\ufe0f") == "\\ufe0f"


@given(st.text())
def test_nothing_is_escaped_twice(text: str) -> None:
    assert safe(safe(text)) == safe(text)
    assert "\n" not in one_line(text)


@given(st.text())
def test_json_says_what_it_was_given(text: str) -> None:
    assert json.loads(json_line(text)) == text
    assert json.loads(json_line(text, ascii_only=True)) == text


def test_a_word_in_another_locale_is_utf8() -> None:
    assert given_text("√16".encode().decode("ascii", "surrogateescape")) == "√16"
    assert given_text("√16") == "√16"
    assert given_text("\udcff") == "\udcff"
