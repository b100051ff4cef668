"""The source archive of the installed llama-cpp-python, and what tests keep of it.

Beside llama.cpp's sources it holds chat templates as their makers published them, and tokenizers
without weights. They are other people's work: tests read them where they are, and none is part of
this project.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.cache import CACHE

PACKAGE = "llama-cpp-python"
VARIABLE = "MATHCLI_LLAMA_SOURCE"
_NAMED = os.environ.get(VARIABLE)  # read before tests put the user's folders away


def published() -> Path | None:
    """The folder with `templates/` and the vocabularies: named by the environment, or kept."""
    folder = Path(_NAMED) / "models" if _NAMED else _kept()
    return folder if (folder / "templates").is_dir() else None


def keep(sources: Path | None = None) -> Path:
    """Keep templates and vocabularies, from `sources` if the archive is unpacked already."""
    with tempfile.TemporaryDirectory() as name:
        models = (sources or source(Path(name))) / "models"
        kept = _kept()
        unfinished = kept.with_name(f"{kept.name}.{os.getpid()}")
        shutil.copytree(models / "templates", unfinished / "templates")
        for vocabulary in models.glob("ggml-vocab-*.gguf"):
            shutil.copy2(vocabulary, unfinished)
        shutil.rmtree(kept, ignore_errors=True)
        unfinished.replace(kept)
    return kept


def source(work: Path) -> Path:
    """The sources of llama.cpp in the installed package's archive, unpacked below `work`."""
    wanted = f"{PACKAGE}=={importlib.metadata.version(PACKAGE)}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work)]
    run(*pip, "--no-binary", PACKAGE, wanted)
    with tarfile.open(next(work.glob("*.tar.gz"))) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(work)
    return next(work.glob("*/vendor/llama.cpp"))


def run(*words: str) -> None:
    """Run a program to its end; what it wrote is shown only if it fails."""
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError:
        raise SystemExit(f"{words[0]} is not on this machine") from None
    if done.returncode:
        raise SystemExit(f"{done.stdout[-3000:]}\n{words[0]} failed")


def _kept() -> Path:
    return CACHE / f"llama-models-{importlib.metadata.version(PACKAGE)}"
