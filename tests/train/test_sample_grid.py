"""Sample grids show six rows, and need only one readable image of each domain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.data import open_unpaired
from edgegan.errors import DataError
from edgegan.images import load_image, to_float, to_uint8
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.sample_grid import COLUMNS, held_out, sample_grid
from tests.train.tiny import SIZE, cut_short, noise, numbered_data, numbered_images, tiny_config
from tests.train.tiny import write_folder as write_set


def test_rows_are_the_input_the_translation_and_the_way_back() -> None:
    gan = CycleGAN(tiny_config())
    a, b = noise(0, count=3), noise(1, count=3)
    grid = sample_grid(gan, a, b)
    assert grid.shape == (6 * SIZE, 3 * SIZE, 3)
    assert grid.dtype == np.uint8
    fake_b, fake_a = gan.a2b(a).numpy(), gan.b2a(b).numpy()
    rows = (a, fake_b, gan.b2a(fake_b).numpy(), b, fake_a, gan.a2b(fake_a).numpy())
    for i, row in enumerate(rows):
        for j in range(3):
            cell = grid[i * SIZE : (i + 1) * SIZE, j * SIZE : (j + 1) * SIZE]
            np.testing.assert_array_equal(cell, to_uint8(row[j]))


def test_the_first_test_images_are_taken() -> None:
    data = replace(numbered_data(1, 1), test_a=numbered_images(20), test_b=numbered_images(20))
    a, b = held_out(data, SIZE)
    assert len(a) == len(b) == COLUMNS
    np.testing.assert_array_equal(a, to_float(numbered_images(20).pixels[:COLUMNS]))


def test_both_domains_get_as_many_columns() -> None:
    data = replace(numbered_data(1, 1), test_a=numbered_images(2), test_b=numbered_images(5))
    assert [len(images) for images in held_out(data, SIZE)] == [2, 2]


def test_unreadable_images_are_passed_over(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", suffixes=(".jpg",))
    cut_short(root / "testA" / "0.jpg")
    a, _ = held_out(open_unpaired(str(root)), SIZE)
    assert len(a) == 2
    expected = load_image(root / "testA" / "1.jpg", (SIZE, SIZE))
    np.testing.assert_array_equal(a[0], to_float(expected))


def test_no_readable_image_is_an_error(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", suffixes=(".jpg",), count=1)
    cut_short(root / "testB" / "0.jpg")
    with pytest.raises(DataError, match=r"No test image of a domain can be decoded.*0\.jpg"):
        held_out(open_unpaired(str(root)), SIZE)
