"""Files with what was learned about models: one for each model file and card.

A changed model file has another digest, and so another file here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from mathcli.errors import UsageError
from mathcli.output_files import write_whole
from mathcli.text_safety import json_page


class Named(Protocol):
    """A model as named in transcripts."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def card(self) -> str: ...


def path_in(folder: str, model: Named) -> Path:
    """The path of a model's file, which need not exist, in a folder of the user's data."""
    import platformdirs

    name = model.sha256[:16] or re.sub(r"[^\w.-]+", "-", model.name)
    return platformdirs.user_data_path("mathcli") / folder / f"{model.card}-{name}.json"


def write_record(record: Mapping[str, Any], path: Path) -> None:
    """Write the file atomically.

    Raises:
        UsageError: its folder cannot be made.
        OutputError: it cannot be written, such as on a full disk.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json_page(record))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
