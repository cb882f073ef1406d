"""The TensorRT engine on a CUDA and a TensorRT written for the tests: no GPU is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegan.domains import Domain
from edgegan.errors import ArtifactError, CudaError, MissingRequirement, UsageError
from edgegan.runtime.cuda import Cuda
from edgegan.runtime.engine import DeviceTimes
from edgegan.runtime.tensorrt import Backend, TensorRTEngine
from tests.runtime.fake_cuda import CAPTURE_INVALID, FakeCudart
from tests.runtime.fake_tensorrt import FakeTensorRT, plan_bytes

PLAN = plan_bytes()


def open_fake(
    folder: Path, plan: bytes = PLAN, library: FakeCudart | None = None, **options: Any
) -> tuple[TensorRTEngine, FakeCudart, FakeTensorRT]:
    """Open a plan; return the engine, and the fakes below it."""
    library = library or FakeCudart()
    trt = FakeTensorRT(library)
    path = folder / "a.engine"
    path.write_bytes(plan)
    cuda = Cuda(library)
    backend = Backend(name="tensorrt", trt=trt)
    return TensorRTEngine(path, backend, cuda, device=cuda.device(0), **options), library, trt


def image(seed: int = 0, shape: tuple[int, ...] = (1, 8, 8, 3)) -> Any:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("integrated", [False, True], ids=["own memory", "shared memory"])
def test_it_computes_what_the_plan_says(tmp_path: Path, integrated: bool) -> None:
    engine, _, _ = open_fake(tmp_path, library=FakeCudart(integrated=integrated))
    for seed in range(4):  # the first by the stream, the others by the graph
        np.testing.assert_array_equal(engine.run(image(seed)), image(seed) / 2)


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [("uint8", (2, 8, 12, 3)), ("uint8", (2, 3, 8, 12)), ("float32", (2, 3, 8, 12))],
)
def test_forms_of_images(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    engine, _, _ = open_fake(tmp_path, plan_bytes(shape, dtype))
    assert engine.info.io.inputs[0].layout == ("NCHW" if shape[1] == 3 else "NHWC")
    x = (image(shape=shape) * 100 + 100).astype(dtype)
    y = engine.run(x)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, (x / 2).astype(dtype))
    photos = np.random.default_rng(0).integers(0, 256, (3, 20, 30, 3), np.uint8)
    assert engine(photos).shape == (3, 8, 12, 3)


def test_a_label_is_taken_although_it_comes_first_in_the_plan(tmp_path: Path) -> None:
    engine, _, _ = open_fake(tmp_path, plan_bytes((2, 8, 8, 3), label=3))
    x = image(shape=(2, 8, 8, 3))
    y = engine.run(x, label=np.array([0.25, 0, 0], np.float32))
    np.testing.assert_allclose(y, x / 2 + 0.25, atol=1e-6)
    with pytest.raises(UsageError, match="none was given"):
        engine.run(x)


def test_the_order_of_calls(tmp_path: Path) -> None:
    engine, library, trt = open_fake(tmp_path)
    library.calls.clear()
    engine.run(image())
    record, copy = "cudaEventRecord", "cudaMemcpyAsync"
    run = ["cudaSetDevice", record, copy, record, record, copy, record, "cudaStreamSynchronize"]
    capture = ["cudaStreamBeginCapture", "cudaStreamEndCapture"]
    made = ["cudaGraphInstantiateWithFlags", "cudaGraphDestroy"]
    assert library.calls == run + capture + made
    library.calls.clear()
    engine.run(image())
    assert library.calls == [*run[:4], "cudaGraphLaunch", *run[4:]]
    executions = [call for call in trt.calls if call[0] == "execute_async_v3"]
    assert len(executions) == 2  # the first run, and its recording


def test_addresses_are_set_once_and_nothing_is_allocated_by_runs(tmp_path: Path) -> None:
    engine, library, trt = open_fake(tmp_path)
    assert sorted(trt.calls) == [("set_tensor_address", "x"), ("set_tensor_address", "y")]
    out = np.zeros((1, 8, 8, 3), np.float32)
    engine.run(image(), out=out)
    live, address = set(library.live), out.ctypes.data
    for seed in range(3):
        assert engine.run(image(seed), out=out) is out
        np.testing.assert_array_equal(out, image(seed) / 2)
    assert set(library.live) == live
    assert out.ctypes.data == address
    assert library.count("cudaMalloc") == 2
    assert len([call for call in trt.calls if call[0] == "set_tensor_address"]) == 2


def test_shared_memory_is_not_copied(tmp_path: Path) -> None:
    engine, library, _ = open_fake(tmp_path, library=FakeCudart(integrated=True))
    engine.run(image())
    assert library.count("cudaMemcpyAsync") == library.count("cudaMalloc") == 0
    assert engine.stage_times() == DeviceTimes(h2d_ms=None, net_ms=5, d2h_ms=None)


def test_stage_times_are_those_of_the_last_run(tmp_path: Path) -> None:
    engine, _, _ = open_fake(tmp_path)
    for _ in range(2):
        engine.run(image())
        assert engine.stage_times() == DeviceTimes(h2d_ms=1, net_ms=5, d2h_ms=2)


def test_results_outlive_the_next_run(tmp_path: Path) -> None:
    engine, _, _ = open_fake(tmp_path)
    first = engine.run(image(1))
    engine.run(image(2))
    np.testing.assert_array_equal(first, image(1) / 2)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((1, 8, 9, 3), np.float32),
        np.zeros((1, 8, 8, 3), np.float64),
        np.zeros((1, 8, 8, 6), np.float32)[..., ::2],
    ],
    ids=["size", "dtype", "strides"],
)
def test_wrong_arrays_are_refused(tmp_path: Path, bad: Any) -> None:
    engine, _, _ = open_fake(tmp_path)
    with pytest.raises(UsageError, match=r"float32 \[1, 8, 8, 3\]"):
        engine.run(bad)
    with pytest.raises(UsageError, match=r"float32 \[1, 8, 8, 3\]"):
        engine.run(image(), out=bad)


def test_free_dimensions_take_what_the_plan_was_built_for(tmp_path: Path) -> None:
    plan = plan_bytes((-1, -1, -1, 3), most=(2, 16, 16, 3))
    engine, library, trt = open_fake(tmp_path, plan)
    assert engine.info.io.inputs[0].shape == (None, None, None, 3)
    for shape in [(1, 8, 8, 3), (2, 16, 16, 3), (2, 16, 16, 3), (1, 4, 8, 3)]:
        np.testing.assert_array_equal(engine.run(image(shape=shape)), image(shape=shape) / 2)
    shapes = [call[2] for call in trt.calls if call[0] == "set_input_shape"]
    assert shapes == [(2, 16, 16, 3), (1, 8, 8, 3), (2, 16, 16, 3), (1, 4, 8, 3)]
    with pytest.raises(UsageError, match=r"from \[1, 1, 1, 3\] to \[2, 16, 16, 3\]; got \[3, 8"):
        engine.run(image(shape=(3, 8, 8, 3)))
    with pytest.raises(UsageError, match=r"is float32 \[1, 8, 8, 3\]"):
        engine.run(image(), out=image(shape=(1, 4, 8, 3)))
    np.testing.assert_array_equal(engine.run(image()), image() / 2)
    assert library.count("cudaMalloc") == 2
    engine.close()
    assert library.live == {}


def test_without_a_graph_it_says_why(tmp_path: Path) -> None:
    library = FakeCudart()
    library.fails["cudaGraphInstantiateWithFlags"] = CAPTURE_INVALID
    engine, _, trt = open_fake(tmp_path, library=library)
    assert engine.info.launch == "stream"
    for seed in range(3):
        np.testing.assert_array_equal(engine.run(image(seed)), image(seed) / 2)
    assert engine.info.launch is not None
    assert "no CUDA graph could be recorded (Operation failed" in engine.info.launch
    assert library.count("cudaGraphInstantiateWithFlags") == 1  # it is not tried again
    assert library.count("cudaGetLastError") == 1
    assert [name for name, *_ in trt.calls].count("execute_async_v3") == 4


def test_a_graph_can_be_left_out(tmp_path: Path) -> None:
    engine, library, _ = open_fake(tmp_path, cuda_graph=False)
    for _ in range(2):
        engine.run(image())
    assert engine.info.launch == "stream"
    assert library.count("cudaStreamBeginCapture") == 0


def test_what_is_told_of_it(tmp_path: Path) -> None:
    task = {"family": "stargan", "direction": "G", "domains": [{"name": "Smiling"}]}
    plan = plan_bytes(label=1, name="edgegan:" + json.dumps({"schema": 1, "task": task}))
    engine, _, _ = open_fake(tmp_path, plan)
    info = engine.info
    assert (info.backend, info.version, info.device) == ("tensorrt", "10.3.0", "cuda:0")
    assert info.task is not None
    assert info.task.domains == (Domain(name="Smiling"),)
    assert info.memory == {
        "file_bytes": len(plan),
        "activation_bytes": 64,
        "device_bytes": 2 * (2 * 8 * 8 * 3 * 4 + 4),  # both sides: there is one heap here
    }
    engine.run(image(), label=np.zeros(1, np.float32))
    assert engine.info.launch == "CUDA graph"


@pytest.mark.parametrize(
    ("plan", "match"),
    [
        (PLAN[:-1], r"a\.engine is damaged, .* \(magicTag does not match\)\."),
        (plan_bytes(dtype="bfloat16"), "is not an image-to-image generator"),
        (plan_bytes(dtype="float16"), "is not an image-to-image generator"),
        (plan_bytes((1, 8, 8, 4)), "is not an image-to-image generator"),
    ],
    ids=["cut off", "bfloat16", "float16", "four channels"],
)
def test_bad_plans_are_errors_and_leave_nothing(tmp_path: Path, plan: bytes, match: str) -> None:
    library = FakeCudart()
    with pytest.raises(ArtifactError, match=match):
        open_fake(tmp_path, plan, library)
    assert library.live == {}


def test_a_network_that_fails_is_an_error_with_tensorrts_words(tmp_path: Path) -> None:
    engine, library, trt = open_fake(tmp_path)
    trt.fails.add("execute_async_v3")
    with pytest.raises(ArtifactError, match="failed to run: no kernel image is available"):
        engine.run(image())
    engine.close()
    assert library.live == {}


def test_refused_addresses_are_an_error(tmp_path: Path) -> None:
    library = FakeCudart()
    trt = FakeTensorRT(library)
    trt.fails.add("set_tensor_address")
    path = tmp_path / "a.engine"
    path.write_bytes(PLAN)
    cuda = Cuda(library)
    backend = Backend(name="tensorrt", trt=trt)
    with pytest.raises(ArtifactError, match="TensorRT takes no memory for 'x'"):
        TensorRTEngine(path, backend, cuda, device=cuda.device(0))
    assert library.live == {}


def test_a_closed_engine_is_not_used(tmp_path: Path) -> None:
    engine, library, _ = open_fake(tmp_path)
    engine.run(image())
    engine.close()
    engine.close()
    assert library.live == {}
    with pytest.raises(UsageError, match="closed"):
        engine.run(image())


def whole_life(folder: Path, library: FakeCudart) -> None:
    """Open an engine, run it by the stream and by a graph, and close it."""
    engine, _, _ = open_fake(folder, library=library)
    try:
        engine.run(image())
        engine.run(image())
        engine.stage_times()
    finally:
        engine.close()


@pytest.mark.parametrize("integrated", [False, True], ids=["own memory", "shared memory"])
def test_whichever_call_fails_nothing_stays_allocated(tmp_path: Path, integrated: bool) -> None:
    sound = FakeCudart(integrated=integrated)
    whole_life(tmp_path, sound)
    assert sound.live == {}
    told: list[str] = []
    for number, name in enumerate(sound.calls):
        library = FakeCudart(integrated=integrated, fail_at=number)
        try:
            whole_life(tmp_path, library)
        except CudaError as error:
            told.append(str(error))
        # What CUDA refuses to free stays, of course; all else must be gone.
        refused = "Destroy" in name or "Free" in name
        assert len(library.live) == refused, f"call {number}, {name}"
    start = sound.calls.index("cudaStreamBeginCapture")
    recording = slice(start, start + 4)  # the engine goes on without a graph
    fatal = [name for name in sound.calls if name not in sound.calls[recording]]
    assert len(told) == len(fatal)
    assert all(name in text for name, text in zip(fatal, told, strict=True))


def test_a_missing_device_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(MissingRequirement, match="no CUDA-capable device"):
        open_fake(tmp_path, library=FakeCudart(fail_at=0, code=100))
