from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.errors import ImageError, UsageError
from edgegan.images import FloatArray
from edgegan.runtime.engine import Engine, thread_count
from edgegan.runtime.numpy_engine import NumpyEngine
from tests.runtime.engines import ENGINES, open_engine
from tests.runtime.models import SIZE, image


@pytest.fixture(params=ENGINES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(name: str, tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(name, tmp_path)
    assert opened.info.backend == name.split()[0]
    yield opened
    opened.close()


def test_run_keeps_shape_and_dtype_and_depends_on_the_input(engine: Engine) -> None:
    first, second = engine.run(image(1)), engine.run(image(2))
    assert first.shape == (1, SIZE, SIZE, 3)
    assert first.dtype == np.float32
    assert np.abs(first).max() <= 1
    assert not np.array_equal(first, second)
    assert np.array_equal(engine.run(image(1)), first)


def test_results_outlive_the_next_run(engine: Engine) -> None:
    first = engine.run(image(1))
    copy = first.copy()
    engine.run(image(2))
    assert np.array_equal(first, copy)


def test_out_is_filled_and_returned(engine: Engine) -> None:
    out = np.full((1, SIZE, SIZE, 3), np.nan, np.float32)
    assert engine.run(image(), out=out) is out
    assert np.array_equal(out, engine.run(image()))


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((1, SIZE, SIZE + 1, 3), np.float32),
        np.zeros((SIZE, SIZE, 3), np.float32),
        np.zeros((1, SIZE, SIZE, 3), np.float64),
        np.zeros((1, SIZE, SIZE, 6), np.float32)[..., ::2],
    ],
    ids=["size", "rank", "dtype", "strides"],
)
def test_wrong_arrays_are_refused(engine: Engine, bad: FloatArray) -> None:
    with pytest.raises(UsageError, match=r"float32 \[\S+, 8, 8, 3\]"):
        engine.run(bad)
    with pytest.raises(UsageError, match=r"float32 \[\S+, 8, 8, 3\]"):
        engine.run(image(), out=bad)


def test_a_closed_engine_says_so(engine: Engine) -> None:
    engine.run(image())
    for _ in range(2):
        engine.close()
        with pytest.raises(UsageError, match="engine is closed; load the artifact again"):
            engine.run(image())


def test_engines_run_side_by_side(name: str, tmp_path: Path) -> None:
    """Each in a thread of its own: what one computes, the others leave alone."""
    engines = [open_engine(name, tmp_path) for _ in range(3)]
    alone = [engine.run(image(seed)) for seed, engine in enumerate(engines)]
    with ThreadPoolExecutor(len(engines)) as pool:
        runs = [
            pool.submit(lambda one, seed: [one.run(image(seed)) for _ in range(50)], one, seed)
            for seed, one in enumerate(engines)
        ]
    for run, expected in zip(runs, alone, strict=True):
        for result in run.result():
            np.testing.assert_array_equal(result, expected)


def test_an_engine_moves_to_another_thread(engine: Engine) -> None:
    expected = engine.run(image())
    with ThreadPoolExecutor(1) as pool:
        np.testing.assert_array_equal(pool.submit(engine.run, image()).result(), expected)


def test_call_resizes_and_takes_batches(engine: Engine) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    one, many = engine(photo), engine(np.stack([photo, photo[::-1]]))
    assert one.shape == (SIZE, SIZE, 3)
    assert one.dtype == np.uint8
    assert many.shape == (2, SIZE, SIZE, 3)
    assert np.array_equal(many[0], one)


def test_call_of_the_identity_returns_the_image() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (5, 6, 3), np.uint8)
    assert np.array_equal(NumpyEngine(lambda x: x)(photo), photo)


def test_nan_output_is_an_error() -> None:
    broken = NumpyEngine(lambda x: x * np.float32(np.nan))
    with pytest.raises(ImageError, match="NaN"):
        broken(np.zeros((4, 4, 3), np.uint8))


@pytest.mark.parametrize(
    ("name", "backend", "match"),
    [
        ("a.png", None, "known suffixes: .tflite"),
        ("none.tflite", None, "does not exist"),
        ("none.tflite", "litrt", "Did you mean 'litert'"),
    ],
)
def test_load_refuses(tmp_path: Path, name: str, backend: str | None, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        edgegan.load(tmp_path / name, backend=backend)


@pytest.mark.parametrize("backend", ["tensorrt", "litert", None])
def test_load_refuses_other_suffixes_whatever_the_backend(
    tmp_path: Path, backend: str | None
) -> None:
    (tmp_path / "a.plan").write_bytes(b"code")  # which no check by its suffix would stop
    with pytest.raises(UsageError, match=r"a\.plan is not an artifact; known suffixes"):
        edgegan.load(tmp_path / "a.plan", backend, trust=False)


@pytest.mark.parametrize(
    ("name", "backend"),
    [("tflite", "litert"), ("onnx_file", "onnxruntime"), ("onnx_file", "openvino")],
)
def test_load_refuses_devices_and_threads(
    name: str, backend: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(name)
    with pytest.raises(UsageError, match=rf"{backend} runs on cpu\b.*; got device 'tpu'"):
        edgegan.load(path, backend, device="tpu")
    with pytest.raises(UsageError, match="threads is 0"):
        edgegan.load(path, backend, threads=0)


def test_a_backend_takes_only_its_own_files(tflite: Path, onnx_file: Path) -> None:
    with pytest.raises(UsageError, match=r"openvino does not run \.tflite files; litert can"):
        edgegan.load(tflite, "openvino")
    with pytest.raises(UsageError, match="onnxruntime and openvino can"):
        edgegan.load(onnx_file, "litert")


def test_threads_default_to_what_may_be_used() -> None:
    assert thread_count(3) == 3
    assert thread_count(None) == len(os.sched_getaffinity(0))
