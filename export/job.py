"""What one export is asked for: generators, artifacts, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegan.export.calibration import Calibration
from edgegan.export.engine_options import engine_record
from edgegan.export.learned_ranges import learned_ranges
from edgegan.export.parity_images import ParityImages
from edgegan.export.targets import CALIBRATED, ExportSpec
from edgegan.manifest import read_manifest


@dataclass(frozen=True, kw_only=True)
class ExportJob:
    """The artifacts to make of one generator.

    Attributes:
        generator: A `.keras` file.
        specs: What to make of it.
        parity: The images to compare on; None skips the gate.
        calibration: The images to calibrate on; static precisions need them.
    """

    generator: Path
    specs: Sequence[ExportSpec]
    parity: ParityImages | None
    calibration: Calibration | None = None


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What holds for every artifact of one export.

    Attributes:
        folder: Where to write.
        min_psnr: Another threshold of the gate, dB.
        force: Whether to make anew what is there already.
        ladder: Whether to try safer settings when a quantized artifact fails its gate.
    """

    folder: Path
    min_psnr: float | None = None
    force: bool = False
    ladder: bool = True


def requested(job: ExportJob, spec: ExportSpec, options: ExportOptions) -> dict[str, Any]:
    """Write down what an artifact was asked for, as its manifest keeps it."""
    return {
        **engine_record(spec.target, spec.engine),
        "target": spec.target,
        "size": list(spec.size),
        "batch": spec.batch,
        "io": spec.image_type,
        "layout": spec.layout,
        "opset": None if spec.target == "tflite" else spec.opset,
        "bake_domain": spec.bake,
        "parity": job.parity.source if job.parity else "off",
        "min_psnr": options.min_psnr,
        "ladder": options.ladder,
    }


def calibration_record(job: ExportJob, spec: ExportSpec) -> dict[str, Any] | None:
    """Describe the calibration of an artifact, for its manifest; None if it needs none."""
    if spec.precision not in CALIBRATED:
        return None
    if job.calibration is None:
        learned = learned_ranges(read_manifest(job.generator), spec.target)
        return {"learned": "by quantization-aware training"} if learned else None
    return job.calibration.record()
