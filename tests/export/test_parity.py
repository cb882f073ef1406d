from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgegan.errors import ImageError, ParityError, UsageError
from edgegan.export.parity import KEPT, MIN_PSNR_DB, Comparison, Sample, threshold, verify
from edgegan.images import FloatArray, ImageArray
from edgegan.manifest import Manifest
from edgegan.runtime.numpy_engine import NumpyEngine

SAMPLES = [Sample(name=f"{i}.png", image=np.full((12, 12, 3), 100 + i, np.uint8)) for i in range(5)]


def same(image: ImageArray, label: FloatArray | None) -> ImageArray:
    return image


def shifted(levels: int) -> Callable[[ImageArray, FloatArray | None], ImageArray]:
    return lambda image, label: image + np.uint8(levels)


def compared(levels: int, precision: str, min_psnr: float | None = None) -> Comparison:
    return verify(same, shifted(levels), SAMPLES, precision, "these", min_psnr)


def test_equal_outputs_pass_with_the_cap() -> None:
    comparison = compared(0, "fp32")
    parity = comparison.parity
    assert (parity.images, parity.source, parity.passed) == (5, "these", True)
    assert (parity.psnr_min, parity.psnr_median, parity.ssim_median) == (99.0, 99.0, 1.0)
    assert (parity.max_lsb, parity.share_over_2lsb, parity.min_psnr) == (0, 0.0, 60.0)
    assert (comparison.failure(), comparison.domains) == ("", {})


def test_one_level_everywhere_is_48_db() -> None:
    parity = compared(1, "fp16").parity
    assert parity.psnr_median == pytest.approx(20 * np.log10(255), abs=0.01)
    assert (parity.max_lsb, parity.share_over_2lsb, parity.passed) == (1, 0.0, True)


def test_fp32_needs_one_level_even_with_a_high_psnr() -> None:
    def one_pixel(image: ImageArray, label: FloatArray | None) -> ImageArray:
        changed = image.copy()
        changed[0, 0, 0] += 2
        return changed

    large = [Sample(name="large", image=np.full((512, 512, 3), 90, np.uint8))]
    parity = verify(same, one_pixel, large, "fp32", "these").parity
    assert (parity.psnr_median > MIN_PSNR_DB["fp32"], parity.max_lsb) == (True, 2)
    assert not parity.passed
    assert verify(same, one_pixel, large, "fp16", "these").parity.passed


@pytest.mark.parametrize(
    ("precision", "passes"),
    # PSNR of a shift by n levels: 20 log10(255 / n).
    [("fp16", 1), ("w8", 2), ("int16x8", 2), ("int8-dynamic", 5), ("int8", 8)],
)
def test_the_median_gate_of_each_precision(precision: str, passes: int) -> None:
    assert compared(passes, precision).parity.passed
    assert not compared(passes + 1, precision).parity.passed


def test_a_shift_of_two_is_42_db() -> None:
    assert compared(2, "w8").parity.psnr_median == pytest.approx(42.11, abs=0.01)
    assert compared(5, "w8").parity.share_over_2lsb == 1.0


@pytest.mark.parametrize(("levels", "passed"), [(10, True), (11, False)])
def test_one_bad_image_fails_at_6_db_below(levels: int, passed: bool) -> None:
    # 10 levels are 28.13 dB, 11 are 27.30 dB; the minimum may be 28.
    def candidate(image: ImageArray, label: FloatArray | None) -> ImageArray:
        return image + np.uint8(levels) if image[0, 0, 0] == 102 else image

    comparison = verify(same, candidate, SAMPLES, "int8-dynamic", "these")
    assert comparison.parity.passed is passed
    assert comparison.parity.worst_image == "2.png"
    assert comparison.worst[0].sample is SAMPLES[2]
    assert (comparison.worst[0].candidate == 102 + levels).all()
    assert (comparison.worst[0].reference == 102).all()


def test_a_threshold_of_the_user() -> None:
    assert compared(6, "int8-dynamic", min_psnr=32).parity.passed
    assert compared(6, "fp32", min_psnr=32).parity.passed
    assert compared(6, "fp32", min_psnr=32).parity.min_psnr == 32


def test_the_gate_in_words() -> None:
    assert str(threshold("fp32")) == "median >= 60 dB and minimum >= 54 dB, within 1/255"
    assert str(threshold("int8-dynamic", 30)) == "median >= 30 dB and minimum >= 24 dB"
    with pytest.raises(UsageError, match="Did you mean 'int8'"):
        threshold("int9")


def test_only_the_worst_images_are_kept_and_the_worst_is_first() -> None:
    samples = [
        Sample(name=str(i), image=np.full((4, 4, 3), i, np.uint8)) for i in range(1, KEPT + 5)
    ]
    told: list[int] = []
    comparison = verify(
        same,
        lambda image, label: image * np.uint8(2),
        samples,
        "int8",
        "these",
        report=lambda done, note="": told.append(done),
    )
    names = [one.sample.name for one in comparison.worst]
    assert names == [str(i) for i in range(KEPT + 4, 4, -1)]
    psnrs = [one.psnr for one in comparison.worst]
    assert psnrs == sorted(psnrs)
    assert comparison.parity.images == len(samples) == told[-1]
    assert comparison.parity.psnr_min == psnrs[0]


def test_the_worst_domain_is_named() -> None:
    def candidate(image: ImageArray, label: FloatArray | None) -> ImageArray:
        assert label is not None
        if label[0] == 2 and image[0, 0, 0] == 100:
            return image + np.uint8(30)  # one very bad image of a domain that is fine otherwise
        return image + np.uint8(8 * label[0] if label[0] < 2 else 1)

    samples = [
        Sample(name=s.name, image=s.image, label=np.full(1, i, np.float32), domain=f"d{i}")
        for s in SAMPLES
        for i in range(3)
    ]
    comparison = verify(same, candidate, samples, "int8-dynamic", "these")
    assert (comparison.parity.worst_image, comparison.parity.worst_domain) == ("0.png as d2", "d1")
    assert list(comparison.domains) == ["d1", "d2", "d0"]
    assert comparison.domains["d1"] == pytest.approx(30.07, abs=0.01)
    failure = comparison.failure()
    assert "Worst image 0.png as d2; worst domain d1, median 30.07 dB." in failure
    assert "expected median >= 34 dB and minimum >= 28 dB" in failure
    one_domain = verify(same, candidate, samples[1::3], "int8-dynamic", "these")
    assert one_domain.parity.worst_domain == ""


def test_an_engine_is_a_translator_and_nan_fails_the_candidate_alone() -> None:
    manifest: Manifest | None = None
    negative = NumpyEngine(lambda x: -x, (12, 12), manifest)
    broken = NumpyEngine(lambda x: x * np.float32(np.nan), (12, 12), manifest)
    assert verify(negative, negative, SAMPLES, "fp32", "these").parity.max_lsb == 0
    with pytest.raises(ParityError, match=r"gate on 0\.png: .*NaN"):
        verify(negative, broken, SAMPLES, "fp32", "these")
    with pytest.raises(ImageError, match="NaN"):
        verify(broken, negative, SAMPLES, "fp32", "these")
