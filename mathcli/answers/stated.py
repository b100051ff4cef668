"""Answers that a text states as such: "the answer is 5", `#### 5`, `<answer>5</answer>`, …

Each finder takes a text and returns the answer in its last statement, or `None`. Each reads every
place of the text a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mathcli.answers.boxes import last_boxed
from mathcli.answers.conclusions import approximated, last_side, value_in
from mathcli.answers.formulas import formulas
from mathcli.json_text import parse

MAX_ANSWER = 2_000
"""Characters of an answer; what is longer is no answer but a text."""
MAX_TRIED = 50
"""Statements that are looked at, from the last one back."""

_TAG = re.compile(r"<answer>|</answer>|<end_of_answer>", re.I)
_HASHES = re.compile(r"^[ \t]{0,20}####[ \t]{0,20}(\S[^\n]{0,2000})$", re.M)
_SPACE = r"[ \t]{0,10}"
_STATED = re.compile(
    rf"""(?:
        (?:
          \b(?:answers?|results?|solutions|solution(?!\W{{0,5}}:)|choice|option)
          (?:\s{{1,3}}(?:to|of|for)\s{{1,3}}(?:the|this)\s{{1,3}}
             (?:problem|question|equations?|exercise|system|inequality))?
          (?:\s{{1,3}}choice)?
        | (?:\b(?:roots|zeros|solution\s{{1,3}}set)\b)
        )
        \s{{0,3}}(?:\*{{0,3}}\s?(?::|=|\bis\b|\bare\b)(?:\s?:)?\*{{0,3}})
      | (?:(?:最终|正确|最后)?(?:答案|结果|选项)(?:应?该?[是为]|选)?
            |应?选择?(?=\s?[:：(（]?\s?[A-H](?![A-Za-z]))|因此选|所以选){_SPACE}[:：]?
    ){_SPACE}""",
    re.I | re.X,
)
_FINAL = re.compile(
    r"\bfinal\s{1,3}answer\s{0,3}\*{0,3}\s?(?:\bis\b|:|：|\n)\s?:?\*{0,3}[ \t]{0,10}", re.I
)
_JSON = re.compile(
    r'"(?:final_?\s?|correct_?\s?)?answer"\s{0,5}:\s{0,5}'
    r'("(?:[^"\\\n]|\\.){0,500}"|-?\d[\d.eE+-]{0,40}|\[[^\[\]]{0,500}\]|true|false)',
    re.I,
)
_BULLET = re.compile(r"[ \t]{0,10}(?:[-*•]|\(?\d{1,2}[.)]|\(?[a-h]\))[ \t]{1,10}(\S[^\n]{0,300})")
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_SENTENCE = re.compile(r"[.!?](?=\s|$|[*_\"”)])|[。；．]")
_REASON = re.compile(
    r"(?:,\s{1,3}(?:so|since|because|which|where|as|and\s{1,3}so|therefore)\b"
    r"|\s{1,3}\(?(?:because|since)\b)"
    r"(?!\s{1,3}(?:is\s{1,3})?(?:about|approximately|roughly|around))"
)
_BEGINS = re.compile(  # a solution, and not an answer
    r"\W{0,5}(?:let\b|let['’]s\b|we\b|first\b|to\s|since\b|given\b|step\b|if\b|start\b|here\b|"
    r"in order\b|from\b|using\b|according\b)",
    re.I,
)
_PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_VALUE_OF = re.compile(
    r"\b(?:is|are|equals|be|equal\s{1,3}to)\s{1,3}"
    r"(?:(?:exactly|approximately|about|equal\s{1,3}to|simply)\s{1,3}){0,2}(?=[$\\\d−-])",
    re.I,
)
_MORE = re.compile(r"\s{0,5}(?:,|;|and\b|or\b|,\s{0,3}and\b|,\s{0,3}or\b|≈|\(|\\?%|[A-Za-z])")
_JOINT = re.compile(r"[,;]|\b(?:and|or)\b", re.I)


def boxed(text: str) -> str | None:
    """What the last `\\boxed{…}` holds (see `boxes.last_boxed`)."""
    answer = last_boxed(text)
    return answer if answer and len(answer) <= 2 * MAX_ANSWER else None


def tagged(text: str) -> str | None:
    """What stands between the last `<answer>` and its end, or the end of the text."""
    start, found = None, None
    for mark in _TAG.finditer(text):
        if mark[0].lower() == "<answer>":
            start = mark.end()
        elif start is not None:
            found, start = text[start : mark.start()], None
    if start is not None:
        found = text[start:]
    content = (found or "").strip()
    return _inner(content) if 0 < len(content) <= MAX_ANSWER else None


def hashes(text: str) -> str | None:
    """What follows the last `####` at the start of a line, as GSM8K writes it."""
    marked = _HASHES.findall(text) if "####" in text else []
    return str(marked[-1]).strip() if marked else None


def in_json(text: str) -> str | None:
    """The value of the last field `answer` of a JSON text."""
    values = _JSON.findall(text) if 'answer"' in text.lower() else []
    if not values:
        return None
    try:
        value = parse(values[-1])
    except ValueError:
        return str(values[-1]).strip('"') or None
    if isinstance(value, list):
        return ", ".join(map(str, value)) or None
    return (str(value).lower() if isinstance(value, bool) else str(value)) or None


def final(text: str) -> str | None:
    """The answer after "final answer:"."""
    return _after(text, _FINAL)


def stated(text: str) -> str | None:
    """The answer after "the answer is", "the result is", "the solutions are", 答案是 and so on."""
    return _after(text, _STATED)


def _after(text: str, marker: re.Pattern[str]) -> str | None:
    """What follows the last use of `marker`: a formula, the clause, or a list below it."""
    for match in _last(marker, text):
        rest = text[match.end() : match.end() + MAX_ANSWER]
        first = next(formulas(rest), None) if rest[:1] in "$\\" else None
        if first and first.start == 0 and not _MORE.match(rest, first.end):
            return last_side(first.content)
        line, _, below = rest.partition("\n")
        clause = _clause(line)
        if clause.strip("*_:： "):
            if not _BEGINS.match(clause):
                return _inner(clause)
        elif listed := _listed(below, prose=marker is _FINAL):
            return listed
    return None


def _last(marker: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The last matches of `marker`, the very last one first."""
    matches = list(marker.finditer(text))
    yield from reversed(matches[-MAX_TRIED:])


def _listed(below: str, *, prose: bool) -> str | None:
    """What stands below a line that ends after its colon: values in a list, a formula or a value.

    Args:
        prose: whether it may stand in a sentence.
    """
    lines = below.lstrip("\n").split("\n")
    items = []
    for line in lines:
        bullet = _BULLET.fullmatch(line)
        if bullet is None or not _is_value(bullet[1]):
            break
        items.append(_inner(_clause(bullet[1])))
    if items:
        return ", ".join(items)
    start = below.lstrip()
    first = next(formulas(start), None) if start[:1] in "$\\" else None
    if first is not None and first.start == 0:
        return last_side(first.content)
    clause = _clause(lines[0]) if lines else ""
    return _inner(clause) if _is_value(clause) or (prose and re.search(r"\d", clause)) else None


def _is_value(text: str) -> bool:
    """Is this a value, and not a step of a calculation?"""
    words = len(_PROSE.findall(text)) - text.count("\\text")
    return words < 3 and bool(re.search(r"[\d\\$]|^\W{0,3}[A-J]\W{0,3}$", text))


def _clause(line: str) -> str:
    """A line up to the end of its sentence; decimal points and abbreviations do not end it."""
    end = _SENTENCE.search(line)
    clause = line[: end.start()] if end else line
    clause = _REASON.split(clause, maxsplit=1)[0]
    return clause.strip() + ("**" if clause.count("**") % 2 else "")


def _inner(clause: str) -> str:
    """`clause` without Markdown and the prose around its value."""
    clause = approximated(clause)
    inside = list(formulas(clause))
    bold = _BOLD.search(clause)
    if bold and (clause.startswith("**") or not inside):
        if _JOINT.match(clause, bold.end() + 1) and clause.count("**") >= 4:
            clause = clause.replace("**", "")
        else:
            clause = bold[1]
        inside = list(formulas(clause))
    if len(inside) == 1 and inside[0].start == 0 and not _MORE.match(clause, inside[0].end):
        return last_side(inside[0].content)
    without = clause
    for formula in reversed(inside):
        without = without[: formula.start] + " " + without[formula.end :]
    if len(_PROSE.findall(without)) < 3:
        return clause.strip()
    values = list(_VALUE_OF.finditer(clause))
    if values:
        return value_in(clause[values[-1].end() :]) or clause[values[-1].end() :].strip()
    if len(inside) == 1:
        return last_side(inside[0].content)
    if inside or not _JOINT.search(without):
        return value_in(clause) or clause.strip()
    return clause.strip()
