"""Reads TOML files written by users; all errors of their content are `ValueError`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli

from mathcli.input_files import own


def table_of(path: Path) -> dict[str, Any]:
    """The table in a TOML file.

    Raises:
        OSError: the file does not exist, or cannot be read.
        ValueError: it is not a regular file, too long, not UTF-8, not TOML, or nested too deep;
            the message is meant for the user.
    """
    data = own(path)
    try:
        return tomli.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    except RecursionError:
        raise ValueError("its values are nested too deep") from None
    except ValueError as error:  # raised also for a number with thousands of digits
        raise ValueError(f"it is no TOML: {error}") from None
