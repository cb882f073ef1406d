"""Artifacts that take and give bytes: the same pictures as those of floats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from edgegan.export.quantization import Quantization
from edgegan.export.targets import Precision
from edgegan.export.tflite import to_tflite
from edgegan.generator import GeneratorConfig
from edgegan.images import to_float, to_uint8
from tests.export.generators import SIZE, STARGAN, TINY, generator, noise

LABEL = np.array([[0, 1, 1]], np.float32)
EVERY_BYTE = np.arange(SIZE * SIZE * 3, dtype=np.uint32).astype(np.uint8).reshape(1, SIZE, SIZE, 3)


@pytest.mark.filterwarnings("ignore::UserWarning")  # calibration runs interpreters that warn
@pytest.mark.parametrize("config", [TINY, STARGAN])
@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8-dynamic", "int8", "int16x8", "w8"])
def test_bytes_are_within_one_step_of_floats(
    config: GeneratorConfig, precision: Precision, tmp_path: Path
) -> None:
    feeds = [(noise(seed), LABEL) if config.domains else (noise(seed),) for seed in range(4)]
    model, quantization = generator(config), Quantization(feeds=feeds)
    outputs = []
    for image_type, image in (("uint8", EVERY_BYTE), ("float32", to_float(EVERY_BYTE))):
        content = to_tflite(
            model,
            (SIZE, SIZE),
            precision,
            image_type=image_type,  # type: ignore[arg-type]
            quantization=quantization,
        )
        interpreter = Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
        inputs = {"image": image, **({"label": LABEL} if config.domains else {})}
        outputs.append(interpreter.get_signature_runner("generate")(**inputs)["output"])
    as_bytes, as_floats = outputs
    assert (as_bytes.dtype, as_floats.dtype) == (np.uint8, np.float32)
    difference = as_bytes.astype(int) - to_uint8(as_floats).astype(int)
    assert np.abs(difference).max() <= 1
    assert np.ptp(as_bytes) > 50
