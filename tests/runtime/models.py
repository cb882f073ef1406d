"""Tiny real networks, built on the spot: 8x8, a few filters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgegan.manifest import IO, Manifest, Precision, Task, Tensor, sha256, write_manifest
from edgegan.selftest import record_selftest, selftest_input

FloatArray = NDArray[np.float32]
SIZE = 8


def kernel(inputs: int, outputs: int, seed: int = 0) -> FloatArray:
    """Make a 3x3 kernel, [H, W, I, O]."""
    values = np.random.default_rng(seed).normal(0, 0.3, (3, 3, inputs, outputs))
    return values.astype(np.float32)


def image(seed: int = 1, batch: int = 1, size: int = SIZE) -> FloatArray:
    """Make a random image, [N, H, W, 3] in [-1, 1]."""
    values = np.random.default_rng(seed).uniform(-1, 1, (batch, size, size, 3))
    return values.astype(np.float32)


def write_tflite(
    path: Path,
    network: Callable[[Any], Any],
    shape: tuple[int | None, ...] = (1, SIZE, SIZE, 3),
    dtype: str = "float32",
) -> Path:
    """Convert a TensorFlow function of one tensor."""
    import tensorflow as tf

    function = tf.function(network, input_signature=[tf.TensorSpec(shape, dtype)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], tf.Module()
    )
    path.write_bytes(converter.convert())
    return path


def conv_relu_tanh(x: Any) -> Any:
    """Convolve twice; XNNPACK takes it whole."""
    import tensorflow as tf

    hidden = tf.nn.relu(tf.nn.conv2d(x, kernel(3, 4), 1, "SAME"))
    return tf.tanh(tf.nn.conv2d(hidden, kernel(4, 3, seed=2), 1, "SAME"))


def mirror_padded(x: Any) -> Any:
    """Convolve, pad by reflection, convolve: XNNPACK leaves the padding outside."""
    import tensorflow as tf

    hidden = tf.nn.relu(tf.nn.conv2d(x, kernel(3, 4), 1, "SAME"))
    padded = tf.pad(hidden, [[0, 0], [1, 1], [1, 1], [0, 0]], "REFLECT")
    return tf.nn.conv2d(padded, kernel(4, 3, seed=2), 1, "VALID")


def onnx_model(shape: tuple[int | str, ...] = (1, SIZE, SIZE, 3), outputs: int = 3) -> Any:
    """Make y = tanh(conv(x)), NHWC at the edges, as an onnx.ModelProto."""
    from onnx import TensorProto, helper, numpy_helper

    weights = kernel(3, outputs).transpose(3, 2, 0, 1)  # [H, W, I, O] -> [O, I, H, W]
    nodes = [
        helper.make_node("Transpose", ["x"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["nchw", "w"], ["z"], pads=[1, 1, 1, 1]),
        helper.make_node("Tanh", ["z"], ["t"]),
        helper.make_node("Transpose", ["t"], ["y"], perm=[0, 2, 3, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (*shape[:3], outputs))],
        [numpy_helper.from_array(np.ascontiguousarray(weights), "w")],
    )
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=9)


def int8_model() -> Any:
    """Make y = conv(x) in int8, of weights whose products with x near 1 are the largest."""
    from onnx import TensorProto, helper, numpy_helper

    shape = (1, SIZE, SIZE, 3)
    weights = np.array([127, -127, 127], np.int8)[:, None, None, None] * np.ones(
        (3, 3, 3, 3), np.int8
    )
    constants: dict[str, Any] = {
        "w": weights,
        "zero": np.int8(0),
        "s": np.float32(1 / 127),
        "wide": np.float32(27 / 127),
    }
    nodes = [
        helper.make_node("Transpose", ["x"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("QuantizeLinear", ["nchw", "s", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "zero"], ["d"]),
        helper.make_node("DequantizeLinear", ["w", "s", "zero"], ["dw"]),
        helper.make_node("Conv", ["d", "dw"], ["z"], pads=[1, 1, 1, 1]),
        helper.make_node("QuantizeLinear", ["z", "wide", "zero"], ["qz"]),
        helper.make_node("DequantizeLinear", ["qz", "wide", "zero"], ["dz"]),
        helper.make_node("Transpose", ["dz"], ["y"], perm=[0, 2, 3, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)


def write_onnx(path: Path, model: Any) -> Path:
    """Write an onnx.ModelProto."""
    path.write_bytes(model.SerializeToString())
    return path


def describe(path: Path, output: FloatArray | None = None) -> Manifest:
    """Write a manifest for `path`; `output` is the network's of the self-test's input."""
    tensor = Tensor(name="image", shape=(1, SIZE, SIZE, 3), dtype="float32")
    manifest = Manifest(
        file_sha256=sha256(path),
        task=Task(family="cyclegan", direction="A2B"),
        generator=None,
        io=IO(inputs=(tensor,), outputs=(tensor,)),
        precision=Precision(requested="fp32", obtained="fp32"),
        selftest=None if output is None else record_selftest(output),
        params=1234,
        macs=None,
        macs_literature=None,
        size_bytes=path.stat().st_size,
        source=None,
        created="2026-01-01T00:00:00+00:00",
    )
    write_manifest(path, manifest)
    return manifest


def selftest_image() -> FloatArray:
    """Make the self-test's input at this module's size."""
    return selftest_input((1, SIZE, SIZE, 3))
