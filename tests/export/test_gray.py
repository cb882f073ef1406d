"""A generator of gray images: exported, verified and run like any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.parity_images import parity_images
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.runtime.bench import bench
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.engine import load
from edgegan.train.generator_file import save_generator
from edgegan.train.networks import build_generator
from tests.train.tiny import GENERATOR, noise_image

SIZE = 16
CONFIG = replace(GENERATOR, image_size=SIZE, channels=1, filters=4)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A gray generator and its verified artifacts."""
    folder = tmp_path_factory.mktemp("gray")
    path = folder / "A2B.keras"
    save_generator(build_generator(CONFIG, "A2B"), path, CONFIG, "A2B")
    specs = [
        ExportSpec(target=target, precision="fp32", size=(SIZE, SIZE))
        for target in ("tflite", "onnx")
    ]
    job = ExportJob(generator=path, specs=specs, parity=parity_images("emoji", "A2B"))
    exported = export_generator(job, ExportOptions(folder=folder))
    assert [result.status for result in exported] == ["verified", "verified"]
    return [path, *(result.path for result in exported)]


def test_all_translate_the_luma_and_answer_in_rgb(files: list[Path]) -> None:
    image = noise_image(1, SIZE, SIZE)
    luma = np.asarray(Image.fromarray(image).convert("L"), np.float32)
    x = (luma / 127.5 - 1)[None, ..., None]
    for path in files:
        engine = load(path)
        expected = np.clip(np.rint((engine.run(x) + 1) * 127.5), 0, 255)[0]
        got = engine(image)
        assert got.shape == (SIZE, SIZE, 3)
        np.testing.assert_array_equal(got, np.repeat(expected, 3, axis=-1))
        batch = engine(np.stack([image, image]))
        np.testing.assert_array_equal(batch, [got, got])


def test_it_can_be_timed(files: list[Path]) -> None:
    settings = BenchSettings(min_time_s=0.05, warmup_time_s=0.05, rounds=1)
    session = bench(files[1:2], settings)
    assert not session.failures
    assert session.results[0].artifact.endswith(files[1].name)
