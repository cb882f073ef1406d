"""Weights stored as float16: half the size, the rounded network, loaded by plain Keras."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tf_keras as keras

from edgegan.errors import EdgeganError
from edgegan.train.generator_file import load_generator, save_generator, selftest_of
from edgegan.train.half_weights import round_weights
from edgegan.train.networks import build_generator
from tests.train.tiny import GENERATOR, SIZE, noise

CONFIG = replace(GENERATOR, filters=16, norm_affine=True)


def test_the_file_is_half_and_holds_the_rounded_network(tmp_path: Path) -> None:
    model = build_generator(CONFIG, "A2B")
    exact = model.get_weights()
    full = save_generator(model, tmp_path / "full.keras", CONFIG, "A2B")
    half = save_generator(model, tmp_path / "half.keras", CONFIG, "A2B", "float16")
    assert half.size_bytes < 0.6 * full.size_bytes
    assert (full.options, half.options) == ({"weights": "float32"}, {"weights": "float16"})
    loaded, manifest = load_generator(tmp_path / "half.keras")
    assert manifest == half
    for weight, original in zip(loaded.get_weights(), exact, strict=True):
        assert weight.dtype == np.float32
        np.testing.assert_array_equal(weight, original.astype(np.float16))
    assert half.selftest is not None
    assert selftest_of(loaded, (SIZE, SIZE)) == half.selftest
    assert half.selftest != full.selftest


def test_plain_keras_loads_it(tmp_path: Path) -> None:
    model = build_generator(CONFIG, "A2B")
    save_generator(model, tmp_path / "half.keras", CONFIG, "A2B", "float16")
    loaded = keras.models.load_model(tmp_path / "half.keras", compile=False)
    np.testing.assert_array_equal(loaded(noise(0)), model(noise(0)))


def test_a_weight_beyond_float16_is_refused() -> None:
    model = build_generator(CONFIG, "A2B")
    weights = model.get_weights()
    weights[0][0, 0, 0, 0] = 70_000.0
    model.set_weights(weights)
    with pytest.raises(EdgeganError, match=r"A2B has a weight of 7e\+04, beyond the 65504"):
        round_weights(model)
    np.testing.assert_array_equal(model.get_weights()[0], weights[0])
