"""Percentages in words: through 1 %, 10 %, halves and quarters."""

from __future__ import annotations

from .work import Hard, Work


def percentage(work: Work, kind: str, number: int, percent: int, part: int) -> str:
    """A part, a share, a change, or the whole behind a part."""
    if kind == "what":
        return str(_share(work, part, number))
    if kind == "change":
        return str(_share(work, work.do(part, "-", number), number))
    if kind == "whole":
        return str(_whole(work, part, percent))
    found = _part(work, number, percent)
    if kind == "of":
        return str(found)
    return str(work.do(number, "+" if kind == "up" else "-", found))


def _part(work: Work, number: int, percent: int) -> int:
    """``percent`` of the number."""
    for share, divisor in ((50, 2), (25, 4), (20, 5), (10, 10), (1, 100)):
        if percent == share or (share in (1, 10, 25) and percent % share == 0):
            if number % divisor:
                raise Hard
            work.say(f"{share}% is 1/{divisor}.")
            one = work.do(number, "/", divisor)
            return one if percent == share else work.do(one, "*", percent // share)
        if percent == 5 and number % 20 == 0:
            work.say("5% is 1/20.")
            return work.do(work.do(number, "/", 10), "/", 2)
    raise Hard


def _share(work: Work, part: int, number: int) -> int:
    """How many hundredths of the number the part is."""
    if number > 100 and number % 100 == 0:
        return work.do(part, "/", number // 100)
    if 100 % number == 0:
        times = work.do(100, "/", number) if number < 100 else 1
        return part if times == 1 else work.do(part, "*", times)
    if part and number % part == 0 and 100 % (number // part) == 0:
        return work.do(100, "/", work.do(number, "/", part))
    raise Hard


def _whole(work: Work, part: int, percent: int) -> int:
    """The number of which the part is ``percent``."""
    if 100 % percent == 0:
        work.say(f"{percent}% is 1/{100 // percent}.")
        return work.do(part, "*", 100 // percent)
    for step in (10, 5, 1):
        if percent % step == 0:
            one = work.do(part, "/", percent // step)
            return work.do(one, "*", 100 // step)
    raise Hard
