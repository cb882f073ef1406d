"""Training samples: what is drawn, and that it depends on the step alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
import pytest
from PIL import Image

from edgegan.data import PARTS, UnpairedData, open_unpaired
from edgegan.errors import DataError, UsageError
from edgegan.images import FloatArray, load_image, save_image, to_float, to_uint8
from edgegan.train.cyclegan_config import CycleGANConfig, DataConfig, Preprocess, TrainConfig
from edgegan.train.samples import Sampler
from tests.train.tiny import (
    SIZE,
    cut_short,
    noise_image,
    numbered_data,
    tiny_config,
    write_folder,
)

LOAD = SIZE + 4  # the numbered images have this size, so that they are cropped, not resized


class Crop(NamedTuple):
    """What a sample of a numbered image shows."""

    number: int
    left: int
    top: int
    flipped: bool


def read(image: FloatArray) -> Crop:
    """Read a sample's values back, and check that it is an exact crop."""
    pixels = to_uint8(image)
    np.testing.assert_array_equal(image, to_float(pixels))
    x = pixels[..., 1]
    flipped = bool(x[0, 0] > x[0, -1])
    crop = pixels[:, ::-1] if flipped else pixels
    number, left, top = (int(value) for value in crop[0, 0])
    assert (crop[..., 0] == number).all()
    assert (crop[..., 1] == left + np.arange(SIZE)).all()
    assert (crop[..., 2] == top + np.arange(SIZE)[:, None]).all()
    return Crop(number, left, top, flipped)


def config(seed: int = 0, batch_size: int = 1, flip: bool = True) -> CycleGANConfig:
    """Make settings with crops of 8x8 out of 12x12."""
    data = DataConfig(load_size=LOAD, batch_size=batch_size, flip=flip)
    return tiny_config(train=TrainConfig(seed=seed), data=data)


def draws(
    settings: CycleGANConfig, data: UnpairedData, steps: range
) -> tuple[list[Crop], list[Crop]]:
    """List the samples of `steps`, of A and of B."""
    sampler = Sampler(data, settings)
    pairs = [sampler.sample(step) for step in steps]
    return [read(x) for a, _ in pairs for x in a], [read(x) for _, b in pairs for x in b]


def test_a_sample_is_a_function_of_seed_and_step() -> None:
    data = numbered_data(5, 7, LOAD)
    a, b = draws(config(), data, range(20))
    again = draws(config(), data, range(19, -1, -1))  # in another order
    assert (a[::-1], b[::-1]) == again
    other_a, other_b = draws(config(seed=1), data, range(20))
    assert [crop.number for crop in other_a] != [crop.number for crop in a]
    assert [crop[1:] for crop in other_a] != [crop[1:] for crop in a]
    assert other_b != b


@pytest.mark.parametrize("batch_size", [1, 3])
def test_each_image_of_a_is_seen_once_a_turn_in_a_new_order(batch_size: int) -> None:
    a, _ = draws(config(batch_size=batch_size), numbered_data(9, 2, LOAD), range(27 // batch_size))
    numbers = [crop.number for crop in a]
    turns = [numbers[:9], numbers[9:18], numbers[18:]]
    assert all(sorted(turn) == list(range(9)) for turn in turns)
    assert turns[0] != turns[1] != turns[2]


@pytest.mark.parametrize(("count_a", "count_b"), [(3, 5), (5, 3), (4, 4)])
def test_the_longer_set_defines_an_epoch(count_a: int, count_b: int) -> None:
    data = numbered_data(count_a, count_b, LOAD)
    assert Sampler(data, config()).epoch_length == max(count_a, count_b)


def test_b_is_drawn_independently_of_a() -> None:
    a, b = draws(config(), numbered_data(4, 4, LOAD), range(40))
    partners = [{y.number for x, y in zip(a, b, strict=True) if x.number == i} for i in range(4)]
    assert all(len(partner) > 1 for partner in partners)
    assert {crop.number for crop in b} == set(range(4))
    assert [(x.left, x.top, x.flipped) for x in a] != [(y.left, y.top, y.flipped) for y in b]
    _, other = draws(config(), numbered_data(9, 4, LOAD), range(40))
    assert other == b


def test_every_epoch_crops_anew() -> None:
    a, b = draws(config(), numbered_data(1, 1, LOAD), range(200))
    for crops in (a, b):
        assert {crop.left for crop in crops} == set(range(LOAD - SIZE + 1))
        assert {crop.top for crop in crops} == set(range(LOAD - SIZE + 1))
        assert len({(crop.left, crop.top) for crop in crops}) == 25
        assert 70 < sum(crop.flipped for crop in crops) < 130  # 100, four standard deviations


def test_flips_can_be_switched_off() -> None:
    a, b = draws(config(flip=False), numbered_data(2, 2, LOAD), range(30))
    assert not any(crop.flipped for crop in (*a, *b))


@pytest.mark.parametrize("channels", [3, 1])
def test_files_are_resized_as_by_pillow(tmp_path: Path, channels: int) -> None:
    data = open_unpaired(str(write_folder(tmp_path / "set", count=1)))
    settings = tiny_config(data=DataConfig(load_size=SIZE, flip=False))
    settings = replace(settings, generator=replace(settings.generator, channels=channels))
    a, b = Sampler(data, settings).sample(0)
    assert a.shape == b.shape == (1, SIZE, SIZE, channels)
    with Image.open(tmp_path / "set" / "trainA" / "0.png") as file:
        assert file.size == (14, 20)
        image = file if channels == 3 else file.convert("L")
        resized = np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BICUBIC))
    np.testing.assert_allclose(a[0], resized.reshape(a[0].shape) / 127.5 - 1, atol=1e-6)


def test_values_span_minus_one_to_one() -> None:
    data = numbered_data(256, 2, LOAD)
    sampler = Sampler(data, config())
    reds = {float(sampler.sample(step)[0][0, 0, 0, 0]) for step in range(256)}
    assert (min(reds), max(reds)) == (-1.0, 1.0)
    assert len(reds) == 256


def test_an_unreadable_image_is_replaced_and_reported(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set", suffixes=(".jpg",))
    cut_short(root / "trainB" / "1.jpg")
    data = open_unpaired(str(root))
    assert len(data.train_b) == 3  # its header is good
    sampler = Sampler(data, tiny_config())
    batches = [sampler.sample(step) for step in range(20)]
    (skipped,) = sampler.skipped.values()
    assert skipped.path.name == "1.jpg"
    assert str(root / "trainB" / "1.jpg") in skipped.reason
    again = Sampler(data, tiny_config())
    for step in (19, 7):
        np.testing.assert_array_equal(again.sample(step)[1], batches[step][1])


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set", suffixes=(".jpg",))
    for path in (root / "trainA").iterdir():
        cut_short(path)
    sampler = Sampler(open_unpaired(str(root)), tiny_config())
    message = r"20 training images in a row could not be used, the last because .*trainA.*\.jpg"
    with pytest.raises(DataError, match=message):
        sampler.sample(0)


def test_a_and_b_may_differ_in_size_and_number() -> None:
    data = replace(numbered_data(1, 3, LOAD), train_a=numbered_data(6, 1, 40).train_a)
    a, b = Sampler(data, config()).sample(0)
    assert a.shape == b.shape


def test_parts_are_slices_of_the_batch() -> None:
    sampler = Sampler(numbered_data(7, 7, LOAD), config(batch_size=6))
    for whole, *parts in zip(
        sampler.sample(5), *(sampler.sample(5, part, 3) for part in range(3)), strict=True
    ):
        np.testing.assert_array_equal(np.concatenate(parts), whole)
    with pytest.raises(UsageError, match=r"data\.batch_size is 6; it must be a multiple of 4"):
        sampler.sample(5, 0, 4)


def uncropped(sizes: Sequence[tuple[int, int]], root: Path, mode: Preprocess) -> Sampler:
    """Make a sampler of images of these (H, W) in A, and of 20x14 in B."""
    for i, (height, width) in enumerate(sizes):
        save_image(root / "trainA" / f"{i}.jpg", noise_image(i, height, width))
    for part in PARTS[1:]:
        save_image(root / part / "0.jpg", noise_image(9))
    data = DataConfig(preprocess=mode, load_size=10, flip=False)
    return Sampler(open_unpaired(str(root)), tiny_config(data=data))


def test_without_a_crop_images_may_be_oblong(tmp_path: Path) -> None:
    sampler = uncropped([(20, 14)] * 3, tmp_path, "none")
    assert sampler.image_shape == (20, 14)
    a, b = sampler.sample(0)
    assert a.shape == b.shape == (1, 20, 14, 3)
    np.testing.assert_array_equal(b[0], to_float(load_image(tmp_path / "trainB" / "0.jpg")))


def test_without_a_crop_the_first_readable_image_gives_the_size(tmp_path: Path) -> None:
    sampler = uncropped([(30, 30), (20, 14)], tmp_path, "none")
    cut_short(tmp_path / "trainA" / "0.jpg")
    assert sampler.image_shape == (20, 14)
    assert list(sampler.skipped) == [("A", "0.jpg")]
    cut_short(tmp_path / "trainA" / "1.jpg")
    with pytest.raises(DataError, match=r"No image of trainA can be decoded, .*1\.jpg is not"):
        _ = Sampler(sampler.data, sampler.config).image_shape


@pytest.mark.parametrize("mode", get_args(Preprocess))
def test_only_crops_take_images_of_any_size(tmp_path: Path, mode: Preprocess) -> None:
    sampler = uncropped([(20, 14), (20, 14), (20, 30)], tmp_path, mode)
    if mode.endswith("crop"):
        assert sampler.image_shape == (SIZE, SIZE)
        assert all(sampler.sample(step)[0].shape == (1, SIZE, SIZE, 3) for step in range(3))
        return
    expected, other = {"none": ("20x14", "20x30"), "scale_width": ("14x10", "8x10")}[mode]
    message = f"trainA/2.jpg comes out of data.preprocess={mode} as {other}.* as {expected}.*_crop"
    with pytest.raises(DataError, match=message):
        [sampler.sample(step) for step in range(3)]


def test_without_a_crop_the_size_must_fit_the_network(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Image size 2x20 does not fit"):
        _ = uncropped([(2, 20)], tmp_path, "none").image_shape


def test_an_image_smaller_than_the_crop_is_skipped_and_reported(tmp_path: Path) -> None:
    sampler = uncropped([(20, 14), (20, SIZE - 1)], tmp_path, "crop")
    for step in range(6):
        assert sampler.sample(step)[0].shape == (1, SIZE, SIZE, 3)
    (skipped,) = sampler.skipped.values()
    assert skipped.reason.startswith(
        f"1.jpg is 20x{SIZE - 1}, smaller than data.crop_size = {SIZE}"
    )
    assert "data.preprocess=resize_and_crop" in skipped.reason
