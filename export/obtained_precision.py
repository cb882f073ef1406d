"""The precision really obtained, read off a file's weights rather than assumed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable


def tflite_precision(content: bytes) -> str:
    """Name the precision of a .tflite by how most of its weights are stored and computed with.

    int8 weights are "int8" or "int16x8" by the activations beside them, "int8-dynamic" if those
    are float, and "w8" if the weights are made float first. Layers kept in float are outvoted.
    """
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    graph = model.subgraphs[0]
    types = {
        schema.TensorType.FLOAT32: "fp32",
        schema.TensorType.FLOAT16: "fp16",
        schema.TensorType.INT8: "int8",
        schema.TensorType.INT16: "int16x8",
    }
    sizes: Counter[str] = Counter()
    for op in graph.operators:
        code = model.operatorCodes[op.opcodeIndex].builtinCode
        read = [graph.tensors[i] for i in op.inputs if i >= 0 and graph.tensors[i].type in types]
        constant = [model.buffers[tensor.buffer].data is not None for tensor in read]
        beside = {types[t.type] for t, fixed in zip(read, constant, strict=True) if not fixed}
        for tensor in (t for t, fixed in zip(read, constant, strict=True) if fixed):
            name = types[tensor.type]
            if name == "int8" and code == schema.BuiltinOperator.DEQUANTIZE:
                name = "w8"
            elif name == "int8":
                name = _WITH_INT8.get(frozenset(beside), name)
            sizes[name] += _elements(tensor.shape)
    return _most(sizes)


# What int8 weights are called, by the activations that they meet.
_WITH_INT8 = {frozenset({"fp32"}): "int8-dynamic", frozenset({"int16x8"}): "int16x8"}


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


def _elements(shape: Iterable[int] | None) -> int:
    return math.prod(int(side) for side in (() if shape is None else shape))  # None: a scalar


def _most(sizes: Counter[str]) -> str:
    return sizes.most_common(1)[0][0] if sizes else "unknown"
