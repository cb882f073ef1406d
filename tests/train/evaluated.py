"""A tiny generator in four formats, images to evaluate it on, and the plainest of features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from edgegan.data import PARTS
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray, ImageArray, save_image, to_float
from edgegan.train.features import Extractor
from tests.export.generators import SIZE, saved

CONFIG = GeneratorConfig(image_size=SIZE, filters=8, residual_blocks=1)
FORMATS = (("tflite", "fp32"), ("tflite", "fp16"), ("tflite", "int8-dynamic"), ("onnx", "fp32"))
IMAGES = 12


def exported(folder: Path) -> list[Path]:
    """Write a generator, and export it to `FORMATS`; return it and its artifacts."""
    generator = saved(folder, CONFIG)
    specs = [ExportSpec(target=t, precision=p, size=(SIZE, SIZE)) for t, p in FORMATS]
    job = ExportJob(generator=generator, specs=specs, parity=None)
    done = export_generator(job, ExportOptions(folder=folder / "export"))
    return [generator, *(one.path for one in done)]


def write_images(root: Path, count: int = IMAGES) -> Path:
    """Make blotches: dark ones in A, reddish ones in B, `count` images a part."""
    for number, part in enumerate(PARTS):
        rng = np.random.default_rng(number)
        for i in range(count):
            coarse = rng.integers(0, 256, (4, 4, 3)).astype(np.uint8)
            coarse[..., 0] = coarse[..., 0] // 2 + (128 if part.endswith("B") else 0)
            smooth = Image.fromarray(coarse).resize((20, 20), Image.Resampling.BICUBIC)
            save_image(root / part / f"{part}-{i}.png", np.asarray(smooth))
    return root


def means() -> Extractor:
    """Describe a picture by the mean of each channel."""

    def extract(pictures: ImageArray) -> FloatArray:
        found: FloatArray = to_float(pictures).mean(axis=(1, 2))
        return found

    return Extractor(name="means", size=None, resize="none", extract=extract)
