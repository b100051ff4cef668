"""Words that lead from a step to a result (`so`, `we get`), and change nothing in it.

`So x = 3` would otherwise be read as a product of S, o and x. Words that may change what is said
(`if`, `not`, `unless`, `except`) are never dropped.
"""

from __future__ import annotations

import re

_ADVERBS = (
    r"so|now|thus|hence|then|therefore|thereby|finally|lastly|consequently|accordingly|also|next"
    r"|first|second|here|again|well|ok|okay|yes(?=[,:]?\s+[A-Za-z]\s*=)"
    r"|and so|and then|and thus|and hence|and therefore"
    r"|so then|clearly|obviously|in conclusion|in total|in the end|as a result|i\.?e\.?|that is"
    r"|that means|ans|answers?|soln?|solutions?|results?|conclusion"
    r"|also folgt|daraus folgt|dann|somit|daher|folglich|donc|alors|ainsi|entonces|luego|por tanto"
    r"|por lo tanto"
)
_CLAIMS = (
    r"(?:i|we|you|one|this|that|it|which|solving|substituting|simplifying)"
    r"(?:'ve| have| can| will| must| then| now| finally| therefore| thus)?"
    r" (?:get|gets|got|find|finds|found|have|has|had|obtain|obtained|see|conclude|calculate"
    r"|calculated|deduce|know|think|say|gives?|gave|yields?|means|implies|shows?|follows?|leaves?)"
    r"(?: us)?(?: that)?"
)
_WORDS = re.compile(
    rf"(?:(?:{_ADVERBS})(?![A-Za-z])\.?\s*[,:]?\s+|(?:{_CLAIMS})(?![A-Za-z])\s*:?\s+)+"
    r"(?=(?P<rest>[^,;]+))",
    re.I,
)
_BEFORE_NUMBER = re.compile(
    r"(?:so|now|thus|hence|then|therefore|finally|ans|answer|soln?|solution|result)\s*[,:]?\s+",
    re.I,
)
_LONGEST = 4_000  # characters of an answer
_PLACES = re.compile(r"\A|[,;]\s+(?:and |or )?|\s(?:and|or)\s+")
_RELATION = re.compile(r"[^=<>]{0,60}?(?:[=<>]|\\(?:[lg]eq?|neq?|in|approx)(?![A-Za-z]))")
_NUMBER = re.compile(r"-?\s*(?:\\?\$|\\frac|\\sqrt|[\d.(])")
_SHORT_WORD = re.compile(
    r"(?!(?:Re|Im|Arg|Max|Min|Abs|Pi|Xi|Phi|Psi|And|Or|Not)\b)"
    r"(?:[A-Z][a-z]{1,2}|as|at|be|but|by|can|for|get|got|has|if|is|it|let|may|of|on"
    r"|our|put|say|see|set|so|the|to|try|use|was|yes)\s+(?=[A-Za-z\\])(?!and\b|or\b)"
)


def without_connectives(text: str) -> str:
    r"""`text` without the words that lead to its formulas, at its beginning and between them.

    >>> without_connectives("So, we get x = 3 and so y = 2"), without_connectives("if x = 3")
    ('x = 3 and y = 2', 'if x = 3')
    """
    if len(text) > _LONGEST:
        return text
    kept, at, tried = [], 0, -1
    for place in _PLACES.finditer(text):
        found = _WORDS.match(text, place.end()) if place.start() > tried else None
        if found is None:
            continue
        tried = found.end() - 1
        is_number = _NUMBER.match(found["rest"]) and _BEFORE_NUMBER.fullmatch(found[0])
        if _RELATION.match(found["rest"]) or (is_number and not place[0]):
            kept.append(text[at : place.end()])
            at = found.end()
    return "".join([*kept, text[at:]])


def begins_with_a_word(text: str) -> bool:
    """Does a short word stand before a formula, so that its letters are no variables?

    >>> begins_with_a_word("Let x = 3"), begins_with_a_word("ab x = 3")
    (True, False)
    """
    found = _SHORT_WORD.match(text)
    return found is not None and _RELATION.match(text, found.end()) is not None
