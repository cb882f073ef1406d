"""Which Jetson is it, and which JetPack does it run? Told by the device tree and L4T."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edgegan.runtime.sysfs import read_text, read_words

UNKNOWN_JETPACK = "unknown JetPack"

# L4T (Jetson Linux) -> JetPack. Source: NVIDIA's JetPack archive,
# https://developer.nvidia.com/embedded/jetpack-archive; 36.4.7 is an update of 36.4.4 by apt.
# A release that is not here is told as unknown, not guessed from its neighbours.
JETPACKS = {
    "39.2.0": "7.2",
    "38.4.0": "7.1",
    "38.2.1": "7.0",
    "38.2.0": "7.0",
    "36.5.0": "6.2.2",
    "36.4.7": "6.2.1",
    "36.4.4": "6.2.1",
    "36.4.3": "6.2",
    "36.4.0": "6.1",
    "36.3.0": "6.0",
    "35.6.4": "5.1.6",
    "35.6.1": "5.1.5",
    "35.6.0": "5.1.4",
    "35.5.0": "5.1.3",
    "35.4.1": "5.1.2",
    "35.3.1": "5.1.1",
    "35.2.1": "5.1",
    "35.1.0": "5.0.2",
    "32.7.6": "4.6.6",
    "32.7.5": "4.6.5",
    "32.7.4": "4.6.4",
    "32.7.3": "4.6.3",
    "32.7.2": "4.6.2",
    "32.7.1": "4.6.1",
    "32.6.1": "4.6",
}
# The GPU in each Tegra. Source: https://developer.nvidia.com/cuda-gpus; Thor was 10.1 before
# CUDA 13.
CAPABILITIES = {
    "tegra210": "5.3",  # Nano, TX1
    "tegra186": "6.2",  # TX2
    "tegra194": "7.2",  # Xavier
    "tegra234": "8.7",  # Orin
    "tegra264": "11.0",  # Thor
}


@dataclass(frozen=True, kw_only=True)
class Board:
    """What does not change while the machine runs; None where it is not told.

    Attributes:
        model: Such as "NVIDIA Jetson Orin Nano Developer Kit".
        soc: The chip, such as "tegra234".
        compute_capability: Of its GPU, such as "8.7".
        l4t: The release of Jetson Linux, such as "36.4.3".
        jetpack: The JetPack of that release, or `UNKNOWN_JETPACK`.
    """

    model: str | None
    soc: str | None
    compute_capability: str | None
    l4t: str | None
    jetpack: str


def read_board(root: Path = Path("/")) -> Board | None:
    """Tell which Jetson this is; None on other machines.

    A container may hide /etc/nv_tegra_release: then the device tree still tells the model.

    Args:
        root: The folder that stands for /.
    """
    tree = root / "proc/device-tree"
    soc = _soc(read_words(tree / "compatible"))
    release = read_text(root / "etc/nv_tegra_release")
    if soc is None and release is None:
        return None
    l4t = l4t_version(release or "")
    return Board(
        model=read_text(tree / "model") or None,
        soc=soc,
        compute_capability=CAPABILITIES.get(soc or ""),
        l4t=l4t,
        jetpack=JETPACKS.get(l4t or "", UNKNOWN_JETPACK),
    )


def l4t_version(release: str) -> str | None:
    """Find the version in the text of /etc/nv_tegra_release; None if it has none.

    "# R36 (release), REVISION: 4.3, GCID: ..." is "36.4.3"; "REVISION: 3" is "36.3.0".
    """
    match = re.search(r"\bR(\d+)\s*\(release\),\s*REVISION:\s*(\d+)(?:\.(\d+))?", release)
    return f"{match[1]}.{match[2]}.{match[3] or 0}" if match else None


def _soc(compatible: tuple[str, ...]) -> str | None:
    chips = (re.fullmatch(r"nvidia,(tegra\d+)", word) for word in compatible)
    return next((chip[1] for chip in chips if chip), None)
