"""NVIDIA's parts: the driver, the CUDA runtime, and TensorRT or the reason why it is not found."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from pathlib import Path

from edgegan.errors import CudaError, MissingRequirement
from edgegan.runtime.checks import Check, install
from edgegan.runtime.cuda import Cuda
from edgegan.runtime.cuda_library import open_cudart
from edgegan.runtime.jetpack import read_board
from edgegan.runtime.nvidia import require_device
from edgegan.runtime.requirements import requirements, satisfies
from edgegan.runtime.sysfs import matching
from edgegan.runtime.trials import attempt

_EXTRA = "tensorrt"
# Where Debian packages, JetPack's among them, put TensorRT: its Python module, its library.
_MODULES = ("usr/lib/python3*/dist-packages/tensorrt", "usr/local/lib/python3*/*/tensorrt")
_LIBRARIES = ("usr/lib/*/libnvinfer.so*",)
_VENV = "-m venv --system-site-packages .venv, then install EdgeGAN there"


def driver_check() -> Check:
    """Ask the driver for a device."""
    try:
        require_device()
    except MissingRequirement as error:
        what, _, _ = str(error).partition(". ")
        return Check(
            name="NVIDIA driver",
            status="missing",
            found=what.rstrip("."),
            needed="a driver with a device, to run engines",
            fix="use a machine with an NVIDIA GPU and its driver; check nvidia-smi",
        )
    return Check(
        name="NVIDIA driver",
        status="ok",
        found=_gpu(),
        needed="a driver with a device",
    )


def cuda_check(root: Path = Path("/")) -> Check:
    """Look for the CUDA runtime."""
    try:
        found = open_cudart()._name
    except MissingRequirement:
        jetson = read_board(root) is not None
        return Check(
            name="CUDA runtime",
            status="missing",
            found="libcudart not found",
            needed="to run engines",
            fix="sudo apt install nvidia-jetpack" if jetson else "pip install nvidia-cuda-runtime",
        )
    return Check(name="CUDA runtime", status="ok", found=found, needed="any from 11.4 on")


def tensorrt_check(root: Path = Path("/")) -> Check:
    """Import TensorRT in a process of its own, or tell where it is hidden."""
    needed = next((one for one in requirements(_EXTRA) if one.name == "tensorrt"), None)
    bounds = needed.bounds if needed else ()
    text = needed.bounds_text if needed else "any version"
    if find_spec("tensorrt") is None:
        in_venv = sys.prefix != sys.base_prefix
        found, fix = why_no_tensorrt(root, sys.version_info[:2], in_venv)
        return Check(name="TensorRT", status="missing", found=found, needed=text, fix=fix)
    trial = attempt("import tensorrt; print(tensorrt.__version__)")
    good = trial.worked and satisfies(trial.told, bounds)
    fix = f"pip install 'tensorrt{text}'" if trial.worked else f"{install(_EXTRA)}, again"
    return Check(
        name="TensorRT",
        status="ok" if good else "missing",
        found=trial.told,
        needed=text,
        fix="" if good else fix,
    )


def why_no_tensorrt(root: Path, python: tuple[int, int], in_venv: bool) -> tuple[str, str]:
    """Tell why Python does not find TensorRT, and what to do.

    Args:
        root: The folder that stands for /.
        python: The version of the interpreter that does not find it.
        in_venv: Whether that is one of a virtual environment.
    """
    modules = [folder for pattern in _MODULES for folder in matching(root, pattern)]
    versions = [_python_of(folder) for folder in modules]
    if None in versions or python in versions:
        if in_venv:
            return "installed in the system, which this environment hides", f"python3 {_VENV}"
        return "installed in the system, for another interpreter", "use /usr/bin/python3"
    others = sorted(version for version in versions if version is not None)
    if others:
        theirs = ".".join(map(str, others[-1]))
        mine = ".".join(map(str, python))
        found = f"installed in the system, but for Python {theirs}; this is {mine}"
        return found, f"python{theirs} {_VENV}"
    if any(matching(root, pattern) for pattern in _LIBRARIES):
        return "the library, but not its Python module", "sudo apt install python3-libnvinfer"
    if read_board(root) is not None:
        return "not installed", "sudo apt install nvidia-jetpack"
    return "not installed", install(_EXTRA)


def _gpu() -> str:
    """Describe the first GPU, as far as a CUDA runtime tells."""
    try:
        gpu = Cuda().device(0)
    except (MissingRequirement, CudaError):
        return "a driver with a device"
    return f"{gpu.name}, compute capability {gpu.compute_capability}"


def _python_of(module: Path) -> tuple[int, int] | None:
    """Return the version that a folder of modules is for; None for every version."""
    match = re.search(r"/python3\.(\d+)/", module.as_posix())
    return (3, int(match[1])) if match else None
