"""Builds with TensorRT, which needs a GPU: on a small module and CUDA runtime for the tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from edgegan.errors import EdgeganError, MissingRequirement
from edgegan.export import trt
from edgegan.export.engine_options import EngineOptions
from edgegan.runtime.cuda import Cuda
from tests.export.fake_builder import FakeBuilder
from tests.runtime.fake_cuda import NO_DEVICE, FakeCudart


@pytest.fixture
def library() -> FakeCudart:
    return FakeCudart()


@pytest.fixture
def tensorrt(library: FakeCudart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeBuilder:
    """Put a module `tensorrt` and a GPU with 1,000,000 bytes in place."""
    builder = FakeBuilder()
    monkeypatch.setitem(sys.modules, "tensorrt", builder)
    monkeypatch.setattr(trt, "require_device", lambda: None)
    monkeypatch.setattr(trt, "Cuda", lambda: Cuda(library))
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path))
    return builder


def build(precision: str = "fp16", options: EngineOptions | None = None) -> bytes:
    return trt.build_engine(
        precision.encode(),
        "tensorrt",
        options or EngineOptions(),
        precision=precision,
        name="edgegan:{}",
    )


def test_a_layer_may_take_half_of_the_memory_that_is_free(
    tensorrt: FakeBuilder, library: FakeCudart
) -> None:
    Cuda(library).allocate(200_000)
    build()
    build(options=EngineOptions(workspace_bytes=4096))
    assert tensorrt.workspaces == [400_000, 4096]


def test_the_gpu_is_chosen_before_its_memory_is_asked_for(
    tensorrt: FakeBuilder, library: FakeCudart
) -> None:
    build()
    assert library.calls[:2] == ["cudaSetDevice", "cudaMemGetInfo"]


def test_the_engine_is_typed_and_named(tensorrt: FakeBuilder) -> None:
    assert json.loads(build()) == {"name": "edgegan:{}", "flags": 2, "type": "fp16"}


def test_what_a_build_measured_is_there_for_the_next(tensorrt: FakeBuilder, tmp_path: Path) -> None:
    build()
    build("fp32")
    assert tensorrt.known == [b"", b"1;"]
    cache = tmp_path / "timing" / "10.3.0-Fake-GPU-8.7.cache"
    assert cache.read_bytes() == b"1;2;"


def test_a_silent_fp32_engine_is_an_error(tensorrt: FakeBuilder) -> None:
    tensorrt.builds_in = "fp32"
    assert json.loads(build("fp32"))["type"] == "fp32"
    with pytest.raises(EdgeganError, match="The engine computes in fp32, not in fp16"):
        build("fp16")


def test_a_build_that_fails_tells_why_in_one_line_and_keeps_the_cache(
    tensorrt: FakeBuilder, tmp_path: Path
) -> None:
    tensorrt.fails = True
    with pytest.raises(EdgeganError, match=r"cannot build an engine: [^\n]+ no tactic for node"):
        build()
    assert not (tmp_path / "timing").exists()


def test_progress_is_told(tensorrt: FakeBuilder) -> None:
    told: list[tuple[int, str]] = []
    trt.build_engine(b"fp32", "tensorrt", report=lambda done, note="": told.append((done, note)))
    assert told == [(1, "Building")]


def test_a_driver_without_a_gpu_is_a_missing_requirement(
    tensorrt: FakeBuilder, library: FakeCudart
) -> None:
    library.fails = {"cudaSetDevice": NO_DEVICE}
    with pytest.raises(MissingRequirement, match="no CUDA-capable device"):
        build()
