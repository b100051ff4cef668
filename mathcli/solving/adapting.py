"""Adapts a card to a model file: the file's chat template decides how programs are requested.

For a file that no card matches, the template supplies what a card would hold: the syntax of tool
calls, how the model thinks, and the tokens that thinking needs. Where a file's template has no
tools, its model is asked for programs between fences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mathcli.models import Card, CodeFormat, Draw, MethodPrompt
from mathcli.models.catalogue import GENERIC, cards
from mathcli.solving.methods import PROGRAMS, WORDS
from mathcli.solving.recognition import Recognized, recognize
from mathcli.templates.messages import marks_of

Metadata = Callable[[str], str | None]

_UNREAD = "how this model calls tools is not known: it is asked for programs between fences"
_PROGRAMS = "tir"
_FENCED = "fenced"
_THINKING_TOKENS = 32768  # what nearly all makers of thinking models recommend
_WORDS_TOKENS = 4096
_PROMPT_ROOM = 1024  # tokens of the context that a solution does not get
_THINKING = Draw(temperature=0.6, top_p=0.95)  # greedy decoding makes thoughts repeat without end


@dataclass(frozen=True)
class Adapted:
    """A card as used for one file, and notes for the user about the changes."""

    card: Card
    note: str | None = None


def depends_on_file(card: Card) -> bool:
    """Can a model file change this card?"""
    return card.name == GENERIC or card.code.syntax != _FENCED


def adapted(card: Card, metadata: Metadata) -> Adapted:
    """The card, changed as one model file requires.

    Args:
        metadata: looks up the file's metadata, as `Engine.metadata` does.

    Raises:
        ModelError: the file's chat template cannot be used.
    """
    template = metadata("tokenizer.chat_template")
    unknown = card.name == GENERIC
    if template is None or not depends_on_file(card):
        return Adapted(card)
    recognized = recognize(template, marks_of(metadata))
    if unknown:
        return _of_unknown(card, recognized, metadata)
    if recognized.shows_tools:
        return Adapted(card)
    note = "the file's chat template has no tools: the model is asked for programs between fences"
    return Adapted(_fenced(card), note)


def _of_unknown(card: Card, recognized: Recognized, metadata: Metadata) -> Adapted:
    """The generic card, completed with what was recognized in the template."""
    thinks = recognized.thinking is not None or recognized.syntax == "harmony"
    draw = _draw(metadata, _THINKING if thinks else card.sampling)
    votes = card.votes if not thinks else draw.replace(samples=card.votes.samples)
    tokens = _THINKING_TOKENS if thinks else max(card.max_tokens, _WORDS_TOKENS)
    fitted = (_without_examples(card) if thinks else card).replace(
        thinking=recognized.thinking,
        sampling=draw,
        votes=votes,
        max_tokens=_within(metadata, tokens),
    )
    if recognized.syntax is None:
        return Adapted(fitted, _UNREAD if recognized.shows_tools else None)
    code = CodeFormat(syntax=recognized.syntax)
    if recognized.feedback is not None:
        code = code.replace(feedback=recognized.feedback)
    words = card.methods[WORDS]
    calls = {method: MethodPrompt(chat=words.chat) for method in PROGRAMS}
    return Adapted(fitted.replace(code=code, methods={**card.methods, **calls}))


def _without_examples(card: Card) -> Card:
    """The card without its examples, whose solutions would teach the model not to think."""
    methods = {
        name: prompt.replace(chat=prompt.chat and prompt.chat.replace(examples=()))
        for name, prompt in card.methods.items()
    }
    return card.replace(methods=methods)


def _fenced(card: Card) -> Card:
    """The card, asking for programs between fences as the generic card does."""
    generic = cards()[GENERIC]
    methods = {**card.methods, _PROGRAMS: generic.methods[_PROGRAMS]}
    return card.replace(code=generic.code, methods=methods)


def _within(metadata: Metadata, tokens: int) -> int:
    """The token limit, lowered to what the model's context leaves beside the prompt."""
    architecture = metadata("general.architecture") or ""
    context = metadata(f"{architecture}.context_length") or ""
    if not context.isdigit():
        return tokens
    return max(256, min(tokens, int(context) - _PROMPT_ROOM))


def _draw(metadata: Metadata, usual: Draw) -> Draw:
    """The sampling parameters that the file recommends, else the usual ones."""
    temperature = _number(metadata, "temp")
    if temperature is None:
        return usual
    top_p, top_k = _number(metadata, "top_p"), _number(metadata, "top_k")
    return usual.replace(
        temperature=temperature,
        top_p=1.0 if top_p is None or not 0 < top_p <= 1 else top_p,
        top_k=0 if top_k is None else int(top_k),
        min_p=_number(metadata, "min_p") or 0.0,
    )


def _number(metadata: Metadata, key: str) -> float | None:
    try:
        value = float(metadata(f"general.sampling.{key}") or "")
    except ValueError:
        return None
    return value if 0 <= value <= 1000 else None
