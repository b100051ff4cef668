"""The answer in a model's or a student's text.

Every solve runs this, so it is plain string work: no SymPy, no parsing of mathematics.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mathcli.answers.printed import without_words

CONVENTIONS = ("boxed", "the answer is", "final answer", "####", "answer tag", "last number")

_BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])\s*")
_TAG = re.compile(r"<answer>(.*?)(?:</answer>|<end_of_answer>|\Z)", re.S | re.I)
_HASHES = re.compile(r"^[ \t]*####[ \t]*(\S.*)$", re.M)
_STATED = re.compile(
    r"""(?:
        \b(?:(?:the|our|my|so|and|his|her|their|total|required|desired|correct|numerical)\s+)*
        (?:final\s+)?(?:answer|result|solution|choice|option)
        (?:\s+(?:to|of|for)\s+(?:the|this)\s+(?:problem|question|equation|exercise))?
        (?:\s+choice)?
        \s*(?:\**\s*(?::|=|\bis\b|\bare\b)(?:\s*:)?\**)
      | (?:(?:最终|正确|最后)?(?:答案|结果|选项)(?:应?[是为]|选)?
            |故?应?选择?|因此选|所以选)\s*[:：]?
    )\s*""",
    re.I | re.X,
)
_FINAL = re.compile(r"final\s+answer\s*\**\s*(?:is|:|：|\n)\s*:?\**\s*", re.I)
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_MATH = re.compile(r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\$([^$\n]+?)\$(?!\d)|\\\((.+?)\\\)", re.S)
_NUMBER = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s*/\s*\d+)?(?:\s*\\?%)?")
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_SIMPLE_FRACTION = re.compile(r"(-?)\\[dt]?frac\{(-?\d+)\}\{(\d+)\}|(-?\d+)\s*/\s*(\d+)")
_SYMPY = re.compile(r"[-+*/() .,\w\[\]{}:]+")
_FAILED = re.compile(r"(?:[A-Za-z_.]*(?:Error|Exception|Interrupt)|Timeout|Traceback)\b")
_JOINED = re.compile(r"[\s$\\()]*(?:,|;|and|or|,\s*and|,\s*or)[\s$\\()]*(?:[a-z]\s*=\s*)?")
_VALUE_OF = re.compile(
    r".*\b(?:is|are|equals|be|equal to)\s+"
    r"(?:(?:exactly|approximately|about|equal to|simply)\s+)?(\S.*)$",
    re.I | re.S,
)
_MATH_WORDS = frozenset(
    str.split(
        "or and pi ln oo le ge ne in pm lt gt mp dx cm mm km kg mathbb mathrm frac dfrac "
        "tfrac sqrt sin cos tan cot sec csc log exp left right text cup cap infty leq geq neq "
        "cdot times circ Matrix Interval Union open FiniteSet begin end pmatrix"
    )
)
_REASONING = re.compile(r"<think>.*?(?:</think>|\Z)", re.S)


@dataclass(frozen=True)
class Answer:
    """An answer found in a text.

    Args:
        text: as written, without the decoration around it.
        latex: the same for typesetting, without dollar signs.
        value: a plain number or a value in SymPy's notation where one is cheap to get.
    """

    text: str
    latex: str
    value: str | None = None


def extract_answer(
    text: str,
    *,
    outputs: Sequence[str] = (),
    convention: str | None = None,
    guess: bool = True,
) -> Answer | None:
    """The answer that `text` states, or `None`.

    Args:
        text: what a model wrote, or a student.
        outputs: what the programs in it printed, oldest first; the last one is the answer
            where the text states none.
        convention: how the model was trained to state its answer (one of `CONVENTIONS`);
            it is tried first, then the others. `None` tries all, the most explicit first.
        guess: whether the last bold text, formula or number will do where nothing is stated;
            for a text that was cut off it should not.

    >>> extract_answer(r"so we get $\\boxed{\\frac{1}{2}}$.").text
    '\\\\frac{1}{2}'
    >>> extract_answer("The answer is 42.").value
    '42'
    """
    visible = _REASONING.sub("", text) if "<think>" in text else text
    finders = dict(_FINDERS)
    order = list(finders)
    wanted = (convention or "").strip().lower()
    if wanted in finders:
        order.remove(wanted)
        order.insert(0, wanted)
    for source in (visible, text) if visible is not text else (text,):
        for name in order:
            found = finders[name](source)
            if found:
                return _answer(found)
    for output in reversed(outputs):
        if output.strip() and not _FAILED.match(_last_line(output.strip())):
            return _answer(without_words(_last_line(output.strip())))
    for source in (visible, text) if guess else ():
        found = _bold(source) or _last_math(source) or _last_number(source)
        # A student may answer in a word or a sentence; a model that does has not answered.
        if found and (convention is None or found != source.strip().rstrip(".")):
            return _answer(found)
    return None


def last_boxed(text: str) -> str | None:
    """The content of the last `\\boxed{…}` whose braces balance; of nested ones the innermost.

    Boxes joined by `and`, `or` or a comma are one answer.

    >>> last_boxed(r"\\boxed{1} then \\boxed{\\text{yes: } \\boxed{2}}")
    '2'
    >>> last_boxed(r"$x = \\boxed{2}$ or $x = \\boxed{3}$")
    '2, 3'
    """
    found: list[str] = []
    start = len(text)
    for match in reversed(list(_BOX.finditer(text))):
        content = _box_content(text, match.end())
        if not content:
            continue
        end = match.end() + len(content[0]) + 2
        if found and not _JOINED.fullmatch(text, end, start):
            break
        found.insert(0, content[1])
        start = match.start()
    return ", ".join(found) or None


def _box_content(text: str, start: int) -> tuple[str, str] | None:
    """What a box that opens at `start` holds, as written and without the space around it."""
    content = balanced(text, start)
    if content is None and not text.startswith("{", start):
        bare = re.match(r"[^\s$.,;{}\\]+", text[start:])
        content = bare[0] if bare else None
    return (content, content.strip()) if content and content.strip() else None


def balanced(text: str, start: int) -> str | None:
    """The text inside the braces that open at `start`, or `None` if they do not close.

    >>> balanced("{a{b}c}d", 0)
    'a{b}c'
    """
    if not text.startswith("{", start):
        return None
    depth, position = 0, start
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 2
            continue
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return text[start + 1 : position]
        position += 1
    return None


def _boxed(text: str) -> str | None:
    return last_boxed(text) if "box" in text else None


def _tagged(text: str) -> str | None:
    found = [match.group(1).strip() for match in _TAG.finditer(text)]
    return _inner(found[-1]) if found and found[-1] else None


def _hashes(text: str) -> str | None:
    found = _HASHES.findall(text)
    return str(found[-1]).strip() if found else None


def _final(text: str) -> str | None:
    return _after(text, _FINAL)


def _stated(text: str) -> str | None:
    return _after(text, _STATED)


def _after(text: str, marker: re.Pattern[str]) -> str | None:
    """What follows the last use of `marker`: its formula if it starts with one, else its line."""
    for match in reversed(list(marker.finditer(text))):
        rest = text[match.end() :]
        formula = _MATH.match(rest)
        if formula:
            following = rest[formula.end() :]
            joined = re.match(r"\s*(?:,|and|or|,\s*and|,\s*or)\s*(?=[$\\])", following)
            if not joined:
                return _first_group(formula)
        line = rest.split("\n", 1)[0]
        clause = _clause(line)
        if clause:
            return _inner(clause)
    return None


def _clause(line: str) -> str:
    """A line up to the end of its sentence; decimal points and abbreviations do not end it."""
    end = re.search(r"[.!?](?=\s|$|[*_])|[。；．]", line)
    clause = line[: end.start()] if end else line
    clause = re.split(r",\s+(?:so|since|because|which|where|as|and so|therefore)\b", clause)[0]
    return clause.strip() + ("**" if clause.count("**") % 2 else "")


def _inner(clause: str) -> str:
    """`clause` without markdown and the prose around its value."""
    bold = _BOLD.search(clause)
    if bold and (clause.startswith("**") or not _MATH.search(clause)):
        clause = bold[1]
    formulas = list(_MATH.finditer(clause))
    if len(formulas) == 1 and formulas[0].start() == 0:
        rest = clause[formulas[0].end() :]
        if not re.match(r"\s*(?:or|and|,|\\?%|[a-z])", rest):
            return _first_group(formulas[0])
    if len(re.findall(r"[A-Za-z]{2,}", _MATH.sub(" ", clause))) >= 3:
        value = _VALUE_OF.search(clause)
        if value and (value[1][:1] in "$\\-" or re.match(r"\d", value[1])):
            return value[1].strip()
        if formulas:
            return _first_group(formulas[-1])
        numbers = _NUMBER.findall(clause)
        if len(numbers) == 1:
            return str(numbers[0]).strip()
    return clause.strip()


def _bold(text: str) -> str | None:
    found = [match.group(1).strip() for match in _BOLD.finditer(text)]
    numeric = [item for item in found if re.search(r"\d|\\|^\(?[A-E]\)?$", item)]
    return numeric[-1].rstrip(".") if numeric else None


def _last_math(text: str) -> str | None:
    formulas = list(_MATH.finditer(text))
    if not formulas:
        return None
    content = _first_group(formulas[-1])
    return content.rsplit("=", 1)[-1].strip() if content.count("=") > 1 else content


def _last_number(text: str) -> str | None:
    """The whole of a short text that is one formula, else the last number in it."""
    whole = text.strip()
    words = re.findall(r"[A-Za-z]{2,}", whole)
    if whole and len(whole) <= 80 and "\n" not in whole and not set(words) - _MATH_WORDS:
        return whole
    found = _NUMBER.findall(text)
    if found:
        return str(found[-1]).strip()
    short = text.strip()
    return short.rstrip(".") if short and len(short) <= 60 and "\n" not in short else None


def _last_line(printed: str) -> str:
    """The last line printed; all of it where a line alone is half of a matrix."""
    last = printed.rsplit("\n", 1)[-1].strip()
    return printed if last.count("[") != last.count("]") else last


def _first_group(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None).strip()


def _answer(found: str) -> Answer:
    text = found.strip()
    dollars = len(re.findall(r"(?<!\\)\$", text))
    if dollars and dollars % 2 == 0:
        text = re.sub(r"(?<!\\)\$", "", text)
    elif text.endswith("$") or (text.startswith("$") and not re.match(r"\$\s*[\d.]", text)):
        text = text.strip("$")
    text = re.sub(r"^\*\*(.*?)\*\*", r"\1", text.strip()).strip("*_ ")
    text = re.sub(r"^\\[(\[]\s*(.*?)\s*\\[)\]]$", r"\1", text)
    text = re.sub(r"^(?:option|choice)\s+(?=\W?[A-J]\b)", "", text, flags=re.I)
    text = re.sub(r"(?<=[^.])[.．]$", "", text).strip() or found.strip()
    return Answer(text=text, latex=_latex(text), value=_value(text))


def _latex(text: str) -> str:
    """`text` for typesetting: programs print `**` and `sqrt(`, which are no LaTeX."""
    if "\\" in text:
        return text
    if re.search(r"[A-Za-z]{4,}\s+[A-Za-z]{2,}", text):
        return rf"\text{{{text}}}"
    latex = re.sub(r"sqrt\(([^()]*)\)", r"\\sqrt{\1}", text)
    latex = re.sub(
        r"\*\*\s*(\([^()]*\)|-?\w+)", lambda m: "^{" + m.group(1).strip("()") + "}", latex
    )
    latex = re.sub(r"\boo\b", r"\\infty", re.sub(r"\bpi\b", r"\\pi", latex))
    latex = re.sub(r"(?<![\w}])(\d+)/(\d+)(?!\w)", r"\\frac{\1}{\2}", latex)
    latex = re.sub(r"\s*\*\s*", " ", latex)
    return re.sub(r"(?<!\\)%", r"\\%", latex)


def _value(text: str) -> str | None:
    plain = text.replace("−", "-").replace(r"\$", "").replace("$", "").strip()
    without = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain) if "," in plain else plain
    if _PLAIN_NUMBER.fullmatch(without):
        return without.lstrip("+")
    fraction = _SIMPLE_FRACTION.fullmatch(plain)
    if fraction:
        sign, over, under, plain_over, plain_under = fraction.groups()
        return f"{sign}{over}/{under}" if over else f"{plain_over}/{plain_under}"
    if _SYMPY.fullmatch(plain) and re.search(r"\d|\bpi\b|\boo\b", plain) and "*" in plain:
        return plain
    return None


_FINDERS: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("boxed", _boxed),
    ("answer tag", _tagged),
    ("####", _hashes),
    ("final answer", _final),
    ("the answer is", _stated),
)
