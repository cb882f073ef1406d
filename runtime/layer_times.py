"""Where the time of a network goes: the time of each layer, where a backend tells it.

Timed apart from the latency, in a second opening of the file with the backend's profiler
on, which slows it down a little; the sum is therefore held against the unprofiled median.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegan.manifest import Manifest
from edgegan.runtime.image_io import NetworkArray

WARM_RUNS = 5
RUNS = 20
# One for each backend that has a profiler.
_TIMERS = {
    "onnxruntime": "edgegan.runtime.ort_layers:time_layers",
    "openvino": "edgegan.runtime.openvino_layers:time_layers",
    "tensorrt": "edgegan.runtime.trt_layers:time_layers",
    "tensorrt-rtx": "edgegan.runtime.trt_layers:time_layers",
}
_WITHOUT = {
    "litert": "LiteRT's Python API does not time layers; Google's benchmark_model does, with "
    "--enable_op_profiling=true",
}


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer as the backend runs it, often several of the file's fused; median of runs."""

    name: str
    op: str
    ms: float


@dataclass(frozen=True, kw_only=True)
class LayerTimes:
    """All layers in the order in which they ran; none, with a `note`, where nothing tells."""

    layers: tuple[Layer, ...] = ()
    note: str | None = None

    @property
    def sum_ms(self) -> float:
        """The time of all layers; some may have run at once."""
        return sum(layer.ms for layer in self.layers)

    def by_op(self) -> list[tuple[str, int, float]]:
        """Add up the layers of each kind: op, count, ms; the slowest first."""
        groups: dict[str, list[float]] = defaultdict(list)
        for layer in self.layers:
            groups[layer.op].append(layer.ms)
        totals = [(op, len(times), sum(times)) for op, times in groups.items()]
        return sorted(totals, key=lambda total: -total[2])


LayerTimer = Callable[
    [Path, Manifest | None, int, Sequence[Sequence[NetworkArray]], str], Sequence[Layer]
]


def layer_times(
    path: Path,
    backend: str,
    manifest: Manifest | None,
    threads: int,
    feeds: Sequence[Sequence[NetworkArray]],
    device: str = "cpu",
) -> LayerTimes:
    """Run the artifact with its backend's profiler on.

    Args:
        path: The artifact.
        backend: Key of `BACKENDS`.
        manifest: What is known of the artifact.
        threads: CPU threads.
        feeds: What it is fed with in turns; each in the order of its inputs.
        device: Where it runs.
    """
    if backend not in _TIMERS:
        return LayerTimes(note=_WITHOUT.get(backend, f"{backend} does not time layers"))
    module, _, name = _TIMERS[backend].partition(":")
    timer: LayerTimer = getattr(importlib.import_module(module), name)
    layers = tuple(timer(path, manifest, threads, feeds, device))
    return LayerTimes(layers=layers, note=None if layers else f"{backend} told no layer's time")
