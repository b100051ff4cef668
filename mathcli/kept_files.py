"""What was learned of a model, as files of the user's: one for each model file and card.

A model file that has changed has another digest, and so another file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from mathcli.errors import OutputError, UsageError
from mathcli.output_files import write_whole
from mathcli.text_safety import json_page


class Named(Protocol):
    """A model as transcripts name it."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def card(self) -> str: ...


def path_in(folder: str, model: Named) -> Path:
    """Where the file of a model is, or would be, in a folder of the user's data."""
    import platformdirs

    name = model.sha256[:16] or re.sub(r"[^\w.-]+", "-", model.name)
    return platformdirs.user_data_path("mathcli") / folder / f"{model.card}-{name}.json"


def write_record(record: Mapping[str, Any], path: Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json_page(record))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    except OutputError as error:
        raise UsageError(error.message) from None
