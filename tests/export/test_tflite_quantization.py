"""What is int8 in a quantized .tflite, and that its numbers are those of the float file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import atanh
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import tf_keras as keras
from ai_edge_litert.interpreter import Interpreter

from edgegan.errors import UsageError
from edgegan.export.lowering import lower
from edgegan.export.quantization import CalibrationMethod, Quantization
from edgegan.export.tflite import to_tflite
from edgegan.export.tflite_quantization import (
    convolutions,
    quantize_dynamic,
    quantize_static,
    quantize_weights,
)
from edgegan.images import FloatArray, to_uint8
from edgegan.runtime.tflite_graph import xnnpack_coverage
from tests.export.generators import SIZE, generator, noise
from tests.export.tflite_graphs import CONVOLUTIONS, FLOAT32, INT8, INT32, Op, tflite_ops

# litert-quantizer runs interpreters that warn of the memory they take.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

FEEDS = [(noise(seed),) for seed in range(3)]
LAYERS = ["stem_conv", "down1_conv", "down2_conv", "block1a_conv", "block1b_conv"]
LAYERS += ["up1_conv", "up2_conv", "head_conv"]
Quantizer = Callable[[bytes, Quantization], bytes]
QUANTIZERS: tuple[Quantizer, ...] = (quantize_dynamic, quantize_weights, quantize_static)


def weighted(content: bytes, names: list[str] = LAYERS) -> dict[str, Op]:
    """Name the convolutions, which run in this order."""
    return dict(
        zip(names, (op for op in tflite_ops(content) if op.kind in CONVOLUTIONS), strict=True)
    )


@cache
def in_float() -> bytes:
    return to_tflite(generator(), (SIZE, SIZE))


@cache
def quantized(quantizer: Quantizer, *keep: str) -> bytes:
    return quantizer(in_float(), Quantization(feeds=FEEDS, keep=frozenset(keep)))


def output(content: bytes, image: FloatArray) -> FloatArray:
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    found: FloatArray = interpreter.get_signature_runner("generate")(image=image)["output"]
    return found


@pytest.mark.parametrize("quantizer", QUANTIZERS)
def test_weights_are_int8_per_channel_within_half_a_step(quantizer: Quantizer) -> None:
    before, after = weighted(in_float()), weighted(quantized(quantizer))
    for name in LAYERS:
        weights, kernel = before[name].inputs[1].values, after[name].inputs[1]
        assert kernel.type == INT8
        assert kernel.axis == 0  # of [F, h, w, C]
        assert not kernel.zero_point.any()
        largest = np.abs(weights).max(axis=(1, 2, 3))
        np.testing.assert_allclose(kernel.scale, largest / 127, rtol=1e-5)
        error = np.abs(kernel.real() - weights).max(axis=(1, 2, 3))
        assert (error <= kernel.scale / 2 * (1 + 1e-5)).all()
        assert (np.abs(kernel.values).max(axis=(1, 2, 3)) == 127).all()


@pytest.mark.parametrize(
    ("quantizer", "activations", "conversions"),
    [
        (quantize_dynamic, FLOAT32, (0, 0)),
        (quantize_weights, FLOAT32, (0, 8)),  # of the weights
        (quantize_static, INT8, (8, 8)),  # of what each convolution reads and makes
    ],
)
def test_all_but_convolutions_stays_float(
    quantizer: Quantizer, activations: int, conversions: tuple[int, int]
) -> None:
    for op in tflite_ops(quantized(quantizer)):
        if op.kind in CONVOLUTIONS:
            assert (op.source.type, op.output.type) == (activations, activations)
        elif op.kind not in ("QUANTIZE", "DEQUANTIZE"):
            assert {op.output.type, *(tensor.type for tensor in op.inputs)} <= {FLOAT32, INT32}
    kinds = [op.kind for op in tflite_ops(quantized(quantizer))]
    assert (kinds.count("QUANTIZE"), kinds.count("DEQUANTIZE")) == conversions
    assert kinds.count("RSQRT") == 7  # one a norm


@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize("keep", [("up1_conv",), ("stem_conv", "head_conv")])
def test_what_is_kept_is_float_to_the_bit_and_nothing_else(
    quantizer: Quantizer, keep: tuple[str, ...]
) -> None:
    before, after = weighted(in_float()), weighted(quantized(quantizer, *keep))
    assert {name for name in LAYERS if after[name].inputs[1].type == FLOAT32} == set(keep)
    for name in keep:
        kernel = before[name].inputs[1].values
        assert after[name].inputs[1].values.tobytes() == kernel.tobytes()
        assert (after[name].source.type, after[name].output.type) == (FLOAT32, FLOAT32)


@pytest.mark.parametrize("quantizer", QUANTIZERS)
def test_keep_has_to_name_convolutions_and_to_leave_some(quantizer: Quantizer) -> None:
    for unknown in ("stem_con", "stem"):
        quantization = Quantization(feeds=FEEDS, keep=frozenset({unknown}))
        with pytest.raises(UsageError, match=r"Unknown convolution .* mean 'stem_conv'"):
            quantizer(in_float(), quantization)
    with pytest.raises(UsageError, match="No convolution is left"):
        quantizer(in_float(), Quantization(feeds=FEEDS, keep=frozenset(LAYERS)))


def in_keras() -> dict[str, list[FloatArray]]:
    """Give what each convolution reads and what it makes, as Keras computes them."""
    model, found = lower(generator(), "tflite", (SIZE, SIZE)), {}
    for name in LAYERS:
        layer = model.get_layer(name)
        probe = keras.Model(model.inputs, [layer.input, layer.output])
        outputs = [probe(feed[0]) for feed in FEEDS]
        found[name] = [np.concatenate([np.ravel(pair[i]) for pair in outputs]) for i in (0, 1)]
    return found


def test_static_activations_have_the_ranges_that_keras_has() -> None:
    expected = in_keras()
    after = weighted(quantized(quantize_static))
    centred = 0
    for name in LAYERS:
        stored = (after[name].source, after[name].output)
        for tensor, values in zip(stored, expected[name], strict=True):
            low, high = min(values.min(), 0), max(values.max(), 0)
            scale, zero = (high - low) / 255, round(-128 - low * 255 / (high - low))
            if abs(low + high) < scale:  # 0 in the middle, so that nothing lies on a tie
                scale, zero = max(-low, high) / 127, 0
                centred += 1
            np.testing.assert_allclose(tensor.scale, [scale], rtol=1e-4)
            # A zero point may fall on a tie, too, and there float32 decides.
            assert abs(tensor.zero_point[0] - zero) <= (0 if zero in (0, -128) else 1)
    assert centred >= 1
    image = after["stem_conv"].source
    assert (image.scale[0], image.zero_point[0]) == (pytest.approx(1 / 127, rel=1e-2), 0)


def chained(*layers: keras.layers.Layer) -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((SIZE, SIZE, 3)), *layers])


def ending_in(activation: str) -> keras.Model:
    first = keras.layers.Conv2D(4, 3, padding="same", name="first", activation="relu")
    return chained(
        first, keras.layers.Conv2D(3, 3, padding="same", name="last", activation=activation)
    )


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh"])
def test_the_last_convolution_can_be_kept_whatever_follows(activation: str) -> None:
    model = ending_in(activation)
    content = to_tflite(model, (SIZE, SIZE))
    assert [op.layer for op in convolutions(content)] == ["first", "last"]
    for quantizer in QUANTIZERS:
        quantization = Quantization(feeds=FEEDS, keep=frozenset({"last"}))
        after = weighted(quantizer(content, quantization), ["first", "last"])
        assert [op.inputs[1].type for op in after.values()] == [INT8, FLOAT32]
        with pytest.raises(UsageError, match="Known: first, last"):
            quantizer(content, Quantization(keep=frozenset({"other"})))
        every = quantizer(content, Quantization(feeds=FEEDS))
        np.testing.assert_allclose(output(every, noise()), model(noise()).numpy(), atol=0.05)


def test_static_biases_are_int32_in_steps_of_input_times_weights() -> None:
    model, bias = ending_in("linear"), np.array([-0.5, 0.03, 2.0])
    last = model.get_layer("last")
    last.set_weights([last.get_weights()[0], bias])
    content = quantize_static(to_tflite(model, (SIZE, SIZE)), Quantization(feeds=FEEDS))
    image, kernel, stored = weighted(content, ["first", "last"])["last"].inputs
    assert stored.type == INT32
    np.testing.assert_allclose(stored.scale, kernel.scale * image.scale, rtol=1e-5)
    assert (np.abs(stored.real() - bias) <= stored.scale).all()


@pytest.mark.parametrize("strength", [1.0, 40.0])
def test_the_range_before_tanh_ends_where_tanh_does(strength: float) -> None:
    model = ending_in("tanh")
    last = model.get_layer("last")
    last.set_weights([weight * np.float32(strength) for weight in last.get_weights()])
    content = quantize_static(to_tflite(model, (SIZE, SIZE)), Quantization(feeds=FEEDS))
    scale = weighted(content, ["first", "last"])["last"].output.scale
    last.activation = keras.activations.linear
    read = keras.Model(model.inputs, last(model.get_layer("first").output))
    width = np.ptp([read(image).numpy() for (image,) in FEEDS])
    limit = atanh(1 - 1 / 255)
    expected = width / 255 if strength == 1 else limit / 127
    assert (2 * limit < width) == (strength > 1)
    np.testing.assert_allclose(scale, [expected], rtol=0.01)


@pytest.mark.parametrize("strength", [1.5, 2.0, 2.5, 3.0, 4.0])
def test_white_stays_white(strength: float) -> None:
    model = ending_in("tanh")
    last = model.get_layer("last")
    kernel = last.get_weights()[0] * np.float32(strength)
    last.set_weights([kernel, np.full(3, 3.0)])  # so the range is wider above 0, and differs
    content = quantize_static(to_tflite(model, (SIZE, SIZE)), Quantization(feeds=FEEDS))
    for (image,) in FEEDS:
        white = np.arctanh(model(image).numpy()) > 3.5
        assert 0 < white.mean() < 1
        assert (to_uint8(output(content, image))[white] == 255).all()


def test_separable_convolutions_are_quantized_and_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "separable.tflite"
    model = chained(
        keras.layers.SeparableConv2D(6, 3, padding="same", name="apart", activation="relu"),
        keras.layers.DepthwiseConv2D(3, padding="same", name="deep", depth_multiplier=2),
        keras.layers.Conv2D(3, 1, name="last"),
    )
    content, names = to_tflite(model, (SIZE, SIZE)), ["each", "between", "deep", "last"]
    assert [op.layer for op in convolutions(content)] == ["apart", "apart", "deep", "last"]
    before = weighted(content, names)
    for quantizer in QUANTIZERS:
        after = weighted(quantizer(content, Quantization(feeds=FEEDS)), names)
        for name, op in after.items():
            kernel, weights = op.inputs[1], before[name].inputs[1].values
            if quantizer is quantize_dynamic and op.kind == "DEPTHWISE_CONV_2D":
                assert kernel.type == FLOAT32  # so that XNNPACK takes it
                continue
            assert kernel.type == INT8
            assert kernel.axis == (3 if op.kind == "DEPTHWISE_CONV_2D" else 0)  # [1, h, w, C]
            largest = np.abs(weights).max(axis=tuple({0, 1, 2, 3} - {kernel.axis}))
            np.testing.assert_allclose(kernel.scale, largest / 127, rtol=1e-5)
        kept = quantizer(content, Quantization(feeds=FEEDS, keep=frozenset({"apart"})))
        found = [op.inputs[1].type for op in weighted(kept, names).values()]
        assert found[:2] == [FLOAT32, FLOAT32]
        assert found[2:] == [after["deep"].inputs[1].type, INT8]
        path.write_bytes(quantizer(content, Quantization(feeds=FEEDS)))
        coverage = xnnpack_coverage(path)
        assert (coverage.partitions, coverage.outside) == (1, ())


@pytest.mark.parametrize("method", get_args(CalibrationMethod))
def test_images_of_one_colour_are_refused(method: CalibrationMethod) -> None:
    flat = [(np.full((1, SIZE, SIZE, 3), -1, np.float32),)]
    with pytest.raises(UsageError, match=r"stem_conv reads is -1\. Give images"):
        quantize_static(in_float(), Quantization(feeds=flat, method=method))


def test_a_layer_that_is_dead_on_all_images_is_no_obstacle() -> None:
    model = ending_in("tanh")
    first = model.get_layer("first")
    first.set_weights([first.get_weights()[0], np.full(4, -30)])
    content = to_tflite(model, (SIZE, SIZE))
    for method in get_args(CalibrationMethod):
        found = quantize_static(content, Quantization(feeds=FEEDS, method=method))
        np.testing.assert_allclose(output(found, noise()), model(noise()).numpy(), atol=1e-3)
