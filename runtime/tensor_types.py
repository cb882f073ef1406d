"""The types a file's tensors have: what its weights are stored as, what is computed in what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from edgegan.optional import needs

UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Weights:
    """All constants of one dtype."""

    tensors: int
    values: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class TensorTypes:
    """Tensors by dtype, as NumPy names it where it can.

    Attributes:
        weights: The constants, by dtype; most bytes first.
        activations: Count of the tensors that are fed or computed, by dtype.
    """

    weights: dict[str, Weights]
    activations: dict[str, int]


def tflite_types(path: Path) -> TensorTypes:
    """Read a .tflite that `edgegan.runtime.tflite_graph.open_interpreter` accepts."""
    with needs("tflite"):
        from ai_edge_litert import schema_py_generated as schema
    model = schema.Model.GetRootAs(path.read_bytes(), 0)
    names = {code: name.lower() for name, code in vars(schema.TensorType).items() if name.isupper()}
    subgraphs = [model.Subgraphs(i) for i in range(model.SubgraphsLength())]
    constants: dict[int, tuple[str, int, int]] = {}  # by buffer, since tensors may share one
    computed: Counter[str] = Counter()
    for tensor in (g.Tensors(i) for g in subgraphs for i in range(g.TensorsLength())):
        name = names.get(tensor.Type(), UNKNOWN)
        size = model.Buffers(tensor.Buffer()).DataLength()
        if size:
            values = prod(int(tensor.Shape(i)) for i in range(tensor.ShapeLength()))
            constants[tensor.Buffer()] = (name, values, size)
        else:
            computed[name] += 1
    return TensorTypes(weights=_by_dtype(constants.values()), activations=_sorted(computed))


def onnx_types(model: Any) -> TensorTypes:
    """Look through an onnx.ModelProto; types that cannot be inferred are "unknown"."""
    import onnx

    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    constants |= {
        node.output[0]: attribute.t
        for node in model.graph.node
        for attribute in node.attribute
        if node.op_type == "Constant" and attribute.name == "value"
    }
    try:
        graph = onnx.shape_inference.infer_shapes(model).graph
    except (onnx.shape_inference.InferenceError, ValueError):  # foreign ops; above 2 GB
        graph = model.graph
    described = (*graph.input, *graph.output, *graph.value_info)
    types = {value.name: onnx_dtype(value.type.tensor_type.elem_type) for value in described}
    computed = {value.name for value in graph.input}
    computed |= {name for node in graph.node for name in node.output if name}
    found = Counter(types.get(name, UNKNOWN) for name in computed - constants.keys())
    return TensorTypes(
        weights=_by_dtype(map(_onnx_constant, constants.values())), activations=_sorted(found)
    )


def onnx_dtype(code: int) -> str:
    """Name an element type of ONNX as NumPy does; "unknown" where it has no name."""
    from onnx import helper

    try:
        return str(helper.tensor_dtype_to_np_dtype(code).name)
    except KeyError:
        return UNKNOWN


def _onnx_constant(tensor: Any) -> tuple[str, int, int]:
    from onnx import helper

    values = prod(tensor.dims)
    # Weights kept in another file have no bytes here.
    size = (
        len(tensor.raw_data) or values * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    )
    return onnx_dtype(tensor.data_type), values, size


def _by_dtype(constants: Iterable[tuple[str, int, int]]) -> dict[str, Weights]:
    """Add up (dtype, values, bytes)."""
    listed = list(constants)

    def totals() -> Iterator[tuple[str, Weights]]:
        for name in {name for name, _, _ in listed}:
            own = [(values, size) for other, values, size in listed if other == name]
            values, sizes = zip(*own, strict=True)
            yield name, Weights(tensors=len(own), values=sum(values), bytes=sum(sizes))

    return dict(sorted(totals(), key=lambda item: (-item[1].bytes, item[0])))


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
