"""An ONNX model of one batch size, made one of any: for engines with several."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper

from edgegan.errors import UsageError

_NAME = "batch"


def with_free_batch(content: bytes) -> bytes:
    """Leave the first axis of every input and output open.

    Args:
        content: A model as `to_onnx` makes, whose other axes are fixed.

    Raises:
        UsageError: an operation of the model holds the batch as a constant.
    """
    model = onnx.load_from_string(content)
    fixed = model.graph.input[0].type.tensor_type.shape.dim[0].dim_value
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = _NAME
    _free_reshapes(model, fixed)
    del model.graph.value_info[:]
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    for value in inferred.graph.output:
        if value.type.tensor_type.shape.dim[0].dim_param != _NAME:
            raise UsageError(
                "The model computes its batch from a constant, so --dynamic cannot free it. "
                "Export one engine for each --batch instead."
            )
    free: bytes = inferred.SerializeToString(deterministic=True)
    return free


def _free_reshapes(model: onnx.ModelProto, fixed: int) -> None:
    """Let a Reshape that keeps the first axis copy it (0 stands for "as it came")."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        shape = constants.get(node.input[1]) if node.op_type == "Reshape" else None
        if shape is None:
            continue
        sides = numpy_helper.to_array(shape).copy()
        if sides.size and sides[0] == fixed:
            sides[0] = 0
            shape.CopyFrom(numpy_helper.from_array(sides.astype(np.int64), shape.name))
