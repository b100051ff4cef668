"""Graphics processors: their free memory, and how many layers to offload to them.

All facts come from the library. The code for CUDA and Metal was not run on either: the tests cover
the decisions, not the devices.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from mathcli.engines.rebuilding import rebuild_command
from mathcli.errors import EngineError, UsageError

_DEDICATED, _INTEGRATED = 1, 2  # ggml_backend_dev_type
_HEADROOM = 512 << 20  # bytes kept free on each device for compute buffers


@dataclass(frozen=True)
class Device:
    """A graphics processor that this build of the library can use. Memory is in bytes."""

    name: str
    description: str
    free: int
    total: int


@dataclass(frozen=True)
class Offload:
    """How many layers are offloaded (-1: all), and the reason as text."""

    layers: int
    reason: str
    hint: str | None = None


def devices() -> list[Device]:
    """Graphics processors that the library sees, with their free memory now."""
    import llama_cpp

    if not llama_cpp.llama_supports_gpu_offload():
        return []
    library = _ggml()
    found = []
    for index in range(library.ggml_backend_dev_count()):
        device = library.ggml_backend_dev_get(index)
        if library.ggml_backend_dev_type(device) in (_DEDICATED, _INTEGRATED):
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            library.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
            name = library.ggml_backend_dev_name(device).decode()
            description = library.ggml_backend_dev_description(device).decode()
            found.append(Device(name, description, free.value, total.value))
    return found


def plan_offload(mode: str, *, weights: int, cache: int, layers: int) -> Offload:
    """Decide how many layers to offload.

    Args:
        mode: `auto` (as many as fit), `off`, `require` (all, or an error), or a number.
        weights, cache: bytes of the model's weights and of its key-value cache.
        layers: the model's layers, without its output layer.

    Raises:
        EngineError: `require`, but the model does not fit on graphics processors.
        UsageError: `mode` is none of these.
    """
    if mode == "off":
        return Offload(0, "on the processor, because of --gpu off")
    if mode not in ("auto", "require") and not mode.isdigit():
        raise UsageError(f"--gpu must be auto, off, require or a number, not {mode}")
    gpus = devices()
    if not gpus:
        hint = build_hint()
        if mode != "auto" and mode != "0":
            raise EngineError("this build of llama-cpp-python sees no GPU", hint)
        return Offload(0, "on the processor: this build sees no GPU", hint)
    names = ", ".join(device.description for device in gpus)
    if mode.isdigit():
        return Offload(int(mode), f"{mode} layers on {names}, because of --gpu {mode}")
    fitting = layers_that_fit(gpus, weights=weights, cache=cache, layers=layers)
    free = sum(device.free for device in gpus) / 1e9
    if fitting > layers:
        return Offload(-1, f"all layers on {names} ({free:.1f} GB free)")
    if mode == "require":
        raise EngineError(
            f"only {fitting} of {layers + 1} layers fit on {names} ({free:.1f} GB free)",
            "choose a smaller quant or --context, or --gpu auto",
        )
    return Offload(fitting, f"{fitting} of {layers + 1} layers on {names} ({free:.1f} GB free)")


def layers_that_fit(found: list[Device], *, weights: int, cache: int, layers: int) -> int:
    """How many layers fit into the free memory; the output layer counts as one."""
    each = (weights + cache) / (layers + 1)
    return min(layers + 1, sum(int(max(0, d.free - _HEADROOM) // each) for d in found))


def build_hint() -> str | None:
    """The rebuild command, if there is a GPU that this build of the library cannot use."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return f"for Metal: {rebuild_command('-DGGML_METAL=on')}"
    if Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidia0").exists():
        return f"for the NVIDIA GPU here: {rebuild_command('-DGGML_CUDA=on')}"
    if Path("/dev/kfd").exists():
        return f"for the AMD GPU here: {rebuild_command('-DGGML_HIP=on')}"
    return None


def _ggml() -> ctypes.CDLL:
    """The library's device functions, for which its Python package has no bindings."""
    import llama_cpp

    folder = Path(llama_cpp.__file__).parent / "lib"
    suffix = {"darwin": "dylib", "win32": "dll"}.get(sys.platform, "so")
    prefix = "" if sys.platform == "win32" else "lib"
    library = ctypes.CDLL(str(folder / f"{prefix}ggml.{suffix}"))
    library.ggml_backend_dev_count.restype = ctypes.c_size_t
    for name, result, arguments in (
        ("get", ctypes.c_void_p, [ctypes.c_size_t]),
        ("type", ctypes.c_int, [ctypes.c_void_p]),
        ("name", ctypes.c_char_p, [ctypes.c_void_p]),
        ("description", ctypes.c_char_p, [ctypes.c_void_p]),
        ("memory", None, [ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_size_t)] * 2]),
    ):
        function = getattr(library, f"ggml_backend_dev_{name}")
        function.restype, function.argtypes = result, arguments
    return library
