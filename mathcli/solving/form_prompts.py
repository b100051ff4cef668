"""Prompts that ask for a proof, or for answers to several parts, in each family's own frame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from mathcli.models import Card, MethodPrompt
from mathcli.problems import ProblemForm
from mathcli.solving.follow_up import is_trained_for_turns
from mathcli.solving.methods import WORDS
from mathcli.solving.options import SolveOptions

PROOF = "proof"
"""The card's method for proofs, for families trained to write them."""

_PROVE = """\
{problem}

Write a complete proof: say what is assumed, give a reason for each step, and end when what was to \
be shown is shown. A proof has no final answer to be marked."""
_IN_PARTS = "Give the answer to each of the parts {labels} in a box of its own: {boxes}."
_BOX = r"\\boxed\s?(?:\{(?:[^{}]|\{[^{}]*\})*\})?"
_CLAUSE = re.compile(rf"(?:,?\s+and\s|，并|；)[^.。\n{{}}]*{_BOX}[^.。\n$<]*(?=[.。\n<]|$)")
_SENTENCE = re.compile(rf"(?:(?<=[.。!?\n>}}])|^)[^.。!?\n>}}]*{_BOX}[^.。\n<]*[.。]?")


def proof_prompt(card: Card) -> MethodPrompt:
    r"""The prompt that asks this family for a proof: the card's own, else its prompt for words.

    A request for a \boxed answer is removed: a proof has no final answer.

    Raises:
        ModelError: the card has no prompt for any method.
    """
    own = card.methods.get(PROOF)
    if own is not None:
        return own
    words = card.prompt_for(WORDS if WORDS in card.methods else card.default_method)
    if words.chat is not None:
        chat = words.chat
        user = without_box(chat.user).replace("{problem}", _PROVE)
        system = chat.system and without_box(chat.system)
        return MethodPrompt(chat=chat.replace(user=user, system=system, tools=(), examples=()))
    return words.replace(
        prompt=without_box(words.prompt or "{problem}"),
        fallback=None,
        translations={code: without_box(text) for code, text in words.translations.items()},
        primed=False,
    )


def without_box(text: str) -> str:
    r"""A prompt without its request for a box.

    >>> without_box(r"Reason step by step, and put your final answer within \boxed{}.")
    'Reason step by step.'
    >>> without_box(r"{problem} Make sure to put the answer inside \boxed{}.")
    '{problem}'
    """
    return _SENTENCE.sub("", _CLAUSE.sub("", text))


def wording(card: Card, problem: str, form: ProblemForm) -> tuple[str, MethodPrompt | None]:
    """The problem's text as sent to the model, and the prompt if it is not the method's own."""
    if form.kind == "parts":
        return in_parts(problem, form.labels), None
    return problem, proof_prompt(card) if form.kind == "proof" else None


def in_parts(problem: str, labels: Sequence[str]) -> str:
    """A problem in parts, with instructions for the format of its answers."""
    named = ", ".join(f"({label})" for label in labels)
    boxes = ", ".join(rf"({label}) \boxed{{…}}" for label in labels)
    return f"{problem}\n\n{_IN_PARTS.format(labels=named, boxes=boxes)}"


def solves_parts_together(card: Card, method: str | None) -> bool:
    """Does this family solve all parts of a problem in one solution? A family trained on problems
    with one answer solves each part by itself."""
    return is_trained_for_turns(card, method if method in card.methods else None)


def kind_by_key(form: ProblemForm, expected: str | None, options: SolveOptions) -> SolveOptions:
    """The options for a problem with a known answer: unless that answer is in parts, the problem
    asks for one answer, whatever its text suggests."""
    from mathcli.answers.multipart import by_place, split_parts

    if expected is None or options.kind is not None or form.kind == "question":
        return options
    in_order = by_place(expected, len(form.labels))
    if form.kind == "parts" and (in_order or split_parts(expected) is not None):
        return options
    return replace(options, kind="question")
