"""Does a backend really work here? Most compute one tanh, each in a process of its own.

TensorFlow and TensorRT-RTX are only imported: they take too long, or need a GPU.

A package can be installed and yet fail: built for another NumPy, for instructions that this
CPU lacks (which kills the process), or for another system.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegan.optional import needs
from edgegan.runtime.openvino import import_openvino
from edgegan.runtime.tflite_graph import coverage, open_interpreter

_POINTS = np.array([[-1.0, 0.0, 0.5]], np.float32)
_TOLERANCE = 0.01  # some backends compute in bfloat16
_TIMEOUT_S = 180.0

# What each process runs; it prints what there is to tell.
TRIALS = {
    "litert": "from edgegan.runtime.trials import litert; print(litert())",
    "onnxruntime": "from edgegan.runtime.trials import onnxruntime; print(onnxruntime())",
    "openvino": "from edgegan.runtime.trials import openvino; print(openvino())",
    "tensorflow": "import edgegan.train, tensorflow as tf, tf_keras; "
    "print('imports; GPUs:', len(tf.config.list_physical_devices('GPU')))",
    "tensorrt-rtx": "import tensorrt_rtx; print('imports; release', tensorrt_rtx.__version__)",
}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How it went.

    Attributes:
        worked: Whether the backend ran, and gave the right numbers.
        told: What it tells of itself, or the last line of its complaint.
    """

    worked: bool
    told: str


def attempt(code: str, timeout_s: float = _TIMEOUT_S) -> Trial:
    """Run Python code in another process, which may crash or hang."""
    command = [sys.executable, "-c", code]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return Trial(worked=False, told=f"gave no answer in {timeout_s:g} s")
    if done.returncode < 0:
        return Trial(worked=False, told=f"crashed with signal {-done.returncode}")
    worked = done.returncode == 0
    lines = (done.stdout if worked else done.stderr).strip().splitlines()
    return Trial(worked=worked, told=lines[-1] if lines else "told nothing")


def litert() -> str:
    """Compute with LiteRT, and tell whether XNNPACK did it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tanh.tflite"
        path.write_bytes(tanh_tflite())
        interpreter = open_interpreter(path, threads=1)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], _POINTS)
        interpreter.invoke()
        _check(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    return f"runs; XNNPACK took {'nothing' if coverage(interpreter).outside else 'the op'}"


def onnxruntime() -> str:
    """Compute with ONNX Runtime, and tell its providers."""
    with needs("onnx"):
        import onnxruntime as ort
    session = ort.InferenceSession(tanh_onnx(), providers=["CPUExecutionProvider"])
    _check(session.run(None, {"x": _POINTS})[0])
    return f"runs; has {', '.join(ort.get_available_providers())}"


def openvino() -> str:
    """Compute with OpenVINO, and tell its devices."""
    package = import_openvino()
    ops = package.opset8
    x = ops.parameter(list(_POINTS.shape), np.float32, name="x")
    core = package.Core()
    _check(core.compile_model(package.Model([ops.tanh(x)], [x], "tanh"), "CPU")(_POINTS)[0])
    return f"runs; has {', '.join(core.available_devices)}"


def tanh_tflite() -> bytes:
    """Write y = tanh(x), both float32 [1, 3], as a .tflite."""
    with needs("tflite"):
        import flatbuffers
        from ai_edge_litert import schema_py_generated as schema

    def tensor(name: bytes) -> Any:
        made = schema.TensorT()
        made.name, made.shape, made.type = name, list(_POINTS.shape), schema.TensorType.FLOAT32
        return made

    code, op, graph, model = (
        kind()
        for kind in (
            schema.OperatorCodeT,
            schema.OperatorT,
            schema.SubGraphT,
            schema.ModelT,
        )
    )
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.TANH
    code.version = 1
    op.opcodeIndex, op.inputs, op.outputs = 0, [0], [1]
    graph.tensors, graph.inputs, graph.outputs = [tensor(b"x"), tensor(b"y")], [0], [1]
    graph.operators = [op]
    model.version, model.operatorCodes, model.subgraphs = 3, [code], [graph]
    model.buffers = [schema.BufferT()]  # the first is the empty one, by convention
    builder = flatbuffers.Builder(256)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def tanh_onnx() -> bytes:
    """Write y = tanh(x), both float32 [1, 3], as a .onnx."""
    with needs("onnx"):
        from onnx import TensorProto, helper
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, _POINTS.shape) for n in "xy"]
    graph = helper.make_graph([helper.make_node("Tanh", ["x"], ["y"])], "tanh", ends[:1], ends[1:])
    opsets = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def _check(output: Any) -> None:
    if not np.allclose(output, np.tanh(_POINTS), atol=_TOLERANCE):
        raise ValueError(f"tanh of {_POINTS} came out as {output}")
