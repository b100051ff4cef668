"""Times of the day and dates."""

from __future__ import annotations

import re

from mathcli.answers.numerals import number_in_words
from mathcli.answers.terms import Date, TimeOfDay

_MONTHS = {name: place + 1 for place, name in enumerate(str.split(
    "january february march april may june "
    "july august september october november december"))}  # fmt: skip
_MONTHS |= {name[:3]: month for name, month in _MONTHS.items()} | {"sept": 9}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_HALF = r"(?:\s*([AaPp])\.?\s?[Mm]\b\.?)?"
_DIGITAL = re.compile(
    rf"(\d{{1,2}})(?::|\.(?=\d\d\s*[ap]\.?m))(\d\d)(?::(\d\d))?{_HALF}(?:\s*(?:hours|hrs|o'clock))?",
    re.I,
)
_HOUR = re.compile(
    r"(\d{1,2}|[a-z]+)\s*(?:(o'?\s?clock)|([ap])\.?\s?m\b\.?)(?:\s*([ap])\.?m\.?)?", re.I
)
_PAST = re.compile(
    r"(half|a quarter|quarter|[a-z-]+|\d+)(?: minutes?)? (past|after|to|before) "
    r"([a-z]+|\d+)(?: o'?clock)?" + _HALF, re.I
)  # fmt: skip
_NAMED = {"noon": 12 * 3600, "midday": 12 * 3600, "midnight": 0}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d\d)")
_MONTH_FIRST = re.compile(rf"({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(\d{{4}}))?", re.I)
_DAY_FIRST = re.compile(
    rf"(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of )?({_MONTH})\.?(?:,?\s+(\d{{4}}))?", re.I
)


def read_clock(text: str) -> TimeOfDay | None:
    """The time of the day that `text` means, or may mean.

    >>> read_clock("2:30 pm"), read_clock("half past two")
    (TimeOfDay(seconds=52200, half='pm'), TimeOfDay(seconds=9000, half=''))
    >>> read_clock("noon")
    TimeOfDay(seconds=43200, half='24')
    """
    plain = re.sub(r"\s+", " ", text).strip(" .")
    if plain.lower() in _NAMED:
        return TimeOfDay(_NAMED[plain.lower()], "24")
    digital = _DIGITAL.fullmatch(plain)
    if digital:
        return _clock(int(digital[1]), int(digital[2]), int(digital[3] or 0), digital[4])
    hour = _HOUR.fullmatch(plain)
    if hour:
        value = _count(hour[1])
        return None if value is None else _clock(value, 0, 0, hour[3] or hour[4])
    past = _PAST.fullmatch(plain)
    if past:
        minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(past[1].lower()) or _count(
            past[1]
        )
        value = _count(past[3])
        if minutes is None or value is None or minutes not in range(5, 60, 5):
            return None
        before = past[2].lower() in ("to", "before")
        if before:
            value, minutes = (value - 1) % 12 or 12, 60 - minutes
        return _clock(value, minutes, 0, past[4])
    return None


def looks_like_ratio(text: str) -> bool:
    """Whether a time may also be a ratio: `10:15` may, `1:02:03` and `2:30 pm` may not."""
    return bool(re.fullmatch(r"\d{1,2}:\d\d", text)) or bool(
        re.fullmatch(r"\d{1,2}:[1-9]\d:[1-9]\d", text)
    )


def _count(word: str) -> int | None:
    if word.isdigit():
        return int(word)
    value = number_in_words(word)
    return int(value) if value is not None and value.denominator == 1 else None


def _clock(hour: int, minute: int, second: int, half: str | None) -> TimeOfDay | None:
    if hour > 24 or minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    name = f"{half.lower()}m" if half else "24" if hour > 12 or hour == 0 else ""
    return TimeOfDay(3600 * (hour % 24) + 60 * minute + second, name)


def read_dates(text: str) -> list[Date]:
    """The dates that `text` can be; two where day and month may be either.

    >>> read_dates("March 5, 2024")
    [Date(year=2024, month=3, day=5)]
    >>> len(read_dates("3/5/2024")), len(read_dates("3/25/2024"))
    (2, 1)
    """
    plain = re.sub(r"\s+", " ", text).strip(" .")
    for pattern, order in ((_ISO, (0, 1, 2)), (_MONTH_FIRST, (2, 0, 1)), (_DAY_FIRST, (2, 1, 0))):
        match = pattern.fullmatch(plain)
        if match:
            year, month, day = (match.groups()[place] for place in order)
            return _dates([(year, month, day)])
    match = _SLASHED.fullmatch(plain)
    if match:
        return _dates([(match[3], match[1], match[2]), (match[3], match[2], match[1])])
    return []


def _dates(parts: list[tuple[str | None, str, str]]) -> list[Date]:
    dates = []
    for year, month, day in parts:
        number = _MONTHS.get(month.lower()) or (int(month) if month.isdigit() else 0)
        full = None if year is None else int(year) + (2000 if len(year) == 2 else 0)
        date = Date(full, number, int(day))
        if 1 <= number <= 12 and 1 <= int(day) <= 31 and date not in dates:
            dates.append(date)
    return dates
