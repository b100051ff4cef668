from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from msgspec import to_builtins

from mathcli.answers import CONVENTIONS
from mathcli.errors import ModelError
from mathcli.models import card, card_values, cards, load_card, schema
from mathcli.sandbox import Semantics

GOOD = """
name = "x"
title = "X"
[methods.tir]
prompt = "{problem}"
"""


def load(tmp_path: Path, text: str) -> card.Card:
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    return load_card(path)


def test_the_least_card_is_a_card(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    assert (found.name, found.default_method, found.rounds) == ("x", "tir", 4)
    assert found.prompt_for("tir").prompt == "{problem}"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title = 'X'", "the card has no name"),
        ("name = 'x'\ntitle = 3", "title must be text, not 3"),
        (GOOD + "prompts = '{problem}'", "methods.tir.prompts is no known key"),
        (GOOD.replace("{problem}", "?"), "methods.tir.prompt has no {problem}"),
        (GOOD + "chat = {user = '{problem}'}", "methods.tir needs either a prompt or a chat"),
        (GOOD + "fallback = 'cot'", "methods.tir.fallback names no method of this card"),
        (GOOD.replace("tir", "guess"), "methods.guess must be one of: tir, pal, cot, auto"),
        (GOOD.replace("[", "rounds = 0\n[", 1), "rounds must be a whole number from 1 to"),
        (GOOD.replace("[", "rounds = true\n[", 1), "rounds must be a whole number"),
        (GOOD.replace("[", "stops = 'x'\n[", 1), "stops must be a list of texts"),
        (GOOD.replace("[", "answer = 'shout'\n[", 1), "answer must be one of: boxed,"),
        (GOOD.replace("[", "sampling = {temperature = -1}\n[", 1), "sampling.temperature must be"),
        (GOOD.replace("[", "doubt = 2\n[", 1), "doubt must be a number from 0 to 1"),
        (GOOD + "[code]\nfeedback = 'done'", "code.feedback has no {output}"),
        (GOOD + "[code]\nprimed = 1", "code.primed must be true or false"),
        (GOOD + "[execution]\nvalue = 'often'", "execution.value must be one of: never,"),
        (GOOD + "[execution]\ncolour = 'red'", "execution.colour is no known key"),
        (GOOD + "[execution]\nerror = 'oh'", "execution.error has no {error}"),
        (GOOD + "[checkpoints.a]\ngguf = 'a/b'", "checkpoints.a.gguf must be a list of texts"),
        (GOOD + "[checkpoints]\na = 1", "checkpoints.a must be a table"),
        (GOOD + "[reward]\nfirst = '{problem}{step}'", "reward has no next"),
        (GOOD + "translations = {zh = '?'}", "methods.tir.translations.zh has no {problem}"),
        (GOOD + "translations = {xx = '{problem}'}", "methods.tir.translations.xx must be one of"),
        (
            GOOD.replace("prompt =", "chat.user =") + "translations = {zh = '{problem}'}",
            "methods.tir.translations can only be given with a prompt",
        ),
        (GOOD + "primed = 'yes'", "methods.tir.primed must be true or false"),
        (
            GOOD.replace("prompt =", "chat.user =") + "chat.examples = [{problem = '1 + 1'}]",
            "methods.tir.chat.examples[0] has no solution",
        ),
        (
            GOOD.replace("prompt =", "chat.user =") + "chat.examples = {problem = '1 + 1'}",
            "methods.tir.chat.examples must be a list of tables",
        ),
        (GOOD + "[code]\nsyntax = 'cobol'", "code.syntax must be one of: fenced, hermes,"),
        (
            GOOD + "[thinking]\nopen = []",
            "thinking.open must be a list of texts that are not empty",
        ),
        (GOOD + "[thinking]\nclose = ['']", "thinking.close must be a list of texts that are not"),
        (GOOD + "[thinking]\nclose = ['[/X]']", "thinking.forced_close has none of the texts of"),
        (GOOD + "[thinking]\ndefault = 'no'", "thinking.default must be one of: on, off, always"),
        (GOOD + "[thinking]\nbudget = -1", "thinking.budget must be a whole number from 0 to"),
        (GOOD + "[thinking]\non = {user = 1}", "thinking.on.user must be text, not 1"),
        (GOOD + "[thinking]\noff.sampling.top_q = 1", "thinking.off.sampling.top_q is no known"),
        (GOOD + "[thinking.efforts]\nlow = 3", "thinking.efforts.low must be a table"),
        (
            GOOD.replace("[", "verified = 'yes'\n[", 1),
            "verified must be one of: checkpoint, template",
        ),
        ("name = 'x'\ntitle = 'X'", "methods or reward must be given"),
        ("name = ", "cannot be read"),
    ],
)
def test_a_wrong_key_is_named_with_its_file(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(tmp_path, text)
    assert complaint in caught.value.message
    assert "x.toml" in caught.value.message
    assert "\n" not in caught.value.message


def test_a_card_that_thinks(tmp_path: Path) -> None:
    text = """
[thinking]
begun = true
budget = 4096
forced_close = "</think>"
on.variables = { enable_thinking = true }
on.sampling = { temperature = 0.6 }
off = { variables = { enable_thinking = false }, begin = "<think></think>" }
[thinking.efforts.low]
variables = { reasoning_effort = "low" }
budget = 512
"""
    thinking = load(tmp_path, GOOD + text).thinking
    assert thinking == card.Thinking(
        begun=True,
        budget=4096,
        forced_close="</think>",
        on=card.Switch({"enable_thinking": True}, sampling=card.Draw(temperature=0.6)),
        off=card.Switch({"enable_thinking": False}, begin="<think></think>"),
        efforts={"low": card.Switch({"reasoning_effort": "low"}, budget=512)},
    )


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(ModelError, match=r"x\.toml cannot be read"):
        load_card(path)


@pytest.mark.parametrize("name", list(cards()))
def test_a_card_is_what_its_own_record_says(name: str, tmp_path: Path) -> None:
    one = cards()[name]
    assert schema.card_of(tmp_path / "x.toml", to_builtins(one)) == one


def test_the_execution_table_is_the_executor_s_semantics() -> None:
    assert card.Running.__struct_fields__ == tuple(field.name for field in fields(Semantics))


def test_the_answer_conventions_are_those_that_extraction_knows() -> None:
    assert get_args(card_values.Convention) == CONVENTIONS


def test_a_reward_model_cannot_solve(tmp_path: Path) -> None:
    text = "name = 'x'\ntitle = 'X'\n[reward]\nfirst = '{problem}{step}'\nnext = '{step}'"
    with pytest.raises(ModelError, match="scores solutions"):
        _ = load(tmp_path, text).default_method
