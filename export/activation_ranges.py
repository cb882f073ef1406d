"""The ranges of a .tflite's tensors on real inputs, which its static quantization needs.

litert-quantizer's own calibration averages the extremes of the inputs and knows no other
method; it takes ranges from elsewhere, and these are they.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edgegan.export.quantization import CalibrationMethod, Feeds
from edgegan.export.quiet import quiet
from edgegan.images import FloatArray
from edgegan.train.generator_file import INPUTS

Range = tuple[float, float]
Counts = NDArray[np.int64]

BINS = 2048
PERCENTILE = 99.99  # onnxruntime.quantization's default, half of the rest cut on each side
_LEVELS = 256  # of int8
_STEPS = 64  # cuts that "entropy" tries


def measure_ranges(
    content: bytes, tensors: Collection[str], feeds: Feeds, method: CalibrationMethod
) -> dict[str, Range]:
    """Run a float .tflite and tell the range to quantize of each tensor.

    Args:
        content: The file, with the signature of edgegan.export.tflite.
        tensors: Names of tensors in it.
        feeds: What to run it on.
        method: "min-max": the extremes. "percentile": all but the outermost 0.01 % of the
            values. "entropy": what of the extremes is in [-t, t], for the t at which the
            quantized values tell most of the values' distribution (least Kullback-Leibler
            divergence; Migacz 2017, "8-bit inference with TensorRT").
    """
    ranges: dict[str, Range] = {}
    for values in _run(content, tensors, feeds):
        for name, array in values.items():
            low, high = ranges.get(name, (np.inf, -np.inf))
            ranges[name] = min(low, float(array.min())), max(high, float(array.max()))
    if method == "min-max":
        return ranges
    # A tensor of one value has nothing to cut.
    counts = {name: np.zeros(BINS, np.int64) for name, (low, high) in ranges.items() if low < high}
    for values in _run(content, list(counts), feeds):
        for name, array in values.items():
            # In float32 a narrow range far from 0 has fewer values than bins.
            counts[name] += np.histogram(array.astype(np.float64), BINS, ranges[name])[0]
    return ranges | {name: _CUTS[method](found, ranges[name]) for name, found in counts.items()}


def percentile_range(counts: Counts, extremes: Range) -> Range:
    """Cut half of what `PERCENTILE` leaves on each side of a histogram over `extremes`."""
    rest = (1 - PERCENTILE / 100) / 2
    shares = np.cumsum(counts) / counts.sum()
    edges = np.linspace(*extremes, len(counts) + 1)
    first = int(np.searchsorted(shares, rest, side="right"))
    last = int(np.searchsorted(shares, 1 - rest))
    return float(edges[first]), float(edges[last + 1])


def entropy_range(counts: Counts, extremes: Range) -> Range:
    """Cut `extremes` to the [-t, t] whose 256 levels tell most of a histogram over them."""
    reach = max(map(abs, extremes))
    edges = np.linspace(*extremes, len(counts) + 1)
    cuts = []
    for t in reach * np.arange(_STEPS, 0, -1) / _STEPS:
        first = int(np.searchsorted(edges, -t, side="right")) - 1
        last = int(np.searchsorted(edges, t, side="left"))
        first, last = max(first, 0), min(last, len(counts))
        if last - first < _LEVELS:
            break
        cuts.append((_divergence(counts, first, last), first, last))
    _, first, last = min(cuts)
    return float(edges[first]), float(edges[last])


_CUTS: dict[CalibrationMethod, Callable[[Counts, Range], Range]] = {
    "percentile": percentile_range,
    "entropy": entropy_range,
}


def _divergence(counts: Counts, first: int, last: int) -> float:
    """KL(p || q): p clips the values to the bins, q spreads each level over its bins."""
    inside = counts[first:last]
    p = inside.astype(np.float64)
    p[0] += counts[:first].sum()
    p[-1] += counts[last:].sum()
    level = np.arange(len(inside)) * _LEVELS // len(inside)
    filled = p > 0
    sums = np.bincount(level, inside, _LEVELS)
    bins = np.maximum(np.bincount(level, filled, _LEVELS), 1)
    q = np.where(filled, (sums / bins)[level], 0)
    # Where clipping alone filled a bin, q is 0: a small value stands for "very unlikely".
    q = np.maximum(q / max(q.sum(), 1), 1e-9)
    p = p / p.sum()
    return float(np.sum(p[filled] * np.log(p[filled] / q[filled])))


def _run(content: bytes, tensors: Collection[str], feeds: Feeds) -> Iterator[dict[str, FloatArray]]:
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that keeping all tensors takes memory
        interpreter = Interpreter(model_content=content, experimental_preserve_all_tensors=True)
        interpreter.allocate_tensors()
        (signature,) = interpreter.get_signature_list()
        runner = interpreter.get_signature_runner(signature)
    indices = {d["name"]: d["index"] for d in interpreter.get_tensor_details()}
    for feed in feeds:
        runner(**dict(zip(INPUTS, feed, strict=False)))
        yield {name: interpreter.get_tensor(indices[name]) for name in tensors}
