"""Reads sentences that state one number, if the words around it do not change its meaning.

Words are dropped only if they say what is counted, or that this is the answer. Any other word may
change the number ("short of", "below"); then nothing is read.
"""

from __future__ import annotations

import re

from mathcli.answers.words import folded, is_prose

_NUMBER = re.compile(
    r"(?<![\w.])-?(?:\\?\$)?\d+(?:,\d{3})*(?:\.\d+)?(?:/\d+)?(?:\\?%)?(?![\w.]*\d)"
)
_CHANGES = re.compile(
    r"\b(?:and|tens|not|no|none|never|nor|neither|without|less|more|fewer|greater|larger|smaller|least|most"
    r"|between|over|under|above|below|than|or|but|plus|minus|times|divided|multiplied|squared|cubed"
    r"|power|root|factorial|half|halves|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?"
    r"|eighths?|ninths?|tenths?|hundredths?|thousandths?|hundreds?|thousands?|millions?|billions?"
    r"|dozens?|twice|double|triple|negative|positive|product|sum of|difference|quotient|reciprocal"
    r"|opposite|sine|cosine|tangent|log|ln|square|cube|base|multiples?|factors?|divisors?|divisible"
    r"|powers?|except\w*|exclud\w*|includ\w*|omit\w*|missing|short|off|off by|away from|exceeds?"
    r"|up to|every|infinitely|page|line|error|unless|if|about half|remainder|repeating"
    r"|recurring|approaches|tends|modulo|mod|percent of|per cent of|out of|couple|first|second"
    r"|last|next|previous|between|before|after|until|past|[b-hj-z])\b",
    re.I,
)
_HAN_CHANGES = re.compile("[的多余左右以不非除未半]|平方|立方|倍数")
_SAYS = re.compile(
    r"(?:.*\b(?:is|are|was|were|has|have|had|gets?|got|pays?|paid|costs?|makes?|made|needs?|needed"
    r"|equals|sells?|sold|buys?|bought|takes?|took|gives?|gave|earns?|earned|spends?|spent|saves?"
    r"|saved|gained|lost|uses?|used|eats?|ate|reads?|walks?|walked|runs?|ran|drives?|drove|finds?"
    r"|found|leaves?|left|contains?|weighs?|remains?|remain|obtain|get|be|become|becomes|scored"
    r"|receives?|received|travels?|traveled|collected|owes?)"
    r"|at|only|exactly|about|approximately|around|roughly|total|total of|day|answer|therefore|so"
    r"|thus|hence|result|value|and so)"
    r"(?: (?:about|approximately|around|roughly|only|exactly|a total of|just|then|now|still|all"
    r"|equal to))*",
    re.I,
)
_CLAIMS = re.compile(
    r"(?:is|are|was|were|has|have|does|do|can|will)\b"
    r"(?! the (?:only |final |right )?(?:answer|solution|result|one)\b)"
)
_COUNTED = re.compile(r"(?:of (?:the|a|an|his|her|their|all) )?[^\W\d_]+(?:[ '’-][^\W\d_]+){0,6}")


def one_number(plain: str) -> tuple[str, str] | None:
    """The number that a sentence says, and the words around it; `None` where they matter.

    >>> one_number("She has 5 apples left"), one_number("5 of the students")
    (('5', 'she has apples left'), ('5', 'of students'))
    >>> one_number("multiples of 5"), one_number("5 below zero"), one_number("page 5")
    (None, None, None)
    """
    numbers = list(_NUMBER.finditer(plain))
    if len(numbers) != 1:
        return None
    [number] = numbers
    before = plain[: number.start()].strip(" .:,$\\")
    after = plain[number.end() :].strip(" .,!$\\%")
    rest = f"{before} {after}".strip()
    if not rest or _CHANGES.search(rest) or _HAN_CHANGES.search(rest) or not is_prose(rest):
        return None
    if before and not _SAYS.fullmatch(before):
        return None
    if after and (not _COUNTED.fullmatch(after) or _CLAIMS.match(after)):
        return None
    return number[0].replace(",", ""), folded(rest)
