"""Tidying a converted ONNX graph: the same function, in fewer and plainer nodes.

tf2onnx translates operation by operation, and its names carry counters that depend on
what the process did before. These rewrites are exact and work in place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import onnx_ir as ir
from onnx_ir.passes.common import ShapeInferencePass


def reshape_idle_transposes(model: ir.Model) -> None:
    """Make a Reshape of every Transpose that only moves axes of size 1, and one of each chain.

    Where an image or a layer has one channel, tf2onnx leaves both kinds in either order: which,
    depends on the hashes of names, so that equal networks would give other graphs.
    """
    ShapeInferencePass()(model)
    for node in list(model.graph):
        source = _order_kept_from(node)
        chained = False
        while source is not None and (before := source.producer()) is not None:
            further = _order_kept_from(before)
            if further is None:
                break
            source, chained = further, True
        if source is not None and (node.op_type == "Transpose" or chained):
            _replace_by_reshape(model.graph, node, source)
    for node in reversed(list(model.graph)):
        if node.op_type in ("Reshape", "Transpose") and not _is_used(node.outputs[0]):
            model.graph.remove(node, safe=True)


def drop_idle_reshapes(model: ir.Model) -> None:
    """Drop every Reshape from a shape to itself.

    tf2onnx leaves one where it removed a Transpose of `[N, C, 1, 1]` or `[N, 1, H, W]`.
    """
    ShapeInferencePass()(model)
    graph = model.graph
    for node in graph:
        before, after = node.inputs[0] if node.inputs else None, node.outputs[0]
        if node.op_type != "Reshape" or before is None or not _same_static_shape(before, after):
            continue
        if after.is_graph_output():
            if before.producer() is None or before.is_graph_output():
                continue  # a name of the border is none to take
            before.name, after.name = after.name, None
        after.replace_all_uses_with(before, replace_graph_outputs=True)
        graph.remove(node, safe=True)


def fold_crops(model: ir.Model) -> None:
    """Fold a crop after a transposed convolution into its `pads`.

    The pads of a ConvTranspose are cut off its output: rows = stride * (rows_in - 1)
    + kernel - pads (ONNX operator ConvTranspose). So a Slice that keeps rows s to e
    of n adds s to the first pad and n - e to the last.
    """
    ShapeInferencePass()(model)
    for node in model.graph:
        source = node.inputs[0].producer() if node.op_type == "Slice" and node.inputs[0] else None
        crop = _crop(node) if source is not None and _croppable(source) else None
        if source is None or crop is None or node.outputs[0].is_graph_output():
            continue
        pads = source.attributes.get_ints("pads", [0, 0, 0, 0])
        total = [old + new for old, new in zip(pads, crop, strict=True)]
        source.attributes.add(ir.AttrInt64s("pads", total))
        source.outputs[0].shape = node.outputs[0].shape
        node.outputs[0].replace_all_uses_with(source.outputs[0])
        model.graph.remove(node, safe=True)


def plain_resizes(model: ir.Model) -> None:
    """Replace the resize mode that ONNX dropped in opset 13, "tf_half_pixel_for_nn".

    tf2onnx still emits it for nearest-neighbour upsampling. For a whole factor f,
    floor((x + 0.5) / f) = floor(x / f), which is the mode "asymmetric".
    """
    for node in model.graph:
        mode = node.attributes.get_string("coordinate_transformation_mode", "")
        scales = _integers(node, 2) if mode == "tf_half_pixel_for_nn" else None
        if scales is not None:
            node.attributes.add(ir.AttrString("coordinate_transformation_mode", "asymmetric"))


def channels_last_borders(model: ir.Model) -> None:
    """Let an NCHW network take and give NHWC, by one Transpose at each end."""
    graph = model.graph
    inner, outer = graph.inputs[0], graph.outputs[0]
    image = _channels_last(inner)
    first = ir.node("Transpose", [image], {"perm": [0, 3, 1, 2]})
    inner.replace_all_uses_with(first.outputs[0])
    graph.inputs[0] = image
    graph.insert_before(graph[0], first)
    result = _channels_last(outer)
    outer.name = f"{outer.name}_nchw"
    graph.append(ir.node("Transpose", [outer], {"perm": [0, 2, 3, 1]}, outputs=[result]))
    graph.outputs[0] = result


def name_by_layer(model: ir.Model, prefix: str) -> None:
    """Name every node after its Keras layer, and drop unused weights.

    A node is named as its output's TensorFlow scope without `prefix`: the one that
    makes "generator/stem_conv/Conv2D:0" becomes "stem_conv". Its output has the same
    name, and its weights are "stem_conv.W" (ONNX's name of the input). Names that are
    taken get a number, in graph order. Inputs and outputs of the graph keep theirs.
    """
    graph = model.graph
    taken = {value.name or "" for value in (*graph.inputs, *graph.outputs)}
    weights: dict[ir.Value, str] = {}
    for node in graph:
        output = node.outputs[0]
        # The output of the whole graph has a name of its own, so that its node's must do.
        scope = _scope(output.name, prefix) or _scope(node.name, prefix)
        node.name = _unique(scope or node.op_type.lower(), taken)
        if not output.is_graph_output():
            output.name = node.name
        for index, value in enumerate(node.inputs):
            if value is not None and value.is_initializer() and value not in weights:
                formal = _formal_name(node, index, graph.opset_imports[node.domain])
                weights[value] = _unique(f"{node.name}.{formal}", taken)
    graph.initializers.clear()
    for value, name in weights.items():
        value.name = name
        graph.initializers.add(value)


def _scope(name: str | None, prefix: str) -> str:
    return (name or "").removeprefix(f"{prefix}/").rpartition("/")[0]


def _same_static_shape(a: ir.Value, b: ir.Value) -> bool:
    return a.shape is not None and a.shape.is_static() and a.shape == b.shape


def _order_kept_from(node: ir.Node) -> ir.Value | None:
    """Return the value whose entries a node gives in their order; None if it does more."""
    if node.op_type not in ("Reshape", "Transpose") or node.inputs[0] is None:
        return None
    source = node.inputs[0]
    sizes, after = _sizes(source), _sizes(node.outputs[0])
    if sizes is None or after is None:
        return None
    perm = node.attributes.get_ints("perm", range(len(sizes))[::-1])
    moved = [axis for axis in perm if sizes[axis] != 1] if node.op_type == "Transpose" else []
    return source if moved == sorted(moved) else None


def _sizes(value: ir.Value) -> tuple[int, ...] | None:
    return value.shape.numpy() if value.shape is not None and value.shape.is_static() else None


def _replace_by_reshape(graph: ir.Graph, node: ir.Node, source: ir.Value) -> None:
    old = node.outputs[0]
    sizes = np.array(_sizes(old), np.int64)
    shape = ir.node("Constant", [], {"value": ir.tensor(sizes)})
    made = ir.node("Reshape", [source, shape.outputs[0]])
    new = made.outputs[0]
    new.shape, new.type = old.shape, old.type
    graph.insert_before(node, [shape, made])
    if old.is_graph_output():
        new.name, old.name = old.name, None
    old.replace_all_uses_with(new, replace_graph_outputs=True)
    graph.remove(node, safe=True)


def _is_used(value: ir.Value) -> bool:
    return bool(value.uses()) or value.is_graph_output()


def _croppable(node: ir.Node) -> bool:
    """Tell whether the pads of `node` alone decide what is cut off its output."""
    return (
        node.op_type == "ConvTranspose"
        and len(node.outputs[0].uses()) == 1
        and "output_shape" not in node.attributes
        and node.attributes.get_string("auto_pad", "NOTSET") == "NOTSET"
    )


def _crop(node: ir.Node) -> list[int] | None:
    """Return what a Slice cuts off height and width: [top, left, bottom, right]."""
    before, after = (value.shape if value else None for value in (node.inputs[0], node.outputs[0]))
    starts, axes, steps = (_integers(node, index) for index in (1, 3, 4))
    if before is None or after is None or starts is None or axes is None:
        return None
    if len(before) != 4 or not before.is_static() or set(steps or [1]) != {1}:
        return None
    start = dict(zip(axes, starts, strict=True))
    begin = [start.get(axis, 0) for axis in range(4)]
    sizes = zip(before.numpy(), after.numpy(), begin, strict=True)
    end = [full - kept - b for full, kept, b in sizes]
    if min(begin) < 0 or any(begin[:2] + end[:2]):
        return None
    return begin[2:] + end[2:]


def _integers(node: ir.Node, index: int) -> list[int] | None:
    """Return the constant input `index` as whole numbers; None if it is none."""
    value = node.inputs[index] if index < len(node.inputs) else None
    tensor = None if value is None else ir.convenience.get_const_tensor(value)
    if tensor is None:
        return None
    numbers: Sequence[float] = tensor.numpy().ravel().tolist()
    return [int(n) for n in numbers] if all(n == int(n) for n in numbers) else None


def _channels_last(value: ir.Value) -> ir.Value:
    if value.shape is None:
        raise ValueError(f"The shape of {value.name} is not known.")
    n, c, h, w = value.shape.numpy()
    return ir.val(value.name, value.dtype, (n, h, w, c))


def _formal_name(node: ir.Node, index: int, opset: int) -> str:
    inputs = onnx.defs.get_schema(node.op_type, opset, node.domain).inputs
    return inputs[min(index, len(inputs) - 1)].name


def _unique(name: str, taken: set[str]) -> str:
    """Return `name`, with a number if it is taken, and take it."""
    free, number = name, 1
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    taken.add(free)
    return free
