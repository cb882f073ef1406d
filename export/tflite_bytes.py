"""uint8 images in and out of a .tflite, with their normalisation inside.

Before the float network b / 127.5 - 1, and behind it (y + 1) * 127.5, rounded and clipped, as
edgegan.images does outside; the same operations in the same order, so that the bytes are
the same, too. The uint8 tensors have scale 1 and zero point 0, and so DEQUANTIZE and
QUANTIZE only change the type: XNNPACK runs them, where it has no CAST.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

_OPS = schema.BuiltinOperator


def with_byte_images(content: bytes) -> bytes:
    """Make the image input and the output of a float32 .tflite uint8.

    Args:
        content: A file whose first input is an image in [-1, 1], `[N, H, W, C]`, and whose
            only output is one, too.

    Returns:
        The same network between uint8 images; a label stays float32.
    """
    model: Any = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    graph = model.subgraphs[0]
    image, output = graph.inputs[0], graph.outputs[0]
    byte_image, byte_output = (_byte_twin(graph, tensor) for tensor in (image, output))
    real, scaled, positive, wide = (
        _float_twin(graph, tensor) for tensor in (image, image, output, output)
    )
    half, one = (_constant(model, value) for value in (127.5, 1.0))
    before = [
        _op(model, _OPS.DEQUANTIZE, [byte_image], real),
        _op(model, _OPS.DIV, [real, half], scaled),
        _op(model, _OPS.SUB, [scaled, one], image),
    ]
    behind = [
        _op(model, _OPS.ADD, [output, one], positive),
        _op(model, _OPS.MUL, [positive, half], wide),
        _op(model, _OPS.QUANTIZE, [wide], byte_output),
    ]
    graph.operators = [*before, *graph.operators, *behind]
    graph.inputs = [byte_image, *graph.inputs[1:]]
    graph.outputs = [byte_output]
    replaced = {image: byte_image, output: byte_output}
    for signature in model.signatureDefs:
        for entry in [*signature.inputs, *signature.outputs]:
            entry.tensorIndex = replaced.get(entry.tensorIndex, entry.tensorIndex)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _byte_twin(graph: Any, tensor: int) -> int:
    """Add a uint8 tensor of the shape of `tensor`, which gives it its name."""
    original = graph.tensors[tensor]
    quantization = schema.QuantizationParametersT()
    quantization.scale, quantization.zeroPoint = [1.0], [0]
    twin = _tensor(original.name, original.shape, schema.TensorType.UINT8)
    twin.quantization = quantization
    original.name = original.name + b"_float"
    return _added(graph, twin)


def _float_twin(graph: Any, tensor: int) -> int:
    original = graph.tensors[tensor]
    name = original.name + f"_{len(graph.tensors)}".encode()
    return _added(graph, _tensor(name, original.shape, schema.TensorType.FLOAT32))


def _constant(model: Any, value: float) -> int:
    graph = model.subgraphs[0]
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.float32(value).tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor = _tensor(f"byte_images_{value}".encode(), [], schema.TensorType.FLOAT32)
    tensor.buffer = len(model.buffers) - 1
    return _added(graph, tensor)


def _tensor(name: bytes, shape: Any, type_: int) -> Any:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type, tensor.buffer = name, shape, type_, 0
    return tensor


def _added(graph: Any, tensor: Any) -> int:
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


def _op(model: Any, code: int, inputs: list[int], output: int) -> Any:
    kind = schema.OperatorCodeT()
    kind.builtinCode = kind.deprecatedBuiltinCode = code
    kind.version = 1
    model.operatorCodes.append(kind)
    op = schema.OperatorT()
    op.opcodeIndex = len(model.operatorCodes) - 1
    op.inputs, op.outputs = inputs, [output]
    if code in _OPTIONS:
        op.builtinOptionsType, options = _OPTIONS[code]
        op.builtinOptions = options()
    return op


_OPTIONS = {
    _OPS.ADD: (schema.BuiltinOptions.AddOptions, schema.AddOptionsT),
    _OPS.DIV: (schema.BuiltinOptions.DivOptions, schema.DivOptionsT),
    _OPS.MUL: (schema.BuiltinOptions.MulOptions, schema.MulOptionsT),
    _OPS.SUB: (schema.BuiltinOptions.SubOptions, schema.SubOptionsT),
}
