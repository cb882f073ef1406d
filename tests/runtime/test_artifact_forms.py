"""Artifacts in every form do what the float32 NHWC one does, on every engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgegan
from edgegan.errors import UsageError
from edgegan.images import FloatArray, resize, to_float, to_uint8
from edgegan.runtime.bench import bench
from edgegan.runtime.bench_images import POOL, bench_images, image_groups, network_batch
from edgegan.runtime.bench_report import as_json, notes
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.engine import Engine
from edgegan.runtime.health import output_flags, selftest_failure
from edgegan.runtime.image_io import from_network
from edgegan.runtime.numpy_engine import NumpyEngine
from edgegan.selftest import selftest_input
from tests.runtime.forms import FORMS, HEIGHT, WIDTH, Form, describe_form, onnx_of, write_form

BACKENDS = {"litert": ".tflite", "onnxruntime": ".onnx", "openvino": ".onnx"}
PHOTOS = np.random.default_rng(0).integers(0, 256, (3, 20, 30, 3), np.uint8)


def reference(x: FloatArray) -> FloatArray:
    """Compute the float32 NHWC network, one image after the other, by ONNX's own evaluator."""
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(onnx_of(Form()))
    outputs: list[Any] = [evaluator.run(None, {"x": one[None]}) for one in x]
    return np.concatenate([output[0] for output in outputs])


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=FORMS, ids=lambda f: f"{f.dtype}-{f.layout}-{f.batch}")
def form(request: pytest.FixtureRequest) -> Form:
    found: Form = request.param
    return found


@pytest.fixture(scope="module")
def path(backend: str, form: Form, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_form(tmp_path_factory.mktemp("forms"), form, BACKENDS[backend])
    # With a manifest that says fp32, so that OpenVINO computes in float32.
    describe_form(path, form, reference(selftest_input((1, HEIGHT, WIDTH, 3))))
    return path


@pytest.fixture(scope="module")
def engine(path: Path, backend: str) -> Engine:
    return edgegan.load(path, backend=backend, threads=1)


def batch(form: Form, seed: int = 0) -> Any:
    """Make random images in `form`, and the float32 NHWC values that they stand for."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (form.batch, HEIGHT, WIDTH, 3), np.uint8)
    values = pixels if form.dtype == "uint8" else to_float(pixels)
    moved = values.transpose(0, 3, 1, 2) if form.layout == "NCHW" else values
    return np.ascontiguousarray(moved), to_float(pixels)


def test_run_takes_exactly_what_io_tells(engine: Engine, form: Form) -> None:
    source, target = engine.info.io.inputs[0], engine.info.io.outputs[0]
    assert (source.shape, source.dtype, source.layout) == (form.shape, form.dtype, form.layout)
    assert source.range == ((0, 255) if form.dtype == "uint8" else (-1, 1))
    x, values = batch(form)
    y = engine.run(x)
    assert y.shape == target.shape
    assert y.dtype == form.dtype
    expected = reference(values)
    if form.layout == "NCHW":
        y = y.transpose(0, 2, 3, 1)
    if form.dtype == "uint8":
        assert np.abs(y.astype(int) - to_uint8(expected)).max() <= 1
        y = to_float(y)
    np.testing.assert_allclose(y, expected, atol=1e-5 if form.dtype == "float32" else 0.0079)


def test_out_is_filled_and_survives(engine: Engine, form: Form) -> None:
    x, other = batch(form)[0], batch(form, seed=1)[0]
    plain = engine.run(x)
    out = np.zeros(form.shape, form.dtype)
    assert engine.run(x, out) is out
    engine.run(other)
    np.testing.assert_array_equal(out, plain)


def test_other_arrays_are_refused(engine: Engine, form: Form) -> None:
    x = batch(form)[0]
    dtype = "float32" if form.dtype == "uint8" else "uint8"
    turned = np.ascontiguousarray(np.moveaxis(x, 1, 3))
    for bad in (x.astype(dtype), turned, np.concatenate([x, x])):
        with pytest.raises(UsageError, match=f"is {form.dtype} .*, C-contiguous; got"):
            engine.run(bad)
        with pytest.raises(UsageError, match=f"is {form.dtype} .*, C-contiguous; got"):
            engine.run(x, out=bad)


def test_calls_group_images_and_fill_the_last_batch(engine: Engine) -> None:
    small = np.stack([resize(photo, (HEIGHT, WIDTH)) for photo in PHOTOS])
    expected = to_uint8(reference(to_float(small)))
    many = engine(PHOTOS)
    assert many.shape == expected.shape
    assert many.dtype == np.uint8
    assert np.abs(many.astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(engine(PHOTOS[2]), many[2])


def test_the_self_test_is_brought_into_the_form(engine: Engine, form: Form) -> None:
    manifest = engine.manifest
    assert manifest is not None
    assert manifest.selftest is not None
    assert selftest_failure(engine, manifest) is None
    # Half a step of uint8 is allowed for, and no more.
    step = (2 / 255 if form.dtype == "uint8" else 0) + 2e-3
    moved = tuple(value + step for value in manifest.selftest.values)
    wrong = replace(manifest, selftest=replace(manifest.selftest, values=moved))
    assert selftest_failure(engine, wrong) is not None


def test_sound_outputs_have_no_flag_and_constant_ones_do(engine: Engine, form: Form) -> None:
    pool = [batch(form, seed)[0] for seed in range(3)]
    assert output_flags(engine, pool) == []
    constant = NumpyEngine(lambda x: np.full_like(x, 1), image=form.tensor())
    assert output_flags(constant, pool) == ["output is constant"]


def test_the_bench_pool_has_the_form(form: Form) -> None:
    images = bench_images("emoji", form.io)
    pool = [network_batch(group, form.io) for group in image_groups(images, form.batch)]
    assert len(images) == len(pool) == POOL
    assert all(image.shape == (HEIGHT, WIDTH, 3) for image in images)
    assert all(x.shape == form.shape and x.dtype == form.dtype for x in pool)
    assert len({x.tobytes() for x in pool}) == POOL
    for index, x in enumerate(pool):
        last = (index + form.batch - 1) % POOL
        np.testing.assert_array_equal(from_network(x, form.layout)[-1], images[last])


def test_bench_counts_images(tmp_path: Path) -> None:
    form = Form(dtype="uint8", layout="NCHW", batch=4)
    path = write_form(tmp_path, form, ".onnx")
    settings = BenchSettings(threads=1, min_iters=8, min_time_s=0, warmup_time_s=0, rounds=1)
    report = bench([path], settings)
    (result,) = report.results
    wall_s = sum(one.wall_s for one in result.rounds)
    assert result.batch == as_json(report)["results"][0]["batch"] == 4
    assert result.throughput_per_s == pytest.approx(4 * result.latency.n / wall_s)
    assert result.stages.pre_ms > 0
    assert any("times are of batches of 4 images" in note for note in notes(report))
