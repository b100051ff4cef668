"""The paths of the package's data files: model cards and the embedded model."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_path(name: str) -> Path:
    """The file or folder `name` of the project's `models/` folder.

    An installed package has a copy in `mathcli/data/`; a source checkout has the original.
    """
    packaged = _PACKAGE / "data" / name
    return packaged if packaged.exists() else _PACKAGE.parent / "models" / name


def embedded_model() -> Path:
    """The GGUF file of the embedded model."""
    return data_path("nano/nano.gguf")
