"""The times of an engine's layers, on a TensorRT written for the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.runtime.layer_times import RUNS, WARM_RUNS
from edgegan.runtime.trt_layers import layer_recorder, profiled
from tests.runtime.fake_tensorrt import LAYERS, NET_MS, plan_bytes
from tests.runtime.test_tensorrt import image, open_fake


def test_each_layer_is_told(tmp_path: Path) -> None:
    engine, _, trt = open_fake(tmp_path)
    engine.run(image())
    engine.run(image())
    assert engine.info.launch == "CUDA graph"
    before = len([call for call in trt.calls if call[0] == "execute_async_v3"])
    layers = profiled(engine, [[image(1)], [image(2)]])
    assert [layer.name for layer in layers] == list(LAYERS)
    assert [layer.op for layer in layers] == ["copy", "layer"]
    assert [layer.ms for layer in layers] == pytest.approx([NET_MS * s for s in LAYERS.values()])
    # A graph reports nothing, so every run was launched by itself.
    runs = len([call for call in trt.calls if call[0] == "execute_async_v3"]) - before
    assert runs == WARM_RUNS + RUNS
    assert engine.info.launch == "stream"
    np.testing.assert_array_equal(engine.run(image(3)), image(3) / 2)


def test_a_label_goes_beside_the_image(tmp_path: Path) -> None:
    engine, _, _ = open_fake(tmp_path, plan_bytes(label=2))
    layers = profiled(engine, [[image(), np.zeros((1, 2), np.float32)]])
    assert len(layers) == len(LAYERS)


def test_the_recorder_is_one_of_the_real_module() -> None:
    trt = pytest.importorskip("tensorrt_rtx")
    recorder = layer_recorder(trt)
    recorder.report_layer_time("a", 1.5)
    recorder.report_layer_time("a", 2.5)
    assert isinstance(recorder, trt.IProfiler)
    assert dict(recorder.times_ms) == {"a": [1.5, 2.5]}
