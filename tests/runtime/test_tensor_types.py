from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgegan.runtime.onnx_graph import read_onnx
from edgegan.runtime.tensor_types import Weights, onnx_types, tflite_types
from tests.runtime.forms import Form, onnx_of
from tests.runtime.models import SIZE, kernel, onnx_model, write_onnx

KERNEL = 3 * 3 * 3 * 3


def quantized_model() -> Any:
    """Make y = conv(dequantize(w)), with 8-bit weights and a scale for each channel."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("DequantizeLinear", ["w", "scale", "zero"], ["d"], axis=0),
        helper.make_node("Conv", ["x", "d"], ["y"], pads=[1, 1, 1, 1]),
    ]
    shape = (1, 3, SIZE, SIZE)
    weights: dict[str, Any] = {
        "w": np.ones((3, 3, 3, 3), np.int8),
        "scale": np.ones(3, np.float32),
        "zero": np.zeros(3, np.int8),
    }
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def test_onnx_weights_and_tensors() -> None:
    types = onnx_types(onnx_model())
    assert types.weights == {"float32": Weights(tensors=1, values=KERNEL, bytes=4 * KERNEL)}
    assert types.activations == {"float32": 5}  # x, two transposes, a convolution and its tanh
    bytes_in_and_out = onnx_types(onnx_of(Form(dtype="uint8", layout="NCHW")))
    assert bytes_in_and_out.activations == {"float32": 8, "uint8": 2}


def test_onnx_8_bit_weights(tmp_path: Path) -> None:
    model = quantized_model()
    types = onnx_types(model)
    assert types.weights == {
        "int8": Weights(tensors=2, values=KERNEL + 3, bytes=KERNEL + 3),
        "float32": Weights(tensors=1, values=3, bytes=12),
    }
    # Scales and zero points are no parameters.
    assert read_onnx(write_onnx(tmp_path / "a.onnx", model)).params == KERNEL


def test_onnx_constants_in_nodes_are_weights() -> None:
    from onnx import helper

    model = onnx_model()
    (weights,) = model.graph.initializer
    node = helper.make_node("Constant", [], ["w"], value=weights)
    del model.graph.initializer[:]
    model.graph.node.insert(0, node)
    assert onnx_types(model) == onnx_types(onnx_model())


def test_onnx_types_that_nothing_tells() -> None:
    model = onnx_model()
    model.graph.node[2].domain = "com.example"
    assert onnx_types(model).activations == {"unknown": 3, "float32": 2}


def test_tflite_weights_and_tensors(tflite: Path) -> None:
    types = tflite_types(tflite)
    # Two kernels, [3, 3, 3, 4] and [3, 3, 4, 3]; the converter adds biases of zero.
    assert types.weights == {"float32": Weights(tensors=4, values=223, bytes=892)}
    assert types.activations == {"float32": 4}


def test_tflite_half_weights_and_bytes(tmp_path: Path) -> None:
    import tensorflow as tf

    def network(x: Any) -> Any:
        values = tf.cast(x, tf.float32) / 127.5 - 1
        return tf.cast(tf.nn.conv2d(values, kernel(3, 3), 1, "SAME"), tf.uint8)

    function = tf.function(network, input_signature=[tf.TensorSpec((1, SIZE, SIZE, 3), tf.uint8)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], tf.Module()
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    path = tmp_path / "half.tflite"
    path.write_bytes(converter.convert())
    types = tflite_types(path)
    assert types.weights["float16"].values >= KERNEL  # the kernel, and a bias of zeros
    assert types.weights["float16"].bytes == 2 * types.weights["float16"].values
    assert types.activations["uint8"] == 2
