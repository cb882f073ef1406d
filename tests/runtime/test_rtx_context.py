"""What only TensorRT-RTX has, on a CUDA and a TensorRT-RTX written for the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.cache_folder import VARIABLE
from edgegan.errors import ArtifactError, EdgeganError, IncompatibleArtifact, MissingRequirement
from edgegan.runtime.cuda import Cuda
from edgegan.runtime.preflight import Built
from edgegan.runtime.tensorrt import Backend, TensorRTEngine, open_plan
from tests.runtime.fake_cuda import FakeCudart
from tests.runtime.fake_rtx import EngineValidity, FakeRtx
from tests.runtime.fake_tensorrt import plan_bytes

FACTS = Built(command="edgegan export A2B.keras --target tensorrt-rtx")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "rtx-jit"


def open_fake(
    folder: Path, rtx: FakeRtx | None = None, plan: bytes = plan_bytes()
) -> tuple[TensorRTEngine, FakeRtx]:
    rtx = rtx or FakeRtx(FakeCudart(), "1.7.1.116")
    path = folder / "a.rtx"
    path.write_bytes(b"vtrt".ljust(64, b"\0") + plan)
    backend = Backend(name="tensorrt-rtx", trt=rtx)
    cuda = Cuda(rtx.library)
    return open_plan(path, backend, FACTS, manifest=None, device="cuda", cuda=cuda), rtx


def image() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(0).uniform(-1, 1, (1, 8, 8, 3)).astype(np.float32)


def test_it_runs_and_leaves_cuda_graphs_to_tensorrt_rtx(tmp_path: Path) -> None:
    engine, rtx = open_fake(tmp_path)
    for _ in range(2):
        np.testing.assert_array_equal(engine.run(image()), image() / 2)
    (config,) = rtx.configs
    assert config.cuda_graph_strategy == "whole"
    assert config.dynamic_shapes_kernel_specialization_strategy == "eager"
    assert rtx.library.count("cudaStreamBeginCapture") == 0
    engine.close()
    assert rtx.library.live == {}


def test_what_was_compiled_is_found_again(tmp_path: Path, cache: Path) -> None:
    first, rtx = open_fake(tmp_path)
    assert rtx.compiled == 1
    (file,) = cache.iterdir()
    assert file.read_bytes() == b"kernels"
    assert file.name.endswith("-1.7.1.116-sm8.7.bin")
    second, rtx = open_fake(tmp_path)
    assert rtx.compiled == 0
    assert (first.info.memory["jit_cache_bytes"], second.info.memory["jit_cache_bytes"]) == (0, 7)
    assert first.info.jit_ms is not None
    assert first.info.jit_ms > 0


def test_other_weights_and_releases_have_their_own_cache(tmp_path: Path, cache: Path) -> None:
    open_fake(tmp_path)
    _, rtx = open_fake(tmp_path, plan=plan_bytes(name="other"))
    assert rtx.compiled == 1
    _, rtx = open_fake(tmp_path, FakeRtx(FakeCudart(), "1.8.0.1"))
    assert rtx.compiled == 1
    assert len(list(cache.iterdir())) == 3


def test_a_cache_that_is_refused_is_made_anew(tmp_path: Path, cache: Path) -> None:
    open_fake(tmp_path)
    (file,) = cache.iterdir()
    file.write_bytes(b"of another driver")
    engine, rtx = open_fake(tmp_path)
    assert rtx.compiled == 1
    assert engine.info.memory["jit_cache_bytes"] == 0
    assert file.read_bytes() == b"kernels"


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, cache: Path) -> None:
    cache.parent.write_bytes(b"a file where the folder should be")
    engine, _ = open_fake(tmp_path)
    np.testing.assert_array_equal(engine.run(image()), image() / 2)


@pytest.mark.parametrize(
    ("reason", "error", "match"),
    [
        (1, IncompatibleArtifact, "another release .* Build it again on this machine: edgegan exp"),
        (2, IncompatibleArtifact, "for other GPUs than this one. Build it again"),
        (4, MissingRequirement, "needs a newer NVIDIA driver"),
        (32, ArtifactError, "is damaged.* Export or copy it again"),
        (33, ArtifactError, "is damaged"),
    ],
)
def test_verdicts_of_tensorrt_rtx(
    tmp_path: Path, reason: int, error: type[EdgeganError], match: str
) -> None:
    rtx = FakeRtx(FakeCudart(), "1.7.1.116")
    rtx.validity = (EngineValidity.INVALID, reason)
    with pytest.raises(error, match=match):
        open_fake(tmp_path, rtx)
    assert rtx.library.live == {}


@pytest.mark.parametrize("verdict", [(EngineValidity.INVALID, 0), (EngineValidity.SUBOPTIMAL, 2)])
def test_verdicts_that_are_no_refusal(tmp_path: Path, verdict: tuple[EngineValidity, int]) -> None:
    rtx = FakeRtx(FakeCudart(), "1.7.1.116")
    rtx.validity = verdict
    engine, _ = open_fake(tmp_path, rtx)
    np.testing.assert_array_equal(engine.run(image()), image() / 2)
