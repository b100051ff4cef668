"""Requests for a proof: "Show that √2 is irrational", "Beweise, dass …", "证明：…".

A verb of proving asks for a proof where it addresses the reader: at the start of a clause, with a
statement to prove. "The records show that 5 …", "show your work" and "prove yourself" do not. A
text that also asks for a value is a question, because its answer can be stated.
"""

from __future__ import annotations

import re

from mathcli.problems.asking import asks_also, asks_for_value, sentences

_START = (  # of a clause
    r"(?:^|(?<=[,:;.!?—–…，：；。！？、$)\n])|"
    r"\b(?:and|then|or|to|please|now|hence|thus|also|first|us|let's|i|you|we|me|must|should|und|oder|"
    r"wie|cómo|se|comment|bitte|nun|dann|sie|man|zu|y|o|luego|entonces|et|ou|puis|ensuite|favor|plaît|e|du|wir|puedes?|podrías|tu|vous)\s)"
    r"[\s*#\"“'’]*(?:\w+ly\s+)?"
)
_THAT = r"(?:that|why)\b"
_CLAIM = r"(?:identity|inequality|equality|equation|claim|statement|theorem|lemma|formula|fact|"
_CLAIM += r"proposition|conjecture|corollary|following|property|rule|law|converse|relation)s?\b"
_FORMULA = r"[$\\√(|]|\d+\s?[^\w\s]|(?!a\s+[a-z]{2})[A-Za-z]\b|\w{2,6}\("
_HOLDS = r"(?:=|≤|≥|<|>|≡|\\leq?\b|\\geq?\b|\\equiv|\\neq?\b|\b(?:is|are|has|have|divides|holds)\b)"
_ENGLISH = (
    r"(?:dis)?prove\b(?!\s+(?:yoursel|me\b|to\s+be|dough|his\b|her\b|my\b|our\b|their\b|"
    r"your\s+(?:answer|claim|result|work|point|solution)|useful|worth|helpful)|\s*\d+\s*%)(?=\W*\w|\s*$)",
    r"show\s*,?\s+(?:using|by|with|via|from)\s[^.?\n]{2,60}?,?\s+that\b",
    rf"show\s*:[^?\n]{{0,120}}?{_HOLDS}",
    rf"show\s+(?:{_THAT}|if\s[^?\n]{{2,80}}?\sthen\b|by\s+(?:\w+\s+)?(?:induction|contradiction)|(?:the|this)\s+(?:\w+\s+)?{_CLAIM}"
    rf"|(?={_FORMULA})[^?\n]{{0,120}}?{_HOLDS})",
    rf"(?:demonstrate|establish|verify|justify|deduce|conclude|argue|confirm)\s+(?:{_THAT}"
    rf"|(?:the|this)\s+(?:\w+\s+)?{_CLAIM})",
    r"explain\s+why\b",
    r"(?:give|write|provide|present|find|construct|need|want|outline|sketch)\s+(?:me\s+)?"
    r"(?:down\s+)?(?:(?:a|an|the|another|two|some|any)\s+)?(?:[\w'’-]+\s+){0,3}proofs?\s+"
    r"(?:of|that|for|by|why|using|with|from)\b",
)
_OTHER = (
    # German
    r"(?:beweis(?:e|en|t)|zeig(?:e|en|t)|begründ(?:e|en|et)|weisen?|rechtfertigen?|widerlegen?)\s*"
    r"(?:sie\s*|man\s*|ich\s*|nach\s*|(?:durch|mit|mittels|per)\s+[\w\s]{3,40}?)*,?\s*(?:dass|daß|warum|weshalb)\b",
    r"(?:beweisen?|widerlegen?)\s*(?:sie\s+)?(?::|(?:den|die|das|folgende|diese)\b)",
    r"zeigen\s+ist\b",
    r"(?:beweisen?|zeigen?)\s+(?:sie\s+)?(?:durch|mit|mittels|per)\s[^:\n]{3,40}:",
    r"zeigen?\s*(?:sie\s*)?:(?!\s*(?:alle|jede|dein|ihre|die\s+schritte|die\s+lösung))",
    # Spanish
    r"(?:dem[uo]e?str(?:a|ar|e|en|emos)|demuéstrese|pru[eé]b(?:a|e|en)|probar|probemos|"
    r"muestr(?:a|e|en)|mostrar|compr[ou]e?b(?:a|ar|e)|verific(?:a|ar)|verifique|"
    r"justific(?:a|ar)|justifique)\s+(?:por\s+\w+\s+)?(?:que|por\s+qué)\b",
    r"dem(?:uestr|ostr)(?:a|ar|e)\s*(?::|(?:el|la|los|las|este|esta)\b)",
    # French
    r"(?:démontr(?:e|er|ez|ons)|demontr(?:e|er|ez)|prouv(?:e|er|ez|ons)|montr(?:e|er|ez|ons)|"
    r"établir|établi(?:s|ssez)|vérifi(?:e|er|ez)|justifi(?:e|er|ez)|déduire)\s+"
    r"(?:par\s+[\w\s]{3,30}?)?(?:que\b|qu['’]|pourquoi\b)",
    r"(?:démontr|prouv)(?:e|er|ez)\s*(?::|(?:le|la|les|ce|cette|l['’]))",
    # Italian, Portuguese, Dutch, Russian
    r"(?:dimostra(?:re|te)?|prova(?:re)?|mostra(?:re)?|prove|provar|mostr(?:e|ar)|"
    r"demonstr(?:e|ar)|verifica(?:re)?)\s+(?:che|que)\b",
    r"(?:bewijs|toon\s+aan|laat\s+zien)\s+dat\b",
    r"(?:докажите|доказать|докажи|покажите|показать)\b",
)
_NOUN = re.compile(
    r"[\s*#\"“]*(?:a\s+|the\s+)?(?:\w+\s+)?(?:proof|beweis|demostración|démonstration|preuve)"
    r"(?:\s+by\s+\w+)?\s*(?::|\b(?:of|that|for|von|des|der|dass|de|que|du)\b|,\s*dass\b)",
    re.I,
)
_REQUEST = re.compile(rf"{_START}(?:{'|'.join((*_ENGLISH, *_OTHER))})", re.I)
_CHINESE = re.compile(
    r"(?<![份张身了的出])(?:请|试|试着)?(?:证明|證明)(?![书書文信材员])|求证|求證|试证|試證|証明せよ|証明しなさい|を示せ"
)
_WHY = re.compile(r"\W*(?:why|warum|weshalb|¿?por\s+qué|pourquoi|为什么|為什麼)\b", re.I)
_HOW = re.compile(r"\b(?:how|wie|cómo|comment)\W*$", re.I)
_HOW_TO = re.compile(
    r"\W*(?:can|could|would|will|do|how|please|is\s+(?:it\s+possible|there\s+a\s+way)|wie|kannst|können|puedes|cómo|peux|pouvez|comment|"
    r"如何|怎样|怎么|能)",
    re.I,
)


def asks_for_proof(text: str) -> bool:
    """Does a text ask for a proof, and for no value?

    >>> asks_for_proof("Let n be odd. Prove that n^2 is odd."), asks_for_proof("Improve 5 by 3 %.")
    (True, False)
    >>> asks_for_proof("Show that x = 3 and find y."), asks_for_proof("Show how many are left.")
    (False, False)
    """
    whole = sentences(text)
    if len(whole) == 1 and _WHY.match(text):
        return not asks_also(text, after=False)
    asked = False
    for sentence in whole:
        request = _request(sentence)
        if request is None:
            if asks_for_value(sentence) and not _WHY.match(sentence):
                return False
            continue
        before, after = sentence[: request.start()], sentence[request.end() :]
        if asks_also(before, after=False) and not _HOW_TO.match(before):
            return False
        if asks_also(after, after=True):
            return False
        asks_how = _HOW_TO.match(sentence) or _HOW.search(sentence)
        if re.search(r"[?？]\W*$", sentence) and not asks_how:
            return False
        asked = True
    return asked


def _request(sentence: str) -> re.Match[str] | None:
    return _REQUEST.search(sentence) or _CHINESE.search(sentence) or _NOUN.match(sentence)
