"""A float artifact that is quantized in many ways, each with other layers kept in float.

Converting takes most of the time of an export, and measuring the ranges of activations
most of the rest. Neither depends on which layers stay in float, so each is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import cast

import onnx
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.onnx_precisions import QUANTIZED, activation_ranges, is_of, quantize
from edgegan.export.quantization import Quantization
from edgegan.export.targets import TARGETS, ExportSpec, Precision
from edgegan.export.tflite import QUANTIZERS, unquantized
from edgegan.export.tflite_quantization import convolutions, quantize_static, static_ranges

# The precisions that quantize convolutions one by one, of the targets that run on any machine.
LAYERWISE = {"tflite": tuple(QUANTIZERS), "onnx": ("int8",)}


@dataclass(frozen=True, kw_only=True, eq=False)
class FloatArtifact:
    """A converted generator.

    Attributes:
        content: The file in float.
        suffix: Of such files.
        layers: The Keras layers whose convolutions can be quantized.
        quantized: Makes the file with all of them quantized but those it is given; the same
            bytes as `to_tflite` or `to_onnx` make.
    """

    content: bytes
    suffix: str
    layers: tuple[str, ...]
    quantized: Callable[[frozenset[str]], bytes]


def check_layerwise(spec: ExportSpec) -> None:
    """Refuse a precision that quantizes a network as a whole, or a target that runs nowhere.

    Raises:
        UsageError: telling what is possible.
    """
    if spec.precision in LAYERWISE.get(spec.target, ()):
        return
    possible = "; ".join(f"{target}: {', '.join(names)}" for target, names in LAYERWISE.items())
    raise UsageError(
        f"{spec.precision} for {spec.target} cannot be measured layer by layer; these can: "
        f"{possible}."
    )


def float_artifact(
    model: keras.Model,
    spec: ExportSpec,
    names: Collection[str],
    quantization: Quantization,
) -> FloatArtifact:
    """Convert a generator, and measure what its precision needs.

    Args:
        model: A functional generator.
        spec: A target and precision of `LAYERWISE`, and the size.
        names: The Keras layers that are convolutions.
        quantization: Real inputs for "int8", and how ranges are told from them.
    """
    if spec.target == "onnx":
        return _onnx(model, spec, names, quantization)
    return _tflite(model, spec, names, quantization)


def _tflite(
    model: keras.Model, spec: ExportSpec, names: Collection[str], quantization: Quantization
) -> FloatArtifact:
    precision = cast(Precision, spec.precision)
    content = unquantized(model, spec.size, precision, quantization=quantization)
    ranges = static_ranges(content, quantization) if precision == "int8" else None

    def quantized(keep: frozenset[str]) -> bytes:
        asked = replace(quantization, keep=keep)
        if ranges is not None:
            return quantize_static(content, asked, ranges)
        return QUANTIZERS[precision](content, asked)

    ops = convolutions(content)
    return FloatArtifact(
        content=content,
        suffix=TARGETS[spec.target].suffix,
        layers=tuple(name for name in names if any(op.is_of(name) for op in ops)),
        quantized=quantized,
    )


def _onnx(
    model: keras.Model, spec: ExportSpec, names: Collection[str], quantization: Quantization
) -> FloatArtifact:
    content = to_onnx(model, spec.size)
    ranges = activation_ranges(onnx.load_from_string(content), quantization)

    def quantized(keep: frozenset[str]) -> bytes:
        proto = onnx.load_from_string(content)
        made = quantize(proto, replace(quantization, keep=keep), ranges)
        data: bytes = made.SerializeToString(deterministic=True)
        return data

    graph = onnx.load_from_string(content).graph
    nodes = [node for node in graph.node if node.op_type in QUANTIZED]
    return FloatArtifact(
        content=content,
        suffix=TARGETS[spec.target].suffix,
        layers=tuple(name for name in names if any(is_of(node, name) for node in nodes)),
        quantized=quantized,
    )
