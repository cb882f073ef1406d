"""PSNR and SSIM against TensorFlow's and against closed forms; LSB by counting."""

from __future__ import annotations

import numpy as np
import pytest

from edgegan.image_metrics import PSNR_CAP_DB, max_lsb, psnr, share_over_2lsb, ssim
from edgegan.images import ImageArray


def _pair(size: tuple[int, int] = (40, 32), strength: int = 20) -> tuple[ImageArray, ImageArray]:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (*size, 3))
    noisy = np.clip(image + rng.integers(-strength, strength + 1, image.shape), 0, 255)
    return image.astype(np.uint8), noisy.astype(np.uint8)


@pytest.mark.parametrize("strength", [1, 20, 200])
def test_psnr_and_ssim_equal_tensorflows(strength: int) -> None:
    tf = pytest.importorskip("tensorflow")
    image, noisy = _pair(strength=strength)
    assert psnr(image, noisy) == pytest.approx(float(tf.image.psnr(image, noisy, 255)), abs=1e-3)
    assert ssim(image, noisy) == pytest.approx(float(tf.image.ssim(image, noisy, 255)), abs=1e-5)


def test_psnr_of_a_constant_difference() -> None:
    image = np.full((4, 4, 3), 100, np.uint8)
    assert psnr(image, image + np.uint8(5)) == pytest.approx(20 * np.log10(255 / 5))


def test_psnr_of_equal_images_is_capped() -> None:
    image, _ = _pair()
    assert psnr(image, image) == PSNR_CAP_DB


def test_ssim_of_two_flat_images() -> None:
    # No variance: only the luminance term of eq. 13 is left.
    x, y, c1 = 50.0, 150.0, (0.01 * 255) ** 2
    flat = [np.full((16, 16, 3), value, np.uint8) for value in (50, 150)]
    assert ssim(*flat) == pytest.approx((2 * x * y + c1) / (x**2 + y**2 + c1))


def test_ssim_of_equal_images_is_one_even_below_the_window() -> None:
    for size in ((40, 32), (4, 3)):
        image, _ = _pair(size)
        assert ssim(image, image) == pytest.approx(1.0)


def test_lsb_are_counted_without_wrapping() -> None:
    image = np.zeros((1, 4, 3), np.uint8)
    other = image.copy()
    other[0, 0, 0], other[0, 1, 1], other[0, 2, 2] = 2, 3, 255
    assert max_lsb(image, other) == max_lsb(other, image) == 255
    assert share_over_2lsb(image, other) == pytest.approx(2 / 12)


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="one shape"):
        psnr(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5, 3), np.uint8))
