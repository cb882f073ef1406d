"""uint8 images in and out of an .onnx, with their normalisation inside.

Before the float network b / 127.5 - 1, and behind it (y + 1) * 127.5, rounded to the nearest
(halves to even) and clipped, as edgegan.images does outside; the same operations in the
same order, in float32 whatever is between them, so that the bytes are the same, too. The
casts stand right at the border, where alone TensorRT has tensors of uint8.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir

_HALF, _ONE, _LEAST, _MOST = 127.5, 1.0, 0.0, 255.0


def with_byte_images(model: onnx.ModelProto) -> onnx.ModelProto:
    """Make the image input and the output of a model uint8.

    Args:
        model: Its first input is an image, float32 in [-1, 1], and its only output is
            one, too; of any layout.

    Returns:
        The same network between uint8 images of the same names; a label stays float32.
    """
    found = ir.from_proto(model)
    graph = found.graph
    constants = {value: _constant(graph, value) for value in (_HALF, _ONE, _LEAST, _MOST)}
    half, one, least, most = constants.values()
    _bytes_in(graph, half, one)
    _bytes_out(graph, half, one, least, most)
    return ir.to_proto(found)


def _bytes_in(graph: ir.Graph, half: ir.Value, one: ir.Value) -> None:
    inner = graph.inputs[0]
    image = _byte_twin(inner)
    real = _node("Cast", [image], "image_real", {"to": ir.DataType.FLOAT})
    scaled = _node("Div", [real.outputs[0], half], "image_scaled")
    shifted = _node("Sub", [scaled.outputs[0], one], "image_shifted")
    inner.replace_all_uses_with(shifted.outputs[0])
    graph.inputs[0] = image
    graph.insert_before(graph[0], [real, scaled, shifted])


def _bytes_out(
    graph: ir.Graph, half: ir.Value, one: ir.Value, least: ir.Value, most: ir.Value
) -> None:
    inner = graph.outputs[0]
    output = _byte_twin(inner)
    inner.name = f"{inner.name}_float"
    shifted = _node("Add", [inner, one], "output_shifted")
    scaled = _node("Mul", [shifted.outputs[0], half], "output_scaled")
    rounded = _node("Round", [scaled.outputs[0]], "output_rounded")
    clipped = _node("Clip", [rounded.outputs[0], least, most], "output_clipped")
    last = ir.node(
        "Cast", clipped.outputs, {"to": ir.DataType.UINT8}, outputs=[output], name="output_bytes"
    )
    graph.extend([shifted, scaled, rounded, clipped, last])
    graph.outputs[0] = output


def _byte_twin(value: ir.Value) -> ir.Value:
    return ir.val(value.name, ir.DataType.UINT8, value.shape)


def _node(
    op: str, inputs: list[ir.Value], name: str, attributes: dict[str, int] | None = None
) -> ir.Node:
    """Make a node whose output is float32, of the shape of its first input."""
    output = ir.val(name, ir.DataType.FLOAT, inputs[0].shape)
    return ir.node(op, inputs, attributes, outputs=[output], name=name)


def _constant(graph: ir.Graph, number: float) -> ir.Value:
    name = f"byte_images_{number:g}"
    value = ir.val(name, const_value=ir.tensor(np.float32(number), name=name))
    graph.register_initializer(value)
    return value
