"""The engine on a real GPU, with whichever TensorRT is installed; skipped where there is none."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgegan
from edgegan.cache_folder import VARIABLE
from edgegan.errors import IncompatibleArtifact, MissingRequirement
from edgegan.runtime.cuda import Cuda
from edgegan.runtime.engine import Engine
from edgegan.runtime.nvidia import require_device

SHAPE = (2, 8, 8, 3)


@pytest.fixture(params=["tensorrt", "tensorrt-rtx"])
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Engine:
    trt = pytest.importorskip(request.param.replace("-", "_"))
    try:
        require_device()
        Cuda().device_count()
    except MissingRequirement as error:
        pytest.skip(str(error))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    path = tmp_path / ("a.rtx" if request.param == "tensorrt-rtx" else "a.engine")
    path.write_bytes(tanh_plan(trt))
    try:
        return edgegan.load(path, trust=True)
    except IncompatibleArtifact as error:  # TensorRT-RTX knows no GPUs of data centres
        pytest.skip(str(error))


def tanh_plan(trt: Any) -> bytes:
    """Build y = tanh(x) for the GPU at hand."""
    builder = trt.Builder(trt.Logger(trt.Logger.ERROR))
    network = builder.create_network(0)
    image = network.add_input("x", trt.float32, SHAPE)
    output = network.add_activation(image, trt.ActivationType.TANH).get_output(0)
    output.name = "y"
    network.mark_output(output)
    return bytes(builder.build_serialized_network(network, builder.create_builder_config()))


def image(seed: int) -> Any:
    return np.random.default_rng(seed).uniform(-1, 1, SHAPE).astype(np.float32)


def test_it_computes_the_network(engine: Engine) -> None:
    out = np.zeros(SHAPE, np.float32)
    for seed in range(4):  # the first by the stream, the others by a graph
        assert engine.run(image(seed), out=out) is out
        np.testing.assert_allclose(out, np.tanh(image(seed)), atol=1e-3)
    times = engine.stage_times()
    assert times is not None
    assert 0 < times.net_ms < 1000
    engine.close()


def test_many_engines_can_be_opened_and_closed(tmp_path: Path, engine: Engine) -> None:
    cuda = Cuda()
    module = "tensorrt_rtx" if engine.info.backend == "tensorrt-rtx" else "tensorrt"
    path = tmp_path / ("b.rtx" if module == "tensorrt_rtx" else "b.engine")
    path.write_bytes(tanh_plan(importlib.import_module(module)))
    edgegan.load(path, trust=True).close()
    free, _ = cuda.memory()
    for _ in range(10):
        edgegan.load(path, trust=True).close()
    assert cuda.memory()[0] >= free - 2**20
