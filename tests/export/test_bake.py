"""A baked generator is the generator with that label."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edgegan.errors import EdgeganError
from edgegan.export.bake import bake
from edgegan.export.lowering import Target, lower
from edgegan.train.layers import LabelPlanes
from edgegan.train.macs import count_macs
from tests.export.generators import SIZE, STARGAN, generator, noise

TARGETS: tuple[Target, ...] = ("tflite", "onnx")


@pytest.mark.parametrize("changes", [{}, {"upsample": "resize"}, {"downsamplings": 1}])
@pytest.mark.parametrize("label", [[0, 1, 0], [1, 0, 1], [0, 0, 0], [0.3, -1, 2]])
def test_it_translates_as_with_that_label(changes: dict[str, Any], label: list[float]) -> None:
    model = generator(replace(STARGAN, **changes))
    values = np.array(label, np.float32)
    baked = bake(model, values)
    assert [tensor.name for tensor in baked.inputs] == ["image"]
    expected = model([noise(), values[None]]).numpy()
    np.testing.assert_allclose(baked(noise()).numpy(), expected, atol=2e-5)


def test_it_does_not_change_the_generator() -> None:
    model = generator(STARGAN)
    label = np.ones((1, 3), np.float32)
    before = model([noise(), label]).numpy()
    bake(model, label[0])
    np.testing.assert_array_equal(model([noise(), label]).numpy(), before)


def test_it_can_be_lowered_to_another_size() -> None:
    model, label = generator(STARGAN), np.array([0, 1, 1], np.float32)
    x = noise(size=(12, 24))
    expected = lower(model, "keras", (12, 24))([x, label[None]]).numpy()
    for lowered in (lower(bake(model, label), target, (12, 24)) for target in TARGETS):
        np.testing.assert_allclose(lowered(x).numpy(), expected, atol=2e-5)


def test_one_plane_is_left_of_the_label() -> None:
    model = generator(STARGAN)
    baked = bake(model, np.ones(3, np.float32))
    saved = 7 * 7 * 2 * STARGAN.filters
    assert model.count_params() - baked.count_params() == saved
    assert count_macs(model)[0] - count_macs(baked)[0] == SIZE * SIZE * saved


def _without_planes() -> keras.Model:
    image, label = keras.Input((SIZE, SIZE, 3)), keras.Input((3,))
    shift = keras.layers.Reshape((1, 1, 3))(label)
    return keras.Model([image, label], keras.layers.Add()([image, shift]))


def _planes_for_an_activation() -> keras.Model:
    image, label = keras.Input((SIZE, SIZE, 3)), keras.Input((3,))
    planes = keras.layers.ReLU()(LabelPlanes()([image, label]))
    return keras.Model([image, label], keras.layers.Conv2D(3, 1)(planes))


@pytest.mark.parametrize("build", [_without_planes, _planes_for_an_activation])
def test_other_uses_of_a_label_are_refused(build: Any) -> None:
    with pytest.raises(EdgeganError, match="cannot be baked in"):
        bake(build(), np.zeros(3, np.float32))
