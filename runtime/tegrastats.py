"""Lines of tegrastats, the monitor that every Jetson has, for logs recorded beside a benchmark.

EdgeGAN itself reads the same sensors from the kernel (see `edgegan.runtime.jetson`), which
needs no second program and can be done more often.

The format is documented in the Jetson Linux Developer Guide ("tegrastats Utility") and has
changed over time: a date in front since JetPack 5; power with "mW" since JetPack 5, and with a
third value since JetPack 7; clocks in brackets, one for each cluster, since JetPack 6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DATE = re.compile(r"^\s*(\d\d-\d\d-\d{4} \d\d:\d\d:\d\d)\s")
_RAM = re.compile(r"\bRAM (\d+)/(\d+)MB")
_CPU = re.compile(r"\bCPU \[([^\]]*)\]")
_CORE = re.compile(r"(\d+)%(?:@(\d+))?")
# A number counts only with what ends it: logs are cut off where a recorder was stopped.
_GPU = re.compile(r"\bGR3D_FREQ (?:(\d+)%)?(?:@(?:\[([\d,]+)\]|(\d+)(?=\s)))?")
_TEMPERATURE = re.compile(r"(\w+)@(-?\d+(?:\.\d+)?)C\b")
# "VDD_IN 5704mW/5704mW", "GPU 0/0": now, then the mean since the start.
_RAIL = re.compile(r"(\w+) (\d+)(?:mW)?/(\d+)(?:mW)?(?:/\d+(?:mW)?)?(?=\s|$)")
_NO_RAILS = ("NC", "RAM", "IRAM", "SWAP")  # not connected; memory whose "MB" was cut off
_OFF_C = -100.0  # a sensor without power tells -256


@dataclass(frozen=True, kw_only=True)
class Core:
    """Load of a CPU core, percent, and its clock."""

    load_percent: int
    mhz: int | None


@dataclass(frozen=True, kw_only=True)
class TegraStats:
    """What one line tells; None and empty where it tells nothing.

    Attributes:
        time: As printed, "11-30-2025 13:26:01".
        cores: One for each core; None for a core that is off.
        gpu_load_percent: Of the GPU.
        gpu_mhz: Clocks of its clusters.
        temperatures_c: By sensor, without those that are off.
        rails_mw: Power of each rail now, milliwatts.
    """

    time: str | None
    ram_used_mb: int | None
    ram_total_mb: int | None
    cores: tuple[Core | None, ...]
    gpu_load_percent: int | None
    gpu_mhz: tuple[int, ...]
    temperatures_c: dict[str, float]
    rails_mw: dict[str, int]


def parse_line(line: str) -> TegraStats | None:
    """Read one line; None if it is none of tegrastats."""
    ram = _RAM.search(line)
    gpu = _GPU.search(line)
    if ram is None and gpu is None:
        return None
    date, cpu = _DATE.match(line), _CPU.search(line)
    clocks = (gpu[2] or gpu[3] or "") if gpu else ""
    temperatures = ((name, float(value)) for name, value in _TEMPERATURE.findall(line))
    return TegraStats(
        time=date[1] if date else None,
        ram_used_mb=int(ram[1]) if ram else None,
        ram_total_mb=int(ram[2]) if ram else None,
        cores=tuple(_core(word) for word in cpu[1].split(",")) if cpu else (),
        gpu_load_percent=int(gpu[1]) if gpu and gpu[1] else None,
        gpu_mhz=tuple(int(word) for word in clocks.split(",") if word),
        temperatures_c={name: value for name, value in temperatures if value > _OFF_C},
        rails_mw={name: int(now) for name, now, _ in _RAIL.findall(line) if name not in _NO_RAILS},
    )


def _core(word: str) -> Core | None:
    match = _CORE.fullmatch(word.strip())
    return (
        Core(load_percent=int(match[1]), mhz=int(match[2]) if match[2] else None) if match else None
    )
