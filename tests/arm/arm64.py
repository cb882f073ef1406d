"""Programs of ARM64 under qemu-user, in the folder that scripts/arm_root.sh makes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from edgegan.images import FloatArray

ROOT = os.environ.get("ARM_ROOT", "")
COMPILER = "aarch64-linux-gnu-gcc"
LITERT = Path(ROOT, "site/ai_edge_litert")
# A Cortex-A76 is in a Raspberry Pi 5. Not `max`: qemu 7.2 computes its SVE kernels of int8 wrongly.
_QEMU = ("qemu-aarch64-static", "-cpu", "cortex-a76", "-L", f"{ROOT}/root")
_ENVIRONMENT = {
    "LD_LIBRARY_PATH": f"{LITERT}:{ROOT}/site/numpy.libs",
    "PYTHONHOME": f"{ROOT}/root/usr",
    "PYTHONPATH": f"{ROOT}/site",
}


def emulated(*command: str | Path) -> list[str]:
    """Make the command that runs a program of ARM64 here."""
    variables = [word for name, value in _ENVIRONMENT.items() for word in ("-E", f"{name}={value}")]
    return [*_QEMU, *variables, *map(str, command)]


def run_on_both(
    artifact: Path, images: FloatArray, folder: Path, flags: int = -1
) -> tuple[FloatArray, FloatArray]:
    """Run a .tflite on ARM64 and here, by the same script.

    Args:
        artifact: The file.
        images: float32 `[N, H, W, 3]` in [-1, 1].
        folder: For files of this call.
        flags: Of XNNPACK; -1 is its defaults.

    Returns:
        What ARM64 gives, and what this machine gives: as `images`.
    """
    np.save(folder / "inputs.npy", images)
    arm = emulated(Path(ROOT, "root/usr/bin/python3").resolve())
    return _run(arm, artifact, folder, flags), _run([sys.executable], artifact, folder, flags)


def _run(python: list[str], artifact: Path, folder: Path, flags: int) -> FloatArray:
    script, outputs = Path(__file__).with_name("run_tflite.py"), folder / "outputs.npy"
    words = (script, artifact, folder / "inputs.npy", outputs, flags)
    command = [*python, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    found: FloatArray = np.load(outputs)
    outputs.unlink()
    return found
