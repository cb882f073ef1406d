"""The precision really obtained, read off a file's weights rather than assumed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable


def tflite_precision(content: bytes) -> str:
    """Name the precision of a .tflite by the type that most of its weights have."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    types = {
        schema.TensorType.FLOAT32: "fp32",
        schema.TensorType.FLOAT16: "fp16",
        schema.TensorType.INT8: "int8-dynamic",
    }
    sizes: Counter[str] = Counter()
    for tensor in model.subgraphs[0].tensors:
        data = model.buffers[tensor.buffer].data
        if data is not None and tensor.type in types:
            sizes[types[tensor.type]] += _elements(tensor.shape)
    return _most(sizes)


def onnx_precision(content: bytes) -> str:
    """Name the precision of an .onnx by the type that most of its weights have."""
    import onnx

    model = onnx.load_from_string(content)
    types = {
        onnx.TensorProto.FLOAT: "fp32",
        onnx.TensorProto.FLOAT16: "fp16",
        onnx.TensorProto.INT8: "int8",
    }
    sizes: Counter[str] = Counter()
    for tensor in model.graph.initializer:
        if tensor.data_type in types:
            sizes[types[tensor.data_type]] += _elements(tensor.dims)
    return _most(sizes)


def _elements(shape: Iterable[int]) -> int:
    return math.prod(int(side) for side in shape)


def _most(sizes: Counter[str]) -> str:
    return sizes.most_common(1)[0][0] if sizes else "unknown"
