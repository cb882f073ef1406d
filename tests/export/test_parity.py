from __future__ import annotations

import numpy as np
import pytest

from edgegan.export.parity import MIN_PSNR_DB, describe_gate, verify
from edgegan.images import ImageArray

IMAGES = [np.full((12, 12, 3), 100 + i, np.uint8) for i in range(5)]


def same(image: ImageArray) -> ImageArray:
    return image


def test_equal_outputs_pass_with_the_cap() -> None:
    parity = verify(same, same, IMAGES, "fp32", "these")
    assert (parity.images, parity.source, parity.passed) == (5, "these", True)
    assert (parity.psnr_min, parity.psnr_median, parity.ssim_median) == (99.0, 99.0, 1.0)
    assert (parity.max_lsb, parity.share_over_2lsb) == (0, 0.0)


def test_one_level_everywhere_is_48_db() -> None:
    parity = verify(same, lambda image: image + np.uint8(1), IMAGES, "fp16", "these")
    assert parity.psnr_median == pytest.approx(20 * np.log10(255), abs=0.01)
    assert (parity.max_lsb, parity.share_over_2lsb, parity.passed) == (1, 0.0, True)


def test_fp32_needs_one_level_even_with_a_high_psnr() -> None:
    def one_pixel(image: ImageArray) -> ImageArray:
        changed = image.copy()
        changed[0, 0, 0] += 2
        return changed

    large = [np.full((512, 512, 3), 90, np.uint8)]
    parity = verify(same, one_pixel, large, "fp32", "these")
    assert (parity.psnr_median > MIN_PSNR_DB["fp32"], parity.max_lsb) == (True, 2)
    assert not parity.passed
    assert verify(same, one_pixel, large, "fp16", "these").passed


@pytest.mark.parametrize(("levels", "passed"), [(5, True), (6, False)])
def test_the_median_gate_of_int8(levels: int, passed: bool) -> None:
    # 5 levels are 34.15 dB, 6 are 32.57 dB; the gate is at 34.
    parity = verify(same, lambda image: image + np.uint8(levels), IMAGES, "int8-dynamic", "these")
    assert parity.passed is passed
    assert parity.share_over_2lsb == 1.0


@pytest.mark.parametrize(("levels", "passed"), [(10, True), (11, False)])
def test_one_bad_image_fails_at_6_db_below(levels: int, passed: bool) -> None:
    # 10 levels are 28.13 dB, 11 are 27.30 dB; the minimum may be 28.
    def candidate(image: ImageArray) -> ImageArray:
        return image + np.uint8(levels) if image[0, 0, 0] == 102 else image

    assert verify(same, candidate, IMAGES, "int8-dynamic", "these").passed is passed


def test_a_threshold_of_the_user() -> None:
    def shifted(image: ImageArray) -> ImageArray:
        return image + np.uint8(6)

    assert verify(same, shifted, IMAGES, "int8-dynamic", "these", min_psnr=32).passed
    assert verify(same, shifted, IMAGES, "fp32", "these", min_psnr=32).passed


def test_the_gate_in_words() -> None:
    assert describe_gate("fp32") == "median >= 60 dB and minimum >= 54 dB, within 1/255"
    assert describe_gate("int8-dynamic", 30) == "median >= 30 dB and minimum >= 24 dB"
