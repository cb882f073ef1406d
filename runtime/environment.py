"""Where a measurement was made: processor, system, packages, and how busy it was.

Read from the system only; nothing is changed and no program is started.
"""

from __future__ import annotations

import os
import platform
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegan.optional import installed_versions
from edgegan.runtime.clocks import governors
from edgegan.runtime.engine import thread_count
from edgegan.runtime.jetson import Jetson, read_jetson
from edgegan.runtime.nvml import GpuState, read_nvidia
from edgegan.runtime.sysfs import read_text

# Instruction sets that decide how fast matrix kernels run, by the kernel's names.
_FLAGS = (
    *("avx", "avx2", "fma", "f16c"),
    *("avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "avx512_fp16"),
    *("avx_vnni", "avx_vnni_int8", "amx_tile", "amx_int8", "amx_bf16"),
    # ARM: NEON, half precision, dot product, int8 and bfloat16 matrices, vectors.
    *("asimd", "neon", "asimdhp", "asimddp", "i8mm", "bf16", "sve", "sve2", "sme"),
)
_PACKAGES = (
    *("edgegan", "numpy", "pillow", "ai-edge-litert", "onnxruntime", "onnxruntime-gpu"),
    *("openvino", "tensorflow", "tf-keras", "tensorrt", "tensorrt-rtx"),
)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The machine and its state; None where it cannot be read.

    Attributes:
        cpu_model: The processor's name.
        cpu_flags: The instruction sets it has, of those that decide the speed.
        cores: Logical CPUs of the machine.
        usable_cores: Logical CPUs that this process may use.
        memory_bytes: Physical memory.
        governor: The kernel's frequency policies of the CPUs that this process may use.
        load_average: Over 1, 5 and 15 minutes.
        packages: Versions of the installed packages that matter.
        jetson: The board and its state; None on other machines.
        nvidia_driver: Version of NVIDIA's driver; None without one.
        gpus: NVIDIA's, and their state.
    """

    cpu_model: str | None
    cpu_flags: tuple[str, ...]
    cores: int
    usable_cores: int
    memory_bytes: int | None
    system: str
    machine: str
    python: str
    governor: str | None
    load_average: tuple[float, ...] | None
    packages: dict[str, str]
    jetson: Jetson | None
    nvidia_driver: str | None
    gpus: tuple[GpuState, ...]


def capture(root: Path = Path("/"), library: Any = None) -> Environment:
    """Read the environment now.

    Args:
        root: The folder that stands for /, where files tell.
        library: NVML, see `edgegan.runtime.nvml.open_nvml`.
    """
    cpuinfo = read_text(root / "proc/cpuinfo") or ""
    driver, gpus = read_nvidia(library)
    return Environment(
        cpu_model=_cpu_model(cpuinfo, root),
        cpu_flags=cpu_flags(cpuinfo),
        cores=os.cpu_count() or 1,
        usable_cores=thread_count(None),
        memory_bytes=_memory_bytes(root),
        system=platform.platform(),
        machine=platform.machine(),
        python=platform.python_version(),
        governor=governors(root),
        load_average=_load_average(),
        packages=installed_versions(_PACKAGES),
        jetson=read_jetson(root),
        nvidia_driver=driver,
        gpus=gpus,
    )


def cpu_flags(cpuinfo: str) -> tuple[str, ...]:
    """Pick the instruction sets that decide the speed from the text of /proc/cpuinfo."""
    match = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    present = set(match[1].split()) if match else set()
    return tuple(flag for flag in _FLAGS if flag in present)


def peak_rss_bytes() -> int | None:
    """Return the largest resident size that this process has had; None if unknown."""
    # getrusage would do, but its ru_maxrss also covers the parent at the time of fork.
    return _status_bytes("VmHWM")


def forget_peak_rss() -> None:
    """Let `peak_rss_bytes` start again from the present size, where the system can."""
    with suppress(OSError):  # another system than Linux
        Path("/proc/self/clear_refs").write_text("5")


def rss_bytes() -> int | None:
    """Return the present resident size of this process; None if unknown."""
    return _status_bytes("VmRSS")


def _status_bytes(key: str) -> int | None:
    status = read_text(Path("/proc/self/status")) or ""
    match = re.search(rf"^{key}:\s*(\d+) kB$", status, re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def _cpu_model(cpuinfo: str, root: Path) -> str | None:
    match = re.search(r"^model name\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    if match:
        return match[1].strip()
    board = read_text(root / "proc/device-tree/model")  # ARM boards name themselves here
    return board or platform.processor() or None


def _memory_bytes(root: Path) -> int | None:
    meminfo = read_text(root / "proc/meminfo") or ""
    match = re.search(r"^MemTotal:\s*(\d+) kB$", meminfo, re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def _load_average() -> tuple[float, ...] | None:
    try:
        return tuple(round(load, 2) for load in os.getloadavg())
    except (AttributeError, OSError):  # Windows has none
        return None
