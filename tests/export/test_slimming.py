"""Widths by one threshold: within the budget, and as much of it as possible."""

from __future__ import annotations

import numpy as np
import pytest
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.export.slimming import uneven
from edgegan.export.width_budget import counted
from edgegan.generator import GeneratorConfig
from edgegan.train.networks import build_generator
from edgegan.train.student_start import start_from, strengths

CONFIG = GeneratorConfig(image_size=16, filters=8, residual_blocks=2)


@pytest.fixture(scope="module")
def teacher() -> keras.Model:
    keras.utils.set_random_seed(1)
    return build_generator(CONFIG)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_it_stays_within_the_budget_and_uses_it(teacher: keras.Model, share: float) -> None:
    most = int(counted(CONFIG).macs * share)
    found = uneven(teacher, CONFIG, most)
    macs = counted(found).macs
    assert 0.6 * most < macs <= most
    assert all(width % 4 == 0 for width in found.widths)
    student = build_generator(found)
    start_from(student, teacher, CONFIG)
    assert student.output_shape == teacher.output_shape


def test_the_whole_budget_keeps_the_whole_network(teacher: keras.Model) -> None:
    found = uneven(teacher, CONFIG, counted(CONFIG).macs)
    assert found.layer_widths == CONFIG.layer_widths


def test_layers_with_few_strong_channels_get_narrow() -> None:
    keras.utils.set_random_seed(1)
    teacher = build_generator(CONFIG)
    layer = teacher.get_layer("block1b_conv")  # reads the inside of the first block
    kernel = layer.get_weights()[0]
    kernel[:, :, 4:] *= 0.01
    layer.set_weights([kernel])
    found = uneven(teacher, CONFIG, int(counted(CONFIG).macs * 0.7))
    first, second = found.layer_widths.inner
    assert first == 4
    assert second > 16
    strong = np.sort(strengths(teacher, CONFIG)["block1"])[-4:]
    assert strong.min() > 10 * np.median(strengths(teacher, CONFIG)["block1"])


def test_too_small_a_budget_is_an_error(teacher: keras.Model) -> None:
    with pytest.raises(UsageError, match="Even with 4 channels a layer"):
        uneven(teacher, CONFIG, 1000)
