"""The pipeline delivers what the sampler draws: in order, only what is asked, its errors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.data import Images, UnpairedData, open_unpaired
from edgegan.errors import DataError, UsageError
from edgegan.images import ImageArray
from edgegan.train.cyclegan_config import DataConfig
from edgegan.train.input_pipeline import batches
from edgegan.train.samples import Sampler
from tests.train.tiny import SIZE, cut_short, numbered_data, tiny_config, write_folder


def sampler(data: UnpairedData | None = None, batch_size: int = 1) -> Sampler:
    """Make a sampler of numbered images."""
    config = tiny_config(data=DataConfig(load_size=SIZE + 4, batch_size=batch_size))
    return Sampler(data or numbered_data(5, 7, SIZE + 4), config)


@dataclass
class Watched:
    """Images that remember which of them were decoded, and may fail."""

    images: Images
    decoded: list[int] = field(default_factory=list)
    error: Exception | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names."""
        return self.images.names

    def __len__(self) -> int:
        """Count the images."""
        return len(self.images)

    def __getitem__(self, index: int) -> ImageArray:
        """Decode one image, or fail."""
        if self.error is not None:
            raise self.error
        self.decoded.append(index)
        return self.images[index]


def test_batches_are_the_samples_in_order() -> None:
    drawn = sampler(batch_size=2)
    found = list(batches(drawn, 3, 30))
    assert len(found) == 27
    for step, pair in enumerate(found, start=3):
        for batch, expected in zip(pair, drawn.sample(step), strict=True):
            assert batch.shape == (2, SIZE, SIZE, 3)
            assert batch.dtype == "float32"
            np.testing.assert_array_equal(batch, expected)


@pytest.mark.parametrize(("start", "stop"), [(3, 3), (5, 2)])
def test_nothing_is_left_to_do(start: int, stop: int) -> None:
    assert list(batches(sampler(), start, stop)) == []


@pytest.mark.parametrize("part", [0, 2])
def test_a_part_is_a_slice_of_the_global_batch(part: int) -> None:
    drawn = sampler(batch_size=6)
    found = list(batches(drawn, 2, 5, part, of=3))
    assert len(found) == 3
    for step, pair in enumerate(found, start=2):
        for batch, whole in zip(pair, drawn.sample(step), strict=True):
            np.testing.assert_array_equal(batch, whole[2 * part : 2 * part + 2])


def test_images_of_other_parts_are_not_decoded() -> None:
    data = numbered_data(8, 8, SIZE + 4)
    watched = Watched(data.train_a)
    found = list(batches(sampler(replace(data, train_a=watched), 4), 0, 2, part=1, of=2))
    assert len(watched.decoded) == 4
    numbers = {round(float((a[0, 0, 0] + 1) * 127.5)) for pair in found for a in pair[0].numpy()}
    assert set(watched.decoded) == numbers


def test_a_batch_that_cannot_be_divided_is_refused() -> None:
    with pytest.raises(UsageError, match=r"data.batch_size is 3; it must be a multiple of 2"):
        next(batches(sampler(batch_size=3), 0, 5, of=2))


def test_an_unreadable_image_is_replaced_and_reported(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set", suffixes=(".jpg",))
    cut_short(root / "trainB" / "1.jpg")
    drawn = Sampler(open_unpaired(str(root)), tiny_config())
    assert len(list(batches(drawn, 0, 20))) == 20
    assert list(drawn.skipped) == [("B", "1.jpg")]


def test_errors_arrive_as_themselves(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set", suffixes=(".jpg",))
    for path in (root / "trainA").iterdir():
        cut_short(path)
    drawn = Sampler(open_unpaired(str(root)), tiny_config())
    with pytest.raises(DataError, match=r"20 training images in a row could not be used, .*trainA"):
        next(batches(drawn, 0, 5))


@pytest.mark.parametrize("error", [OSError("the disk is gone"), KeyError("x")])
def test_so_do_unexpected_ones_later_on(error: Exception) -> None:
    data = numbered_data(2, 2, SIZE + 4)
    watched = Watched(data.train_b)
    ready = batches(sampler(replace(data, train_b=watched)), 0, 10**6)
    next(ready)
    watched.error = error
    with pytest.raises(type(error), match=str(error)):
        list(ready)


def test_left_early_it_has_not_drawn_the_rest() -> None:
    data = numbered_data(2, 2, SIZE + 4)
    watched = Watched(data.train_a)
    ready = batches(sampler(replace(data, train_a=watched)), 0, 5_000)
    next(ready)
    ready.close()  # type: ignore[attr-defined] # it is a generator
    assert 1 <= len(watched.decoded) < 1_000  # some are made ahead
