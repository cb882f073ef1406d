"""What is inside a .tflite: its tensors, its ops, and how much of it XNNPACK takes.

LiteRT's interpreter verifies the flatbuffer before it reads it, so a damaged file is an
error and never a crash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgegan.errors import ArtifactError
from edgegan.manifest import IO, Delegate, Tensor, tensor_of_rank
from edgegan.optional import needs

METADATA_NAME = "edgegan"  # of the manifest's copy inside a file
_DELEGATE = "DELEGATE"  # the interpreter's name for a partition taken by a delegate


def open_interpreter(path: Path, threads: int) -> Any:
    """Open a .tflite with the default delegate (XNNPACK), tensors allocated.

    Returns:
        An `ai_edge_litert.interpreter.Interpreter`.

    Raises:
        ArtifactError: the file is damaged, or has ops that LiteRT does not know.
    """
    with needs("tflite"):
        from ai_edge_litert.interpreter import Interpreter
    try:
        interpreter = Interpreter(str(path), num_threads=threads)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise ArtifactError(
            f"{path} is damaged, or is not a .tflite that LiteRT can run ({reason}). "
            "Export or copy it again."
        ) from error
    return interpreter


def tensors(interpreter: Any) -> IO:
    """List an interpreter's inputs and outputs; free dimensions are None."""
    return IO(
        inputs=tuple(map(_tensor, interpreter.get_input_details())),
        outputs=tuple(map(_tensor, interpreter.get_output_details())),
    )


def coverage(interpreter: Any) -> Delegate:
    """Tell how many partitions XNNPACK runs, and the ops left `outside`, one name for each.

    Only the main subgraph counts: LiteRT delegates no bodies of control-flow ops.
    """
    nodes: list[dict[str, Any]] = interpreter._get_ops_details()
    partitions = [node for node in nodes if node["op_name"] == _DELEGATE]
    ops = [node for node in nodes if node["op_name"] != _DELEGATE]
    inside: set[int] = set()
    for partition in partitions:
        inside |= _replaced(partition, ops)
    outside = sorted(op["op_name"] for op in ops if op["index"] not in inside)
    return Delegate(name="xnnpack", partitions=len(partitions), outside=tuple(outside))


def xnnpack_coverage(path: Path) -> Delegate:
    """Open a .tflite and tell how much of it XNNPACK runs; see `coverage`.

    Raises:
        ArtifactError: the file is damaged, or has ops that LiteRT does not know.
        MissingRequirement: ai-edge-litert is not installed.
    """
    return coverage(open_interpreter(path, threads=1))


def count_ops(path: Path) -> dict[str, int]:
    """Count the ops of all subgraphs by name, the most frequent first.

    The file must be one that `open_interpreter` accepts.
    """
    with needs("tflite"):
        from ai_edge_litert import schema_py_generated as schema
    model = schema.Model.GetRootAs(path.read_bytes(), 0)
    codes = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
    names = [_op_name(model.OperatorCodes(i), codes) for i in range(model.OperatorCodesLength())]
    subgraphs = [model.Subgraphs(i) for i in range(model.SubgraphsLength())]
    counts = Counter(
        names[subgraph.Operators(i).OpcodeIndex()]
        for subgraph in subgraphs
        for i in range(subgraph.OperatorsLength())
    )
    return dict(counts.most_common())


def embedded_text(path: Path) -> str:
    """Return the manifest's copy inside the file; empty if there is none.

    The file must be one that `open_interpreter` accepts.
    """
    with needs("tflite"):
        from ai_edge_litert import schema_py_generated as schema
    model = schema.Model.GetRootAs(path.read_bytes(), 0)
    for entry in (model.Metadata(i) for i in range(model.MetadataLength())):
        if entry.Name() == METADATA_NAME.encode():
            content = model.Buffers(entry.Buffer()).DataAsNumpy()
            return content.tobytes().decode(errors="replace")  # type: ignore[no-any-return]
    return ""


def _tensor(details: Mapping[str, Any]) -> Tensor:
    signature = details["shape_signature"]
    sizes = signature if len(signature) else details["shape"]
    shape = tuple(None if size < 0 else int(size) for size in sizes)
    return tensor_of_rank(details["name"], shape, np.dtype(details["dtype"]).name)


def _replaced(partition: Mapping[str, Any], ops: Sequence[Mapping[str, Any]]) -> set[int]:
    """Find the ops that a partition replaced: all between its outputs and its inputs."""
    producers = {int(tensor): op for op in ops for tensor in op["outputs"]}
    borders = {int(tensor) for tensor in partition["inputs"]}
    pending = [int(tensor) for tensor in partition["outputs"]]
    found: set[int] = set()
    while pending:
        op = producers.get(pending.pop())
        if op is None or op["index"] in found:
            continue
        found.add(op["index"])
        pending += [int(tensor) for tensor in op["inputs"] if int(tensor) not in borders]
    return found


def _op_name(code: Any, names: Mapping[int, str]) -> str:
    # Files of older schemas have their code in the deprecated field only.
    builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    custom = code.CustomCode()
    return custom.decode() if custom else names.get(builtin, f"BUILTIN_{builtin}")
