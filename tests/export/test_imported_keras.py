"""Foreign Keras files go through the import and every export, and equal their source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.export.calibration import Calibration, CalibrationRequest
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.parity_images import ParityImages
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.images import ImageArray, to_float, to_uint8
from edgegan.runtime.engine import load
from edgegan.train.foreign import ImportOptions
from edgegan.train.foreign_import import import_generator
from tests.export.foreign_keras_files import unet
from tests.export.test_pipeline import PICTURES
from tests.train.tfa_golden import SIZE, unpack

# The least PSNR that half of the images must have, dB: the gate's for its precisions.
WANTED = (
    *(("tflite", "fp32", 60.0), ("tflite", "fp16", 45.0), ("tflite", "int8-dynamic", 34.0)),
    *(("tflite", "int8", 30.0), ("tflite", "int16x8", 40.0), ("tflite", "w8", 45.0)),
    *(("onnx", "fp32", 60.0), ("onnx", "fp16", 45.0), ("onnx", "int8", 30.0)),
)
COMPARED, CALIBRATED = 4, 16


def noise(size: tuple[int, int]) -> ImageArray:
    shape = (COMPARED + CALIBRATED, *size, 3)
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def test_a_file_of_addons_passes_the_gate(tmp_path: Path) -> None:
    path = tmp_path / "A2B.keras"
    imported = import_generator(unpack(tmp_path) / "uneven.h5", path, ImportOptions(size=SIZE))
    assert imported.manifest.generator is None
    assert imported.difference is not None
    assert imported.difference < 1e-5
    specs = [
        ExportSpec(target=target, precision="fp32", size=(SIZE, SIZE))
        for target in ("tflite", "onnx")
    ]
    job = ExportJob(generator=path, specs=specs, parity=PICTURES)
    results = export_generator(job, ExportOptions(folder=tmp_path))
    assert [(r.error, r.status) for r in results] == [(None, "verified")] * 2


# Of the format HDF5, and of the memory that calibration takes.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.slow
def test_every_precision_is_near_the_source(tmp_path: Path) -> None:
    source, file = unet(tmp_path)
    images = noise(source.inputs[0].shape[1:3])
    compared, calibrated = images[:COMPARED], images[COMPARED:]
    generator = tmp_path / "A2B.keras"
    imported = import_generator(file, generator, ImportOptions())
    assert imported.manifest.generator is None  # so it stays the graph that it was
    specs = [
        ExportSpec(target=target, precision=precision, size=images.shape[1:3])
        for target, precision, _ in WANTED
    ]
    job = ExportJob(
        generator=generator,
        specs=specs,
        parity=ParityImages(images=tuple(compared), source="test"),
        calibration=Calibration(
            request=CalibrationRequest(spec="test"), images=tuple(calibrated), available=99
        ),
    )
    expected = to_uint8(source(to_float(compared)).numpy())
    results = export_generator(job, ExportOptions(folder=tmp_path, ladder=False))
    for result, (_, precision, limit) in zip(results, WANTED, strict=True):
        assert (result.error, result.status) == (None, "verified")
        engine = load(result.path)
        found = np.stack([engine(image) for image in compared])
        engine.close()
        difference = found.astype(float) - expected
        distances = 10 * np.log10(255**2 / np.maximum(np.mean(difference**2, (1, 2, 3)), 1e-6))
        assert np.median(distances) >= limit
        assert np.abs(difference).max() <= (1 if precision == "fp32" else 255)
