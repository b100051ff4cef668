"""Cells of spreadsheets as the texts that people see, which may differ from what was typed.

- A number has at most the 15 digits that spreadsheets keep: `5.0` is `5`.
- A number in a percent format is read as it is shown: 0.5 is `50%`.
- A date is `2026-01-02`. Spreadsheets turn `1/2` into a date, so it is doubtful.
- A time, or a duration, is `4:20`. Spreadsheets turn `1:2` into a time, so it is doubtful too.
- A truth value is `true` or `false`.
- An error (`#DIV/0!`), and a formula that was never calculated, are doubtful.
- Of merged cells the first has the value, and the others are empty.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

A_DATE = "the cell holds a date; spreadsheets turn 1/2 or 1-2 into one"
A_TIME = "the cell holds a time; spreadsheets turn 1:2 into one"
AN_ERROR = "the cell holds a formula's error"
NOT_CALCULATED = "the cell holds a formula that was never calculated"

_IN_QUOTES = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|Err:\d{3}")


class DoubtfulCell(str):
    """A cell's text that may differ from what was typed; `reason` says why."""

    reason: str

    def __new__(cls, text: str, reason: str) -> DoubtfulCell:
        """A text and a reason."""
        made = super().__new__(cls, text)
        made.reason = reason
        return made


def text_of(value: Any, *, percent: bool = False) -> str:
    """A cell's value as text.

    >>> text_of(5.0), text_of(0.5, percent=True), text_of(True), text_of(None)
    ('5', '50%', 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return DoubtfulCell(value, AN_ERROR) if ERROR.fullmatch(value) else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return _number(value, percent=percent)
    if isinstance(value, (datetime, date)):
        return DoubtfulCell(_date(value), A_DATE)
    if isinstance(value, time):
        return DoubtfulCell(_clock(value.hour, value.minute, value.second), A_TIME)
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return DoubtfulCell(_clock(minutes // 60, minutes % 60, seconds), A_TIME)
    return str(value)


def is_percent(number_format: str) -> bool:
    """Does a number format show a share as a percentage?

    >>> is_percent("0.00%"), is_percent('0" % of all"'), is_percent("General")
    (True, False, False)
    """
    return "%" in _IN_QUOTES.sub("", number_format)


def _number(value: int | float | Decimal, *, percent: bool) -> str:
    if percent:
        return _plain(Decimal(str(value)) * 100) + "%"
    return str(value) if isinstance(value, int) else _plain(Decimal(str(value)))


def _plain(value: Decimal) -> str:
    """At most 15 significant digits, without an exponent where the number is not too long."""
    text = format(value, ".15g")
    if "e" in text or "." not in text:
        return text
    return text.rstrip("0").rstrip(".")


def _clock(hours: int, minutes: int, seconds: int) -> str:
    return f"{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def _date(value: date) -> str:
    if isinstance(value, datetime) and value.time() != time():
        return value.isoformat(" ", "minutes")
    return value.strftime("%Y-%m-%d") if value.year >= 1000 else value.isoformat()[:10]
