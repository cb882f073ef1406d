from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegan.images import FloatArray
from edgegan.runtime.layer_times import RUNS, WARM_RUNS, Layer, LayerTimes, layer_times
from edgegan.runtime.ort_layers import layers_of_trace
from tests.runtime.models import image

FEEDS: list[list[FloatArray]] = [[image(1)], [image(2)]]


def test_onnx_runtime_tells_each_layer(onnx_file: Path) -> None:
    times = layer_times(onnx_file, "onnxruntime", None, 1, FEEDS)
    assert times.note is None
    assert {"Conv", "Transpose"} <= {layer.op for layer in times.layers}
    assert all(0 < layer.ms < 100 for layer in times.layers)
    assert len({layer.name for layer in times.layers}) == len(times.layers)


def test_openvino_tells_each_layer(onnx_file: Path) -> None:
    pytest.importorskip("openvino")
    times = layer_times(onnx_file, "openvino", None, 1, FEEDS)
    assert "Convolution" in {layer.op for layer in times.layers}
    assert times.sum_ms > 0


def test_backends_without_a_profiler_say_so(tmp_path: Path) -> None:
    times = layer_times(tmp_path / "a.tflite", "litert", None, 1, [])
    assert times.layers == ()
    assert "benchmark_model" in (times.note or "")
    assert layer_times(tmp_path / "a.x", "numpy", None, 1, []).note == "numpy does not time layers"


def event(name: str, op: str, microseconds: float) -> dict[str, Any]:
    return {"cat": "Node", "name": name, "dur": microseconds, "args": {"op_name": op}}


def test_a_trace_is_read_without_its_warm_runs() -> None:
    trace: list[dict[str, Any]] = [{"cat": "Session", "name": "model_run", "dur": 9, "args": {}}]
    for run in range(WARM_RUNS + RUNS):
        slow = 1000.0 if run < WARM_RUNS else 0.0
        trace += [
            event("a_kernel_time", "Conv", slow + 20 + run),
            event("a_fence_before", "Conv", 5000),
            event("b_kernel_time", "Relu", slow + 7),
        ]
    first, second = layers_of_trace(trace)
    # Runs 5 to 24 take 25 to 44 microseconds.
    assert (first.name, first.op, second.name, second.op) == ("a", "Conv", "b", "Relu")
    assert (first.ms, second.ms) == pytest.approx((0.0345, 0.007))


def test_a_layer_that_runs_twice_counts_twice() -> None:
    runs = [event("a_kernel_time", "Conv", 10.0)] * (2 * (WARM_RUNS + RUNS))
    (layer,) = layers_of_trace(runs)
    assert layer.ms == pytest.approx(0.02)


def test_layers_are_added_up_by_kind() -> None:
    layers = (
        Layer(name="a", op="Conv", ms=1.0),
        Layer(name="b", op="Relu", ms=2.5),
        Layer(name="c", op="Conv", ms=3.0),
    )
    times = LayerTimes(layers=layers)
    assert times.by_op() == [("Conv", 2, 4.0), ("Relu", 1, 2.5)]
    assert times.sum_ms == 6.5
