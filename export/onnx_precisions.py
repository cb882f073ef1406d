"""Other precisions of a float32 ONNX model: float16 with float32 norms, and int8 Q/DQ.

TensorRT 11 has neither precision flags nor calibrators: the precision is in the model.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.transformers.float16 import convert_float_to_float16

from edgegan.errors import UsageError
from edgegan.export.quantization import Quantization
from edgegan.export.quiet import quiet
from edgegan.images import FloatArray

# In float16 the sums of an instance norm overflow, and small variances vanish.
KEPT_IN_FLOAT = ("InstanceNormalization",)
# Transposed convolutions are left out: int8 kernels for them are slow or missing.
QUANTIZED = ("Conv",)
# tanh is within 1/255 of 1 beyond it; a wider range would only coarsen what is inside.
TANH_REACH = 3.12
_METHODS = {
    "min-max": CalibrationMethod.MinMax,
    "entropy": CalibrationMethod.Entropy,
    "percentile": CalibrationMethod.Percentile,
}


def to_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Turn weights and activations into float16; inputs, outputs and norms stay float32."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it names each weight too small for float16
        converted: onnx.ModelProto = convert_float_to_float16(
            model, keep_io_types=True, op_block_list=list(KEPT_IN_FLOAT)
        )
    del converted.graph.value_info[:]  # it still tells some of the former types
    graph = ir.from_proto(converted)
    graph.graph.sort()  # the casts were put at the end
    return onnx.shape_inference.infer_shapes(ir.to_proto(graph))


def quantize(model: onnx.ModelProto, quantization: Quantization) -> onnx.ModelProto:
    """Put QuantizeLinear and DequantizeLinear around the convolutions.

    Activations are symmetric int8 per tensor, as TensorRT asks for; weights per channel.

    Args:
        model: float32, each node named after its Keras layer.
        quantization: Real inputs, how to tell ranges, and the nodes to leave in float.

    Raises:
        UsageError: there are no real inputs.
    """
    if not quantization.feeds:
        raise UsageError("The precision int8 is calibrated on real images, and there are none.")
    names = [value.name for value in model.graph.input]
    with tempfile.TemporaryDirectory() as folder, quiet():
        target = Path(folder) / "int8.onnx"
        quantize_static(
            model,
            target,
            _Reader(names, quantization),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTIZED),
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=sorted(quantization.keep),
            calibrate_method=_METHODS[quantization.method],
            extra_options={
                "ActivationSymmetric": True,
                "WeightSymmetric": True,
                "QuantizeBias": False,  # TensorRT refuses pairs on a bias
                "TensorQuantOverrides": _tanh_ranges(model),
            },
        )
        quantized: onnx.ModelProto = onnx.load(target)
    return quantized


def _tanh_ranges(model: onnx.ModelProto) -> dict[str, list[dict[str, Any]]]:
    """Bound what a tanh reads to where it still moves the last bit of an image."""
    bounds = {"rmin": np.float32(-TANH_REACH), "rmax": np.float32(TANH_REACH)}
    return {node.input[0]: [bounds] for node in model.graph.node if node.op_type == "Tanh"}


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Gives the calibrator one call's inputs after the other."""

    def __init__(self, names: list[str], quantization: Quantization) -> None:
        self._feeds: Iterator[tuple[FloatArray, ...]] = iter(quantization.feeds)
        self._names = names

    def get_next(self) -> dict[str, FloatArray] | None:
        feed = next(self._feeds, None)
        return None if feed is None else dict(zip(self._names, feed, strict=True))
