"""Which channels a student takes from its teacher, and that it computes with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.generator import GeneratorConfig
from edgegan.train.networks import build_generator
from edgegan.train.stargan_config import stargan_generator
from edgegan.train.student_start import start_from, strengths, strongest
from tests.train.tiny import noise
from tests.train.tiny_stargan import ATTRIBUTES

SMALL = GeneratorConfig(image_size=16, filters=4, residual_blocks=2)
CONFIGS = {
    "deconv": SMALL,
    "affine resize": replace(SMALL, norm_affine=True, upsample="resize", gamma_init="normal"),
    "blur": replace(SMALL, downsample="blur", upsample="blur"),
    "no downsampling": replace(SMALL, downsamplings=0),
    "stargan": replace(
        stargan_generator(), image_size=16, filters=4, residual_blocks=2, domains=ATTRIBUTES
    ),
}


def inputs_of(config: GeneratorConfig) -> list[np.ndarray]:
    images = noise(3, 2, config.image_size)
    label = np.eye(config.label_length, dtype=np.float32)[:2]
    return [images, label] if config.family == "stargan" else [images]


def silenced(teacher: keras.Model, config: GeneratorConfig, keep: dict[str, np.ndarray]) -> None:
    """Set to 0 what reads the channels that are not in `keep`."""
    readers = {"stem": "down1", "down1": "down2", "up1": "up2", "up2": "head"}
    readers |= {f"block{i}": f"block{i}b" for i in (1, 2)}
    for group, reader in readers.items():
        if group not in keep:
            continue
        layer = teacher.get_layer(f"{reader}_conv")
        kernel, *bias = layer.get_weights()
        axis = 3 if isinstance(layer, keras.layers.Conv2DTranspose) else 2
        dead = np.setdiff1d(np.arange(kernel.shape[axis]), keep[group])
        index: list[object] = [slice(None)] * 4
        index[axis] = dead
        kernel[tuple(index)] = 0
        layer.set_weights([kernel, *bias])


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_as_wide_a_student_is_its_teacher(config: GeneratorConfig) -> None:
    keras.utils.set_random_seed(1)
    teacher, student = build_generator(config), build_generator(config)
    start_from(student, teacher, config)
    for a, b in zip(teacher.get_weights(), student.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["deconv", "affine resize"])
def test_a_student_computes_what_its_channels_did(name: str) -> None:
    """All groups but the trunk: dropping a channel is silencing it in the teacher."""
    config = CONFIGS[name]
    keras.utils.set_random_seed(1)
    teacher = build_generator(config)
    teacher.set_weights([w + 0.1 * np.ones_like(w) for w in teacher.get_weights()])
    widths = (3, 5, 16, 7, 9, 6, 2)
    narrow = replace(config, widths=widths)
    student = build_generator(narrow)
    groups = list(strengths(teacher, config))
    assert groups == ["stem", "down1", "trunk", "block1", "block2", "up1", "up2"]
    kept = strongest(teacher, config, dict(zip(groups, widths, strict=True)))
    start_from(student, teacher, config)
    silenced(teacher, config, kept)
    images = inputs_of(config)
    np.testing.assert_allclose(student(images), teacher(images), atol=2e-5)


def test_the_strongest_are_those_that_are_read_most() -> None:
    keras.utils.set_random_seed(1)
    teacher = build_generator(SMALL)
    for name, channel in (("block1a", 3), ("block2a", 3), ("up1", 3), ("down1", 1)):
        layer = teacher.get_layer(f"{name}_conv")
        kernel = layer.get_weights()[0]
        axis = 3 if isinstance(layer, keras.layers.Conv2DTranspose) else 2
        np.moveaxis(kernel, axis, 0)[channel] *= 10
        layer.set_weights([kernel])
    found = strengths(teacher, SMALL)
    assert int(np.argmax(found["trunk"])) == 3
    assert int(np.argmax(found["stem"])) == 1
    assert found["trunk"][3] == pytest.approx(10 * np.median(found["trunk"]), rel=0.3)


def test_gamma_counts() -> None:
    config = CONFIGS["affine resize"]
    teacher = build_generator(config)
    norm = teacher.get_layer("block1a_norm")
    gamma, beta = norm.get_weights()
    gamma[:] = 0.01
    gamma[5] = -2
    norm.set_weights([gamma, beta])
    assert int(np.argmax(strengths(teacher, config)["block1"])) == 5


def test_a_wider_student_is_refused() -> None:
    teacher = build_generator(SMALL)
    student = build_generator(replace(SMALL, filters=5))
    with pytest.raises(UsageError, match="5 channels in stem, the teacher 4"):
        start_from(student, teacher, SMALL)
