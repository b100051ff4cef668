"""Rendered texts, kept in the user's cache folder, so that a start needs no process."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

from mathcli.cache import keep
from mathcli.input_files import own
from mathcli.json_text import parse

_MOST = 200  # files: some kilobytes each
_LARGEST = 64 << 20  # bytes of a file: what `bounded` lets a template write


class KeptTexts:
    """The rendered texts of one template. Losing them costs time only: they are rendered again.

    Args:
        day: where the template shows the date.
    """

    def __init__(self, template: str, requests: Sequence[str], day: date | None) -> None:
        # What renders is part of the key: another version of it may render differently.
        known = json.dumps([_renderer_digest(), template, list(requests), str(day)])
        self._count = len(requests)
        self._name = hashlib.sha256(known.encode()).hexdigest() + ".json"

    @property
    def path(self) -> Path:
        """The file that holds them."""
        import platformdirs

        return platformdirs.user_cache_path("mathcli") / "templates" / self._name

    def read(self) -> list[dict[str, str]] | None:
        """A `text` or an `error` for each set of variables; `None` if not kept, or damaged."""
        try:
            answers = parse(own(self.path, most=_LARGEST))
        except (OSError, ValueError):
            return None
        whole = isinstance(answers, list) and len(answers) == self._count
        return answers if whole and all(map(is_answer, answers)) else None

    def write(self, texts: Sequence[dict[str, str]]) -> None:
        """Keep the texts, and delete the oldest such files. If they cannot be written, no error is
        raised."""
        keep(self.path, json.dumps(texts).encode(), most_files=_MOST)


@cache
def _renderer_digest() -> str:
    source = Path(__file__).with_name("environment.py")
    return hashlib.sha256(source.read_bytes()).hexdigest()


def is_answer(one: object) -> bool:
    """Is this a `text` or an `error`, and nothing else?"""
    if not isinstance(one, dict) or len(one) != 1:
        return False
    [(key, value)] = one.items()
    return key in ("text", "error") and isinstance(value, str)
