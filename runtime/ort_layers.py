"""The times of ONNX Runtime's layers, from the trace that its profiler writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from edgegan.manifest import Manifest
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.layer_times import RUNS, WARM_RUNS, Layer
from edgegan.runtime.ort import open_session, session_options

_KERNEL = "_kernel_time"  # ends the names of the events that are a layer's work


def time_layers(
    path: Path,
    manifest: Manifest | None,
    threads: int,
    feeds: Sequence[Sequence[NetworkArray]],
    device: str,
) -> list[Layer]:
    """Run a .onnx and time its layers; see `edgegan.runtime.layer_times.layer_times`."""
    del device  # the CPU's alone are told
    del manifest
    options = session_options(threads)
    with TemporaryDirectory() as folder:
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "layers")
        session = open_session(path, options)
        names = [source.name for source in session.get_inputs()]
        for run in range(WARM_RUNS + RUNS):
            session.run(None, dict(zip(names, feeds[run % len(feeds)], strict=True)))
        trace = json.loads(Path(session.end_profiling()).read_text())
    return layers_of_trace(trace)


def layers_of_trace(trace: Iterable[Mapping[str, Any]]) -> list[Layer]:
    """Take the layers out of a trace (Chrome's trace format) of `WARM_RUNS + RUNS` runs."""
    ops: dict[str, str] = {}
    times_us: dict[str, list[float]] = {}
    for event in trace:
        if event.get("cat") != "Node" or not event["name"].endswith(_KERNEL):
            continue
        name = event["name"].removesuffix(_KERNEL)
        ops[name] = event["args"]["op_name"]
        times_us.setdefault(name, []).append(event["dur"])
    # A layer in a loop has several events in each run; they are kept together.
    return [
        Layer(name=name, op=ops[name], ms=_of_a_run(times) / 1e3)
        for name, times in times_us.items()
    ]


def _of_a_run(times: Sequence[float]) -> float:
    each = max(len(times) // (WARM_RUNS + RUNS), 1)
    runs = [sum(times[start : start + each]) for start in range(0, len(times), each)]
    return median(runs[WARM_RUNS:] or runs)
