"""TensorRT's timing cache: what it measured of kernels, kept for the next build.

There is one file for each TensorRT release and GPU, since a cache holds for these alone.
TensorRT-RTX measures nothing when it builds, and making a cache would ask for a GPU.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from filelock import FileLock

from edgegan.atomic import write_bytes
from edgegan.cache_folder import cache_folder
from edgegan.runtime.cuda import Device


def timing_cache_path(version: str, gpu: Device) -> Path:
    """Name the file of a TensorRT version and a GPU."""
    name = re.sub(r"[^A-Za-z0-9.]+", "-", f"{version}-{gpu.name}-{gpu.compute_capability}")
    return cache_folder("timing") / f"{name}.cache"


def use_timing_cache(config: Any, path: Path) -> None:
    """Let a build take what the file has; one that does not fit is left unused."""
    known = path.read_bytes() if path.is_file() else b""
    if not config.set_timing_cache(config.create_timing_cache(known), ignore_mismatch=False):
        config.set_timing_cache(config.create_timing_cache(b""), ignore_mismatch=False)


def save_timing_cache(config: Any, path: Path) -> None:
    """Add what a build has measured to the file."""
    measured = config.get_timing_cache()
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        if path.is_file():  # another build may have written meanwhile
            measured.combine(config.create_timing_cache(path.read_bytes()), ignore_mismatch=False)
        write_bytes(path, bytes(measured.serialize()))
