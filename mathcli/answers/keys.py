"""Reads the right answers in a row of a key: one, or several that are all accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mathcli.answers.accepted import Match, split_accepted
from mathcli.answers.cells import answer_in_cell
from mathcli.answers.multipart import joined_parts, labelled_parts
from mathcli.answers.verdict import Comparison
from mathcli.json_text import parse
from mathcli.sheets.rows import ACCEPTED, find

if TYPE_CHECKING:
    from mathcli.answers import Grader

Accepted = tuple[str, ...]


def accepted_in(row: Mapping[str, Any], name: str) -> Accepted:
    """The answers in the field `name`, and those in a field of alternatives beside it.

    >>> accepted_in({"answer": "1/2 || 50%", "accepted": ["half"]}, "answer")
    ('1/2', '50%', 'half')
    """
    accepted = [*alternatives(name, row[name])]
    other = find(row, ACCEPTED)
    if other and other != name:
        accepted += alternatives(other, row[other])
    kept = tuple(dict.fromkeys(one for one in accepted if one))
    return kept or ("",)


def alternatives(name: str, value: Any) -> Accepted:
    """The answers in a field: a list under a name of `ACCEPTED` holds one in each place, in other
    fields it is one answer of several parts; in a text `||` separates them."""
    if name.strip().lower() in ACCEPTED:
        value = _listed(value)
        if isinstance(value, list):
            return tuple(answer_in_cell(one)[0] for one in value)
    if isinstance(value, list) and len(value) > 1 and not any(
        isinstance(one, (list, dict)) for one in value
    ):  # fmt: skip
        return (", ".join(str(one) for one in value),)
    parts = labelled_parts(value) if isinstance(value, Mapping) else None
    if parts is not None:
        return (joined_parts(parts),)
    if not isinstance(value, str):
        return (answer_in_cell(value)[0],)
    return tuple(answer_in_cell(one)[0] for one in split_accepted(value))


def _listed(value: Any) -> Any:
    """The list in a field of alternatives, also in SQuAD's form and as JSON in a cell."""
    if isinstance(value, Mapping):
        return value.get("text", value)
    if isinstance(value, str) and value.strip()[:1] == "[":
        try:
            return parse(value)
        except ValueError:
            return value
    return value


def joined_alternatives(accepted: Sequence[str]) -> str:
    """Several accepted answers as one text, which `split_accepted` takes apart."""
    return " || ".join(accepted)


def judged(answer: str, key: str, grader: Grader) -> Comparison:
    """The verdict on an answer against a key's text, which may hold several accepted answers.

    The reason says which matched.
    """
    return told_match(matched(answer, key, grader))


def matched(answer: str, key: str, grader: Grader) -> Match:
    """Like `judged`, with the accepted answer that matched; `None` if the key has only one."""
    accepted = split_accepted(key)
    if len(accepted) == 1:
        return Match(grader.compare(answer, key))
    return grader.compare_any(answer, accepted)


def told_match(match: Match) -> Comparison:
    """The verdict of a match; its reason names the accepted answer if there are several."""
    comparison = match.comparison
    if match.accepted is None:
        return comparison
    return Comparison(comparison.verdict, f"{comparison.reason}; it matches {match.accepted}")
