"""Stories told as events: somebody has things, gains and loses some, and one number is asked for.

Each story is composed, not looked up: which number is unknown (start, change or end), how many
events there are, whether a second kind of thing or a second person distracts, and how every
sentence is said. The result is a template of the kind that `stories` fills: a computation, a text.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from .tables import frames

_TABLE = "events.txt"
_SIGNS = {"gain": "+", "lose": "-"}
Template = tuple[str, str]


def _line(section: str, rng: Random) -> str:
    return rng.choice(frames(_TABLE, section))


def _as(text: str, number: str, thing: str) -> str:
    """A phrase about ``number`` of a thing."""
    return text.replace("{n}", number).replace("{K}", thing)


def _event(kind: str, rng: Random) -> tuple[str, str]:
    said, _, asked = _line(kind, rng).partition(" || ")
    return said, asked


def _kind(rng: Random) -> str:
    return rng.choice(["gain", "lose"])


def _two_kinds(rng: Random) -> tuple[str, str]:
    if rng.random() < 0.6:
        one, other = _line("contrasts", rng).split(":")
        if rng.random() < 0.5:
            one, other = other, one
        return f"{one} {{x}}", f"{other} {{x}}"
    return "{x}", "{y}"


def _beside(rng: Random, share: float = 0.3) -> str:
    """Now and then a sentence with a number that nobody asks about."""
    if rng.random() >= share:
        return ""
    return _line("beside", rng).replace("{K}", "{x}").replace("{L}", "{y}")


def _join(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def end_unknown(rng: Random) -> Template:
    """n, one event, what is there now?"""
    kind = _kind(rng)
    said, _ = _event(kind, rng)
    asked = _line("ask left" if kind == "lose" and rng.random() < 0.7 else "ask end", rng)
    start = _as(_line("have", rng), "{n}", "{x}")
    text = _join(start, _beside(rng), _as(said, "{m}", "{x}"), _beside(rng, 0.1))
    return f"n {_SIGNS[kind]} m", _join(text, _as(asked, "", "{x}"))


def two_events(rng: Random) -> Template:
    """n, two events, what is there now?"""
    kinds = (_kind(rng), _kind(rng))
    (one, _), (other, _) = (_event(kind, rng) for kind in kinds)
    start = _as(_line("have", rng), "{n}", "{x}")
    asked = _line("ask left" if "lose" in kinds and rng.random() < 0.4 else "ask end", rng)
    told = (_as(one, "{m}", "{x}"), _as(other, "{k}", "{x}"))
    text = _join(start, told[0], _beside(rng, 0.15), told[1], _as(asked, "", "{x}"))
    return f"n {_SIGNS[kinds[0]]} m; r {_SIGNS[kinds[1]]} k", text


def change_unknown(rng: Random) -> Template:
    """n, some event, now m: how many were gained or lost?"""
    kind = _kind(rng)
    said, asked = _event(kind, rng)
    some = rng.choice(["some", "some", "some", "a few", "several"])
    start, end = _line("have", rng), _line("end", rng)
    text = _join(_as(start, "{n}", "{x}"), _as(said, some, "{x}"), _beside(rng, 0.15))
    text = _join(text, _as(end, "{m}", "{x}"), _as(asked, "", "{x}"))
    return ("m - n" if kind == "gain" else "n - m"), _question_joined(text)


def start_unknown(rng: Random) -> Template:
    """Some, one event, now m: how many were there at first?"""
    kind = _kind(rng)
    said, _ = _event(kind, rng)
    end, asked = _line("end", rng), _line("ask start", rng)
    text = _join(_as(_line("start unknown", rng), "", "{x}"), _as(said, "{n}", "{x}"))
    text = _join(text, _beside(rng, 0.15), _as(end, "{m}", "{x}"), _as(asked, "", "{x}"))
    return ("m - n" if kind == "gain" else "n + m"), _question_joined(text)


def _question_joined(text: str) -> str:
    """After "If …," the question goes on in small letters."""
    head, comma, question = text.rpartition(", ")
    if comma and " If " in head and question[:3] in ("How", "Wha", "Wit"):
        return f"{head}, {question[0].lower()}{question[1:]}"
    return text


def one_of_two_kinds(rng: Random) -> Template:
    """Two kinds of things with events of their own; only one kind is asked about."""
    wanted, other = _two_kinds(rng)
    kind, beside = _kind(rng), _kind(rng)
    (said, asked_change), (also, _) = _event(kind, rng), _event(beside, rng)
    first = rng.random() < 0.5
    pair = ("{n}", "{d}") if first else ("{d}", "{n}")
    names = (wanted, other) if first else (other, wanted)
    have = _line("have both", rng).replace("{n}", "\0").replace("{m}", pair[1])
    have = have.replace("\0", pair[0]).replace("{K}", names[0]).replace("{L}", names[1])
    events = [_as(said, "{m}", wanted), _as(also, "{e}", other) if rng.random() < 0.75 else ""]
    rng.shuffle(events)
    draw = rng.random()
    if draw < 0.6:
        asked = _line("ask left" if kind == "lose" and rng.random() < 0.6 else "ask end", rng)
        return f"n {_SIGNS[kind]} m", _join(have, *events, _as(asked, "", wanted))
    if draw < 0.8:
        end = _as(_line("end", rng), "{m}", wanted)
        some = _as(said, "some", wanted)
        text = _join(have, some, end, _as(asked_change, "", wanted))
        return ("m - n" if kind == "gain" else "n - m"), _question_joined(text)
    sign, asked = rng.choice(
        [
            ("+", f"How many {wanted} and {other} did {{A}} have [in all|altogether|] at first?"),
            ("-", f"How many more {wanted} than {other} did {{A}} have at first?"),
            ("-", f"{{A}} had how many more {wanted} than {other} in the beginning?"),
        ]
    )
    text = _join(have.replace("{d}", "{m}"), _as(also, "{e}", other), asked)
    return f"n {sign} m", text


def both_kinds(rng: Random) -> Template:
    """Two kinds of things, an event, then all of them together or their difference."""
    one, other = _two_kinds(rng)
    have = _line("have both", rng).replace("{K}", one).replace("{L}", other)
    draw = rng.random()
    if draw < 0.3:
        asked = "[How many things|How many {x} and {y}] did {A} have [in all|altogether|in total]?"
        if one != "{x}":
            asked = "How many {x} [did {A} have|were there] [in all|altogether|in total]?"
        return "n + m", _join(have, _beside(rng).replace("{y}", "{z}"), asked)
    kind = _kind(rng)
    said, _ = _event(kind, rng)
    event = _as(said, "{k}", rng.choice([one, other]))
    whole = "{x}" if one != "{x}" else "things"
    asked = f"How many {whole} does {{A}} have [now|in all|altogether|in total] [now|]?"
    return f"n + m; r {_SIGNS[kind]} k", _join(have, event, asked)


def events_together(rng: Random) -> Template:
    """Two events of one kind; asked is their sum or difference, not what is there."""
    kind = _kind(rng)
    said, asked = _event(kind, rng)
    while not said.startswith("{He}"):
        said, asked = _event(kind, rng)
    days = _line("days", rng).split(":")
    start = _as(_line("have", rng), "{d}", "{x}") if rng.random() < 0.6 else "{A} likes {x}."
    told = [
        f"{day} {_as('{he}' + said[4:], number, '{x}')}"
        for day, number in zip(days, ("{n}", "{m}"), strict=True)
    ]
    if rng.random() < 0.3:
        asked = f"How many more {{x}} was that {days[0][:1].lower()}{days[0][1:]}?"
        return "n - m", _join(start, *told, asked)
    question = _as(asked, "", "{x}").replace(" more ", " ").rstrip("?")
    if "[" in question:
        question = "How many {x} was that"
    return "n + m", _join(start, *told, f"{question} [in all|altogether|in total]?")


def two_people(rng: Random) -> Template:
    """Two people with things and events; asked is one of them, the sum or the difference."""
    kind = _kind(rng)
    said, _ = _event(kind, rng)
    said = said.replace("{B}", "{C}")
    have = rng.choice(
        ["{A} has {n} {x} and {B} has {k} {x}.", "{A} has {n} {x}. {B} has {k} {x}.",
         "{A} had {n} {x} while {B} had {k}.", "{B} has {k} {x} and {A} has {n}."]
    )  # fmt: skip
    event = _as(said.replace("{He}", "{A}", 1), "{m}", "{x}")
    draw = rng.random()
    if draw < 0.5:
        asked = _as(_line("ask end", rng).replace("{he}", "{A}"), "", "{x}")
        return f"n {_SIGNS[kind]} m", _join(have.replace("{k}", "{d}"), event, asked)
    if draw < 0.75:
        asked = "How many {x} do [they|{A} and {B}] have [together|altogether|in all] now?"
        return f"n {_SIGNS[kind]} m; r + k", _join(have, event, asked)
    asked = "How many more {x} does {A} have than {B} [now|]?"
    return f"n {_SIGNS[kind]} m; r - k", _join(have, event, asked)


ONE: tuple[Callable[[Random], Template], ...] = (
    end_unknown, change_unknown, start_unknown, one_of_two_kinds, one_of_two_kinds,
    events_together, two_people,
)  # fmt: skip
TWO: tuple[Callable[[Random], Template], ...] = (two_events, both_kinds, two_people)


def template(rng: Random, operations: int) -> Template:
    """A computation of one or two operations and its story."""
    while True:
        made = rng.choice(ONE if operations == 1 else TWO)(rng)
        if made[0].count(";") == operations - 1:
            return made
