"""The paper's generator at full size: exact, one partition, every norm fused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.data import open_unpaired
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.parity_images import parity_images
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.generator import GeneratorConfig
from edgegan.images import resize, to_float, to_uint8
from edgegan.runtime.onnx_graph import read_onnx
from edgegan.train.generator_file import load_generator
from tests.export.generators import saved


@pytest.mark.slow
def test_fp32_is_within_one_level_on_16_photos(tmp_path: Path, shared_data: Path) -> None:
    spec = f"folder:{shared_data / 'scenes_forest2glacier'}"
    generator = saved(tmp_path, GeneratorConfig())
    specs = [ExportSpec(target=t, precision="fp32", size=(256, 256)) for t in ("tflite", "onnx")]
    job = ExportJob(generator=generator, specs=specs, parity=parity_images(spec, "A2B"))
    tflite, onnx = export_generator(job, ExportOptions(folder=tmp_path / "out"))
    assert [tflite.status, onnx.status] == ["verified", "verified"]
    assert tflite.manifest is not None
    assert tflite.manifest.delegate is not None
    assert (tflite.manifest.delegate.partitions, tflite.manifest.delegate.outside) == (1, ())
    assert read_onnx(onnx.path).ops["InstanceNormalization"] == 23
    model, _ = load_generator(generator)
    photos = open_unpaired(spec).test_b
    for result in (tflite, onnx):
        engine = edgegan.load(result.path)
        for index in range(16):
            photo = resize(photos[index], (256, 256))
            expected = to_uint8(model(to_float(photo)[None]).numpy())[0]
            assert np.abs(engine(photo).astype(int) - expected).max() <= 1
