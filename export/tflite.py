"""Keras generator -> .tflite bytes, in six precisions.

The file has static shapes and one signature `generate(image[, label]) -> output`, float32
or with uint8 images, so that CPU, GPU and browser runtimes all take it. Whatever computes
in int8 inside, the tensors at its border are not quantized.

- fp32.
- fp16: float16 weights, half the file. The runtime chooses what it computes in; a hint
  allows XNNPACK on ARM to add up in float16, too.
- int8-dynamic: int8 weights, activations quantized at run time; needs no calibration.
- int8: convolutions int8 with ranges of real images, all else float; channels before norms
  are equalised first (edgegan.export.equalize).
- int16x8: int8 weights and int16 activations in the whole graph, for NPUs. Slow on a CPU,
  which has but reference kernels. The converter makes it; its norm in int16 lost less in a
  trial (56.3 dB) than int16 convolutions between float norms (54.2), and an NPU takes it whole.
- w8: int8 weights, computed in float: a quarter of the file, near fp32.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any, get_args

import tensorflow as tf
import tf_keras as keras
from ai_edge_litert.tools import flatbuffer_utils

from edgegan.errors import UsageError, unknown_name
from edgegan.export.equalize import equalize
from edgegan.export.lowering import Target, lower
from edgegan.export.quantization import Feeds, Quantization
from edgegan.export.quiet import quiet
from edgegan.export.targets import CALIBRATED, ImageType, Precision
from edgegan.export.tflite_bytes import with_byte_images
from edgegan.export.tflite_quantization import (
    quantize_dynamic,
    quantize_static,
    quantize_weights,
)
from edgegan.images import FloatArray
from edgegan.runtime.tflite_graph import METADATA_NAME
from edgegan.train.generator_file import INPUTS

SIGNATURE = "generate"
_NOTHING = Quantization()
# Those that quantize convolutions one by one, and so can keep some in float.
QUANTIZERS = {
    "int8-dynamic": quantize_dynamic,
    "int8": quantize_static,
    "w8": quantize_weights,
}


def to_tflite(
    model: keras.Model,
    size: tuple[int, int],
    precision: Precision = "fp32",
    batch: int = 1,
    *,
    image_type: ImageType = "float32",
    quantization: Quantization = _NOTHING,
    metadata: str = "",
) -> bytes:
    """Convert a generator.

    Args:
        model: A functional generator, `[N, H, W, C]` in [-1, 1] to the same, with or
            without a label `[N, c]` as second input.
        size: (H, W) that the file is for, pixels.
        precision: See above.
        batch: Images a call.
        image_type: Of the image input and the output. "uint8" is 0..255, normalised inside.
        quantization: Real inputs for "int8" and "int16x8", how ranges are told from them
            ("int16x8" knows the extremes only), and which convolutions stay in float
            ("int8", "int8-dynamic", "w8").
        metadata: Text stored in the file's metadata list as `edgegan`.

    Raises:
        UsageError: the arguments do not go together, or `keep` names no convolution.
    """
    _check(precision, image_type, quantization)
    content = unquantized(model, size, precision, batch, quantization)
    if precision in QUANTIZERS:
        content = QUANTIZERS[precision](content, quantization)
    if image_type == "uint8":
        content = with_byte_images(content)
    return _with_metadata(content, metadata) if metadata else content


def unquantized(
    model: keras.Model,
    size: tuple[int, int],
    precision: Precision,
    batch: int = 1,
    quantization: Quantization = _NOTHING,
) -> bytes:
    """Convert a generator as far as there is nothing that depends on the layers to keep.

    Args:
        model: As in `to_tflite`, like the others.
        size: (H, W), pixels.
        precision: Of the finished file.
        batch: Images a call.
        quantization: Real inputs, for "int8" and "int16x8", or learned ranges.

    Returns:
        For those of `QUANTIZERS` a float32 file, which computes what `model` does; for the
        other precisions the finished network.

    Raises:
        UsageError: the feeds do not fit.
    """
    target: Target = "tflite-int16x8" if precision == "int16x8" else "tflite"
    lowered = lower(model, target, size, batch)
    feeds = quantization.feeds if precision in CALIBRATED else ()
    _check_feeds(lowered, feeds)
    if precision == "int8":
        lowered = equalize(lowered, feeds, quantization.learned)
    return _convert(lowered, precision, feeds)


def _check(precision: str, image_type: str, quantization: Quantization) -> None:
    for kind, name, known in (
        ("precision", precision, get_args(Precision)),
        ("image type", image_type, get_args(ImageType)),
    ):
        if name not in known:
            raise unknown_name(kind, name, known)
    learned = precision == "int8" and quantization.learned is not None
    if precision in CALIBRATED and not (quantization.feeds or learned):
        raise UsageError(
            f"{precision} needs real images to measure the ranges of activations on, "
            "and none were given. Give some, or use int8-dynamic, which needs none."
        )
    if quantization.keep and precision not in QUANTIZERS:
        raise UsageError(
            f"{precision} keeps no single layers in float; {', '.join(QUANTIZERS)} do."
        )
    if precision == "int16x8" and quantization.method != "min-max":
        raise UsageError(f"int16x8 knows no calibration by {quantization.method!r}; use 'min-max'.")


def _check_feeds(lowered: keras.Model, feeds: Feeds) -> None:
    expected = [tuple(tensor.shape) for tensor in lowered.inputs]
    for feed in feeds:
        shapes = [array.shape for array in feed]
        if shapes != expected:
            raise UsageError(f"Inputs to calibrate on have shapes {shapes}, not {expected}.")


def _convert(lowered: keras.Model, precision: str, feeds: Feeds) -> bytes:
    specs = [tf.TensorSpec(tensor.shape, tf.float32, name=tensor.name) for tensor in lowered.inputs]
    module = tf.Module()
    module.model = lowered
    module.generate = tf.function(lambda *inputs: {"output": lowered(list(inputs))}, specs)
    with tempfile.TemporaryDirectory() as folder, quiet():
        tf.saved_model.save(module, folder, signatures={SIGNATURE: module.generate})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])
        _set_types(converter, precision, feeds)
        content: bytes = converter.convert()
    return content


def _set_types(converter: Any, precision: str, feeds: Feeds) -> None:
    if precision not in ("fp16", "int16x8"):
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "fp16":
        converter.target_spec.supported_types = [tf.float16]
        converter.target_spec._experimental_supported_accumulation_type = tf.float16
        return
    ops = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    converter.target_spec.supported_ops = [ops]

    def named() -> Iterator[tuple[str, dict[str, FloatArray]]]:
        for feed in feeds:
            yield SIGNATURE, dict(zip(INPUTS, feed, strict=False))

    converter.representative_dataset = named


def _with_metadata(content: bytes, text: str) -> bytes:
    from ai_edge_litert import schema_py_generated as schema

    model: Any = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    buffer = schema.BufferT()
    buffer.data = list(text.encode())
    entry = schema.MetadataT()
    entry.name, entry.buffer = METADATA_NAME, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
