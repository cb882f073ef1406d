"""A StarGAN student's steps, and runs of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.images import load_image
from edgegan.train.distillation_config import DistillationConfig
from edgegan.train.generator_file import load_generator, save_generator
from edgegan.train.losses import classification_loss
from edgegan.train.networks import build_generator
from edgegan.train.stargan_config import StarGANConfig
from edgegan.train.stargan_networks import build_stargan_discriminator
from edgegan.train.stargan_student import StarGANStudent
from edgegan.train.training_log import read_log
from tests.train.test_fit import assert_resumes
from tests.train.tiny_stargan import (
    ATTRIBUTES,
    CLASSES,
    LSGAN,
    SIZE,
    numbered_labeled,
    tiny_batch,
    tiny_stargan,
)


def student(tmp_path: Path, **changes: object) -> StarGANConfig:
    """Write a teacher of 4 filters with its discriminator; ask for a student of 2."""
    config = tiny_stargan(loss=LSGAN)
    n_critic = 2 if changes.get("adversarial", 1) else 1
    config = replace(config, train=replace(config.train, n_critic=n_critic, ema=0.0))
    keras.utils.set_random_seed(1)
    teacher = replace(config.generator, filters=4)
    network = build_generator(teacher, "G")
    network.set_weights([3 * weight for weight in network.get_weights()])
    save_generator(network, tmp_path / "teacher.keras", teacher, "G")
    build_stargan_discriminator(config, "D").save(tmp_path / "discriminator.keras")
    lessons = DistillationConfig(
        teacher=str(tmp_path / "teacher.keras"),
        discriminator=str(tmp_path / "discriminator.keras"),
        **changes,  # type: ignore[arg-type]
    )
    return replace(config, distillation=lessons)


def test_the_losses_are_those_of_the_recipe(tmp_path: Path) -> None:
    gan = StarGANStudent(student(tmp_path))
    images, labels, targets = tiny_batch(ATTRIBUTES, 1)
    for _ in range(2):  # n_critic is 2
        before = gan.student.network.get_weights()
        judged = gan.discriminator.get_weights()
        losses = gan.train_step(images, labels, targets)
    again = build_generator(gan._config.generator, any_size=True)
    again.set_weights(before)
    image, target = again([images, targets]), gan.student.teacher.network([images, targets])
    assert set(losses) == {
        *("discriminator", "classification_real", "gan", "classification_fake"),
        *("distil_l1", "distil_haar", "distil_alignment", "distil_features"),
    }
    expected = 10 * float(np.mean(np.abs(image - target)))
    assert float(losses["distil_l1"]) == pytest.approx(expected, rel=1e-4)
    _, classes = gan.discriminator(image)  # updated before the generator, and not since
    assert any((a != b).any() for a, b in zip(judged, gan.discriminator.get_weights(), strict=True))
    told = float(classification_loss(ATTRIBUTES, classes, targets))
    assert float(losses["classification_fake"]) == pytest.approx(told, rel=1e-4)


def test_without_an_adversarial_loss_it_only_follows_its_teacher(tmp_path: Path) -> None:
    gan = StarGANStudent(student(tmp_path, adversarial=0.0))
    before = [w.copy() for w in gan.discriminator.get_weights()]
    losses = [set(gan.train_step(*tiny_batch(ATTRIBUTES, step))) for step in range(2)]
    distilled = {"distil_l1", "distil_haar", "distil_alignment", "distil_features"}
    assert losses == [distilled, distilled]
    for x, y in zip(before, gan.discriminator.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize(
    "form",
    [
        "",
        pytest.param("magnitude:0.5", marks=pytest.mark.slow),
        pytest.param("tflite", marks=pytest.mark.slow),
    ],
)
def test_a_run_is_resumed_bit_for_bit(form: str, tmp_path: Path) -> None:
    kind = {"prune": form} if ":" in form else {"quantize": form}
    config = student(tmp_path, **kind)
    config = replace(config, train=replace(config.train, ema=0.9))
    data = numbered_labeled([6], (ATTRIBUTES,))
    broken = assert_resumes(config, data, tmp_path)
    model, _ = load_generator(broken.generators / "G.keras")
    assert model.get_layer("stem_conv").filters == 2
    grid = load_image(broken.samples / "step-0000008.png")
    assert grid.shape == ((1 + 2 * len(ATTRIBUTES)) * SIZE, 3 * SIZE, 3)
    assert "Male flipped student" in broken.report.read_text()
    assert "distil_l1" in read_log(broken)[-1]


def test_other_domains_are_refused(tmp_path: Path) -> None:
    config = student(tmp_path)
    other = replace(config, generator=replace(config.generator, domains=CLASSES))
    with pytest.raises(UsageError, match=r"knows the domains Black_Hair.*data has red"):
        StarGANStudent(other)
