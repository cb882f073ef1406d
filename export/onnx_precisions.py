"""Other precisions of a float32 ONNX model: float16 with float32 norms, and int8 Q/DQ.

TensorRT 11 has neither precision flags nor calibrators: the precision is in the model.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnx_ir as ir
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import TensorData, TensorsData, create_calibrator
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
from onnxruntime.transformers.float16 import convert_float_to_float16

from edgegan.errors import UsageError
from edgegan.export.learned_ranges import LearnedRanges
from edgegan.export.quantization import Quantization
from edgegan.export.quiet import quiet
from edgegan.images import TANH_REACH, FloatArray

_FLOAT = onnx.TensorProto.FLOAT
# In float16 the sums of an instance norm overflow, and small variances vanish.
KEPT_IN_FLOAT = ("InstanceNormalization",)
# Transposed convolutions are left out: int8 kernels for them are slow or missing.
QUANTIZED = ("Conv",)
# Bins of the histograms that "entropy" looks for a cut in. onnxruntime's default, as many as
# int8 has levels, leaves it but one choice: no cut.
_BINS = 512
_METHODS = {
    "min-max": CalibrationMethod.MinMax,
    "entropy": CalibrationMethod.Entropy,
    "percentile": CalibrationMethod.Percentile,
}
_OPTIONS = {
    "min-max": {"symmetric": True},
    "entropy": {"symmetric": True, "num_bins": _BINS},
    "percentile": {"symmetric": True},
}


def to_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Turn weights and activations into float16; inputs, outputs and norms stay float32."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it names each weight too small for float16
        converted: onnx.ModelProto = convert_float_to_float16(
            model, keep_io_types=True, op_block_list=list(KEPT_IN_FLOAT)
        )
    _drop_idle_casts(converted.graph)
    del converted.graph.value_info[:]  # it still tells some of the former types
    return onnx.shape_inference.infer_shapes(_sorted(converted))


def quantize(
    model: onnx.ModelProto, quantization: Quantization, ranges: TensorsData | None = None
) -> onnx.ModelProto:
    """Put QuantizeLinear and DequantizeLinear around the convolutions.

    Activations are symmetric int8 per tensor, as TensorRT asks for; weights per channel.

    Args:
        model: float32, each node named after its Keras layer. It is changed.
        quantization: Real inputs, how to tell ranges, and the layers to leave in float.
        ranges: Those that `activation_ranges` measured of the model, to spare measuring them.

    Raises:
        UsageError: there are no real inputs.
    """
    if not quantization.has_ranges:
        raise UsageError("The precision int8 is calibrated on real images, and there are none.")
    kept = [n.name for n in model.graph.node if any(is_of(n, x) for x in quantization.keep)]
    with quiet():
        quantizer = QDQQuantizer(
            model,
            per_channel=True,
            reduce_range=False,
            weight_qType=QuantType.QInt8,
            activation_qType=QuantType.QInt8,
            tensors_range=ranges or activation_ranges(model, quantization),
            nodes_to_quantize=[],
            nodes_to_exclude=kept,
            op_types_to_quantize=list(QUANTIZED),
            extra_options={
                "ActivationSymmetric": True,
                "WeightSymmetric": True,
                "QuantizeBias": False,  # TensorRT refuses pairs on a bias
            },
        )
        quantizer.quantize_model()
    return _sorted(quantizer.model.model)


def is_of(node: onnx.NodeProto, layer: str) -> bool:
    """Tell whether the Keras layer `layer` became this node, alone or with others."""
    return bool(f"{node.name}/".startswith(f"{layer}/"))


def activation_ranges(model: onnx.ModelProto, quantization: Quantization) -> TensorsData:
    """Tell the range of every tensor, cut where a tanh that reads it stands still.

    It is measured, unless it was learned.
    """
    learned = quantization.learned
    ranges = _measured(model, quantization) if learned is None else _learned(model, learned)
    for node in model.graph.node:
        if node.op_type == "Tanh" and node.input[0] in ranges:
            low, high = ranges[node.input[0]].range_value
            ranges[node.input[0]] = TensorData(
                lowest=np.maximum(low, np.float32(-TANH_REACH)),
                highest=np.minimum(high, np.float32(TANH_REACH)),
            )
    return ranges


def _learned(model: onnx.ModelProto, learned: LearnedRanges) -> TensorsData:
    found: dict[str, tuple[FloatArray, FloatArray]] = {}
    for node in model.graph.node:
        layer = next((name for name in learned.layers if is_of(node, name)), None)
        if node.op_type not in QUANTIZED or layer is None:
            continue
        for tensor, bounds in (
            (node.input[0], learned.source(layer)),
            (node.output[0], learned.result(layer)),
        ):
            low, high = (np.asarray(bound, np.float32) for bound in bounds)
            found[tensor] = low, high
    return TensorsData(CalibrationMethod.MinMax, found)


def _measured(model: onnx.ModelProto, quantization: Quantization) -> TensorsData:
    names = [value.name for value in model.graph.input]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "float.onnx"
        onnx.save(model, source)
        calibrator = create_calibrator(
            source,
            QUANTIZED,
            str(Path(folder) / "augmented.onnx"),
            _METHODS[quantization.method],
            extra_options=_OPTIONS[quantization.method],
        )
        calibrator.collect_data(_Reader(names, quantization))
        return calibrator.compute_data()


def _drop_idle_casts(graph: onnx.GraphProto) -> None:
    """Drop the casts to float32 of constants that are float32: two for each norm."""
    real = {tensor.name for tensor in graph.initializer if tensor.data_type == _FLOAT}
    idle = {
        node.output[0]: node.input[0]
        for node in graph.node
        if node.op_type == "Cast" and node.input[0] in real and node.attribute[0].i == _FLOAT
    }
    kept = [node for node in graph.node if node.output[0] not in idle]
    for node in kept:
        node.input[:] = [idle.get(name, name) for name in node.input]
    del graph.node[:]
    graph.node.extend(kept)


def _sorted(model: onnx.ModelProto) -> onnx.ModelProto:
    """Put nodes that onnxruntime's tools added at the end where the checker wants them."""
    graph = ir.from_proto(model)
    graph.graph.sort()
    return ir.to_proto(graph)


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Gives the calibrator one call's inputs after the other."""

    def __init__(self, names: list[str], quantization: Quantization) -> None:
        self._feeds: Iterator[tuple[FloatArray, ...]] = iter(quantization.feeds)
        self._names = names

    def get_next(self) -> dict[str, FloatArray] | None:
        feed = next(self._feeds, None)
        return None if feed is None else dict(zip(self._names, feed, strict=True))
