"""Texts that are certainly no problem of mathematics: greetings, requests for a poem, errors.

A text with a number, a formula, or a word for counting is always a problem.
"""

from __future__ import annotations

import re
import unicodedata

_SMALL_TALK = (
    "hello there", "hello world", "hello", "hi there", "hi", "hey there", "hey", "hiya", "yo",
    "howdy", "greetings", "good morning", "good evening", "good afternoon", "good night",
    "good day", "how are you today", "how are you doing", "how are you", "how's it going",
    "what's up", "whats up", "sup", "nice to meet you", "bye bye", "bye", "goodbye", "see you",
    "thanks a lot", "thanks so much", "thanks", "thank you very much", "thank you so much",
    "thank you", "thx", "cheers", "please", "sorry", "ok", "okay", "yes", "no", "cool", "great",
    "nice", "lol", "haha", "who are you", "what are you", "what is your name",
    "what's your name", "what can you do", "are you there", "are you human", "are you a robot",
    "are you an ai",
    "are you real", "how old are you", "where are you from", "where do you live",
    "what is love", "tell me about yourself", "make me a sandwich",
    "who made you", "can you help me", "help me", "help", "i need help",
    "i love you", "test", "testing", "this is a test", "foo", "bar", "foobar", "asdf", "asdfgh",
    "qwerty", "qwertz", "blah", "bla", "blah blah", "mathcli", "my name is", "exit", "quit",
    "hallo", "hallo welt", "guten tag", "guten morgen", "guten abend", "moin", "servus",
    "grüß gott", "wie geht's", "wie geht es dir", "wie geht es ihnen", "danke schön", "vielen dank",
    "danke", "bitte", "tschüss", "auf wiedersehen", "wer bist du", "was kannst du",
    "hola", "buenos días", "buenas tardes", "buenas noches",
    "qué tal", "cómo te llamas", "cómo estás", "cómo está usted",
    "muchas gracias", "gracias", "adiós", "hasta luego",
    "quién eres", "por favor",
    "bonjour", "bonsoir", "salut", "coucou", "ça va", "comment ça va", "comment vas-tu",
    "comment allez-vous", "merci beaucoup", "merci", "au revoir", "qui es-tu", "s'il vous plaît",
    "ciao", "buongiorno", "grazie", "olá", "obrigado", "obrigada", "привет", "здравствуйте",
    "спасибо", "こんにちは", "ありがとう",
    "你好吗", "你好", "您好", "早上好", "晚上好", "谢谢你", "谢谢", "再见", "你是谁",
    "你叫什么名字",
    "嗨", "在吗",
)  # fmt: skip
_TALK = "|".join(re.escape(one) for one in sorted(_SMALL_TALK, key=len, reverse=True))
_ONLY_TALK = re.compile(rf"\W*(?:(?:{_TALK})(?!\w)\W*|(?:{_TALK})(?=[一-鿿])\W*)+", re.I)
_WORK = (
    r"(?:poem|haiku|limerick|song|rap|story|tale|essay|novel|joke|riddle\s+about|email|e-mail|letter|"
    r"speech|blog\s*post|tweet|cover\s+letter|resume|cv|recipe|screenplay|script\s+for\s+a\s+film|"
    r"gedicht|geschichte|lied|witz|aufsatz|brief|poema|cuento|historia|canción|chiste|carta|"
    r"poème|histoire|chanson|blague|lettre)"
)
_OF_ANOTHER_KIND = re.compile(
    r"\W*(?:(?:please|can\s+you|could\s+you|bitte|por\s+favor|now)\s+)*(?:"
    r"(?:write|compose|tell|sing|make\s+up|draft|give|schreib[e]?|erzähl[e]?|dichte|escribe|escríbeme|"
    r"cuéntame|cuenta|écris|raconte|compose)(?:[-\s](?:me|us|mir|uns|moi|nous))?\s+"
    rf"(?:(?:a|an|the|some|another|ein|eine|einen|un|una|une|mir|me|moi)\s+)*(?:[\w-]+\s+){{0,2}}{_WORK}\b"
    r"|(?:what(?:['’]s|\s+is)|how(?:['’]s|\s+is))\s+the\s+weather\b"
    r"|wie\s+(?:ist|wird)\s+das\s+wetter\b|(?:qué|que)\s+tiempo\s+hace\b"
    r"|quel\s+temps\s+fait-il\b"
    r"|translate\s+(?:this|the\s+following|[\"'“])|play\s+(?:some\s+)?music\b"
    r"|(?:recommend|suggest)\s+(?:me\s+)?(?:a|some)\s+(?:good\s+)?(?:movies?|films?|books?|restaurants?)\b"
    r"|(?:who\s+(?:is|was)\s+the\s+(?:president|king|queen|chancellor|author|pope)\s+of)\b"
    r"|(?:what(?:['’]s|\s+is)\s+the\s+(?:capital\s+of|meaning\s+of\s+life))\b"
    r"|写一首|写一篇|讲个笑话|讲一个故事|今天天气)",
    re.I,
)
_COUNTS = re.compile(
    r"\d|[=+*/^√∑∫π∞<>≤≥%]|\\[a-z]|\bhow\s+(?:many|much)\b|\b(?:one|two|three|four|five|six|seven|"
    r"eight|nine|ten|half|twice|number|numbers|sum|equation|probability|zwei|drei|vier|fünf|"
    r"dos|tres|cuatro|cinco|deux|trois|quatre|cinq|wie\s?viele?|cuánt[oa]s?|combien)\b|"
    r"[一二三四五六七八九十百千万两]+(?:个|只|条|元|米|人|本|次|行|字)|多少|几",
    re.I,
)
_ERROR = re.compile(
    r"(?i:\s*segmentation fault)|"
    r"\s*(?:Traceback \(most recent call last\)|(?:\w+\.)*[A-Z]\w*(?:Error|Exception): |"
    r"(?:bash|zsh|sh|fish|-bash|cmd): [^\n]{0,200}(?:not found|no matches found|syntax error|"
    r"No such file or directory|Permission denied)|"
    r"Exception in thread \"|panic: |npm ERR! |fatal: |error\[E\d+\]|"
    r"(?:\w+: )?command not found|E: Unable to locate package |mathcli: |Usage: mathcli )"
)
_LOREM = re.compile(r"\s*lorem\s+ipsum\b", re.I)


def is_no_problem(text: str) -> bool:
    """Is a text certainly no problem of mathematics?

    >>> is_no_problem("Hi, how are you?"), is_no_problem("write me a poem"), is_no_problem("???")
    (True, True, True)
    >>> is_no_problem("π"), is_no_problem("17!"), is_no_problem("derivative of x^3")
    (False, False, False)
    """
    if not any(_says_something(mark) for mark in text):
        return True
    if text.isalpha() and len(text) <= 2 and text.isascii():
        return False  # variables side by side
    if _ERROR.match(text) or _LOREM.match(text):
        return True
    if _ONLY_TALK.fullmatch(text[:400]) and len(text) <= 400:
        return True
    return _OF_ANOTHER_KIND.match(text) is not None and not _COUNTS.search(text)


def _says_something(mark: str) -> bool:
    """A letter, a number, or a sign of mathematics: `∞`, not `!` or a smiley."""
    kind = unicodedata.category(mark)
    return kind[0] in "LN" or kind == "Sm"
