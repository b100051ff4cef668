"""The command that compiles the native library again, as `native.cmake` says."""

from __future__ import annotations

from pathlib import Path

HOW = Path(__file__).with_name("native.cmake")


def rebuild_command(*options: str) -> str:
    """What to type.

    Args:
        options: more for its CMake, such as `-DGGML_CUDA=on`.
    """
    words = " ".join((f"-DCMAKE_PROJECT_llama_cpp_INCLUDE_BEFORE={HOW}", *options))
    return (
        f'CMAKE_ARGS="{words}" pip install --force-reinstall --no-deps --no-cache-dir '
        "--no-binary llama-cpp-python llama-cpp-python"
    )
