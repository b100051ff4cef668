"""TOML that a user wrote: whatever is wrong with it is one kind of error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli

from mathcli.input_files import own


def table_of(path: Path) -> dict[str, Any]:
    """The table that a TOML file holds.

    Raises:
        OSError: there is no such file, or it cannot be read.
        ValueError: it is no file, too long, no UTF-8, no TOML, or nested too deep; in words for
            the user.
    """
    data = own(path)
    try:
        return tomli.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    except RecursionError:
        raise ValueError("its values are nested too deep") from None
    except ValueError as error:  # also of a number with thousands of digits
        raise ValueError(f"it is no TOML: {error}") from None
