"""Whether this processor's usual int8 kernels add up exactly.

On x86 without VNNI, those of ONNX Runtime and OpenVINO add up two products in 16 bits, which
overflow, silently. Their exact kernels are half as fast, so only who needs them takes them.
"""

from __future__ import annotations

import platform
from pathlib import Path

from edgegan.runtime.environment import cpu_flags
from edgegan.runtime.sysfs import read_text

_X86 = ("x86_64", "amd64", "x86", "i686")
_EXACT = {"avx512_vnni", "avx_vnni", "amx_int8"}


def int8_sums_overflow(root: Path = Path("/"), machine: str | None = None) -> bool:
    """Tell whether exact kernels must be asked for; also where the processor cannot be read.

    Args:
        root: The folder that stands for /.
        machine: As platform.machine() says; None asks it.
    """
    if (machine or platform.machine()).lower() not in _X86:
        return False
    return _EXACT.isdisjoint(cpu_flags(read_text(root / "proc/cpuinfo") or ""))
