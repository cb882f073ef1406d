"""Quantizing the convolutions of a float .tflite with litert-quantizer.

Only convolutions are quantized. Norms, additions and tanh stay float: in int8 the norms
ruin the image (18.8 dB against 26.4 in a trial), and they cost little time.
"""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

from edgegan.errors import UsageError, unknown_name
from edgegan.export.activation_ranges import Range, measure_ranges
from edgegan.export.learned_ranges import LearnedRanges
from edgegan.export.quantization import Quantization
from edgegan.export.quiet import quiet
from edgegan.images import TANH_REACH, FloatArray

# Op -> its name in litert-quantizer, and which of its inputs is the image.
_OPS = {
    schema.BuiltinOperator.CONV_2D: ("CONV_2D", 0),
    schema.BuiltinOperator.DEPTHWISE_CONV_2D: ("DEPTHWISE_CONV_2D", 0),
    schema.BuiltinOperator.TRANSPOSE_CONV: ("CONV_2D_TRANSPOSE", 2),
}


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """A convolution in a .tflite: the names of its tensors.

    The converter makes them of the names of the Keras layers that the op came from, as in
    "A2B/head_conv/BiasAdd;A2B/head_conv/Conv2D", unless the tensor is the file's output, or
    a constant of several ops.

    Attributes:
        op: What litert-quantizer calls it.
        source: Input tensor.
        kernel: Tensor of its weights.
        output: Output tensor.
        before_tanh: Whether tanh alone reads the output.
    """

    op: str
    source: str
    kernel: str
    output: str
    before_tanh: bool

    @property
    def layer(self) -> str:
        """The Keras layer that it came from, as far as the names tell."""
        return next((name.split("/")[1] for name in self._names if "/" in name), self.output)

    def is_of(self, layer: str) -> bool:
        """Tell whether the Keras layer `layer` became this op."""
        return any(f"/{layer}/" in f"/{name}/" for name in self._names)

    @property
    def _names(self) -> list[str]:
        return [self.kernel, *self.output.split(";")]


def quantize_dynamic(content: bytes, quantization: Quantization) -> bytes:
    """Make weights int8, one scale a channel; activations are quantized when it runs.

    Depthwise convolutions, which have few weights, stay in float: XNNPACK has no kernels
    of this kind for them, and so would leave them to slow ones.
    """
    q = _quantizer(content)
    for convolution in _chosen(content, quantization.keep):
        if convolution.op == "DEPTHWISE_CONV_2D":
            continue
        q.add_dynamic_config(_exactly(convolution), convolution.op, 8)
    return _quantized(q)


def quantize_weights(content: bytes, quantization: Quantization) -> bytes:
    """Make weights int8, one scale a channel; the file computes in float."""
    q = _quantizer(content)
    for convolution in _chosen(content, quantization.keep):
        q.add_weight_only_config(_exactly(convolution), convolution.op, 8)
    return _quantized(q)


def quantize_static(
    content: bytes, quantization: Quantization, ranges: Mapping[str, Range] | None = None
) -> bytes:
    """Make weights, inputs and outputs of convolutions int8, with ranges from real inputs.

    Args:
        content: The float file.
        quantization: The real inputs, and the layers to keep in float.
        ranges: Those that `static_ranges` measured of the file, to spare measuring them.
    """
    if ranges is None:
        ranges = static_ranges(content, quantization)
    q = _quantizer(content)
    for convolution in _chosen(content, quantization.keep):
        q.add_static_config(_exactly(convolution), convolution.op, 8, 8)
    return _quantized(q, {name: _statistics(*range_) for name, range_ in ranges.items()})


def static_ranges(content: bytes, quantization: Quantization) -> dict[str, Range]:
    """Tell the range of each tensor that a convolution reads or writes, by its name.

    It is measured, unless it was learned. The layers that stay in float are left out.

    Raises:
        UsageError: a convolution reads but one value, as the first does of images of one
            colour. Its output is rounding noise then, and tells no range.
    """
    chosen = _chosen(content, quantization.keep)
    if quantization.learned is not None:
        return _learned(chosen, quantization.learned)
    tensors = {name for c in chosen for name in (c.source, c.output)}
    ranges = measure_ranges(content, tensors, quantization.feeds, quantization.method)
    for convolution in chosen:
        _check_varies(convolution, *ranges[convolution.source])
        if convolution.before_tanh:
            ranges[convolution.output] = _clipped(ranges[convolution.output], TANH_REACH)
    return ranges


def convolutions(content: bytes) -> list[Convolution]:
    """List the convolutions of a .tflite, in the order in which they run."""
    model: Any = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    graph = model.subgraphs[0]
    names = [tensor.name.decode() for tensor in graph.tensors]
    codes = [model.operatorCodes[op.opcodeIndex].builtinCode for op in graph.operators]
    readers = defaultdict(list)
    for op, code in zip(graph.operators, codes, strict=True):
        for tensor in op.inputs:
            readers[tensor].append(code)
    found = []
    for op, code in zip(graph.operators, codes, strict=True):
        if code in _OPS:
            name, image = _OPS[code]
            found.append(
                Convolution(
                    op=name,
                    source=names[op.inputs[image]],
                    kernel=names[op.inputs[1]],
                    output=names[op.outputs[0]],
                    before_tanh=readers[op.outputs[0]] == [schema.BuiltinOperator.TANH],
                )
            )
    return found


def _learned(chosen: list[Convolution], learned: LearnedRanges) -> dict[str, Range]:
    ranges: dict[str, Range] = {}
    for convolution in chosen:
        known = (name for name in learned.layers if convolution.is_of(name))
        layer = next(known, convolution.layer)
        ranges[convolution.source] = learned.source(layer)
        if convolution.before_tanh:
            ranges[convolution.output] = _clipped(learned.result(layer), TANH_REACH)
        elif learned.has_channels(layer):
            ranges[convolution.output] = (-1.0, 1.0)  # see edgegan.export.equalize
        else:
            ranges[convolution.output] = learned.result(layer)
    return ranges


def _chosen(content: bytes, keep: frozenset[str]) -> list[Convolution]:
    every = convolutions(content)
    for layer in sorted(keep):
        if not any(convolution.is_of(layer) for convolution in every):
            raise unknown_name("convolution", layer, {c.layer for c in every})
    chosen = [c for c in every if not any(c.is_of(layer) for layer in keep)]
    if not chosen:
        raise UsageError(
            "No convolution is left to quantize: all of them are kept in float. "
            "Keep fewer, or export another precision."
        )
    return chosen


def _exactly(convolution: Convolution) -> str:
    return f"^{re.escape(convolution.output)};$"  # as litert-quantizer scopes an op


def _check_varies(convolution: Convolution, low: float, high: float) -> None:
    if low == high != 0:
        raise UsageError(
            f"On the images to calibrate on, all that {convolution.layer} reads is {low:.3g}. "
            "Give images of more than one colour."
        )


def _clipped(range_: Range, limit: float) -> Range:
    return max(range_[0], -limit), min(range_[1], limit)


def _statistics(low: float, high: float) -> dict[str, FloatArray]:
    if low == high == 0:
        high = 1.0  # a dead layer; any range will do, but one of no width cannot be run
    step = (high - low) / 255
    # 0 is exact in int8. Where it falls between two steps, as in an image's [-1, 1], all
    # 256 values would lie on ties, which rounding noise decides. So 255 steps must do.
    if abs(low + high) < step:
        high = max(-low, high)
        low = -high * 128 / 127
    return {
        "min": np.full((1, 1, 1, 1), low, np.float32),
        "max": np.full((1, 1, 1, 1), high, np.float32),
    }


def _quantizer(content: bytes) -> Any:
    from litert_quantizer import quantizer

    return quantizer.Quantizer(bytearray(content))


def _quantized(q: Any, statistics: dict[str, dict[str, FloatArray]] | None = None) -> bytes:
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that keeping all tensors takes memory
        result = q.quantize(statistics, enable_progress_bar=False, enable_progress_report=False)
    return bytes(result.quantized_model)
