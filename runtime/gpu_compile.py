"""Compiles a .tflite for LiteRT's GPU delegate, to see whether it takes all of it.

The delegate is that of phones (ML Drift, here on WebGPU). It needs no GPU: the software one that
comes with Chromium (SwiftShader) will do. A process of its own compiles, since the choice of the
GPU is made by the environment, and what is refused is told by the log alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import edgegan
from edgegan.errors import EdgeganError, MissingRequirement
from edgegan.runtime.target_rules import read_graph

_CHOICE = "VK_ICD_FILENAMES"  # read by Vulkan's loader
_SOFTWARE = (
    Path("/usr/lib/chromium/vk_swiftshader_icd.json"),
    Path("/opt/google/chrome/vk_swiftshader_icd.json"),
)
_TIME_LIMIT_S = 300.0
_COMPILED = "edgegan-gpu-compiled"
_REFUSAL = re.compile(r"(?!(INFO|WARNING|ERROR): )(CUSTOM \S+|[A-Z][A-Z0-9_]+): ")
_ROOT = Path(edgegan.__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class GpuCompile:
    """What came of it.

    Attributes:
        adapter: The GPU that it was compiled for, such as "SwiftShader Device (Subzero)".
        refused: Each op that the delegate refused, and why; empty if it took all.
    """

    adapter: str
    refused: tuple[str, ...]


def compile_for_gpu(path: Path) -> GpuCompile:
    """Compile a file for this machine's GPU, or else for a software one.

    Raises:
        ArtifactError: the file is damaged.
        MissingRequirement: there is neither.
        EdgeganError: it failed in another way, or took more than five minutes.
    """
    read_graph(path.read_bytes())  # which tells damaged files from missing GPUs
    log = ""
    for driver in (None, *(file for file in _SOFTWARE if file.is_file())):
        log = _log(path, driver)
        found = read_log(log)
        if found:
            return found
    raise MissingRequirement(
        "LiteRT finds no GPU to compile for, and no software one. Install Chromium (on Debian: apt "
        "install chromium libvulkan1; elsewhere Google Chrome, and Vulkan's loader), or name a "
        f"Vulkan driver in {_CHOICE}. It said: {_last_error(log)}"
    )


def read_log(log: str) -> GpuCompile | None:
    """Read what the process printed; None if it found no GPU.

    Raises:
        EdgeganError: it found one, and failed without a reason that is known.
    """
    adapter = re.search(r"Selected adapter: (.*?), arch=", log)
    if adapter is None:
        return None
    _, _, after = log.partition("operations are not supported by GPU delegate:\n")
    refused = list(takewhile(_REFUSAL.match, after.splitlines()))
    if not refused and _COMPILED not in log:
        raise EdgeganError(f"LiteRT failed to compile it for {adapter[1]}: {_last_error(log)}")
    return GpuCompile(adapter=adapter[1], refused=tuple(dict.fromkeys(refused)))


def _last_error(log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR", "E0"))]
    return (errors or lines or ["it said nothing"])[-1]


def _log(path: Path, driver: Path | None) -> str:
    choice = {_CHOICE: str(driver)} if driver else {}
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(path.resolve())],
            cwd=_ROOT,
            env={**os.environ, **choice},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_TIME_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EdgeganError(
            f"Compiling {path} for the GPU took more than {_TIME_LIMIT_S:g} s."
        ) from error
    return done.stdout


def main() -> None:
    """Compile the file that the command line names, and say so; the log says the rest."""
    from ai_edge_litert.compiled_model import CompiledModel, HardwareAccelerator, Options

    options = Options(hardware_accelerators=HardwareAccelerator.GPU)
    model = CompiledModel.from_file(sys.argv[1], options=options)
    if model.is_fully_accelerated():
        print(f"\n{_COMPILED}", flush=True)


if __name__ == "__main__":
    main()
