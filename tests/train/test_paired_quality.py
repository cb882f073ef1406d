"""Quality where the truth is known: rows, and numbers against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from edgegan.images import ImageArray, to_float
from edgegan.train.paired_quality import MEASURES, PairedQuality, averaged, blur, paired_quality
from edgegan.train.random_features import feature_distance, feature_statistics
from tests.train.tiny import numbered_images

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
    assert {len(row.distances[measure]) for row in rows for measure in MEASURES} == {4}


def test_a_perfect_translation_is_at_zero() -> None:
    perfect = paired_quality(SOURCES, Inverted(), {"perfect": _invert}, SIZE)[-1]
    for measure in MEASURES:
        assert (perfect.mean(measure), perfect.interval(measure)) == (0.0, (0.0, 0.0))


def test_the_input_row_equals_numpys() -> None:
    row = paired_quality(SOURCES, Inverted(), {}, SIZE)[0]
    x = to_float(SOURCES.pixels)
    assert row.mean("L1") == pytest.approx(np.abs(x - -x).mean(dtype=np.float64), rel=1e-5)
    assert row.mean("feature distance") == pytest.approx(feature_distance(x, -x).mean(), rel=1e-4)
    low, high = row.interval("L1")
    assert low < row.mean("L1") < high


def test_the_blurred_row_is_pillows_gaussian() -> None:
    image = SOURCES[1]
    expected = np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(2)))
    np.testing.assert_array_equal(blur(image), expected)
    row = paired_quality(SOURCES, Inverted(), {"blur": blur}, SIZE)
    assert (row[1].mean("L1"), row[1].mean("feature distance")) == (
        row[2].mean("L1"),
        row[2].mean("feature distance"),
    )


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
    assert (rows[0].mean("L1"), rows[0].mean("feature distance")) == (0.0, 0.0)
    assert {len(values) for row in rows for values in row.distances.values()} == {60}
    x = to_float(many.pixels)
    assert rows[-1].mean("feature distance") == pytest.approx(
        feature_distance(-x, x).mean(), rel=1e-4
    )


def test_the_interval_is_the_normal_one_for_many_images() -> None:
    values = np.random.default_rng(1).normal(3, 1, 200)
    low, high = PairedQuality("", {"L1": values}).interval("L1")
    error = values.std() / 200**0.5
    assert low == pytest.approx(values.mean() - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(values.mean() + 1.96 * error, abs=0.2 * error)


def test_directions_are_averaged_thing_by_thing() -> None:
    there = paired_quality(SOURCES, Inverted(), {"blur": blur}, SIZE)[-1]
    back = paired_quality(Inverted(), SOURCES, {"blur": blur}, SIZE)[-1]
    both = averaged([there, back])
    assert both.name == "blur"
    for measure in MEASURES:
        expected = (there.distances[measure] + back.distances[measure]) / 2
        np.testing.assert_allclose(both.distances[measure], expected)
        assert len(both.distances[measure]) == len(SOURCES)  # not one for each direction


def test_style_equals_its_definition() -> None:
    row = paired_quality(SOURCES, Inverted(), {}, SIZE)[0]
    x = to_float(SOURCES.pixels)
    found, wanted = feature_statistics(x), feature_statistics(-x)
    scaled = (found - wanted) / (wanted.std(axis=0) + 1e-6)
    expected = np.sqrt(np.square(scaled).mean(axis=1))
    np.testing.assert_allclose(row.distances["style distance"], expected, rtol=1e-4)


def test_an_advantage_is_seen_pair_by_pair_where_the_means_overlap() -> None:
    scatter = np.linspace(0, 10, 40)
    near, far = (PairedQuality("", {"L1": scatter + offset}) for offset in (0.0, 0.1))
    assert near.interval("L1")[1] > far.interval("L1")[0]
    assert near.advantage(far, "L1")[0] > 0
    assert far.advantage(near, "L1")[1] < 0
