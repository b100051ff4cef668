"""Makes llama.cpp die by a signal, for real.

A small library, compiled here and preloaded into child processes, raises a signal where
llama.cpp asks for a function by name: for the processor's extra buffer types, which only the
fast path does, or for the abort callback, which every context does.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mathcli.engines import selftest

FAST_PATH = "ggml_backend_dev_get_extra_bufts"
EVERY_PATH = "ggml_backend_set_abort_callback"

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

void *ggml_backend_reg_get_proc_address(void *reg, const char *name) {
    static void *(*real)(void *, const char *);
    const char *fatal = getenv("CRASH_ON");
    if (fatal && strcmp(name, fatal) == 0) raise(atoi(getenv("CRASH_WITH")));
    if (!real) {  /* the library was opened for itself alone: ask it by its file */
        void *base = dlopen(getenv("REAL_LIBRARY"), RTLD_LAZY | RTLD_NOLOAD);
        real = dlsym(base, "ggml_backend_reg_get_proc_address");
    }
    return real(reg, name);
}
"""


class Crasher:
    """Compiles the library; `arm` sets the environment that makes child processes die."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        assert compiler, "the native library needs a compiler, and so does this test"
        self._library = folder / "crasher.so"
        self._patch = patch
        (folder / "crasher.c").write_text(_SOURCE)
        command = [compiler, "-shared", "-fPIC", "-o", self._library, folder / "crasher.c", "-ldl"]
        subprocess.run(command, check=True)

    def arm(self, name: str, number: int) -> None:
        """Die by signal `number` when the function `name` is asked for."""
        (base,) = selftest._library_folder().glob("libggml-base.so.[0-9]")
        self._patch.setenv("LD_PRELOAD", str(self._library))
        self._patch.setenv("CRASH_ON", name)
        self._patch.setenv("CRASH_WITH", str(number))
        self._patch.setenv("REAL_LIBRARY", str(base))
