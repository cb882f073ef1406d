"""ONNX files in other forms compute what the float32 NHWC one of opset 17 does."""

from __future__ import annotations

from functools import cache

import numpy as np
import onnx
import onnxruntime
import pytest

from edgegan.errors import UsageError
from edgegan.export.engine_options import EngineOptions
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.quantization import Quantization
from edgegan.export.targets import OPSET, OPSETS, Layout, Precision
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
# IR versions by ONNX's table of releases, docs/Versioning.md.
IR_VERSIONS = {13: 7, 14: 7, 15: 8, 16: 8, 17: 8, 18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11}
LABEL = np.array([[0, 1, 1], [1, 0, 0]], np.float32)

FOR_AMPERE = EngineOptions(compute_capabilities=("8.6",))


def feed(config: GeneratorConfig, seed: int = 0) -> tuple[FloatArray, ...]:
    """Make inputs, NHWC."""
    image = noise(seed, SIZE, BATCH)[..., : config.channels].copy()
    return (image, LABEL) if config.domains else (image,)


@cache
def converted(
    network: str, precision: Precision, layout: Layout = "nhwc", opset: int = OPSET
) -> bytes:
    config = NETWORKS[network]
    quantization = Quantization(feeds=[feed(config, seed) for seed in range(3)])
    return to_onnx(
        generator(config),
        SIZE,
        precision,
        BATCH,
        layout=layout,
        opset=opset,
        quantization=quantization,
    )


def output(content: bytes, feed: tuple[FloatArray, ...]) -> FloatArray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    found: FloatArray = session.run(["output"], dict(zip(names, feed, strict=True)))[0]
    return found


def tolerance(precision: Precision) -> float:
    """Allow for float16, parts of which ONNX Runtime computes in float32: which depends."""
    return 4e-3 if precision == "fp16" else 1e-6


@pytest.mark.parametrize(("network", "precision"), CASES)
def test_channels_first_computes_what_channels_last_does(
    network: str, precision: Precision
) -> None:
    image, *label = feed(NETWORKS[network], seed=9)
    expected = output(converted(network, precision), (image, *label))
    first = np.ascontiguousarray(image.transpose(0, 3, 1, 2))
    found = output(converted(network, precision, "nchw"), (first, *label))
    assert found.shape == (BATCH, NETWORKS[network].channels, *SIZE)
    np.testing.assert_allclose(
        found.transpose(0, 2, 3, 1), expected, rtol=0, atol=tolerance(precision)
    )
    assert expected.std() > 0.05


@pytest.mark.parametrize(("network", "precision"), CASES)
def test_channels_first_has_no_transpose(network: str, precision: Precision) -> None:
    last, first = (ops(converted(network, precision, layout)) for layout in LAYOUTS)
    assert (last.pop("Transpose"), first["Transpose"]) == (2, 0)
    assert first == last


@pytest.mark.parametrize(("network", "precision"), CASES)
def test_constants_are_folded(network: str, precision: Precision) -> None:
    graph = onnx.load_from_string(converted(network, precision)).graph
    constants = {tensor.name for tensor in graph.initializer}
    computed = [node.op_type for node in graph.node if constants.issuperset(node.input)]
    assert set(computed) <= ({"DequantizeLinear"} if precision == "int8" else set())  # of weights


def test_channels_first_keeps_the_names() -> None:
    graph = onnx.load_from_string(converted("stargan", "fp32", "nchw")).graph
    assert [value.name for value in (*graph.input, *graph.output)] == ["image", "label", "output"]
    assert {"stem_conv", "tanh"} <= {node.name for node in graph.node}
    shapes = [[d.dim_value for d in v.type.tensor_type.shape.dim] for v in graph.input]
    assert shapes == [[BATCH, 3, *SIZE], [BATCH, len(DOMAINS)]]


@pytest.mark.parametrize(("network", "precision"), CASES)
def test_tensorrt_takes_channels_first(network: str, precision: Precision) -> None:
    pytest.importorskip("tensorrt_rtx")
    assert build_engine(converted(network, precision, "nchw"), options=FOR_AMPERE)[:4] == b"vtrt"


def check_opset(network: str, precision: Precision, opset: int) -> None:
    """Compare a file of `opset` with the default one."""
    plain, other = converted(network, precision), converted(network, precision, opset=opset)
    proto, expected = onnx.load_from_string(other), onnx.load_from_string(plain)
    assert [(one.domain, one.version) for one in proto.opset_import] == [("", opset)]
    assert proto.ir_version == IR_VERSIONS[opset]
    assert [(n.op_type, n.name) for n in proto.graph.node] == [
        (n.op_type, n.name) for n in expected.graph.node
    ]
    weights = [{w.name for w in one.graph.initializer} for one in (proto, expected)]
    assert weights[0] == weights[1]
    inputs = feed(NETWORKS[network], seed=9)
    np.testing.assert_allclose(
        output(other, inputs), output(plain, inputs), rtol=0, atol=tolerance(precision)
    )


@pytest.mark.parametrize(
    ("network", "precision", "opset"),
    [
        ("plain", "int8", OPSETS[0]),
        ("stargan", "fp16", 18),
        ("stargan", "int8", 21),
        ("plain", "fp32", OPSETS[-1]),
    ],
)
def test_another_opset_computes_the_same(network: str, precision: Precision, opset: int) -> None:
    check_opset(network, precision, opset)


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("opset", OPSETS)
def test_every_opset_computes_the_same(network: str, opset: int) -> None:
    pytest.importorskip("tensorrt_rtx")
    precisions: tuple[Precision, ...] = ("fp32", "fp16", "int8")
    for precision in precisions:
        check_opset(network, precision, opset)
        assert (
            build_engine(converted(network, precision, opset=opset), options=FOR_AMPERE)[:4]
            == b"vtrt"
        )


@pytest.mark.parametrize("opset", [OPSETS[0] - 1, OPSETS[-1] + 1])
def test_an_opset_out_of_range_is_refused(opset: int) -> None:
    with pytest.raises(UsageError, match=f"The opset is {opset}; it can be 13 to 23"):
        to_onnx(generator(), SIZE, opset=opset)
