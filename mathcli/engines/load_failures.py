"""Why a model file could not be loaded, read from the file itself and from the library's log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mathcli.engines import nativelog
from mathcli.engines.kinds import not_text_by_log, refusal
from mathcli.errors import ModelError


def check_magic(path: Path) -> None:
    """Raise `ModelError` unless the file exists, is readable and begins like a GGUF."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError:
        raise ModelError(f"there is no model file {path}", "check the path after --model") from None
    except OSError as error:
        raise ModelError(f"the model file {path} cannot be read: {error.strerror}") from None
    if magic != b"GGUF":
        raise ModelError(f"{path} is not a GGUF file", "mathcli runs models in llama.cpp's format")


def load_failure(path: Path, log: Sequence[str]) -> ModelError:
    """The error for a failed load, with the reason found in the library's log."""
    text = "\n".join(log)
    if "unknown model architecture" in text:
        name = text.split("unknown model architecture:", 1)[1].split("'")[1]
        return ModelError(
            f"{path.name}: this build of llama.cpp does not know the architecture '{name}'",
            "a newer llama-cpp-python may: pip install --upgrade llama-cpp-python",
        )
    if any(sign in text for sign in ("not within the file bounds", "corrupted", "failed to read")):
        return ModelError(
            f"{path.name} is truncated or damaged", "download it again, and check its size"
        )
    what = not_text_by_log(text)
    if what is not None:
        return ModelError(*refusal(path.name, what))
    return ModelError(f"{path.name} could not be loaded{last_reason(log)}")


def last_reason(log: Sequence[str] | None = None) -> str:
    """`: reason` from the first line of the log with an error; "" without one."""
    lines = nativelog.recent() if log is None else log
    errors = [line for line in lines if "error" in line.lower() or "failed" in line.lower()]
    return f": {errors[0].split(':', 1)[-1].strip()}" if errors else ""
