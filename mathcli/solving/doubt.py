"""The model's doubt about a solution in words, by its least probable token.

A wrong digit usually has a low probability: a solution's least probable token separates right from
wrong better than the mean over all tokens. This is DeepConf's lowest group confidence (Fu et al.
2025), for solutions so short that a group is a single token.
"""

from __future__ import annotations

from collections.abc import Iterable

from mathcli.engines import Token
from mathcli.models import Card
from mathcli.solving.methods import AUTO, WORDS


def least_probability(drawn: Iterable[Token], cue: str = "") -> float | None:
    """The probability of the least probable token; `None` without tokens.

    Args:
        cue: the text with which a model announces that it chose words. Its probability says
            little about the answer, so a beginning like this is left out.

    >>> sure = [Token(b"It is ", 0.5), Token(b"4", 0.9), Token(b".", 0.99)]
    >>> least_probability(sure), least_probability(sure, cue="It is ")
    (0.5, 0.9)
    """
    tokens = list(drawn)
    begins_so = b"".join(token.piece for token in tokens).startswith(cue.encode())
    counted, begin = [], 0
    for token in tokens:
        if not begins_so or begin >= len(cue.encode()):
            counted.append(token.probability)
        begin += len(token.piece)
    return min(counted, default=None)


def doubted(least: float | None, doubt: float) -> bool:
    """Is the probability of a solution's least probable token known, and below `doubt`?"""
    return least is not None and least < doubt


def words_cue(card: Card) -> str:
    """The text with which a model that may choose begins a solution in words: what the card's
    prompt for words adds to its prompt for `auto`; "" if it adds nothing recognizable."""
    free, words = card.methods.get(AUTO), card.methods.get(WORDS)
    if free is None or words is None:
        return ""
    if free.chat is not None and words.chat is not None:
        return _beyond(free.chat.assistant, words.chat.assistant)
    return _beyond(free.prompt or "", words.prompt or "")


def _beyond(shorter: str, longer: str) -> str:
    return longer[len(shorter) :] if longer.startswith(shorter) else ""
