"""Training samples: what is drawn, and that it depends on the step alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from edgegan.data import UnpairedData, open_unpaired
from edgegan.errors import DataError
from edgegan.images import FloatArray, to_float, to_uint8
from edgegan.train.config import CycleGANConfig, DataConfig, TrainConfig
from edgegan.train.samples import Sampler
from tests.train.tiny import SIZE, cut_short, numbered_data, tiny_config, write_folder

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


def test_batches_are_the_samples_in_order() -> None:
    data, settings = numbered_data(5, 7, LOAD), config(batch_size=2)
    sampler = Sampler(data, settings)
    batches = list(sampler.batches(3, 14))
    assert len(batches) == 11
    for step, (a, b) in enumerate(batches, start=3):
        assert a.shape == b.shape == (2, SIZE, SIZE, 3)
        assert a.dtype == b.dtype == np.float32
        for batch, expected in zip((a, b), Sampler(data, settings).sample(step), strict=True):
            np.testing.assert_array_equal(batch, expected)
    assert list(sampler.batches(3, 3)) == []


@pytest.mark.parametrize("batch_size", [1, 3])
def test_each_image_of_a_is_seen_once_an_epoch_in_a_new_order(batch_size: int) -> None:
    a, _ = draws(config(batch_size=batch_size), numbered_data(9, 2, LOAD), range(27 // batch_size))
    numbers = [crop.number for crop in a]
    epochs = [numbers[:9], numbers[9:18], numbers[18:]]
    assert all(sorted(epoch) == list(range(9)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


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


def test_images_are_resized_bicubically_whatever_their_aspect(tmp_path: Path) -> None:
    data = open_unpaired(str(write_folder(tmp_path / "set", count=1)))
    settings = tiny_config(data=DataConfig(load_size=SIZE, flip=False))
    a, _ = Sampler(data, settings).sample(0)
    with Image.open(tmp_path / "set" / "trainA" / "0.png") as file:
        assert file.size == (14, 20)
        resized = np.asarray(file.resize((SIZE, SIZE), Image.Resampling.BICUBIC))
    np.testing.assert_allclose(a[0], resized / 127.5 - 1, atol=1e-6)


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
    batches = list(sampler.batches(0, 20))
    assert len(batches) == 20
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
    message = r"20 images of trainA in a row could not be decoded, the last because .*\.jpg"
    with pytest.raises(DataError, match=message):
        sampler.sample(0)
    with pytest.raises(DataError, match=message):  # and not an error of the thread that met it
        next(sampler.batches(0, 5))


def test_a_and_b_may_differ_in_size_and_number() -> None:
    data = replace(numbered_data(1, 3, LOAD), train_a=numbered_data(6, 1, 40).train_a)
    a, b = Sampler(data, config()).sample(0)
    assert a.shape == b.shape
