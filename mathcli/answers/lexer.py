"""Tokens of LaTeX, of typed text and of what Python prints: one stream for all three."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from mathcli.answers.terms import Number


class Unreadable(ValueError):
    """The text is not in the notation that the reader knows; the message says where."""


@dataclass(frozen=True)
class Token:
    """One token: its kind, its text, whether a space came before it, and a number's value."""

    kind: str
    text: str
    spaced: bool = False
    number: Number | None = None


@dataclass(frozen=True)
class Conventions:
    """How ambiguous notation is read.

    Args:
        thousands: `1,234` is one number.
        scientific: `2e-3` is 0.002, not 2e - 3.
        common_log: `log` is to base ten.
        tight: `1/2x` is 1/(2x).
        repeating: `2.5(3)` is 2.5333…, not 2.5 times 3.
        decimal_comma: `3,5` is 3.5 and `1.234,5` is 1234.5.
        applied: `x(2)` is the value of a function at 2, not twice x.
        upper_i: `I` is the imaginary unit, as SymPy prints it.
        upper_e: `E` is Euler's number, as SymPy prints it.
    """

    thousands: bool = True
    scientific: bool = True
    common_log: bool = False
    tight: bool = False
    repeating: bool = True
    decimal_comma: bool = False
    applied: bool = True
    upper_i: bool = False
    upper_e: bool = False


FUNCTIONS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc",
    "cosec": "csc",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "asin": "asin", "acos": "acos",
    "atan": "atan", "arccot": "acot", "acot": "acot", "arcsec": "asec", "arccsc": "acsc",
    "asec": "asec", "acsc": "acsc", "atan2": "atan2",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "coth": "coth", "sech": "sech", "csch": "csch",
    "asinh": "asinh", "acosh": "acosh", "atanh": "atanh", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh", "ln": "ln", "log": "log", "lg": "log10", "exp": "exp", "sqrt": "sqrt",
    "cbrt": "cbrt", "root": "root", "abs": "abs", "Abs": "abs", "floor": "floor", "ceil": "ceil",
    "ceiling": "ceil", "factorial": "factorial", "binomial": "binom",
    "comb": "binom", "gcd": "gcd", "lcm": "lcm", "max": "max", "Max": "max", "min": "min",
    "Min": "min", "sgn": "sign", "sign": "sign", "re": "re", "im": "im", "conjugate": "conj",
    "arg": "arg", "erf": "erf", "LambertW": "lambertw", "pow": "pow",
    "log10": "log10", "log2": "log2", "Rational": "div", "Fraction": "div", "Integer": "same",
    "Float": "same", "Mod": "mod", "float": "same", "int": "same", "float64": "same",
    "int64": "same",
    "det": "det", "Re": "re", "Im": "im", "Arg": "arg", "cis": "cis", "nPr": "perm", "nCr": "binom",
    "conj": "conj", "round": "round",
}  # fmt: skip
"""Names of functions and the operation each stands for."""

CONSTANTS = {
    "pi": "pi", "e": "e", "E": "e", "i": "i", "I": "i", "oo": "infinity", "inf": "infinity",
    "infty": "infinity", "infinity": "infinity", "Infinity": "infinity", "nan": "undefined",
    "zoo": "undefined", "GoldenRatio": "phi",
}  # fmt: skip

GREEK = frozenset(
    str.split(
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu "
        "nu xi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi "
        "Sigma Upsilon Phi Psi Omega ell hbar lamda"
    )
)
CONSTRUCTORS = frozenset(
    str.split(
        "Matrix ImmutableMatrix MutableDenseMatrix ImmutableDenseMatrix array Interval Union "
        "Intersection Complement FiniteSet EmptySet Eq Ne Lt Le Gt Ge And Or Reals Integers "
        "Naturals Naturals0 Rationals Complexes ImageSet Lambda Tuple Point Point2D Point3D set "
        "frozenset list tuple dict UniversalSet Contains Not Poly Decimal True False "
        "StrictLessThan LessThan StrictGreaterThan GreaterThan Equality"
    )
)
_VECTORS = frozenset(["mathbf", "hat", "vec", "boldsymbol", "bm", "overrightarrow"])
_CONNECTIVES = frozenset(["or", "and"])
_TEXT = re.compile(r"\\(text|textbf|textit|textrm|mathrm|mathbf|mathit|mathsf|mbox|operatorname\*?|"
                   r"boldsymbol|bm|circled|mathcal|mathbb|mathfrak|vec|hat|bar|overline|overrightarrow|widehat|tilde)"
                   r"\s*\{([^{}]*)\}")  # fmt: skip
_NUMBER = re.compile(
    r"(?P<repeating>\d*\.\d*(?:\\overline\{\d+\}|\\bar\{\d+\}|\\dot\{\d\}(?:\d*\\dot\{\d\})?"
    r"|\(\d+\)))"
    r"|(?P<grouped>[1-9]\d{0,2}(?:,\d{3})+(?!\d)(?:\.\d+)?|[1-9]\d?(?:,\d\d)+,\d{3}(?!\d)(?:\.\d+)?)"
    r"|(?P<european>[1-9]\d{0,2}(?:\.\d{3})+,\d+(?!\d)|[1-9]\d{0,2}(?:\.\d{3}){2,}(?!\d))"
    r"|(?P<comma>0,\d{3,}(?![\d,]))"
    r"|(?P<plain>\d+(?:\.\d+|\.(?![\w.(\\]))?|\.\d+)"
)
_WITH_COMMAS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?(?!\d)|\d+,\d+(?!\d)|\d+(?:\.\d+)?")
_SEPARATED = re.compile(r"[(\[{]([^()\[\]{}]*)$")
_ONE_ARGUMENT = re.compile(
    r"(?:\\frac|\\sqrt|\\binom|\^|_|\}|sqrt|sin|cos|tan|ln|log|exp|abs|floor|ceil)\s*$"
)
_EXPONENT = re.compile(r"[eE]([+-]?\d+)")
_FRACTIONAL = re.compile(r"\d|\\(?:overline|bar|dot)\{\d")
_ELLIPSIS = re.compile(r"\s*(?:\.\.\.|\\ldots|\\cdots|\\dots)(?![A-Za-z])")
_CONSTRUCTOR = re.compile(
    r"(?:And|Or)(?=\()|Point[23]D\b|Naturals0\b|Interval(?:open|Lopen|Ropen)\b"
)
_NAME = re.compile(r"[A-Za-z]+(?:_?\d+)?|[^\W\d_]+")
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([A-Za-z]+)\*?\}")
_DUMMY = re.compile(r"(?<![\w}\)\]])_([A-Za-z]\d*)")
_COMMAND = re.compile(r"\\([A-Za-z]+|[{}|%$&#\\])")
_OPERATORS = re.compile(r"\*\*|//|<=|>=|!=|==|=|<|>|[-+*/^_!,;:()\[\]{}|&°%'@]")
_PREFIXES = re.compile(r"\b(?:np|numpy|math|cmath|sp|sympy|mpmath|mp|S|sets)\.(?=[A-Za-z])")
_INTERVALS = re.compile(r"\bInterval\.(open|Lopen|Ropen)\b")

_COMMANDS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "le": "<=", "leq": "<=", "leqslant": "<=",
    "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=",
    "approx": "≈", "simeq": "≈", "equiv": "≡", "bmod": "mod", "land": "and", "wedge": "and",
    "lor": "or", "vee": "or",
    "lbrace": "\\{", "rbrace": "\\}", "{": "\\{", "}": "\\}", "lbrack": "[", "rbrack": "]",
    "mid": "|", "vert": "|", "lvert": "|", "rvert": "|", "lVert": "|", "rVert": "|", "|": "|",
    "langle": "<<", "rangle": ">>", "colon": ":", "%": "%", "prime": "'", "backslash": "setminus",
    "notin": "notin", "sum": "sum", "prod": "prod", "int": "int",
    "cup": "cup", "cap": "cap", "bigcup": "cup", "bigcap": "cap",
    "setminus": "setminus", "smallsetminus": "setminus", "in": "in",
    "pm": "pm", "mp": "mp", "lfloor": "lfloor", "rfloor": "rfloor", "lceil": "lceil",
    "rceil": "rceil", "&": "amp", "\\": "row", "frac": "frac", "binom": "binom", "sqrt": "sqrt",
    "cbrt": "cbrt", "emptyset": "emptyset", "varnothing": "emptyset",
}  # fmt: skip


def tokenize(text: str, reading: Conventions) -> list[Token]:
    """The tokens of cleaned `text`.

    Raises:
        Unreadable: at a sign or word that means nothing in mathematics.
    """
    text = _INTERVALS.sub(r"Interval\1", _PREFIXES.sub("", text)) if "." in text else text
    tokens: list[Token] = []
    position, spaced = 0, False
    while position < len(text):
        if text[position].isspace():
            position, spaced = position + 1, True
            continue
        token, position = _next(text, position, spaced, reading, tokens)
        tokens.extend(token)
        spaced = False
    return tokens


def _next(
    text: str, position: int, spaced: bool, reading: Conventions, before: list[Token]
) -> tuple[list[Token], int]:
    char = text[position]
    if char.isdigit() or (char == "." and _FRACTIONAL.match(text, position + 1)):
        return _number(text, position, spaced, reading)
    if char == "\\":
        return _command(text, position, spaced, reading)
    dummy = _DUMMY.match(text, position)
    if dummy:
        return [Token("name", dummy[1], spaced)], dummy.end()
    operator = _OPERATORS.match(text, position)
    if operator:
        kind = {"**": "^", "==": "=", "@": "*", "//": "//"}.get(operator[0], operator[0])
        if kind == "&" and "\\begin" in text:
            kind = "amp"
        return [Token(kind, operator[0], spaced)], operator.end()
    constructor = _CONSTRUCTOR.match(text, position)
    if constructor:
        return [Token("constructor", constructor[0], spaced)], constructor.end()
    name = _NAME.match(text, position)
    if name:
        return _names(name[0], spaced, reading), name.end()
    raise Unreadable(f"cannot read {char!r}")


def _number(
    text: str, position: int, spaced: bool, reading: Conventions
) -> tuple[list[Token], int]:
    match = _NUMBER.match(text, position)
    if match is None:
        raise Unreadable(f"cannot read {text[position]!r}")
    if match["repeating"] and reading.repeating:
        return [Token("number", match[0], spaced, _repeating(match[0]))], match.end()
    digits, end = _digits(match, reading)
    if len(digits) > 2000:
        raise Unreadable("a number of more than 2000 digits")
    written = text[position:end]
    exponent = _EXPONENT.match(text, end)
    if exponent and reading.scientific and abs(int(exponent[1][:6])) < 5000:
        value = Fraction(digits.rstrip(".")) * Fraction(10) ** int(exponent[1])
        whole = value.denominator == 1 and "." not in digits
        number = Number(value, approximate=not whole, digits=len(digits.strip("0.")))
        return [Token("number", text[position : exponent.end()], spaced, number)], exponent.end()
    value = Fraction(digits.rstrip("."))
    ellipsis = _ELLIPSIS.match(text, end) if "." in digits else None
    if ellipsis:
        places = len(digits.partition(".")[2])
        return [
            Token("number", written, spaced, Number(value, True, Fraction(1, 10**places)))
        ], ellipsis.end()
    count = len(digits.replace(".", "").lstrip("0"))
    number = Number(value, approximate=value.denominator != 1, digits=count)
    return [Token("number", written, spaced, number)], end


def _digits(found: re.Match[str], reading: Conventions) -> tuple[str, int]:
    """The number that begins here with a point and no other separator, and where it ends."""
    text, position = found.string, found.start()
    if reading.decimal_comma:
        commas = _WITH_COMMAS.match(text, position)
        assert commas is not None
        grouped = re.match(r"\d{1,3}(?:\.\d{3})+(?!\d)", commas[0])
        digits = commas[0].replace(".", "") if grouped else commas[0]
        return digits.replace(",", "."), commas.end()
    written = found[0]
    if found["repeating"]:
        written = written.partition("(")[0]
    elif found["european"]:
        if _are_members(text, position):
            written = re.match(r"\d+(?:\.\d+)?", written)[0]  # type: ignore[index]
        else:
            return written.replace(".", "").replace(",", "."), found.end()
    elif found["comma"]:
        if not _are_members(text, position):
            return written.replace(",", "."), found.end()
        written = "0"
    elif found["grouped"] and (not reading.thousands or _are_members(text, position)):
        written = written.partition(",")[0]
    return written.replace(",", ""), position + len(written)


def _are_members(text: str, position: int) -> bool:
    """Whether a comma here separates: inside brackets it does, unless others have spaces after."""
    opened = _SEPARATED.search(text, 0, position)
    if opened is None or _ONE_ARGUMENT.search(text, 0, opened.start()):
        return False
    content = opened[1] + re.split(r"[()\[\]{}]", text[position:], maxsplit=1)[0]
    return not re.search(r",\s", content)


def _repeating(written: str) -> Number:
    """`0.1\\overline{6}`, `0.1(6)`, `0.\\dot{1}4\\dot{2}` as exact fractions."""
    plain = re.sub(r"\\dot\{(\d)\}(\d*)\\dot\{(\d)\}", r"(\1\2\3)", written)
    plain = re.sub(r"\\(?:overline|bar|dot)\{(\d+)\}", r"(\1)", plain)
    whole, _, rest = plain.partition(".")
    fixed, _, period = rest.partition("(")
    period = period.rstrip(")")
    nines = 10 ** len(period) - 1
    scale = Fraction(1, 10 ** len(fixed))
    return Number(int(whole or 0) + int(fixed or 0) * scale + Fraction(int(period), nines) * scale)


def _command(
    text: str, position: int, spaced: bool, reading: Conventions
) -> tuple[list[Token], int]:
    worded = _TEXT.match(text, position)
    if worded:
        return _worded(worded[1], worded[2], spaced), worded.end()
    environment = _ENVIRONMENT.match(text, position)
    if environment:
        return [Token(environment[1], environment[2], spaced)], environment.end()
    match = _COMMAND.match(text, position)
    if match is None:
        raise Unreadable(f"cannot read {text[position : position + 2]!r}")
    name, end = match[1], match.end()
    if name in _COMMANDS:
        return [Token(_COMMANDS[name], match[0], spaced)], end
    if name in FUNCTIONS and FUNCTIONS[name] != "same":
        return [Token("function", FUNCTIONS[name], spaced)], end
    if name in CONSTANTS:
        return [Token("constant", CONSTANTS[name], spaced)], end
    if name in GREEK:
        return [Token("name", name.replace("var", ""), spaced)], end
    return _glued(name, spaced), end


def _glued(name: str, spaced: bool) -> list[Token]:
    """A command with a letter written to it: `\\cotx`, `\\pir`."""
    for length in range(len(name) - 1, 1, -1):
        start, rest = name[:length], name[length:]
        if len(rest) > 1:
            break
        if start in FUNCTIONS and FUNCTIONS[start] != "same":
            return [Token("function", FUNCTIONS[start], spaced), Token("name", rest)]
        if start in CONSTANTS and start == "pi":
            return [Token("constant", "pi", spaced), Token("name", rest)]
    raise Unreadable(f"cannot read \\{name}")


def _worded(command: str, content: str, spaced: bool) -> list[Token]:
    """A command with a text argument: upright names, words, decorated letters."""
    content = content.strip().replace("\\", "")
    if content in ("i", "j", "k") and command in _VECTORS:
        return [Token("name", f"unit{{{content}}}", spaced)]
    if command in (
        "circled",
        "vec",
        "hat",
        "bar",
        "overline",
        "overrightarrow",
        "widehat",
        "tilde",
    ):
        if content.isupper() and content.isalpha() and len(content) > 1:
            if command in ("vec", "overrightarrow"):
                return [Token("name", f"vec{{{content}}}", spaced)]
            return [Token("name", letter, spaced) for letter in content]
        if command in ("overline", "bar") and re.search(r"[-+*/]", content):
            inside = tokenize(content, Conventions())
            return [Token("function", "conj", spaced), Token("(", "("), *inside, Token(")", ")")]
        if not content.isalnum():
            raise Unreadable(f"cannot read \\{command}")
        command = "bar" if command == "overline" else command
        return [Token("name", f"{command}{{{content}}}", spaced)]
    if command == "mathbb":
        if content not in ("R", "Z", "N", "Q", "C"):
            raise Unreadable(f"cannot read \\mathbb{{{content}}}")
        return [Token("numbers", content, spaced)]
    if content.lower() in _CONNECTIVES:
        return [Token(content.lower(), content, spaced)]
    if content.lower().strip(" ,.") in ("otherwise", "else", "elsewhere", "in other cases"):
        return [Token("otherwise", content, spaced)]
    if content.lower().strip(" ,") in ("", "if", "when", "for", "where", "while"):
        return []
    if len(content) == 1 and content.isalpha():
        if command in ("mathrm", "operatorname") and content in CONSTANTS:
            return [Token("constant", CONSTANTS[content], spaced)]
        return [Token("name", content, spaced)]
    if content in FUNCTIONS:
        return [Token("function", FUNCTIONS[content], spaced)]
    return tokenize(content, Conventions())


def _names(run: str, spaced: bool, reading: Conventions) -> list[Token]:
    """A run of letters: one known name, or a product of one-letter variables and known names."""
    if run.lower() in _CONNECTIVES or run in ("in",):
        return [Token(run.lower(), run, spaced)]
    if run in CONSTRUCTORS:
        return [Token("constructor", run, spaced)]
    base = re.match(r"([A-Za-z]+)_?(\d+)$", run)
    if base and run not in FUNCTIONS:
        if base[1] == "i" and "_" not in run:
            return [Token("constant", "i", spaced), *tokenize(base[2], Conventions())]
        if len(base[1]) == 1 or base[1] in GREEK:
            return [Token("name", f"{base[1]}_{base[2]}", spaced)]
        if base[1] in FUNCTIONS:
            index = [Token("_", "_")] if "_" in run else []
            return [*_names(base[1], spaced, reading), *index, *tokenize(base[2], Conventions())]
        raise Unreadable(f"cannot read {run!r}")
    single = _single(run, spaced, reading)
    if single:
        return [single]
    if not run.isascii():
        raise Unreadable(f"cannot read {run!r}")
    tokens: list[Token] = []
    rest, letters = run, 0
    while rest:
        for length in range(len(rest), 0, -1):
            token = _single(rest[:length], spaced and not tokens, reading)
            if token and (length != 2 or token.text in ("pi", "ln")):
                break
        else:
            raise Unreadable(f"cannot read {run!r}")
        letters += length == 1
        tokens.append(token)
        rest = rest[length:]
    if letters > (3 if len(tokens) == letters else 2):
        raise Unreadable(f"cannot read {run!r}")
    return tokens


def _single(name: str, spaced: bool, reading: Conventions) -> Token | None:
    if (name == "I" and not reading.upper_i) or (name == "E" and not reading.upper_e):
        return Token("name", name, spaced)
    if name in GREEK:
        return Token("name", name.replace("var", "").replace("lamda", "lambda"), spaced)
    if name in FUNCTIONS:
        return Token("function", FUNCTIONS[name], spaced)
    if name in CONSTANTS:
        return Token("constant", CONSTANTS[name], spaced)
    return Token("name", name, spaced) if len(name) == 1 and name.isascii() else None
