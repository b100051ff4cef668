"""Tests once, in a child process, whether the native library's fast code path works.

Some builds crash at the first prompt of a quantized model: GCC 12 drops stores that the AMX
tile configuration needs, so `ggml_backend_amx_mul_mat` faults on processors that have AMX. The
weights must then not be repacked for the processor (`use_extra_bufts`), which is slower but
gives the same answers. The verdict is cached per library build and processor.
"""

from __future__ import annotations

import functools
import hashlib
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from mathcli.cache import JsonCache
from mathcli.engines.rebuilding import rebuild_command
from mathcli.errors import EngineError
from mathcli.resources import embedded_model

_VERDICTS = JsonCache("native-builds.json")
_CHILD_SECONDS = 120


@dataclass(frozen=True)
class Build:
    """The verdict on this build of the library on this processor.

    `extra_buffers`: whether weights may be repacked for the processor. `crash`: how the fast
    path ended (`SIGSEGV`, `SIGILL`, …); `None` if it works.
    """

    extra_buffers: bool
    crash: str | None = None

    @property
    def hint(self) -> str | None:
        """One line on how to repair the fast path; `None` if it works."""
        if self.crash is None:
            return None
        return (
            f"hint: llama.cpp's fast path crashes here ({self.crash}); the safe one is in use. "
            f"For full speed rebuild: {rebuild_command()}"
        )


def verdict() -> Build:
    """The build's verdict, from the cache or by running the test now (about half a second).

    Raises:
        EngineError: the library crashes with the safe setting too.
    """
    key = build_key()
    known = _VERDICTS.read().get(key)
    if isinstance(known, dict):
        return Build(bool(known.get("extra_buffers")), known.get("crash"))
    build = try_out()
    _VERDICTS.add(key, asdict(build))
    return build


def try_out() -> Build:
    """Run the embedded model in a child with the fast setting; if that crashes, the safe one."""
    crash = _crash_of("fast")
    if crash is None:
        return Build(extra_buffers=True)
    again = _crash_of("safe")
    if again is None:
        return Build(extra_buffers=False, crash=crash)
    raise EngineError(
        f"this build of llama-cpp-python does not work on this machine ({again})",
        f"rebuild it: {rebuild_command()}",
    )


def _crash_of(path: str) -> str | None:
    """How the child crashed; `None` if it succeeded."""
    root = str(Path(__file__).resolve().parents[2])
    # The working folder must not be importable, hence no -m.
    program = (
        f"import sys; sys.path[0] = {root!r}; from mathcli.engines.selftest import child; child()"
    )
    command = [sys.executable, "-c", program, path]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_CHILD_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {_CHILD_SECONDS} s"
    if ended.returncode == 0:
        return None
    if ended.returncode < 0:
        return signal.Signals(-ended.returncode).name
    lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {ended.returncode}"


def build_key() -> str:
    """Identifies a library build on a processor, because the verdict depends on both."""
    digest = hashlib.sha256()
    for file in sorted(_library_folder().glob("*ggml*")):
        stat = file.stat()
        digest.update(f"{file.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    digest.update(_processor().encode())
    return digest.hexdigest()[:32]


def _library_folder() -> Path:
    import llama_cpp

    return Path(llama_cpp.__file__).parent / "lib"


@functools.cache
def _processor() -> str:
    """The processor's model and instruction sets."""
    import platform

    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("vendor_id", "cpu family", "model", "stepping", "flags", "Features", "CPU part")
    return "\n".join(dict.fromkeys(line for line in lines if line.startswith(wanted)))


def child() -> None:
    """The child's main function: evaluate a prompt and a few tokens of the embedded model."""
    import numpy as np

    from mathcli.engines.base import Piece
    from mathcli.engines.native import Context, Model, Part

    _no_core_dump()
    model = Model(embedded_model(), extra_buffers=sys.argv[1] == "fast")
    context = Context(model, n_ctx=256, n_batch=128, n_sequences=1, threads=1)
    tokens = model.tokenize([Piece("What is 12 + 30? " * 8)], start=True)[:128]
    position = 0
    for _ in range(4):
        context.decode([Part(0, position, tokens, wanted=1)])
        logits = context.logits(1)[0]
        if not np.isfinite(logits).all():
            sys.exit("the logits are not finite")
        position += len(tokens)
        tokens = [int(logits.argmax())]


def _no_core_dump() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
