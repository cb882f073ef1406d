from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from edgegan.export.obtained_precision import onnx_precision


def model(*arrays: np.ndarray) -> bytes:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    initializers = [numpy_helper.from_array(array, f"w{i}") for i, array in enumerate(arrays)]
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph(nodes, "g", [value], [output], initializers)
    content: bytes = helper.make_model(graph).SerializeToString()
    assert onnx.load_from_string(content)
    return content


@pytest.mark.parametrize(
    ("dtype", "expected"), [(np.float32, "fp32"), (np.float16, "fp16"), (np.int8, "int8")]
)
def test_most_weights_decide(dtype: type, expected: str) -> None:
    assert onnx_precision(model(np.zeros(9, dtype), np.zeros(4, np.float64))) == expected
    few_floats = np.zeros(2, np.float32)
    assert onnx_precision(model(np.zeros(9, dtype), few_floats)) == expected


def test_a_model_without_weights_is_unknown() -> None:
    assert onnx_precision(model()) == "unknown"
