"""Quality where the truth is known: rows, and numbers against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from edgegan.emoji import SheetImages
from edgegan.images import ImageArray, to_float, to_uint8
from edgegan.train.paired_quality import blur, paired_quality
from edgegan.train.random_features import feature_distance
from tests.train.tiny import noise, numbered_images

SIZE = (8, 8)
SOURCES = numbered_images(4)


def _invert(image: ImageArray) -> ImageArray:
    return 255 - image


class Inverted:
    """The truth: each source inverted."""

    names = SOURCES.names

    def __len__(self) -> int:
        return len(SOURCES)

    def __getitem__(self, index: int) -> ImageArray:
        return _invert(SOURCES[index])


def test_rows_come_in_order() -> None:
    seen: list[tuple[int, str]] = []
    rows = paired_quality(
        SOURCES,
        Inverted(),
        {"ours": _invert, "other": blur},
        SIZE,
        report=lambda done, note="": seen.append((done, note)),
    )
    names = ["input, untranslated", "input, blurred (sigma 2)", "ours", "other"]
    assert [row.name for row in rows] == names
    assert seen == list(enumerate(names, start=1))
    assert {row.images for row in rows} == {4}


def test_a_perfect_translation_is_at_zero() -> None:
    perfect = paired_quality(SOURCES, Inverted(), {"perfect": _invert}, SIZE)[-1]
    assert (perfect.l1, perfect.feature) == (0.0, 0.0)
    assert perfect.l1_ci == perfect.feature_ci == (0.0, 0.0)


def test_the_input_row_equals_numpys() -> None:
    row = paired_quality(SOURCES, Inverted(), {}, SIZE)[0]
    x = to_float(SOURCES.pixels)
    assert row.l1 == pytest.approx(np.abs(x - -x).mean(dtype=np.float64), rel=1e-5)
    assert row.feature == pytest.approx(feature_distance(x, -x).mean(), rel=1e-4)
    low, high = row.l1_ci
    assert low < row.l1 < high


def test_the_blurred_row_is_pillows_gaussian() -> None:
    image = SOURCES[1]
    expected = np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(2)))
    np.testing.assert_array_equal(blur(image), expected)
    row = paired_quality(SOURCES, Inverted(), {"blur": blur}, SIZE)
    assert (row[1].l1, row[1].feature) == (row[2].l1, row[2].feature)


def test_everything_is_compared_at_the_size_given() -> None:
    shapes = []

    def record(image: ImageArray) -> ImageArray:
        shapes.append(image.shape)
        return image

    paired_quality(SOURCES, Inverted(), {"record": record}, (4, 6))
    assert shapes == [(4, 6, 3)] * 4


def test_more_images_than_a_batch() -> None:
    many = numbered_images(60)
    rows = paired_quality(many, many, {"inverted": _invert}, SIZE)
    assert (rows[0].l1, rows[0].feature) == (0.0, 0.0)
    x = to_float(many.pixels)
    assert rows[-1].feature == pytest.approx(feature_distance(-x, x).mean(), rel=1e-4)


def test_the_interval_narrows_with_more_images() -> None:
    def width(count: int) -> float:
        pixels = to_uint8(noise(0, count=count))
        images = SheetImages(
            ("",) * count, pixels * np.arange(count, dtype=np.uint8)[:, None, None, None]
        )
        low, high = paired_quality(images, images, {"inverted": _invert}, SIZE)[-1].l1_ci
        return high - low

    assert width(64) < width(8)
