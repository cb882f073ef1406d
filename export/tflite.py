"""Keras generator -> .tflite bytes: fp32, fp16 weights, or dynamic-range int8.

The file has static shapes, float32 inputs and output, and one signature
`generate(image[, label]) -> output`, so that CPU, GPU and browser runtimes all take it.
"""

from __future__ import annotations

import tempfile
from typing import Any, Literal

import tensorflow as tf
import tf_keras as keras
from ai_edge_litert.tools import flatbuffer_utils

from edgegan.export.lowering import lower
from edgegan.export.quiet import quiet
from edgegan.runtime.tflite_graph import METADATA_NAME

TflitePrecision = Literal["fp32", "fp16", "int8-dynamic"]
SIGNATURE = "generate"


def to_tflite(
    model: keras.Model,
    size: tuple[int, int],
    precision: TflitePrecision = "fp32",
    batch: int = 1,
    metadata: str = "",
) -> bytes:
    """Convert a generator.

    Args:
        model: A functional generator, `[N, H, W, C]` in [-1, 1] to the same, with or
            without a label `[N, c]` as second input.
        size: (H, W) that the file is for, pixels.
        precision: "fp16" halves the file (computation is the runtime's choice);
            "int8-dynamic" has int8 weights per channel and quantizes activations at run
            time, which needs no calibration.
        batch: Images a call.
        metadata: Text stored in the file's metadata list as `edgegan`.
    """
    lowered = lower(model, "tflite", size, batch)
    content = _convert(lowered, half=precision == "fp16")
    if precision == "int8-dynamic":
        content = _quantize_dynamic(content)
    return _with_metadata(content, metadata) if metadata else content


def _convert(lowered: keras.Model, half: bool) -> bytes:
    specs = [tf.TensorSpec(tensor.shape, tf.float32, name=tensor.name) for tensor in lowered.inputs]
    module = tf.Module()
    module.model = lowered
    module.generate = tf.function(lambda *inputs: {"output": lowered(list(inputs))}, specs)
    with tempfile.TemporaryDirectory() as folder, quiet():
        tf.saved_model.save(module, folder, signatures={SIGNATURE: module.generate})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])
        if half:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        content: bytes = converter.convert()
    return content


def _quantize_dynamic(content: bytes) -> bytes:
    from litert_quantizer import quantizer, recipe

    with quiet():
        q = quantizer.Quantizer(bytearray(content), recipe.dynamic_wi8_afp32())
        result = q.quantize(enable_progress_bar=False, enable_progress_report=False)
    return bytes(result.quantized_model)


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
