"""The ladder in a whole export: what it tries, what it writes down, when it stops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.export.calibration import CalibrationRequest, calibration_images
from edgegan.export.exported import Exported
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from tests.export.generators import SIZE, TINY, saved
from tests.export.test_pipeline import PICTURES

SPEC = ExportSpec(target="tflite", precision="int8-dynamic", size=(SIZE, SIZE))
RUNGS = [
    "nothing",
    "first and last layers",
    "first, last and up-convolutions",
    "all but the residual blocks",
]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> ExportJob:
    generator = saved(tmp_path_factory.mktemp("ladder"), replace(TINY, filters=8))
    calibration = calibration_images(CalibrationRequest(spec="emoji", count=8), "A2B")
    return ExportJob(generator=generator, specs=[SPEC], parity=PICTURES, calibration=calibration)


def export(job: ExportJob, options: ExportOptions, spec: ExportSpec = SPEC) -> Exported:
    (result,) = export_generator(replace(job, specs=[spec]), options)
    return result


def test_a_gate_that_is_passed_needs_no_ladder(job: ExportJob, tmp_path: Path) -> None:
    result = export(job, ExportOptions(folder=tmp_path, min_psnr=20.0))
    assert result.manifest is not None
    assert [(one.kept, one.passed) for one in result.manifest.attempts] == [("nothing", True)]


@pytest.mark.parametrize("target", ["tflite", "onnx"])
def test_the_ladder_ends_at_the_first_rung_that_passes(
    job: ExportJob, tmp_path: Path, target: str
) -> None:
    spec = replace(SPEC, target=target, precision="int8")
    first = export(job, ExportOptions(folder=tmp_path, min_psnr=10.0), spec)
    assert first.manifest is not None
    assert first.manifest.parity is not None
    above = first.manifest.parity.psnr_median + 0.5
    found = export(job, ExportOptions(folder=tmp_path, min_psnr=above), spec)
    assert found.manifest is not None
    attempts = found.manifest.attempts
    assert [one.kept for one in attempts] == RUNGS[: len(attempts)]
    assert [one.passed for one in attempts] == [False] * (len(attempts) - 1) + [True]
    assert attempts[0].psnr_median == first.manifest.parity.psnr_median
    assert attempts[0].psnr_min == first.manifest.parity.psnr_min
    assert attempts[1].layers == ("head_conv", "stem_conv")
    assert found.manifest.precision.requested == "int8"


def test_without_the_ladder_one_setting_is_tried(job: ExportJob, tmp_path: Path) -> None:
    result = export(job, ExportOptions(folder=tmp_path, min_psnr=98.0, ladder=False))
    assert result.status == "failed"
    assert not SPEC.path(tmp_path, "A2B").exists()


@pytest.mark.slow
def test_where_no_rung_passes_the_last_is_kept_as_rejected(job: ExportJob, tmp_path: Path) -> None:
    told: list[str] = []
    export_generator(
        job, ExportOptions(folder=tmp_path, min_psnr=98.0), lambda _, note="": told.append(note)
    )
    tried = [note for note in told if ": converting" in note]
    assert len(tried) == len(RUNGS)
    assert tried[0].endswith(": converting")
    assert tried[-1].endswith("all but the residual blocks kept in float")
    assert (tmp_path / f"rejected-{SPEC.file_name('A2B')}").exists()


def test_without_a_gate_one_setting_is_tried(job: ExportJob, tmp_path: Path) -> None:
    assert job.calibration is not None
    dark = replace(job.calibration, images=(np.eye(16, dtype=np.uint8)[..., None].repeat(3, 2),))
    told: list[str] = []
    (result,) = export_generator(
        replace(job, specs=[replace(SPEC, precision="int8")], parity=None, calibration=dark),
        ExportOptions(folder=tmp_path),
        lambda _, note="": told.append(note),
    )
    assert "self-test failed" in str(result.error)
    assert len([note for note in told if ": converting" in note]) == 1


def test_other_precisions_are_tried_once(job: ExportJob, tmp_path: Path) -> None:
    told: list[str] = []
    export_generator(
        replace(job, specs=[replace(SPEC, precision="w8")]),
        ExportOptions(folder=tmp_path, min_psnr=98.0),
        lambda _, note="": told.append(note),
    )
    assert len([note for note in told if ": converting" in note]) == 1


def test_fp32_has_no_ladder(job: ExportJob, tmp_path: Path) -> None:
    result = export(job, ExportOptions(folder=tmp_path), replace(SPEC, precision="fp32"))
    assert result.manifest is not None
    assert result.manifest.attempts == ()


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8-dynamic", "int8", "int16x8", "w8"])
def test_every_precision_takes_bytes_and_batches(
    job: ExportJob, tmp_path: Path, precision: str
) -> None:
    spec = replace(SPEC, precision=precision, image_type="uint8", batch=2)
    result = export(job, ExportOptions(folder=tmp_path, min_psnr=10.0), spec)
    assert result.status == "verified", result.error
    assert result.manifest is not None
    assert result.manifest.precision.obtained == precision
    image = result.manifest.io.inputs[0]
    assert (image.dtype, image.shape, image.range) == ("uint8", (2, SIZE, SIZE, 3), (0.0, 255.0))
