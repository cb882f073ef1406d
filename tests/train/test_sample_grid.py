"""Sample grids show six rows, and need only one readable image of each domain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras as keras
from PIL import Image

from edgegan.data import open_unpaired
from edgegan.errors import DataError
from edgegan.images import load_image, to_float, to_uint8
from edgegan.train.networks import build_generator
from edgegan.train.sample_grid import COLUMNS, held_out, sample_grid
from tests.train.tiny import GENERATOR, SIZE, cut_short, noise, numbered_data, numbered_images
from tests.train.tiny import write_folder as write_set


def generators(channels: int) -> tuple[Any, Any]:
    """Make two generators that differ."""
    keras.utils.set_random_seed(0)
    config = replace(GENERATOR, channels=channels)
    return build_generator(config, "A2B"), build_generator(config, "B2A")


def test_rows_are_the_input_the_translation_and_the_way_back() -> None:
    a2b, b2a = generators(3)
    a, b = noise(0, count=3), noise(1, count=3)
    grid = sample_grid(a2b, b2a, a, b)
    assert grid.shape == (6 * SIZE, 3 * SIZE, 3)
    assert grid.dtype == np.uint8
    fake_b, fake_a = a2b(a).numpy(), b2a(b).numpy()
    rows = (a, fake_b, b2a(fake_b).numpy(), b, fake_a, a2b(fake_a).numpy())
    for i, row in enumerate(rows):
        for j in range(3):
            cell = grid[i * SIZE : (i + 1) * SIZE, j * SIZE : (j + 1) * SIZE]
            np.testing.assert_array_equal(cell, to_uint8(row[j]))


def test_gray_is_drawn_as_rgb() -> None:
    a2b, b2a = generators(1)
    a, b = noise(0, count=2)[..., :1], noise(1, count=2)[..., :1]
    grid = sample_grid(a2b, b2a, a, b)
    assert grid.shape == (6 * SIZE, 2 * SIZE, 3)
    assert grid.dtype == np.uint8
    for channel in range(3):
        np.testing.assert_array_equal(grid[:SIZE, SIZE:, channel], to_uint8(a[1, ..., 0]))
        np.testing.assert_array_equal(
            grid[SIZE : 2 * SIZE, :SIZE, channel], to_uint8(a2b(a).numpy())[0, ..., 0]
        )


def test_held_out_images_may_be_gray(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", count=1)
    for images, part in zip(
        held_out(open_unpaired(str(root)), SIZE, 1), ("testA", "testB"), strict=True
    ):
        assert images.shape == (1, SIZE, SIZE, 1)
        with Image.open(root / part / "0.png") as file:
            gray = file.convert("L").resize((SIZE, SIZE), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal(images[0, ..., 0], to_float(np.asarray(gray)))


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
