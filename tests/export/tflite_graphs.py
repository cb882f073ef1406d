"""Looking into .tflite files: each op with its tensors, and what those stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils
from numpy.typing import NDArray

FLOAT32, INT8, INT32 = (getattr(schema.TensorType, t) for t in ("FLOAT32", "INT8", "INT32"))
CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV")
_NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}


@dataclass(frozen=True, eq=False)
class Stored:
    """A tensor of a .tflite, and what it stands for: `scale * (values - zero_point)`."""

    type: int
    values: NDArray[Any]
    scale: NDArray[np.float64]
    zero_point: NDArray[np.int64]
    axis: int

    def real(self) -> NDArray[np.float64]:
        if self.type == FLOAT32:
            return self.values.astype(np.float64)
        shape = [-1 if i == self.axis else 1 for i in range(self.values.ndim)]
        return (self.values - self.zero_point.reshape(shape)) * self.scale.reshape(shape)


@dataclass(frozen=True, eq=False)
class Op:
    """An op of a .tflite with its tensors."""

    kind: str
    inputs: list[Stored]
    output: Stored

    @property
    def source(self) -> Stored:
        return self.inputs[2 if self.kind == "TRANSPOSE_CONV" else 0]


def tflite_ops(content: bytes) -> list[Op]:
    """Read a .tflite; what a DEQUANTIZE makes of a constant counts as that constant."""
    model: Any = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    graph = model.subgraphs[0]
    tensors = [_stored(tensor, model.buffers[tensor.buffer].data) for tensor in graph.tensors]
    found = []
    for op in graph.operators:
        kind = _NAMES[model.operatorCodes[op.opcodeIndex].builtinCode]
        inputs = [tensors[i] for i in op.inputs if i >= 0]
        if kind == "DEQUANTIZE" and inputs[0].values.size:
            tensors[op.outputs[0]] = inputs[0]
        found.append(Op(kind, inputs, tensors[op.outputs[0]]))
    return found


def _stored(tensor: Any, data: Any) -> Stored:
    kinds = {FLOAT32: np.float32, INT8: np.int8, INT32: np.int32}
    values = np.frombuffer(b"" if data is None else bytes(data), kinds.get(tensor.type, np.uint8))
    shape = tensor.shape if values.size and tensor.shape is not None else values.shape
    told = tensor.quantization
    if told is None or told.scale is None:
        told = schema.QuantizationParametersT()
        told.scale, told.zeroPoint = [], []
    scale, zero = np.array(told.scale, np.float64), np.array(told.zeroPoint, np.int64)
    return Stored(tensor.type, values.reshape(shape), scale, zero, told.quantizedDimension)
