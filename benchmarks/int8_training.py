"""Does training for int8 beat calibrating after training?

    python benchmarks/int8_training.py small.keras --data emoji --folder int8-training

The generator is exported to static int8 .tflite and .onnx with ranges measured on 200 images
by each method, and trained for each kind of file and exported with the ranges learned. All
are compared with the generator on held-out images: PSNR, dB. The same layers are in float
throughout: norms, tanh, and in an .onnx the transposed convolutions.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from edgegan import console
from edgegan.manifest import read_manifest

METHODS = ("min-max", "entropy", "percentile")
TARGETS = ("tflite", "onnx")


def main() -> None:
    """Make the files that are missing, and print how far each is from the generator."""
    arguments = _arguments()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for target in TARGETS:
        for method in METHODS:
            calibrated = ("--calib", arguments.data, "--calib-method", method)
            file = _exported(arguments.generator, target, arguments.folder / method, *calibrated)
            rows.append((target, f"calibrated, {method}", *_compared(arguments, file)))
        trained = _trained(arguments, target)
        file = _exported(trained, target, arguments.folder / "trained")
        rows.append((target, f"trained, {_steps(trained):,} steps", *_compared(arguments, file)))
    console.table(("file", "ranges", "PSNR median dB", "minimum dB", "SSIM"), rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("generator", type=Path, help="a .keras file")
    parser.add_argument("--data", required=True, help="a data spec")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--images", type=int, default=50)
    parser.add_argument("--set", action="append", default=[], help="a setting of the training")
    return parser.parse_args()


def _trained(arguments: argparse.Namespace, target: str) -> Path:
    output: Path = arguments.folder / f"{target}.keras"
    if output.is_file():
        return output
    run = arguments.folder / f"run-{target}"
    if (run / "config.toml").is_file():
        _edgegan("compress", "--resume", run)
        return output
    settings = [word for setting in arguments.set for word in ("--set", setting)]
    _edgegan(
        *("compress", arguments.generator, "--quantize", target, "--data", arguments.data),
        *("--steps", arguments.steps, "--run", run, "-o", output, *settings),
    )
    return output


def _steps(trained: Path) -> int:
    """Read for how long a file was trained, which may have been before, by another command."""
    manifest = read_manifest(trained)
    assert manifest is not None
    steps: int = manifest.options["compress"]["steps"]
    return steps


def _exported(generator: Path, target: str, folder: Path, *calibrated: str) -> Path | None:
    """Export; a file that fails its self-test stays as "rejected-..."."""
    folder.mkdir(parents=True, exist_ok=True)
    _edgegan(
        *("export", generator, "--target", target, "--precision", "int8", "-o", folder, "--force"),
        *("--parity", "off", *calibrated),
        fails=True,
    )
    found = sorted(folder.glob(f"{generator.stem}-*.{target}"))
    return found[0] if found else None


def _compared(arguments: argparse.Namespace, file: Path | None) -> tuple[str, str, str]:
    if file is None:
        return ("fails its self-test", "-", "-")
    words = ("--images", arguments.data, "--n", arguments.images, "--json")
    told = _edgegan("verify", arguments.generator, file, *words, fails=True)
    parity: dict[str, Any] = json.loads(told)
    median, least = parity["psnr_median"], parity["psnr_min"]
    return f"{median:.1f}", f"{least:.1f}", f"{parity['ssim_median']:.4f}"


def _edgegan(*arguments: object, fails: bool = False) -> str:
    """Run a command; one that may fail its gate is allowed to with `fails`."""
    command = [sys.executable, "-m", "edgegan", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode and not (fails and done.returncode == 4):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}.")
    return done.stdout


if __name__ == "__main__":
    main()
