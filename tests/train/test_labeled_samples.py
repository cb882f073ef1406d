"""StarGAN's training samples: images with their own labels, and targets from the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from edgegan.data import FileImages
from edgegan.domains import Domain
from edgegan.errors import DataError, UsageError
from edgegan.images import FloatArray, resize, save_image, to_float, to_gray, to_uint8
from edgegan.labeled_data import LabeledData
from edgegan.train.labeled_samples import LabeledSampler
from edgegan.train.stargan_config import LabeledPreprocess, StarGANDataConfig
from tests.train.tiny import cut_short, noise_image, numbered_images
from tests.train.tiny_stargan import (
    ATTRIBUTES,
    BOTH,
    CLASSES,
    SIZE,
    TRAIN,
    label_of,
    labeled_set,
    numbered_labeled,
    tiny_stargan,
)

BITS = tuple(Domain(name=f"bit{i}") for i in range(5))  # a label for each of 32 images


class Drawn(NamedTuple):
    """What a sample of a numbered image shows."""

    number: int
    flipped: bool


def read(image: FloatArray) -> Drawn:
    """Read a sample's values back, and check that it is the whole image."""
    pixels = to_uint8(image)
    np.testing.assert_array_equal(image, to_float(pixels))
    number, flipped = int(pixels[0, 0, 0]), bool(pixels[0, 0, 1] > 0)
    whole = numbered_images(number + 1, SIZE)[number]
    np.testing.assert_array_equal(pixels[:, ::-1] if flipped else pixels, whole)
    return Drawn(number, flipped)


def sampler(
    data: LabeledData, batch_size: int = 4, seed: int = 0, flip: bool = True
) -> LabeledSampler:
    config = tiny_stargan(
        data.domains,
        data=StarGANDataConfig(batch_size=batch_size, flip=flip),
        train=replace(TRAIN, seed=seed),
    )
    return LabeledSampler(data, config)


def drawn(source: LabeledSampler, steps: range) -> list[Drawn]:
    return [read(image) for step in steps for image in source.sample(step)[0]]


def test_a_sample_is_a_function_of_seed_and_step() -> None:
    data = numbered_labeled([9, 7])
    forward = [sampler(data).sample(step) for step in range(8)]
    source = sampler(data)
    backward = [source.sample(step) for step in reversed(range(8))][::-1]
    for one, other in zip(forward, backward, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)
    others = [sampler(data, seed=1).sample(step) for step in range(8)]
    assert any(not np.array_equal(a[0], b[0]) for a, b in zip(forward, others, strict=True))
    assert [array.dtype for array in forward[0]] == [np.float32] * 3
    assert [array.shape for array in forward[0]] == [(4, SIZE, SIZE, 3), (4, 8), (4, 8)]


def test_each_image_is_seen_once_a_turn_in_a_new_order() -> None:
    numbers = [one.number for one in drawn(sampler(numbered_labeled([9])), range(9))]
    turns = [numbers[start : start + 9] for start in range(0, 36, 9)]
    assert all(sorted(turn) == list(range(9)) for turn in turns)
    assert len({tuple(turn) for turn in turns}) == 4


def test_labels_belong_to_their_images() -> None:
    source = sampler(numbered_labeled([20], [BITS]))
    for step in range(5):
        images, labels, _ = source.sample(step)
        expected = [label_of(BITS, read(image).number) for image in images]
        np.testing.assert_array_equal(labels, expected)


def test_targets_are_the_labels_of_the_batch_in_a_new_order() -> None:
    source = sampler(numbered_labeled([32], [BITS]), batch_size=8)
    orders = set()
    for step in range(4):
        _, labels, targets = source.sample(step)
        own = [row.tolist() for row in labels]
        orders.add(tuple(own.index(row.tolist()) for row in targets))
    assert all(sorted(order) == list(range(8)) for order in orders)
    assert len(orders) == 4


def test_sets_take_turns_whatever_their_size() -> None:
    source = sampler(numbered_labeled([3, 40]))
    sets = []
    for step in range(80):
        _, labels, _ = source.sample(step)
        (mask,) = {tuple(row) for row in labels[:, 6:]}
        sets.append(mask.index(1.0))
    pairs = [tuple(sets[step : step + 2]) for step in range(0, 80, 2)]
    assert set(pairs) == {(0, 1), (1, 0)}  # each once in two steps, in either order
    assert 10 < pairs.count((0, 1)) < 30
    # Of the 20 steps that update the generator, were n_critic 4, no set has all.
    assert 4 < sum(sets[3::4]) < 16


def test_labels_of_several_sets_stand_beside_each_other_with_a_mask() -> None:
    source = sampler(numbered_labeled([6, 6]))
    assert source.config.generator.domains == BOTH
    seen = set()
    for step in range(6):
        images, labels, targets = source.sample(step)
        for image, row in zip(images, labels, strict=True):
            number, second = read(image).number, bool(row[7])
            own = label_of(CLASSES if second else ATTRIBUTES, number)
            zeros = [0.0] * 3
            expected = [*zeros, *own, 0.0, 1.0] if second else [*own, *zeros, 1.0, 0.0]
            assert row.tolist() == expected
            seen.add(second)
        assert {tuple(row) for row in targets} <= {tuple(row) for row in labels}
    assert seen == {False, True}


def test_within_a_set_every_image_is_seen_as_often() -> None:
    source = sampler(numbered_labeled([6, 5]), batch_size=3)
    numbers: list[list[int]] = [[], []]
    for step in range(20):
        images, labels, _ = source.sample(step)
        numbers[int(labels[0, 7])] += [read(image).number for image in images]
    for found, count in zip(numbers, (6, 5), strict=True):
        assert {found.count(number) for number in range(count)} == {30 // count}


def test_parts_are_slices_of_the_batch() -> None:
    source = sampler(numbered_labeled([7, 9]), batch_size=6)
    for step in range(3):
        parts = [source.sample(step, part, 3) for part in range(3)]
        for whole, *slices in zip(source.sample(step), *parts, strict=True):
            np.testing.assert_array_equal(np.concatenate(slices), whole)
    with pytest.raises(UsageError, match=r"data\.batch_size is 6; it must be a multiple of 4"):
        source.sample(0, 0, 4)


def test_half_of_the_images_are_mirrored_each_time_anew() -> None:
    found = drawn(sampler(numbered_labeled([4])), range(50))
    assert 70 < sum(one.flipped for one in found) < 130  # 100, four standard deviations
    for number in range(4):
        assert {one.flipped for one in found if one.number == number} == {False, True}
    assert not any(
        one.flipped for one in drawn(sampler(numbered_labeled([4]), flip=False), range(9))
    )


@pytest.mark.parametrize("channels", [3, 1])
@pytest.mark.parametrize("mode", ["center_crop", "resize"])
def test_images_are_cropped_in_the_centre_or_squeezed(
    tmp_path: Path, mode: LabeledPreprocess, channels: int
) -> None:
    """A portrait of CelebA's shape: 26 rows, of which the central 20 are kept."""
    image = noise_image(0, height=26, width=20)
    save_image(tmp_path / "0.png", image)
    files = FileImages((tmp_path / "0.png",))
    data = LabeledData(sets=(labeled_set(ATTRIBUTES, files, files),))
    config = tiny_stargan(data=StarGANDataConfig(batch_size=2, preprocess=mode, flip=False))
    config = replace(config, generator=replace(config.generator, channels=channels))
    ((sample, _), _, _) = LabeledSampler(data, config).sample(0)
    cut = image[3:23] if mode == "center_crop" else image
    expected = resize(to_gray(cut) if channels == 1 else cut, (SIZE, SIZE))
    np.testing.assert_array_equal(sample, to_float(expected.reshape(SIZE, SIZE, channels)))


def written(folder: Path, damaged: Sequence[int]) -> LabeledData:
    """Make a set of six numbered images in files, some of them damaged."""
    paths = tuple(folder / "a" / f"{number}.png" for number in range(6))
    for number, path in enumerate(paths):
        save_image(path, numbered_images(6, SIZE)[number])
        if number in damaged:
            cut_short(path)
    images = FileImages(paths, root=folder)
    return LabeledData(sets=(labeled_set(BITS, images, images, "files"),))


def test_a_damaged_image_is_replaced_together_with_its_label(tmp_path: Path) -> None:
    source = sampler(written(tmp_path, damaged=[2, 3]))
    again = sampler(source.data)
    for step in range(12):
        images, labels, targets = source.sample(step)
        numbers = [read(image).number for image in images]
        np.testing.assert_array_equal(labels, [label_of(BITS, number) for number in numbers])
        assert sorted(map(tuple, targets)) == sorted(map(tuple, labels))
        np.testing.assert_array_equal(again.sample(step)[0], images)
    assert set(source.skipped) == {("files", "a/2.png"), ("files", "a/3.png")}
    assert str(tmp_path / "a" / "2.png") in source.skipped["files", "a/2.png"].reason


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    source = sampler(written(tmp_path, damaged=range(6)))
    with pytest.raises(DataError, match=r"20 training images in a row could not be used.*png"):
        source.sample(0)
