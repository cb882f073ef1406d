"""Find libcudart, the CUDA runtime, wherever it may lie on this machine.

Only files are looked at: no package is imported for it.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from edgegan.errors import MissingRequirement

_WINDOWS = sys.platform == "win32"
# In a folder of sys.path. Packages for CUDA 11 and 12 are named after their part, those of
# CUDA 13 share one folder.
_PACKAGED = (
    ("nvidia/*/bin/cudart64_*.dll", "nvidia/*/bin/x86_64/cudart64_*.dll")
    if _WINDOWS
    else ("nvidia/*/lib/libcudart.so*",)
)
# What the system's own search finds; unversioned names come with a whole toolkit only.
_NAMES = (
    ("cudart64_13.dll", "cudart64_12.dll", "cudart64_110.dll")
    if _WINDOWS
    else ("libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so")
)
# Toolkits, JetPack's among them, that the system's search was not told of.
_TOOLKITS = (
    "cuda/lib64/libcudart.so*",
    "cuda-*/lib64/libcudart.so*",
    "cuda-*/targets/*/lib/libcudart.so*",
)


def open_cudart(candidates: Iterable[str] | None = None) -> ctypes.CDLL:
    """Load the first CUDA runtime that can be loaded.

    Args:
        candidates: Names and paths to try; None looks in the usual places.

    Raises:
        MissingRequirement: there is none.
    """
    for name in places() if candidates is None else candidates:
        try:
            return ctypes.CDLL(name)
        except OSError:  # absent, or of another architecture
            continue
    raise MissingRequirement(
        "The CUDA runtime (libcudart) was not found in the Python packages, the system's "
        "libraries or /usr/local/cuda*. Install it with: pip install nvidia-cuda-runtime (on a "
        "Jetson it is part of JetPack: sudo apt install nvidia-jetpack)."
    )


def places(
    packages: Iterable[str] | None = None, toolkits: Path = Path("/usr/local")
) -> Iterator[str]:
    """Name where the CUDA runtime may be: Python packages, the system, toolkits.

    Args:
        packages: Folders that packages are installed in; None takes `sys.path`.
        toolkits: The folder that has one for each CUDA toolkit.
    """
    for folder in sys.path if packages is None else packages:
        for pattern in _PACKAGED:
            yield from _newest_first(Path(folder), pattern)
    yield from _NAMES
    if _WINDOWS:
        yield from _newest_first(Path(os.environ.get("CUDA_PATH", "")), "bin/cudart64_*.dll")
    for pattern in _TOOLKITS:
        yield from _newest_first(toolkits, pattern)


def _newest_first(folder: Path, pattern: str) -> list[str]:
    return sorted(map(str, folder.glob(pattern)), key=_numbers, reverse=True)


def _numbers(path: str) -> list[int]:
    """Return the numbers in a path, so that 12.10 comes after 12.9."""
    digits = "".join(c if c.isdecimal() else " " for c in path)
    return [int(number) for number in digits.split()]
