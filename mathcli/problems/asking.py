"""Recognises sentences that ask for a value: "find x", "how many are left?", "求 x 的值"."""

from __future__ import annotations

import re

SENTENCE = re.compile(
    r"[^.!?;。！？；\n]*(?:[.!?;](?!\s|$)[^.!?;。！？；\n]*)*(?:[.!?;。！？；\n]+|$)"
)
"""A sentence with its end; the point of a decimal ends none."""

_FACTORIAL = re.compile(r"(?<=[\w)])!(?=\s*[-=+*/<>)^])")
_PROOF = r"(?!\s+(?:[\w'’]+\s+){0,4}(?:proofs?|reasons?|justification)\b)"
_VERB = (
    rf"(?:(?:find|give|write\s+down){_PROOF}|compute|calculate|determine|evaluate|solve|simplify|"
    r"factor(?:i[sz]e)?|expand|differentiate|integrate|express|estimate|approximate|convert|list|"
    r"count|work\s+out|sketch|round|add|subtract|multiply|divide|minimi[sz]e|maximi[sz]e|"
    r"complete|reduce|rewrite|decide|classify|answer|write|"
    r"berechnen?|bestimmen?|finden?|löse|lösen|ermittle|ermitteln|vereinfachen?|gib|geben\s+sie|"
    r"rechne|leite|faktorisieren?|zerlegen?|wandle|"
    r"calcul(?:a|ar|e|en|es|er|ez|ons)|halla|hallar|halle|encuentra|encontrar|encuentre|"
    r"determin(?:a|ar|e)|détermin(?:e|er|ez)|resuelv[ae]|resolver|simplific(?:a|ar)|"
    r"simplifique|factori[sz](?:a|ar|e|er|ez)|deriv(?:a|ar|e)|trouv(?:e|er|ez)|"
    r"résou(?:s|dre)|résolvez|résoudre|évalu(?:e|er|ez)|simplifi(?:e|er|ez)|"
    r"développ(?:e|er|ez)|dériv(?:e|er|ez)|donn(?:e|er|ez))\b"
)
_WORD = (
    r"(?:what|how\s+(?:many|much|long|far|old|tall|fast|often|large|big)|which|when|where|who|whose|"
    r"wie\s?(?:viele?|hoch|groß|lang|weit|alt|schnell|oft)|was|welche[rsnm]?|wann|wo|"
    r"cu[aá]nt[oa]s?|cu[aá]l(?:es)?|qu[eé]|combien|quel(?:le)?s?|que)\b"
)
_LEAD = (
    r"(?:(?:please|now|then|hence|thus|next|also|first|finally|and|bitte|nun|dann|und|anschließend|"
    r"por\s+favor|luego|entonces|después|y|ahora|s['’]il\s+vous\s+plaît|puis|ensuite|et|enfin)"
    r"\b[\s,:]*)*"
)
_BEGINS = re.compile(rf"[\s\W]*{_LEAD}(?:{_VERB}|{_WORD})", re.I)
_CHINESE = re.compile(
    r"求(?!证|證)|计算|計算|解方程|解不等式|化简|化簡|多少|几(?!何|乎|率)|幾(?!何|乎|率)|是什么|等于\s*[?？]"
)
_AND_ALSO = re.compile(
    rf"(?:[,;:，；：]|\b(?:and|then|und|y|e|et|puis)\b|并|且)\s*{_LEAD}(?:{_VERB}|(?:what|how\s+m\w+)\b)",
    re.I,
)
_MAY = re.compile(
    r"\b(?:can|could|may|must|always|possible|able|kann|möglich|puede|posible|peut)\b", re.I,
)  # fmt: skip
_SOLVE_FOR = re.compile(r"\bsolve\s+for\b", re.I)


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its end mark; `5!` and `...` end no sentence."""
    text = _FACTORIAL.sub("ǃ", text.replace("...", "…"))
    return [found for found in SENTENCE.findall(text) if found.strip()]


def asks_for_value(sentence: str) -> bool:
    """Does a sentence ask for an answer that can be stated: a number, a set, yes or no?"""
    return bool(
        re.search(r"[?？]\s*[)\]\"'”’]*\s*$", sentence)
        or is_instruction(sentence)
        or _SOLVE_FOR.search(sentence)
        or _CHINESE.search(sentence)
    )


def is_instruction(sentence: str) -> bool:
    """Does it begin like "Find …" or "What is …", with or without an end mark?"""
    return _BEGINS.match(sentence) is not None


def asks_also(clause: str, *, after: bool) -> bool:
    """Does a clause beside a request for a proof ask for a value: `and find y`?

    Args:
        after: the clause follows the request, whose statement may contain words such as "find".
    """
    if _CHINESE.search(clause):
        return True
    if not after:
        return is_instruction(clause) or _AND_ALSO.search(clause) is not None
    match = _AND_ALSO.search(clause)
    return match is not None and not _MAY.search(clause[: match.start()])
