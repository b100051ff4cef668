"""How sure a model is of what it found in words.

A wrong digit is seldom written with conviction: of a solution's tokens the least probable one
tells right from wrong better than all of them together do. That is the idea of DeepConf's lowest
group confidence (Fu et al. 2025), for solutions so short that one token is a group.
"""

from __future__ import annotations

from collections.abc import Iterable

from mathcli.engines import Token
from mathcli.models import Card
from mathcli.solving.methods import AUTO, WORDS


def least_probability(drawn: Iterable[Token], cue: str = "") -> float | None:
    """The probability of the least probable token; `None` if there is none.

    Args:
        cue: with which a model says that it chose words. How readily it chose them says little
            about what it found, so that a beginning like this does not count.

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
    """Is a solution's least probable token, if that is known, less probable than `doubt`?"""
    return least is not None and least < doubt


def words_cue(card: Card) -> str:
    """What a model that is left free begins with when it chooses words: what the card's prompt
    for words has beyond that which leaves it free; "" where that cannot be told."""
    free, words = card.methods.get(AUTO), card.methods.get(WORDS)
    if free is None or words is None:
        return ""
    if free.chat is not None and words.chat is not None:
        return _beyond(free.chat.assistant, words.chat.assistant)
    return _beyond(free.prompt or "", words.prompt or "")


def _beyond(shorter: str, longer: str) -> str:
    return longer[len(shorter) :] if longer.startswith(shorter) else ""
