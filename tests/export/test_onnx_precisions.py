"""float16 and Q/DQ models: what is in them, and how near they come to float32."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.export.engine_options import EngineOptions
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.obtained_precision import onnx_precision
from edgegan.export.quantization import CalibrationMethod, Quantization
from edgegan.export.trt import build_engine
from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray, to_uint8
from tests.export.generators import SIZE, STARGAN, TINY, generator, noise

FEEDS = [(noise(seed),) for seed in range(4)]
LABEL = np.eye(1, 3, dtype=np.float32)


def feeds(config: GeneratorConfig) -> list[tuple[FloatArray, ...]]:
    return [(*feed, LABEL) if config.domains else feed for feed in FEEDS]


def output(content: bytes, feed: tuple[FloatArray, ...]) -> FloatArray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    found: FloatArray = session.run(None, dict(zip(names, feed, strict=True)))[0]
    return found


def ops(content: bytes) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load_from_string(content).graph.node)


@pytest.mark.parametrize("config", [TINY, STARGAN])
def test_half_keeps_inputs_outputs_and_norms_in_float32(config: GeneratorConfig) -> None:
    model = generator(config)
    half = to_onnx(model, (SIZE, SIZE), "fp16")
    proto = onnx.shape_inference.infer_shapes(onnx.load_from_string(half))
    kinds = {value.name: value.type.tensor_type.elem_type for value in proto.graph.value_info}
    for node in proto.graph.node:
        if node.op_type == "InstanceNormalization":
            assert kinds[node.output[0]] == onnx.TensorProto.FLOAT
        if node.op_type == "Conv":
            assert kinds[node.output[0]] == onnx.TensorProto.FLOAT16
    borders = (*proto.graph.input, *proto.graph.output)
    assert {value.type.tensor_type.elem_type for value in borders} == {onnx.TensorProto.FLOAT}
    assert onnx_precision(half) == "fp16"
    (feed,) = feeds(config)[:1]
    expected = output(to_onnx(model, (SIZE, SIZE)), feed)
    np.testing.assert_allclose(output(half, feed), expected, atol=0.02)
    assert (output(half, feed) != expected).any()


@pytest.mark.parametrize("method", ["min-max", "entropy", "percentile"])
def test_int8_has_pairs_around_the_convolutions_alone(method: CalibrationMethod) -> None:
    model = generator()
    quantization = Quantization(feeds=FEEDS, method=method)
    content = to_onnx(model, (SIZE, SIZE), "int8", quantization=quantization)
    found = ops(content)
    plain = ops(to_onnx(model, (SIZE, SIZE)))
    assert found["DequantizeLinear"] > plain["Conv"] > 0
    assert found["InstanceNormalization"] == plain["InstanceNormalization"]
    assert onnx_precision(content) == "int8"
    difference = output(content, FEEDS[0]) - output(to_onnx(model, (SIZE, SIZE)), FEEDS[0])
    assert 0 < float(np.sqrt(np.mean(difference**2))) < 0.1


def test_weights_are_quantized_per_channel() -> None:
    content = to_onnx(generator(), (SIZE, SIZE), "int8", quantization=Quantization(feeds=FEEDS))
    proto = onnx.load_from_string(content)
    weights = {one.name: one for one in proto.graph.initializer}
    quantized = {
        node.input[0]: weights[node.input[1]].dims
        for node in proto.graph.node
        if node.op_type == "DequantizeLinear" and node.input[0] in weights
    }
    kernels = {name: dims for name, dims in quantized.items() if len(weights[name].dims) == 4}
    assert len(kernels) > 0
    assert all(list(dims) == [weights[name].dims[0]] for name, dims in kernels.items())


def test_layers_that_are_kept_stay_in_float() -> None:
    keep = frozenset({"stem_conv", "head_conv"})
    quantization = Quantization(feeds=FEEDS, keep=keep)
    content = to_onnx(generator(), (SIZE, SIZE), "int8", quantization=quantization)
    proto = onnx.load_from_string(content)
    made = {output: node.op_type for node in proto.graph.node for output in node.output}
    for node in proto.graph.node:
        if node.op_type == "Conv":
            quantized = made.get(node.input[1]) == "DequantizeLinear"
            assert quantized != (node.name in keep)


def test_a_separable_layer_that_is_kept_has_no_quantized_part() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    inner = keras.layers.SeparableConv2D(4, 3, padding="same", name="apart")(image)
    other = keras.layers.Conv2D(4, 3, padding="same", name="apart2")(inner)
    model = keras.Model(image, keras.layers.Conv2D(3, 3, padding="same", name="last")(other))
    asked = Quantization(feeds=FEEDS, keep=frozenset({"apart"}))
    content = to_onnx(model, (SIZE, SIZE), "int8", quantization=asked)
    proto = onnx.load_from_string(content)
    made = {output: node.op_type for node in proto.graph.node for output in node.output}
    quantized = {
        node.name: made.get(node.input[1]) == "DequantizeLinear"
        for node in proto.graph.node
        if node.op_type == "Conv"
    }
    assert quantized == {
        "apart/separable_conv2d": False,
        "apart": False,
        "apart2": True,
        "last": True,
    }


def test_equal_inputs_give_equal_bytes() -> None:
    for precision in ("fp16", "int8"):
        first, second = (
            to_onnx(
                generator(),
                (SIZE, SIZE),
                precision,
                quantization=Quantization(feeds=FEEDS),
                metadata="m",
            )
            for _ in range(2)
        )
        assert first == second
        (entry,) = onnx.load_from_string(first).metadata_props
        assert (entry.key, entry.value) == ("edgegan", "m")


def reach(content: bytes, read_by: str) -> float:
    """Return the largest value that the Q/DQ pair lets through to a node of this name or kind."""
    proto = onnx.load_from_string(content)
    makers = {output: node for node in proto.graph.node for output in node.output}
    weights = {one.name: onnx.numpy_helper.to_array(one) for one in proto.graph.initializer}
    (node,) = (node for node in proto.graph.node if read_by in (node.op_type, node.name))
    return float(weights[makers[node.input[0]].input[1]]) * 127.5


def test_the_range_before_tanh_is_what_was_measured_and_ends_where_tanh_does() -> None:
    model = generator()
    before = keras.Model(model.input, model.layers[-1].input)
    largest = max(float(np.abs(before(feed[0])).max()) for feed in FEEDS)
    assert largest < 3
    quantization = Quantization(feeds=FEEDS)
    inside = to_onnx(model, (SIZE, SIZE), "int8", quantization=quantization)
    assert reach(inside, "Tanh") == pytest.approx(largest, rel=0.01)
    head = model.get_layer("head_conv")
    head.set_weights([weight * 10 / largest for weight in head.get_weights()])
    beyond = to_onnx(model, (SIZE, SIZE), "int8", quantization=quantization)
    assert reach(beyond, "Tanh") == pytest.approx(math.atanh(1 - 1 / 255), rel=0.02)
    white = reach(beyond, "Tanh") * 127 / 127.5  # the largest int8 is 127
    assert (to_uint8(np.tanh([-white, white])) == [0, 255]).all()


@pytest.mark.parametrize("method", ["entropy", "percentile"])
def test_other_methods_than_the_extremes_cut_an_outlier(method: CalibrationMethod) -> None:
    size = 8 * SIZE, 8 * SIZE  # one value in 215,000 is beyond the percentile 99.999
    outlying = [(noise(seed, size) * np.float32(0.1),) for seed in range(4)]
    outlying[0][0][0, 0, 0, 0] = 1.0
    reaches = [
        reach(to_onnx(generator(), size, "int8", quantization=quantization), "stem_conv")
        for quantization in (
            Quantization(feeds=outlying),
            Quantization(feeds=outlying, method=method),
        )
    ]
    assert reaches[0] == pytest.approx(1, rel=0.01)
    assert 0.09 < reaches[1] < 0.5


def test_biases_stay_in_float_for_tensorrt() -> None:
    model = generator()
    head = model.get_layer("head_conv")
    head.set_weights([head.get_weights()[0], np.full(3, 0.1)])
    content = to_onnx(model, (SIZE, SIZE), "int8", quantization=Quantization(feeds=FEEDS))
    proto = onnx.load_from_string(content)
    made = {output for node in proto.graph.node for output in node.output}
    biases = [
        node.input[2]
        for node in proto.graph.node
        if len(node.input) == 3 and node.op_type == "Conv"
    ]
    assert len(biases) > 0
    assert not made.intersection(biases)


def test_int8_without_images_is_refused() -> None:
    with pytest.raises(UsageError, match="calibrated on real images"):
        to_onnx(generator(), (SIZE, SIZE), "int8")


@pytest.mark.parametrize("config", [TINY, STARGAN])
@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_tensorrt_builds_an_engine(config: GeneratorConfig, precision: str) -> None:
    pytest.importorskip("tensorrt_rtx")
    content = to_onnx(
        generator(config),
        (SIZE, SIZE),
        precision,  # type: ignore[arg-type]
        quantization=Quantization(feeds=feeds(config)),
    )
    assert (
        build_engine(content, options=EngineOptions(compute_capabilities=("8.6",)))[:4] == b"vtrt"
    )
