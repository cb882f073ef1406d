"""Is the machine itself fit: Python, memory, disk, and what its CPU and its clocks lack?"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, metadata
from importlib.util import find_spec
from pathlib import Path

from edgegan.cache_folder import VARIABLE, cache_folder
from edgegan.runtime.checks import Check, install
from edgegan.runtime.clocks import governors
from edgegan.runtime.environment import cpu_flags
from edgegan.runtime.jetson import Jetson
from edgegan.runtime.requirements import PROJECT
from edgegan.runtime.sysfs import read_text

_PYTHON = ">=3.10"  # where the package's metadata cannot be read
_MEMORY_GIB = 2.0  # free: a 256x256 generator at 64 filters, and Python
_DISK_GIB = 4.0  # what an install of all extras takes

# By the machine: the instruction sets of which one is enough, and what it is for.
_CPU_WANTS = {
    "x86_64": (
        (("avx",), "for TensorFlow"),
        (("avx2",), "for fast kernels"),
        (("avx512_vnni", "avx_vnni", "amx_int8"), "for fast int8"),
        (("avx512_bf16", "amx_bf16"), "for bfloat16 in OpenVINO"),
    ),
    "aarch64": (
        (("asimddp", "i8mm"), "for fast int8"),
        (("asimdhp",), "for float16"),
    ),
}


def machine_checks(root: Path = Path("/")) -> tuple[Check, ...]:
    """Look at what every target needs.

    Args:
        root: The folder that stands for /, as far as /proc and /sys are read.
    """
    return (
        python_check(),
        memory_check(root),
        disk_check(Path.cwd()),
        cache_check(),
        cpu_check(cpu_flags(read_text(root / "proc/cpuinfo") or ""), platform.machine()),
        governor_check(root),
        video_check(),
    )


def python_check() -> Check:
    """Compare the interpreter with what the package asks for."""
    try:
        needed = metadata(PROJECT)["Requires-Python"] or _PYTHON
    except PackageNotFoundError:
        needed = _PYTHON
    least = tuple(int(number) for number in needed.strip(">=").split("."))
    good = sys.version_info[: len(least)] >= least
    return Check(
        name="Python",
        status="ok" if good else "missing",
        found=platform.python_version(),
        needed=needed,
        fix="" if good else "make a new environment with a newer python3",
    )


def memory_check(root: Path) -> Check:
    """Look at the memory that is free."""
    for line in (read_text(root / "proc/meminfo") or "").splitlines():
        if line.startswith("MemAvailable:"):
            return _room_check("free memory", int(line.split()[1]) / 2**20, _MEMORY_GIB)
    return Check(name="free memory", status="note", found="unknown", needed=f"{_MEMORY_GIB} GiB")


def disk_check(folder: Path) -> Check:
    """Look at the disk that `folder` is on."""
    free = shutil.disk_usage(folder).free / 2**30
    return _room_check("free disk", free, _DISK_GIB)


def cache_check() -> Check:
    """Look whether the cache folder, or else the folder that it will be made in, takes files."""
    folder = cache_folder("")
    # Not the method, which raises where a folder cannot be read.
    nearest = next(path for path in (folder, *folder.parents) if os.path.exists(path))
    good = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    return Check(
        name="cache folder",
        status="ok" if good else "missing",
        found=str(folder) if good else f"{nearest} cannot be written to",
        needed="a folder that can be written to",
        fix="" if good else f"export {VARIABLE}=FOLDER",
    )


def cpu_check(flags: tuple[str, ...], machine: str) -> Check:
    """Tell what the CPU lacks, and what that would be for.

    Args:
        flags: Its instruction sets.
        machine: As `platform.machine` tells it.
    """
    wants = _CPU_WANTS.get(machine, ())
    lacks = [f"{sets[0]} {purpose}" for sets, purpose in wants if not set(sets) & set(flags)]
    return Check(
        name="CPU",
        status="note" if lacks or not flags else "ok",
        found=" ".join(flags) or f"{machine}, instruction sets unknown",
        needed="; ".join(lacks) or "nothing more",
    )


def governor_check(root: Path) -> Check:
    """Look whether the kernel lets the CPU's clock rise and fall."""
    found = governors(root)
    steady = found in ("performance", None)  # None: a virtual machine, whose host decides
    return Check(
        name="CPU governor",
        status="ok" if steady else "note",
        found=found or "not told here",
        needed="performance, for steady measurements",
        fix="" if steady else "sudo cpupower frequency-set -g performance",
    )


def video_check() -> Check:
    """Look for what `edgegan run` needs for videos."""
    found = find_spec("av") is not None
    return Check(
        name="PyAV",
        status="ok" if found else "note",
        found="installed" if found else "not installed",
        needed="only for videos and cameras",
        fix="" if found else install("video"),
    )


def jetson_checks(jetson: Jetson) -> tuple[Check, ...]:
    """Look at what makes a Jetson slow, or its measurements unsteady."""
    mode, locked = jetson.power_mode, jetson.jetson_clocks
    hot = bool(jetson.throttling)
    name = "unknown" if mode is None else mode.name or f"number {mode.id}"
    return (
        Check(
            name="power mode",
            status="note",
            found=name,
            needed="the one that the numbers are wanted for",
            fix="sudo nvpmodel -m NUMBER (see /etc/nvpmodel.conf)",
        ),
        Check(
            name="jetson_clocks",
            status="ok" if locked else "note",
            found={True: "on", False: "off", None: "unknown"}[locked],
            needed="on, for steady measurements",
            fix="" if locked else "sudo jetson_clocks",
        ),
        Check(
            name="throttling",
            status="note" if hot else "ok",
            found="; ".join(jetson.throttling) or "none",
            needed="none",
            fix="let it cool, or give it a fan or a stronger supply" if hot else "",
        ),
    )


def _room_check(name: str, free_gib: float, needed_gib: float) -> Check:
    enough = free_gib >= needed_gib
    return Check(
        name=name,
        status="ok" if enough else "note",
        found=f"{free_gib:.1f} GiB",
        needed=f"{needed_gib:g} GiB; large networks take more",
        fix="" if enough else "free some, or use smaller images",
    )
