"""Questions about the single steps of a GSM8K solution.

A solution says what each of its calculations finds: "Mia sold 6*4=<<6*4=24>>24 cups on Monday."
Such a line is a question about the same story: "How many cups did Mia sell on Monday?", which
needs fewer operations, and leaves the story's other numbers beside the point.
"""

from __future__ import annotations

import re
from functools import cache

from .tables import frames

_LAST_MARK = re.compile(r"^(?P<before>[^<>]*)<<[^<>]*>>(?P<value>[\d.,]*\d)(?P<after>[^<>\d]*)$")
_TERM = r"\(*\$?\d[\d.,/]*%?\)*(?: ?[a-z]+(?:/[a-z]+)?){0,3}\)*"
_EXPRESSION = re.compile(rf"(?:{_TERM}\s*[-+*/x×÷–]\s*)*{_TERM}\s*=\s*(?P<money>\$?)\s*$", re.I)
_OPENINGS = re.compile(
    r"^(?:so|thus|therefore|then|hence|first|next|finally|now|also|and|that means|this means|"
    r"in total|altogether|overall|in all|since then|this|it means)\b,?\s*(?:that\s+)?",
    re.I,
)
_TOTALS = re.compile(r"\s+(?:a total of|a combined total of|a total|about|only|another|exactly)$")
_AFTER_NOUN = re.compile(
    r"\s(?=(?:in|on|at|for|from|to|with|per|each|every|by|after|before|during|this|that|last|"
    r"together|total|altogether|left|remaining|over|than|when|if|so|a|an|because|today|now)\b)"
)
_DOES = {"has": "have", "does": "do", "goes": "go"}
_SUBJECT_IS = re.compile(
    r"(?:the|his|her|their|each|[A-Z]\w+'s) .*(?= (?:is|was|are|were|equals)$)", re.IGNORECASE
)


@cache
def _words(section: str) -> tuple[str, ...]:
    return tuple(" ".join(frames("verbs.txt", section)).split())


@cache
def _bases() -> dict[str, str]:
    """Past forms and what they become after "did"."""
    return dict(pair.split(":") for pair in _words("did"))


def asked(line: str) -> str | None:
    """The question that a line of a solution answers, or None where none can be read off."""
    found = _LAST_MARK.match(line.strip().rstrip("."))
    if found is None:
        return None
    expression = _EXPRESSION.search(found["before"])
    if expression is None:
        return None
    before = _OPENINGS.sub("", found["before"][: expression.start()].strip())
    before = _TOTALS.sub("", " " + before).strip(" ,:")
    after = found["after"].strip(" ,;")
    money = bool(expression["money"]) or after.startswith("dollars")
    if not before or len(before) > 90 or len(after) > 60 or re.search(r"[\d%=$:]", before + after):
        return None
    return _question(before, after, money)


def _question(before: str, after: str, money: bool) -> str | None:
    intro, _, clause = before.rpartition(", ")
    noun, rest = _wanted(after, money)
    words = clause.split()
    whose = _SUBJECT_IS.match(clause)
    if whose and (noun or rest):
        body = f"what {words[-1] if words[-1] != 'equals' else 'is'} {_small(whose[0])}"
        return _finished(intro, body)
    if noun is None:
        return None
    inverted = _inverted(words, noun, rest)
    return _finished(intro, inverted) if inverted else None


def _wanted(after: str, money: bool) -> tuple[str | None, str]:
    """What is counted, and the words that follow it."""
    if money:
        return "how much money", re.sub(r"^dollars\s*", "", after)
    if not after or not after[0].isalpha():
        return None, ""
    noun, *rest = _AFTER_NOUN.split(after, maxsplit=1)
    if noun.split()[0].lower() in _words("no nouns"):
        return None, ""
    return f"how many {noun}", rest[0] if rest else ""


def _inverted(words: list[str], noun: str, rest: str) -> str | None:
    """ "Mia sold" becomes "how many cups did Mia sell"."""
    if len(words) < 2:
        return None
    if words[0].lower() == "there" and words[1] in ("are", "were", "will", "is"):
        return f"{noun} {words[1]} there {' '.join(words[2:])} {rest}"
    helper = next((n for n, word in enumerate(words) if word in _words("helpers")), None)
    verb = words[-1]
    if helper is not None:
        subject, tail, auxiliary = words[:helper], words[helper + 1 :], words[helper]
        if auxiliary in ("is", "are", "was", "were") and not tail:
            return None
    elif verb in _bases():
        subject, tail, auxiliary = words[:-1], [_bases()[verb]], "did"
    elif verb in _DOES or (verb.endswith("s") and len(verb) > 3 and len(words) <= 4):
        subject, tail, auxiliary = words[:-1], [_DOES.get(verb, _stem(verb))], "does"
    elif verb in ("have", "need", "earn", "make", "spend", "get", "use", "eat"):
        subject, tail, auxiliary = words[:-1], [verb], "do"
    else:
        return f"{_small(' '.join(words))} {noun} {rest}" if len(words) <= 6 else None
    if not subject or len(subject) > 4 or subject[0].lower() in _words("no subjects"):
        return None
    if set(_words("pronouns")) & {word.lower() for word in subject[1:]}:
        return None
    if auxiliary == "do" and "each" in subject:
        return None
    return " ".join([noun, auxiliary, _small(" ".join(subject)), *tail, rest])


def _stem(verb: str) -> str:
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    return verb[:-2] if verb.endswith(("ches", "shes", "sses", "xes")) else verb[:-1]


def _small(text: str) -> str:
    """Pronouns and articles lose their capital inside a sentence; names keep it."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first in _words("common") else text


def _finished(intro: str, body: str) -> str:
    sentence = re.sub(r"\s+", " ", f"{intro}, {body}" if intro else body).strip()
    return sentence[:1].upper() + sentence[1:] + "?"
