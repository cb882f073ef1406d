"""The forms an artifact's images can have: uint8 or float32, NHWC or NCHW, in batches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edgegan.manifest import IO, Manifest, Tensor, tensor_of_rank, write_manifest
from edgegan.selftest import limit
from tests.runtime.models import SIZE, describe, kernel, write_onnx, write_tflite

HEIGHT, WIDTH = SIZE, SIZE + 4


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form, for images of `HEIGHT` and `WIDTH`."""

    dtype: str = "float32"
    layout: str = "NHWC"
    batch: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of a batch."""
        sides = (3, HEIGHT, WIDTH) if self.layout == "NCHW" else (HEIGHT, WIDTH, 3)
        return (self.batch, *sides)

    def tensor(self, name: str = "image") -> Tensor:
        """Describe the image tensor."""
        return tensor_of_rank(name, self.shape, self.dtype)

    @property
    def io(self) -> IO:
        """Describe the image tensors, in and out."""
        return IO(inputs=(self.tensor(),), outputs=(self.tensor("output"),))


FORMS = [
    Form(dtype=dtype, layout=layout, batch=batch)
    for dtype in ("float32", "uint8")
    for layout in ("NHWC", "NCHW")
    for batch in (1, 2)
]


def onnx_of(form: Form) -> Any:
    """Make y = tanh(conv(x)) in `form`, as an onnx.ModelProto."""
    from onnx import TensorProto, helper, numpy_helper

    kind = TensorProto.UINT8 if form.dtype == "uint8" else TensorProto.FLOAT
    steps: list[tuple[str, list[str], dict[str, Any]]] = []
    if form.dtype == "uint8":
        steps += [("Cast", [], {"to": TensorProto.FLOAT}), ("Div", ["half"], {})]
        steps += [("Sub", ["one"], {})]
    if form.layout == "NHWC":
        steps += [("Transpose", [], {"perm": [0, 3, 1, 2]})]
    steps += [("Conv", ["w"], {"pads": [1, 1, 1, 1]}), ("Tanh", [], {})]
    if form.layout == "NHWC":
        steps += [("Transpose", [], {"perm": [0, 2, 3, 1]})]
    if form.dtype == "uint8":
        steps += [("Add", ["one"], {}), ("Mul", ["half"], {}), ("Round", [], {})]
        steps += [("Cast", [], {"to": TensorProto.UINT8})]
    names = ["x", *(f"t{index}" for index in range(1, len(steps))), "y"]
    nodes = [
        helper.make_node(op, [names[index], *more], [names[index + 1]], **attributes)
        for index, (op, more, attributes) in enumerate(steps)
    ]
    weights = {
        "w": kernel(3, 3).transpose(3, 2, 0, 1),
        "half": np.float32(127.5),
        "one": np.float32(1),
    }
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", kind, form.shape)],
        [helper.make_tensor_value_info("y", kind, form.shape)],
        [numpy_helper.from_array(np.ascontiguousarray(v), name) for name, v in weights.items()],
    )
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=9)


def write_form(folder: Path, form: Form, suffix: str) -> Path:
    """Write y = tanh(conv(x)) in `form` as a .onnx or a .tflite."""
    path = folder / f"{form.dtype}-{form.layout}-{form.batch}{suffix}"
    if suffix == ".onnx":
        return write_onnx(path, onnx_of(form))
    return write_tflite(path, _network(form), form.shape, form.dtype)


def describe_form(path: Path, form: Form, golden: Any, precision: str = "fp32") -> Manifest:
    """Write a manifest for `path`; `golden` is the float NHWC output for the self-test."""
    manifest = describe(path, golden)
    assert manifest.selftest is not None
    selftest = replace(manifest.selftest, atol=limit(precision, form.dtype))
    manifest = replace(
        manifest,
        io=form.io,
        selftest=selftest,
        precision=replace(manifest.precision, requested=precision),
    )
    write_manifest(path, manifest)
    return manifest


def _network(form: Form) -> Any:
    import tensorflow as tf

    def network(x: Any) -> Any:
        first = form.layout == "NCHW"
        x = tf.cast(x, tf.float32) / 127.5 - 1 if form.dtype == "uint8" else x
        x = tf.transpose(x, [0, 2, 3, 1]) if first else x
        y = tf.tanh(tf.nn.conv2d(x, kernel(3, 3), 1, "SAME"))
        y = tf.transpose(y, [0, 3, 1, 2]) if first else y
        return tf.cast(tf.round((y + 1) * 127.5), tf.uint8) if form.dtype == "uint8" else y

    return network
