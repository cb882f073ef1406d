"""Keras -> ONNX: images of floats or bytes, NHWC or NCHW, in and out; NCHW inside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import onnx
import onnx_ir as ir
import tensorflow as tf
import tf2onnx
import tf_keras as keras
from onnx_ir.passes.common import (
    ClearMetadataAndDocStringPass,
    LiftConstantsToInitializersPass,
    ShapeInferencePass,
)

import edgegan
from edgegan.errors import EdgeganError
from edgegan.export.fuse_norm import count_norms, fuse_norm
from edgegan.export.lowering import lower
from edgegan.export.onnx_bytes import with_byte_images
from edgegan.export.onnx_precisions import quantize, to_half
from edgegan.export.opset import LAST_CONVERTED, to_opset
from edgegan.export.quantization import Feeds, Quantization
from edgegan.export.targets import OPSET, ImageType, Layout, Precision, check_form
from edgegan.export.tidy_onnx import (
    channels_last_borders,
    drop_idle_reshapes,
    fold_crops,
    name_by_layer,
    plain_resizes,
    reshape_idle_transposes,
)
from edgegan.train.layers import InstanceNormalization

_NOTHING = Quantization()


def to_onnx(
    model: keras.Model,
    size: tuple[int, int],
    precision: Precision = "fp32",
    batch: int = 1,
    *,
    image_type: ImageType = "float32",
    layout: Layout = "nhwc",
    opset: int = OPSET,
    quantization: Quantization = _NOTHING,
    metadata: str = "",
) -> bytes:
    """Convert a generator to an ONNX model.

    Equal arguments give equal bytes.

    Args:
        model: A functional generator, `[N, H, W, C]` in [-1, 1] to the same, with or
            without a label `[N, c]` as second input.
        size: (H, W) of the images it will take, pixels.
        precision: "fp16" has tensors in float16 and the norms in float32, as strongly typed
            TensorRT networks need; "int8" has pairs of QuantizeLinear and
            DequantizeLinear around the convolutions.
        batch: Their batch size.
        image_type: Of the image input and the output. "uint8" is 0..255, normalised inside.
        layout: Of the image input and the output; "nchw" has no transposes at the border.
        opset: One of `edgegan.export.targets.OPSETS`.
        quantization: For "int8": real inputs, and which layers stay in float.
        metadata: Stored as `metadata_props["edgegan"]`.

    Returns:
        The file: an input "image" and an output "output", `[batch, H, W, C]` or
        `[batch, C, H, W]`, and an input "label", float32 `[batch, c]`, if `model` takes
        one; with one InstanceNormalization node for each instance norm.

    Raises:
        UsageError: "int8" without real inputs; or an unknown image type, layout or opset.
        EdgeganError: the network has an operation that ONNX or the opset lacks, or an
            instance norm was not recognised.
    """
    check_form(image_type, layout, opset)
    lowered = lower(model, "onnx", size, batch)
    if layout == "nchw":
        quantization = replace(quantization, feeds=_channels_first(quantization.feeds))
    proto = _precise(_network(lowered, layout, opset), precision, quantization)
    proto = with_byte_images(proto) if image_type == "uint8" else proto
    if metadata:
        onnx.helper.set_model_props(proto, {"edgegan": metadata})
    data: bytes = _checked(proto).SerializeToString(deterministic=True)
    return data


def _network(lowered: keras.Model, layout: Layout, opset: int) -> onnx.ModelProto:
    """Convert to float32, with one node for each instance norm."""
    graph = ir.from_proto(_checked(_convert(lowered, min(opset, LAST_CONVERTED))))
    reshape_idle_transposes(graph)
    if layout == "nhwc":
        channels_last_borders(graph)
    for rewrite in (drop_idle_reshapes, fold_crops, plain_resizes, fuse_norm):
        rewrite(graph)
    _check_norms(graph, lowered)
    graph = to_opset(graph, opset)
    _finish(graph, lowered.name)
    return ir.to_proto(graph)


def _channels_first(feeds: Feeds) -> Feeds:
    """Turn the images, `[N, H, W, C]`, into views of `[N, C, H, W]`."""
    return [(feed[0].transpose(0, 3, 1, 2), *feed[1:]) for feed in feeds]


def _precise(proto: onnx.ModelProto, precision: str, quantization: Quantization) -> onnx.ModelProto:
    if precision == "fp16":
        return to_half(proto)
    return quantize(proto, quantization) if precision == "int8" else proto


def _convert(model: keras.Model, opset: int) -> onnx.ModelProto:
    """Convert as tf2onnx does, to NCHW image and output."""

    def generate(*inputs: Any) -> dict[str, Any]:
        return {"output": model(list(inputs), training=False)}

    signature = [
        tf.TensorSpec(tensor.shape, tf.float32, name=tensor.name) for tensor in model.inputs
    ]
    function = tf.function(generate, input_signature=signature)
    concrete = function.get_concrete_function()
    proto: onnx.ModelProto
    proto, _ = tf2onnx.convert.from_function(
        function,
        input_signature=signature,
        opset=opset,
        inputs_as_nchw=[concrete.inputs[0].name],
        outputs_as_nchw=[concrete.outputs[0].name],
    )
    return proto


def _check_norms(graph: ir.Model, model: keras.Model) -> None:
    expected = sum(isinstance(layer, InstanceNormalization) for layer in model.layers)
    found = count_norms(graph)
    if found != expected:
        raise EdgeganError(
            f"The ONNX graph has {found} InstanceNormalization nodes where the network has "
            f"{expected} instance norms: edgegan.export.fuse_norm did not recognise the form "
            "that this version of tf2onnx gives them. Install the version in constraints.txt."
        )


def _finish(model: ir.Model, name: str) -> None:
    """Remove traces of the conversion; give names that depend on the network alone."""
    LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0)(model)
    ClearMetadataAndDocStringPass()(model)
    name_by_layer(model, name)
    ShapeInferencePass()(model)
    model.graph.name = name
    model.producer_name, model.producer_version = "edgegan", edgegan.__version__


def _checked(proto: onnx.ModelProto) -> onnx.ModelProto:
    try:
        onnx.checker.check_model(proto, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        reason = " ".join(str(error).split())
        raise EdgeganError(f"The network cannot be written as ONNX: {reason}") from error
    return proto
