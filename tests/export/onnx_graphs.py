"""Looking into ONNX models, and running them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime

from edgegan.images import FloatArray


def parse(text: str) -> ir.Model:
    """Read a graph written in ONNX's text form, opset 17."""
    header = '<ir_version: 8, opset_import: ["": 17]>\n'
    return ir.from_proto(onnx.parser.parse_model(header + text))


def ops(model: ir.Model | bytes) -> Counter[str]:
    """Count the operators."""
    proto = onnx.load_from_string(model) if isinstance(model, bytes) else ir.to_proto(model)
    return Counter(node.op_type for node in proto.graph.node)


def run(model: ir.Model | bytes, x: FloatArray) -> FloatArray:
    """Run a model of one input and one output on ONNX Runtime, its rewrites off."""
    data = model if isinstance(model, bytes) else ir.to_proto(model).SerializeToString()
    options: Any = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: x})[0], np.float32)
