"""The times of OpenVINO's layers, from its performance counters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from edgegan.manifest import Manifest
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.layer_times import RUNS, WARM_RUNS, Layer
from edgegan.runtime.openvino import compile_file, import_openvino


def time_layers(
    path: Path,
    manifest: Manifest | None,
    threads: int,
    feeds: Sequence[Sequence[NetworkArray]],
    device: str,
) -> list[Layer]:
    """Run a .onnx and time its layers; see `edgegan.runtime.layer_times.layer_times`."""
    del device  # the CPU's alone are told
    openvino = import_openvino()
    _, compiled = compile_file(openvino, path, threads, manifest, counting=True)
    request = compiled.create_infer_request()
    ops: dict[str, str] = {}
    times_ms: dict[str, list[float]] = {}
    for run in range(WARM_RUNS + RUNS):
        for index, array in enumerate(feeds[run % len(feeds)]):
            request.set_input_tensor(index, openvino.Tensor(array))
        request.infer()
        for counter in request.get_profiling_info() if run >= WARM_RUNS else ():
            if counter.status == openvino.ProfilingInfo.Status.EXECUTED:
                ops[counter.node_name] = counter.node_type
                milliseconds = counter.real_time.total_seconds() * 1e3
                times_ms.setdefault(counter.node_name, []).append(milliseconds)
    return [Layer(name=name, op=ops[name], ms=median(times)) for name, times in times_ms.items()]
