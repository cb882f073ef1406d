"""ONNX files in other forms compute what the float32 NHWC one of opset 17 does."""

from __future__ import annotations

from functools import cache

import numpy as np
import onnx
import onnxruntime
import pytest

from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.quantization import Quantization
from edgegan.export.targets import Layout, Precision
from edgegan.export.trt import build_engine
from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray
from tests.export.generators import DOMAINS, STARGAN, TINY, generator, noise
from tests.export.onnx_graphs import ops

SIZE, BATCH = (16, 24), 2
GRAY = GeneratorConfig(image_size=16, filters=4, channels=1, residual_blocks=1)
NETWORKS = {"plain": TINY, "gray": GRAY, "stargan": STARGAN}
CASES: tuple[tuple[str, Precision], ...] = (
    *(("plain", "fp32"), ("plain", "int8"), ("gray", "fp32")),
    *(("stargan", "fp32"), ("stargan", "fp16"), ("stargan", "int8")),
)
LAYOUTS: tuple[Layout, ...] = ("nhwc", "nchw")
LABEL = np.array([[0, 1, 1], [1, 0, 0]], np.float32)


def feed(config: GeneratorConfig, seed: int = 0) -> tuple[FloatArray, ...]:
    """Make inputs, NHWC."""
    image = noise(seed, SIZE, BATCH)[..., : config.channels].copy()
    return (image, LABEL) if config.domains else (image,)


@cache
def converted(network: str, precision: Precision, layout: Layout = "nhwc") -> bytes:
    config = NETWORKS[network]
    quantization = Quantization(feeds=[feed(config, seed) for seed in range(3)])
    return to_onnx(
        generator(config), SIZE, precision, BATCH, layout=layout, quantization=quantization
    )


def output(content: bytes, feed: tuple[FloatArray, ...]) -> FloatArray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    found: FloatArray = session.run(["output"], dict(zip(names, feed, strict=True)))[0]
    return found


@pytest.mark.parametrize(("network", "precision"), CASES)
def test_channels_first_computes_what_channels_last_does(
    network: str, precision: Precision
) -> None:
    image, *label = feed(NETWORKS[network], seed=9)
    expected = output(converted(network, precision), (image, *label))
    first = np.ascontiguousarray(image.transpose(0, 3, 1, 2))
    found = output(converted(network, precision, "nchw"), (first, *label))
    assert found.shape == (BATCH, NETWORKS[network].channels, *SIZE)
    # ONNX Runtime computes the ends of a float16 network in float32, as far as casts reach.
    tolerance = 2e-3 if precision == "fp16" else 1e-6
    np.testing.assert_allclose(found.transpose(0, 2, 3, 1), expected, rtol=0, atol=tolerance)
    assert expected.std() > 0.05


@pytest.mark.parametrize(("network", "precision"), CASES)
def test_channels_first_has_no_transpose(network: str, precision: Precision) -> None:
    last, first = (ops(converted(network, precision, layout)) for layout in LAYOUTS)
    assert (last.pop("Transpose"), first["Transpose"]) == (2, 0)
    assert first == last


def test_channels_first_keeps_the_names() -> None:
    graph = onnx.load_from_string(converted("stargan", "fp32", "nchw")).graph
    assert [value.name for value in (*graph.input, *graph.output)] == ["image", "label", "output"]
    assert {"stem_conv", "tanh"} <= {node.name for node in graph.node}
    shapes = [[d.dim_value for d in v.type.tensor_type.shape.dim] for v in graph.input]
    assert shapes == [[BATCH, 3, *SIZE], [BATCH, len(DOMAINS)]]


@pytest.mark.parametrize(("network", "precision"), CASES)
def test_tensorrt_takes_channels_first(network: str, precision: Precision) -> None:
    pytest.importorskip("tensorrt_rtx")
    assert build_engine(converted(network, precision, "nchw"), ("8.6",))[:4] == b"vtrt"
