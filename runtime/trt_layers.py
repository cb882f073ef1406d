"""The times of TensorRT's layers, from its profiler."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from edgegan.manifest import Manifest
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.layer_times import RUNS, WARM_RUNS, Layer
from edgegan.runtime.tensorrt import TensorRTEngine, open_rtx, open_tensorrt


def time_layers(
    path: Path,
    manifest: Manifest | None,
    threads: int,
    feeds: Sequence[Sequence[NetworkArray]],
    device: str,
) -> list[Layer]:
    """Run an engine and time its layers; see `edgegan.runtime.layer_times.layer_times`."""
    opened = open_rtx if path.suffix == ".rtx" else open_tensorrt
    running = opened(path, manifest=manifest, device=device, threads=threads)
    try:
        return profiled(running, feeds)
    finally:
        running.close()


def profiled(running: TensorRTEngine, feeds: Sequence[Sequence[NetworkArray]]) -> list[Layer]:
    """Run an engine that is open with a profiler; it reports to that from then on."""
    profiler = layer_recorder(running.trt)
    running.report_to(profiler)
    for run in range(WARM_RUNS + RUNS):
        if run == WARM_RUNS:
            profiler.times_ms.clear()
        image, *label = feeds[run % len(feeds)]
        running.run(image, label=label[0] if label else None)
    return [
        # TensorRT fuses layers, and tells of each what it is made of, but not its kind.
        Layer(
            name=name, op="copy" if name.startswith("Reformatting") else "layer", ms=median(times)
        )
        for name, times in profiler.times_ms.items()
    ]


def layer_recorder(trt: Any) -> Any:
    """Make a profiler of the module `trt` that keeps all times, ms, in `times_ms` by layer."""

    class Recorder(trt.IProfiler):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IProfiler.__init__(self)  # which pybind11 asks for, not super()
            self.times_ms: dict[str, list[float]] = defaultdict(list)

        def report_layer_time(self, layer_name: str, ms: float) -> None:
            self.times_ms[layer_name].append(ms)

    return Recorder()
