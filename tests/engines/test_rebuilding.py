"""The native library's build: what it leaves out, and one sentence where there is no compiler.

CMake configures a project of the same name as llama-cpp-python's; nothing is compiled.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mathcli.engines.rebuilding import HOW, rebuild_command

ROOT = Path(__file__).parents[2]
# As llama-cpp-python's: it forces one part into the cache, and has an option for the other.
PROJECT = """\
cmake_minimum_required(VERSION 3.21)
project(llama_cpp)
option(LLAVA_BUILD "" ON)
set(LLAMA_BUILD_COMMON ON CACHE BOOL "" FORCE)
message(STATUS "parts: ${LLAMA_BUILD_COMMON} ${LLAVA_BUILD}; flags: ${CMAKE_CXX_FLAGS}")
"""


def configured(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    cmake = shutil.which("cmake")
    if cmake is None:
        pytest.skip("CMake is not installed here")
    (folder / "CMakeLists.txt").write_text(PROJECT)
    words = [cmake, "-S", str(folder), "-B", str(folder / "build")]
    words.append(f"-DCMAKE_PROJECT_llama_cpp_INCLUDE_BEFORE={HOW}")
    env = {name: value for name, value in os.environ.items() if name not in ("CXX", "CXXFLAGS")}
    return subprocess.run(words, capture_output=True, text=True, timeout=120, env=env | environment)


@pytest.mark.skipif(shutil.which("c++") is None, reason="there is no compiler here")
def test_what_is_never_loaded_is_left_out(tmp_path: Path) -> None:
    done = configured(tmp_path, CXXFLAGS="-O1")
    assert done.returncode == 0, done.stderr
    assert "parts: OFF OFF; flags: -O1 -fno-tree-dse -fno-dse" in done.stdout


def test_a_missing_compiler_is_said(tmp_path: Path) -> None:
    done = configured(tmp_path, CXX="no-such-compiler")
    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    assert "There is no C++ compiler, and the native library is compiled on your machine." in said
    assert "sudo apt install g++" in said


def test_the_readme_and_the_doctor_say_the_same() -> None:
    name = "CMAKE_PROJECT_llama_cpp_INCLUDE_BEFORE"
    readme = (ROOT / "README.md").read_text("utf-8")
    place = HOW.relative_to(ROOT).as_posix()
    assert readme.count(f"CMAKE_ARGS=-D{name}=$PWD/{place} .venv/bin/pip install") == 2
    assert rebuild_command("-DGGML_CUDA=on").startswith(
        f'CMAKE_ARGS="-D{name}={HOW} -DGGML_CUDA=on" pip install '
    )
