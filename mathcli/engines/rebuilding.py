"""The command that rebuilds the native library with the options of `native.cmake`."""

from __future__ import annotations

from pathlib import Path

HOW = Path(__file__).with_name("native.cmake")


def rebuild_command(*options: str) -> str:
    """The command to type.

    Args:
        options: further CMake options, such as `-DGGML_CUDA=on`.
    """
    words = " ".join((f"-DCMAKE_PROJECT_llama_cpp_INCLUDE_BEFORE={HOW}", *options))
    return (
        f'CMAKE_ARGS="{words}" pip install --force-reinstall --no-deps --no-cache-dir '
        "--no-binary llama-cpp-python llama-cpp-python"
    )
