"""Does a program's output say an answer?"""

from __future__ import annotations

import re

_WORDS = {"yes": "true", "no": "false"}


def says(output: str, answer: str) -> bool:
    """Whether `answer` stands in `output`, as printed or in the words for it.

    Only what is the same at a glance counts: spaces, outer brackets, `12.0` for 12, `{x: 6}` for
    `x = 6`, `True` for yes. Anything that needs mathematics to be seen does not.

    >>> says("[2, 3]", "2, 3"), says("{x: 6, y: 4}", "x = 6, y = 4"), says("12.0", "12")
    (True, True, True)
    >>> says("12", "2"), says("2.5", "2"), says("", "2")
    (False, False, False)
    """
    wanted = _bare(answer)
    wanted = _WORDS.get(wanted, wanted)
    if not wanted:
        return False
    return re.search(rf"(?<![\w.]){re.escape(wanted)}(?!\w|\.\d)", _bare(output)) is not None


def _bare(text: str) -> str:
    """Without spaces and outer brackets, whole decimals as integers, pairs as equations."""
    joined = "".join(text.lower().split()).strip("[](){}.")
    return re.sub(r"(?<=\d)\.0+(?!\d)", "", joined).replace(":", "=")
