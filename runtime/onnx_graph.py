"""What is inside a .onnx: its tensors, its ops, its parameters and its metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from edgegan.errors import ArtifactError
from edgegan.manifest import IO, Tensor, tensor_of_rank
from edgegan.optional import needs
from edgegan.runtime.tensor_types import TensorTypes, onnx_dtype, onnx_types


@dataclass(frozen=True, kw_only=True)
class OnnxGraph:
    """The contents of a .onnx.

    Attributes:
        io: Inputs and outputs; free dimensions are None.
        ops: Count by name, the most frequent first; other domains as "domain::Name".
        params: Values in all floating-point and quantized initializers, scales left out.
        opset: Version of the standard operator set.
        metadata: Its `metadata_props`.
        types: What its tensors are stored and computed as.
    """

    io: IO
    ops: dict[str, int]
    params: int
    opset: int
    metadata: dict[str, str]
    types: TensorTypes


def read_onnx(path: Path) -> OnnxGraph:
    """Read a .onnx; weights in external files stay unread.

    Raises:
        ArtifactError: the file is damaged.
        MissingRequirement: the package onnx is not installed.
    """
    with needs("onnx"):
        import onnx
        from google.protobuf.message import DecodeError
    try:
        model = onnx.load(path, load_external_data=False)
    except DecodeError as error:
        raise ArtifactError(f"{path} is damaged, or is not a .onnx ({error}).") from error
    if not model.graph.output:
        raise ArtifactError(f"{path} is damaged, or is not a .onnx (it has no graph).")
    weights = {initializer.name for initializer in model.graph.initializer}
    return OnnxGraph(
        io=IO(
            inputs=_tensors(value for value in model.graph.input if value.name not in weights),
            outputs=_tensors(model.graph.output),
        ),
        ops=dict(Counter(map(_op_name, model.graph.node)).most_common()),
        params=_count_params(model.graph),
        opset=max(
            (o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=0
        ),
        metadata={item.key: item.value for item in model.metadata_props},
        types=onnx_types(model),
    )


def _tensors(values: Iterable[Any]) -> tuple[Tensor, ...]:
    return tuple(
        tensor_of_rank(
            value.name,
            tuple(
                d.dim_value if d.HasField("dim_value") else None
                for d in value.type.tensor_type.shape.dim
            ),
            onnx_dtype(value.type.tensor_type.elem_type),
        )
        for value in values
    )


def _count_params(graph: Any) -> int:
    linear = [n for n in graph.node if n.op_type in ("QuantizeLinear", "DequantizeLinear")]
    scales = {name for node in linear for name in node.input[1:]}  # and zero points
    quantized = {node.input[0] for node in linear}
    return sum(
        prod(weight.dims)
        for weight in graph.initializer
        if weight.name not in scales
        and (weight.name in quantized or "float" in onnx_dtype(weight.data_type))
    )


def _op_name(node: Any) -> str:
    return node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}::{node.op_type}"
