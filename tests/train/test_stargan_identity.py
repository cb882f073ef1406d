"""The options that are not the paper's: the identity loss and random crops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgegan.train.labeled_samples import prepare
from edgegan.train.stargan import StarGAN
from edgegan.train.stargan_config import StarGANDataConfig, StarGANLossConfig
from tests.train.tiny import noise_image, numbered_images
from tests.train.tiny_stargan import CLASSES, SIZE, tiny_batch, tiny_stargan


def test_the_identity_loss_sees_only_images_that_keep_their_label() -> None:
    gan = StarGAN(tiny_stargan(CLASSES, loss=StarGANLossConfig(gan="lsgan", identity=3.0)))
    images, _, _ = tiny_batch(CLASSES, 0)
    labels = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
    targets = np.eye(3, dtype=np.float32)[[0, 1, 0, 2]]  # the first two stay
    fakes = gan.generator([images, targets]).numpy()
    moved = np.abs(fakes - images).mean(axis=(1, 2, 3))
    loss = float(gan._generator_losses(images, labels, targets)["identity"])
    assert loss == pytest.approx(3.0 * (moved[0] + moved[1]) / 4, rel=1e-5)


def test_the_paper_has_no_identity_loss() -> None:
    gan = StarGAN(tiny_stargan(CLASSES))
    assert "identity" not in gan._generator_losses(*tiny_batch(CLASSES, 0))


def test_random_crops_differ_and_lie_within_the_enlarged_image() -> None:
    config = replace(tiny_stargan(), data=StarGANDataConfig(preprocess="resize_and_crop"))
    load = round(SIZE * 286 / 256)  # 18: three places each way
    image = numbered_images(1, load)[0]  # green tells x, blue y
    rng = np.random.default_rng(0)
    crops = [prepare(image, config, rng) for _ in range(60)]
    corners = {(int(crop[0, 0, 1]), int(crop[0, 0, 2])) for crop in crops}
    assert corners == {(x, y) for x in range(3) for y in range(3)}
    assert {crop.shape for crop in crops} == {(SIZE, SIZE, 3)}


def test_samples_show_the_whole_image() -> None:
    config = replace(tiny_stargan(), data=StarGANDataConfig(preprocess="resize_and_crop"))
    squeezed = replace(tiny_stargan(), data=StarGANDataConfig(preprocess="resize"))
    image = noise_image(0)
    np.testing.assert_array_equal(prepare(image, config), prepare(image, squeezed))
