"""TensorRT-RTX engines of both families, in every precision, for four GPU generations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.export.engine import make_engine
from edgegan.export.engine_options import EngineOptions
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.quantization import Quantization
from edgegan.export.targets import Precision
from edgegan.export.trt import build_engine
from edgegan.generator import GeneratorConfig
from edgegan.runtime.rtx import read_header
from tests.export.generators import SIZE, STARGAN, TINY, generator, noise

pytest.importorskip("tensorrt_rtx", reason="tensorrt-rtx has no wheel for this platform")
GENERATIONS = ("7.5", "8.6", "8.9", "12.0")


def model(config: GeneratorConfig, precision: Precision = "fp32", seed: int = 0) -> bytes:
    label = (np.eye(1, 3, dtype=np.float32),) if config.domains else ()
    quantization = Quantization(feeds=[(noise(), *label)])
    return to_onnx(generator(config, seed), (SIZE, SIZE), precision, quantization=quantization)


@pytest.mark.parametrize("config", [TINY, STARGAN])
@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_two_builds_give_equal_bytes(
    config: GeneratorConfig, precision: Precision, tmp_path: Path
) -> None:
    content, options = model(config, precision), EngineOptions(compute_capabilities=GENERATIONS)
    first, second = (
        build_engine(content, options=options, precision=precision, name="edgegan:{}")
        for _ in range(2)
    )
    assert first == second
    (tmp_path / "a.rtx").write_bytes(first)
    header = read_header(tmp_path / "a.rtx")
    assert header is not None
    assert header.compute_capabilities == GENERATIONS


def test_the_cache_tells_weights_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path))

    def make(content: bytes) -> tuple[bytes, bool]:
        return make_engine(
            content,
            "tensorrt-rtx",
            EngineOptions(compute_capabilities=("8.6",)),
            precision="fp32",
            name="edgegan:{}",
            about="x",
        )

    forth, back = model(TINY), model(TINY, seed=1)
    first, found = make(forth)
    assert not found
    assert make(forth) == (first, True)
    other, found = make(back)
    assert not found
    assert other != first
