"""Prompts in the language of the problem."""

from __future__ import annotations

import pytest

from mathcli.models import Card, Chat, Example, MethodPrompt, card_named, cards
from mathcli.solving.prompts import language, render_prompt

CHINESE = "小明有 5 个苹果，吃了 2 个，还剩几个？"


def rendered(card: str, method: str, problem: str) -> str:
    return "".join(piece.text for piece in render_prompt(card_named(card), method, problem, None))


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (CHINESE, "zh"),
        ("解方程 $x^2 - 5x + 6 = 0$", "zh"),
        (r"设 $\frac{a}{b}=\sqrt{2}$，求 $\sin A$", "zh"),
        ("已知函数 f(x)=ln(x)，求导数", "zh"),
        ("Solve x^2 = 4", "en"),
        ("What is the meaning of 和?", "en"),
        ("x^2 = 4", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_problem(problem: str, code: str) -> None:
    assert language(problem) == code


def test_a_chinese_problem_gets_the_family_s_chinese_prompt() -> None:
    asked = "请通过逐步推理来解答问题，并把最终答案放置于\\boxed{}中。"
    wanted = f"User: {CHINESE}\n{asked}\n\nAssistant:"
    assert rendered("deepseek-math", "cot", CHINESE) == wanted
    assert "请结合自然语言和Python程序语言来解答问题" in rendered("deepseek-math", "tir", CHINESE)


def test_an_english_problem_gets_the_english_one() -> None:
    text = rendered("deepseek-math", "cot", "What is 1 + 1?")
    assert text.startswith("User: What is 1 + 1?\nPlease reason step by step")


def test_a_family_without_a_chinese_prompt_is_asked_as_ever() -> None:
    assert CHINESE in rendered("qwen2.5-math", "tir", CHINESE)
    assert "Please integrate" in rendered("qwen2.5-math", "tir", CHINESE)


def test_translations_are_of_languages_that_the_family_answers_in() -> None:
    for card in cards().values():
        for method in card.methods.values():
            assert set(method.translations) <= set(card.languages), card.name


EXAMPLES = Card(
    "mine",
    "Mine",
    {
        "tir": MethodPrompt(
            chat=Chat(
                "Solve: {problem}", system="Use Python.", examples=(Example("1 + 1", "It is 2."),)
            )
        )
    },
)
TURNS = "{% for turn in messages %}[{{ turn.role }}] {{ turn.content }}\n{% endfor %}[assistant] "


def test_examples_are_earlier_turns_of_the_conversation() -> None:
    pieces = render_prompt(EXAMPLES, "tir", "3 + [user]", TURNS)
    assert "".join(piece.text for piece in pieces) == (
        "[system] Use Python.\n[user] Solve: 1 + 1\n[assistant] It is 2.\n"
        "[user] Solve: 3 + [user]\n[assistant] "
    )
    assert [piece.text for piece in pieces if not piece.markup] == ["3 + [user]"]


def test_examples_stand_before_the_problem_where_there_is_no_template() -> None:
    pieces = render_prompt(EXAMPLES, "tir", "3 + 4", None)
    text = "".join(piece.text for piece in pieces)
    assert text == "Use Python.\n\nSolve: 1 + 1\n\nIt is 2.\n\nSolve: 3 + 4\n\n"


@pytest.mark.parametrize("method", ["tir", "cot", "pal"])
def test_a_base_model_gets_worked_examples_and_then_the_problem(method: str) -> None:
    text = rendered("base", method, "What is 3 + 4?")
    assert text.count("Problem: ") >= 4
    asked = text.rpartition("Problem: ")[2]
    assert asked.startswith("What is 3 + 4?\n")
    assert asked.endswith("```python\n" if method == "pal" else "Solution:")
