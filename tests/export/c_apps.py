"""Programs of `edgegan app --platform c` around tiny generators."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.export.app_models import open_models
from edgegan.export.c_app import write_c_app
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from tests.c_program import COMPILER, MAKE, build, installed_litert

compiled = pytest.mark.skipif(not (COMPILER and MAKE), reason="there is no C compiler, or no make")

SIZES = ((16, 16), (16, 12))  # (H, W)


def exported(generator: Path, folder: Path, precision: str = "int8-dynamic") -> list[Path]:
    specs = [ExportSpec(target="tflite", precision=precision, size=size) for size in SIZES]
    job = ExportJob(generator=generator, specs=specs, parity=None)
    return [result.path for result in export_generator(job, ExportOptions(folder=folder))]


def made(paths: list[Path], folder: Path) -> Path:
    write_c_app(open_models(paths), "Tiny", folder)
    return build(folder, installed_litert())
