"""Where a machine tells its power: a Jetson's rails, an NVIDIA GPU, or the CPU's counters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegan.runtime.energy import SourceKind
from edgegan.runtime.gpu_index import gpu_index
from edgegan.runtime.nvml import open_nvml
from edgegan.runtime.power_rails import find_rails, input_rails, rail_title, total_watts
from edgegan.runtime.sysfs import matching, read_int, read_text


@dataclass(frozen=True, kw_only=True)
class PowerSource:
    """Something that tells power or energy.

    Attributes:
        rail: What it is of, in words.
        kind: Whether `read` gives watts now, or joules since some moment.
        read: Reads it; None if that fails. It never raises.
    """

    rail: str
    kind: SourceKind
    read: Callable[[], float | None]


def find_source(
    device: str = "cpu", root: Path = Path("/"), library: Any = None, driver: Any = None
) -> PowerSource | None:
    """Find what tells the power of `device`; None if nothing does.

    On a Jetson that is the whole module, whichever device works.

    Args:
        device: "cpu" or "cuda:0", as CUDA counts.
        root: The folder that stands for /.
        library: NVML, see `edgegan.runtime.nvml.open_nvml`.
        driver: CUDA's, see `edgegan.runtime.gpu_index.gpu_index`.
    """
    rails = input_rails(find_rails(root))
    if rails:
        return PowerSource(rail=rail_title(rails), kind="power", read=lambda: total_watts(rails))
    if device == "cpu":
        return _cpu_source(root)
    index = gpu_index(device, driver, library)
    return None if index is None else _gpu_source(device, index, library)


class CpuEnergy:
    """The energy counters of the CPU packages (RAPL), added up; call it for joules.

    Each counter starts again at 0 after its range, which takes minutes at least.
    """

    def __init__(self, packages: Sequence[Path]) -> None:
        """Take the folders of the packages, "intel-rapl:0" and so on."""
        self._packages = packages
        self._ranges = [read_int(p / "max_energy_range_uj") or 0 for p in packages]
        self._last: list[int | None] = [None] * len(packages)
        self._total_uj = 0

    def __call__(self) -> float | None:
        """Read joules since the first reading; None if a counter cannot be read."""
        readings = [read_int(package / "energy_uj") for package in self._packages]
        if None in readings:
            return None
        for place, reading in enumerate(readings):
            last, self._last[place] = self._last[place], reading
            if reading is not None and last is not None:
                started_again = self._ranges[place] if reading < last else 0
                self._total_uj += reading - last + started_again
        return self._total_uj / 1e6


def _gpu_source(device: str, index: int, library: Any) -> PowerSource | None:
    nvml = open_nvml(library)  # stays open: the process ends it
    if nvml is None:
        return None
    if nvml.energy_j(index) is not None:
        return PowerSource(
            rail=f"{device} (NVML energy)", kind="energy", read=lambda: nvml.energy_j(index)
        )
    if nvml.power_w(index) is not None:
        return PowerSource(
            rail=f"{device} (NVML power)", kind="power", read=lambda: nvml.power_w(index)
        )
    nvml.close()
    return None


def _cpu_source(root: Path) -> PowerSource | None:
    """Find the CPU's counters, which most systems let only root read."""
    folders = matching(root, "sys/class/powercap/intel-rapl:*")
    packages = [f for f in folders if (read_text(f / "name") or "").startswith("package")]
    counter = CpuEnergy(packages)
    if not packages or counter() is None:
        return None
    return PowerSource(rail="CPU packages (RAPL)", kind="energy", read=counter)
