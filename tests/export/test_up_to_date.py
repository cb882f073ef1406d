"""Whether an artifact is what an export would make: each thing that can differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegan.export.calibration import CalibrationRequest, calibration_images
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.parity_images import parity_images
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.export.up_to_date import standing
from edgegan.manifest import Precision, manifest_path, read_manifest, write_manifest
from tests.export.generators import SIZE, TINY, saved

SPEC = ExportSpec(target="onnx", precision="fp32", size=(SIZE, SIZE))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[ExportJob, ExportOptions]:
    folder = tmp_path_factory.mktemp("made")
    job = ExportJob(generator=saved(folder), specs=[SPEC], parity=None)
    options = ExportOptions(folder=folder)
    export_generator(job, options)
    return job, options


def test_what_was_just_made_is_current(made: tuple[ExportJob, ExportOptions]) -> None:
    job, options = made
    found = standing(job, SPEC, options)
    assert found.state == "current"
    assert found.manifest == read_manifest(SPEC.path(options.folder, "A2B"))


@pytest.mark.parametrize(
    ("spec", "options", "reason"),
    [
        ({}, {"min_psnr": 20.0}, "another min_psnr"),
        ({}, {"ladder": False}, "another ladder"),
    ],
)
def test_other_options_make_it_outdated(
    made: tuple[ExportJob, ExportOptions], spec: Any, options: Any, reason: str
) -> None:
    found = standing(made[0], replace(SPEC, **spec), replace(made[1], **options))
    assert (found.state, found.reason) == ("outdated", reason)


def test_what_failed_its_gate_is_made_again(
    made: tuple[ExportJob, ExportOptions], tmp_path: Path
) -> None:
    path = SPEC.path(made[1].folder, "A2B")
    copy = SPEC.path(tmp_path, "A2B")
    copy.write_bytes(path.read_bytes())
    manifest = read_manifest(path)
    assert manifest is not None
    write_manifest(copy, replace(manifest, status="failed"))
    found = standing(made[0], SPEC, ExportOptions(folder=tmp_path))
    assert (found.state, found.reason) == ("outdated", "it failed its parity gate")


def test_other_parity_images_make_it_outdated(made: tuple[ExportJob, ExportOptions]) -> None:
    job = replace(made[0], parity=parity_images("emoji", "A2B"))
    assert standing(job, SPEC, made[1]).reason == "another parity"


def test_other_weights_make_it_outdated(
    made: tuple[ExportJob, ExportOptions], tmp_path: Path
) -> None:
    other = replace(made[0], generator=saved(tmp_path, replace(TINY, filters=2)))
    found = standing(other, SPEC, made[1])
    assert (found.state, found.reason) == ("outdated", "other weights")


def test_another_calibration_makes_it_outdated(
    made: tuple[ExportJob, ExportOptions], tmp_path: Path
) -> None:
    job, _ = made
    spec = replace(SPEC, precision="int8")
    one, other = (
        calibration_images(CalibrationRequest(spec="emoji", count=3, seed=seed), "A2B")
        for seed in (0, 1)
    )
    calibrated = replace(job, specs=[spec], calibration=one)
    options = ExportOptions(folder=tmp_path)
    export_generator(calibrated, options)
    assert standing(calibrated, spec, options).state == "current"
    found = standing(replace(calibrated, calibration=other), spec, options)
    assert found.reason == "another calibration"


def test_other_tools_make_it_outdated(
    made: tuple[ExportJob, ExportOptions], tmp_path: Path
) -> None:
    job, options = made
    path = _copied(options, tmp_path)
    manifest = read_manifest(path)
    assert manifest is not None
    write_manifest(path, replace(manifest, tools={**manifest.tools, "onnx": "1.0"}))
    found = standing(job, SPEC, ExportOptions(folder=tmp_path))
    assert found.reason == "another version of onnx"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"source": None}, "other weights"),
        ({"precision": Precision(requested="fp16", obtained="fp16")}, "another precision"),
        ({"options": {}}, "another target, size, batch"),
        ({"calibration": {"images": 3}}, "another calibration"),
    ],
)
def test_each_thing_that_a_manifest_tells_counts(
    made: tuple[ExportJob, ExportOptions], tmp_path: Path, change: Any, reason: str
) -> None:
    path = _copied(made[1], tmp_path)
    manifest = read_manifest(path)
    assert manifest is not None
    write_manifest(path, replace(manifest, **change))
    found = standing(made[0], SPEC, ExportOptions(folder=tmp_path))
    assert found.state == "outdated"
    assert found.reason.startswith(reason)


def test_a_damaged_manifest_makes_it_unknown(
    made: tuple[ExportJob, ExportOptions], tmp_path: Path
) -> None:
    path = _copied(made[1], tmp_path)
    manifest_path(path).write_text("{")
    found = standing(made[0], SPEC, ExportOptions(folder=tmp_path))
    assert (found.state, found.reason) == (
        "unknown",
        "it was changed, or its manifest is damaged",
    )


def test_what_is_not_ours_is_unknown(made: tuple[ExportJob, ExportOptions], tmp_path: Path) -> None:
    job, options = made
    there = ExportOptions(folder=tmp_path)
    assert standing(job, SPEC, there).state == "missing"
    path = _copied(options, tmp_path)
    path.write_bytes(path.read_bytes() + b"x")
    assert standing(job, SPEC, there).state == "unknown"
    manifest_path(path).unlink()
    assert standing(job, SPEC, there).reason == "it has no manifest"


def _copied(options: ExportOptions, folder: Path) -> Path:
    path, copy = (SPEC.path(where, "A2B") for where in (options.folder, folder))
    copy.write_bytes(path.read_bytes())
    manifest_path(copy).write_bytes(manifest_path(path).read_bytes())
    return copy
