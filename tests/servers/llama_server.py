"""llama.cpp's own server: found on this machine, or built once by running this file.

    python -m tests.servers.llama_server [--or-skip]

downloads the source archive of the installed llama-cpp-python through pip, keeps the published chat
templates that are in it, and builds the server against the libraries that came with the package,
which takes some minutes and needs CMake. Tests build nothing: they use what they find. With
`--or-skip` a build that fails is said and no error: its tests are skipped then.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.servers.archive import CACHE, PACKAGE, keep, published, run, source

VARIABLE = "MATHCLI_LLAMA_SERVER"
_TELLING = ("libllama-common.", "libllama.")  # a lean installation has the second alone
_NAMED = os.environ.get(VARIABLE)  # read before tests put the user's folders away


def llama_server() -> Path | None:
    """The program: named by the environment, on the path, or built before."""
    found = _NAMED or shutil.which("llama-server")
    if found:
        return Path(found)
    folder = libraries()
    built = _built(folder) if folder else None
    return built if built and built.exists() else None


def libraries() -> Path | None:
    """The folder of the libraries that the built server runs with."""
    files = importlib.metadata.files(PACKAGE) or ()
    for name in _TELLING:
        for file in files:
            if file.name.startswith(name):
                return Path(str(file.locate())).resolve().parent
    return None


def environment() -> dict[str, str]:
    """The environment in which the program finds its libraries."""
    folder = libraries()
    path = [str(folder)] if folder else []
    path += [p for p in (os.environ.get("LD_LIBRARY_PATH"),) if p]
    return os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(path)}


def build() -> Path:
    """Build the server unless it has been built for these very libraries."""
    folder = libraries()
    if folder is None:
        raise SystemExit(f"{PACKAGE} came without libraries: set {VARIABLE} instead")
    target = _built(folder)
    if target.exists():
        return target
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        sources = source(work)
        if published() is None:
            keep(sources)
        cmake = ["cmake", "-S", str(Path(__file__).parent), "-B", str(work / "build")]
        run(*cmake, f"-DSOURCE={sources}", f"-DLIBRARIES={folder}")
        run("cmake", "--build", str(work / "build"), "-j", str(os.cpu_count() or 1))
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copy2(work / "build" / "llama-server", unfinished)
        unfinished.replace(target)
    return target


def _built(folder: Path) -> Path:
    """Where the server for these libraries is kept: they differ by version and processor."""
    library = next(one for name in _TELLING for one in sorted(folder.glob(f"{name}*")))
    digest = hashlib.sha256(library.read_bytes()).hexdigest()[:16]
    version = importlib.metadata.version(PACKAGE)
    return CACHE / f"llama-server-{version}-{digest}"


def or_skip(what: str, get: Callable[[], Path]) -> None:
    """Print what `get` finds, or with `--or-skip` why it does not."""
    began = time.monotonic()
    try:
        print(get(), f"({time.monotonic() - began:.0f} s)")
    except (SystemExit, OSError) as error:
        if "--or-skip" not in sys.argv[1:]:
            raise
        print(f"{what} not to be had, their tests are skipped: {error}")


if __name__ == "__main__":
    or_skip("llama-server is", build)
    or_skip("the published templates are", lambda: published() or keep())
