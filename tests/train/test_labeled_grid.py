"""StarGAN's sample grids: which images, and which label each row asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edgegan.data import FileImages
from edgegan.domains import Domain
from edgegan.errors import DataError
from edgegan.images import FloatArray, save_image, to_uint8
from edgegan.labeled_data import LabeledData, LabeledImages
from edgegan.train.labeled_grid import labeled_grid, labeled_held_out, row_titles
from tests.train.tiny import cut_short, numbered_images
from tests.train.tiny_stargan import (
    ATTRIBUTES,
    BOTH,
    CLASSES,
    SIZE,
    labeled_set,
    numbered_labeled,
    tiny_stargan,
)

IMAGES = np.zeros((2, SIZE, SIZE, 3), np.float32)


def paint(inputs: Sequence[Any]) -> Any:
    """Stand for a generator: the label becomes a gray level, its bits from the highest on."""
    images, labels = inputs
    level = labels @ 2.0 ** np.arange(7, 7 - labels.shape[1], -1)
    return tf.zeros_like(images) + (level.astype(np.float32) / 127.5 - 1.0)[:, None, None, None]


def asked(domains: Sequence[Domain], known: Sequence[dict[str, bool]]) -> list[list[str]]:
    """Read from a grid of `paint` the label, as bits, of each row and image."""
    grid = labeled_grid([paint], domains, IMAGES[: len(known)], known)
    assert grid.shape == ((1 + len(domains)) * SIZE, len(known) * SIZE, 3)
    assert grid.dtype == np.uint8
    length = tiny_stargan(domains).generator.label_length
    cells = grid[SIZE::SIZE, ::SIZE, 0]
    return [[f"{level:08b}"[:length] for level in row] for row in cells]


def test_members_are_set_and_toggles_flipped() -> None:
    known = [
        {"Black_Hair": False, "Blond_Hair": True, "Male": True},
        {"Black_Hair": False, "Blond_Hair": False, "Male": False},
    ]
    rows = asked(ATTRIBUTES, known)
    assert rows == [["101", "100"], ["011", "010"], ["010", "001"]]
    assert row_titles(ATTRIBUTES) == ("input", "Black_Hair", "Blond_Hair", "Male flipped")


def test_one_of_a_one_hot_group_is_always_on() -> None:
    known = [{"red": False, "green": False, "blue": True}]
    assert asked(CLASSES, known) == [["100"], ["010"], ["001"]]
    assert row_titles(CLASSES) == ("input", "red", "green", "blue")


def test_of_several_sets_the_asked_ones_labels_count() -> None:
    """What an image's own set does not tell of another is that one's default."""
    person = {"Black_Hair": False, "Blond_Hair": False, "Male": True}
    thing = {"red": False, "green": True, "blue": False}
    rows = asked(BOTH, [person, thing])
    assert rows[2] == ["00000010", "10100010"]  # Male flipped; black hair is the default
    assert rows[1] == ["01100010", "01000010"]
    assert rows[3:] == [[f"000{member}01"] * 2 for member in ("100", "010", "001")]


def test_the_first_row_shows_the_images() -> None:
    images = np.linspace(-1, 1, IMAGES.size, dtype=np.float32).reshape(IMAGES.shape)
    known = [dict.fromkeys(("red", "green", "blue"), False) | {"red": True}] * 2
    grid = labeled_grid([paint], CLASSES, images, known)
    np.testing.assert_array_equal(grid[:SIZE], np.concatenate(list(to_uint8(images)), axis=1))


def held(data: LabeledData) -> tuple[list[int], list[dict[str, bool]]]:
    images, known = labeled_held_out(data, tiny_stargan(data.domains))
    return [int(to_uint8(image)[0, 0, 0]) for image in images], known


def test_images_are_spread_over_the_test_part() -> None:
    """Where test images are in order of their class, the first would be of one class."""
    one = replace(numbered_labeled([2], [CLASSES]).sets[0])
    test = labeled_set(CLASSES, numbered_images(1), numbered_images(100, SIZE)).test
    numbers, known = held(LabeledData(sets=(replace(one, test=test),)))
    assert numbers == [0, 12, 25, 37, 50, 62, 75, 87]
    colours = ["red", "green", "blue"]
    assert known == [{c: c == colours[n % 3] for c in colours} for n in numbers]


def test_every_set_has_as_many() -> None:
    data = numbered_labeled([2, 2])
    numbers, known = held(data)
    assert numbers == [0, 1, 2] * 2  # all three that each has
    assert [set(one) for one in known] == (
        [{domain.name for domain in ATTRIBUTES}] * 3 + [{domain.name for domain in CLASSES}] * 3
    )


def test_an_image_with_two_hair_colours_counts_as_having_the_first() -> None:
    """CelebA has some: 61 of the first 4,000."""
    one = numbered_labeled([2]).sets[0]
    labels = np.array([[1, 1, 0]], np.float32)
    test = LabeledImages(images=numbered_images(1, SIZE), labels=labels)
    _, known = held(LabeledData(sets=(replace(one, test=test),)))
    assert known == [{"Black_Hair": True, "Blond_Hair": False, "Male": False}]
    assert asked(ATTRIBUTES, known) == [["100"], ["010"], ["101"]]


def test_a_damaged_image_makes_room_for_the_next(tmp_path: Path) -> None:
    paths = tuple(tmp_path / f"{number}.png" for number in range(4))
    for number, path in enumerate(paths):
        save_image(path, numbered_images(4, SIZE)[number])
    cut_short(paths[0])
    files = FileImages(paths)
    data = LabeledData(sets=(labeled_set(CLASSES, files, files, "files"),))
    numbers, known = held(data)
    assert sorted(numbers) == [1, 2, 3]
    for number, one in zip(numbers, known, strict=True):
        assert one == {name: i == number % 3 for i, name in enumerate(("red", "green", "blue"))}
    for path in paths:
        path.write_bytes(b"damaged")
    with pytest.raises(DataError, match="No test image of files can be decoded"):
        held(data)


def gray(inputs: Sequence[FloatArray]) -> Any:
    return tf.convert_to_tensor(inputs[0])


def test_gray_images_are_drawn_as_rgb() -> None:
    known = [{"red": True, "green": False, "blue": False}] * 2
    grid = labeled_grid([gray], CLASSES, IMAGES[..., :1], known)
    assert grid.shape == (4 * SIZE, 2 * SIZE, 3)
