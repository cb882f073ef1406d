"""The .keras engine computes what the model does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import edgegan
from edgegan.domains import Domain
from edgegan.errors import UsageError
from edgegan.images import resize, to_float, to_uint8
from edgegan.train.generator_file import load_generator, save_generator
from edgegan.train.keras_engine import KerasEngine
from edgegan.train.networks import build_generator
from tests.train.tiny import GENERATOR, SIZE, noise, noise_image


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("generators") / "A2B.keras"
    save_generator(build_generator(GENERATOR), path, GENERATOR, "A2B")
    return path


@pytest.fixture
def model(path: Path) -> Any:
    return load_generator(path)[0]


def test_it_equals_the_model(path: Path, model: Any) -> None:
    engine = KerasEngine(path)
    for count in (1, 3):
        x = noise(count, count)
        np.testing.assert_allclose(engine.run(x), model(x).numpy(), atol=1e-6)


def test_the_result_goes_to_out(path: Path) -> None:
    engine, x = KerasEngine(path), noise(0)
    out = np.zeros_like(x)
    assert engine.run(x, out=out) is out
    np.testing.assert_array_equal(out, engine.run(x))


def test_a_label_goes_beside_the_images(tmp_path: Path) -> None:
    domains = (Domain(name="Male"), Domain(name="Young", default=1.0))
    config = replace(GENERATOR, family="stargan", padding="zero", domains=domains)
    model, path = build_generator(config, "G"), tmp_path / "G.keras"
    manifest = save_generator(model, path, config, "G")
    engine = edgegan.load(path)
    assert engine.info.task == manifest.task
    x, labels = noise(0, 2), np.array([[1, 0], [0, 1]], np.float32)
    both = engine.run(x, label=labels)
    np.testing.assert_allclose(both, model([x, labels]).numpy(), atol=1e-6)
    np.testing.assert_allclose(engine.run(x, label=labels[1])[1:], both[1:], atol=1e-6)
    image = noise_image(0)
    np.testing.assert_array_equal(engine(image), engine(image, labels[1]))
    with pytest.raises(UsageError, match=r"float32 \[2, 2\] or \[2\]; none was given"):
        engine.run(x)


@pytest.mark.parametrize(
    "x",
    [
        noise(0)[0],
        noise(0, size=SIZE + 4),
        noise(0)[..., :1],
        noise(0).astype(np.float64),
        noise(0)[:, ::-1],
    ],
)
def test_other_arrays_are_refused(path: Path, x: Any) -> None:
    engine = KerasEngine(path)
    with pytest.raises(UsageError, match="'image' is float32"):
        engine.run(x)
    with pytest.raises(UsageError, match="'output' is float32"):
        engine.run(noise(0), out=x)


def test_images_of_any_size_are_translated(path: Path, model: Any) -> None:
    image = noise_image(0)
    expected = to_uint8(model(to_float(resize(image, (SIZE, SIZE)))[None]).numpy())[0]
    difference = edgegan.load(path)(image).astype(int) - expected
    assert np.abs(difference).max() <= 1


def test_info(path: Path, model: Any) -> None:
    engine = edgegan.load(path)
    info = engine.info
    assert (info.backend, info.version, info.device) == ("keras", tf.__version__, "cpu")
    assert info.precision == "fp32"
    assert info.io.inputs[0].shape == model.input_shape
    assert info.memory == {"file_bytes": path.stat().st_size}
    assert info.load_ms > 0
    assert engine.manifest is not None
    assert engine.manifest.io == info.io


def test_other_devices_are_refused(path: Path) -> None:
    with pytest.raises(UsageError, match="keras runs on cpu; got device 'tpu'"):
        KerasEngine(path, device="tpu")
