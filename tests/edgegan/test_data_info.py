"""The survey of a data set: its figures, what is repeated, and the warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.data import SkippedFile, UnpairedData, open_unpaired
from edgegan.data_info import DataInfo, survey, warnings
from edgegan.errors import EdgeganError, ImageError, UsageError
from edgegan.images import ImageArray

RNG = np.random.default_rng(0)


@dataclass
class ListedImages:
    """Images in memory, and the errors of those that cannot be decoded."""

    content: Sequence[ImageArray | EdgeganError]
    decoded: Counter[int] = field(default_factory=Counter)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{index}.png" for index in range(len(self.content)))

    def __len__(self) -> int:
        return len(self.content)

    def __getitem__(self, index: int) -> ImageArray:
        self.decoded[index] += 1
        image = self.content[index]
        if isinstance(image, EdgeganError):
            raise image
        return image


def noise(height: int = 64, width: int = 64) -> ImageArray:
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


def good() -> list[ImageArray | EdgeganError]:
    return [noise(), noise()]


def dataset(**parts: list[ImageArray | EdgeganError]) -> UnpairedData:
    """Make a data set whose parts are good where they are not given."""
    train_a, train_b, test_a, test_b = (
        ListedImages(parts.get(name, good())) for name in PART_FIELDS
    )
    return UnpairedData(
        spec="listed", train_a=train_a, train_b=train_b, test_a=test_a, test_b=test_b
    )


PART_FIELDS = ("train_a", "train_b", "test_a", "test_b")


def looked(**parts: list[ImageArray | EdgeganError]) -> DataInfo:
    return survey(dataset(**parts))


def test_a_good_set_has_no_warnings() -> None:
    found = looked()
    assert [part.name for part in found.parts] == ["trainA", "trainB", "testA", "testB"]
    assert [part.images for part in found.parts] == [2, 2, 2, 2]
    assert found.spec == "listed"
    assert not found.paired_test
    assert warnings(found) == []


def test_sizes_are_sorted_by_area() -> None:
    images = [noise(*size) for size in ((80, 90), (70, 200), (100, 64), (90, 80), (80, 80))]
    part = looked(train_b=list(images)).parts[1]
    assert part.sizes == ((80, 80), (100, 64), (80, 90), (90, 80), (70, 200))
    assert (part.smallest, part.median, part.largest) == ((80, 80), (80, 90), (70, 200))
    assert (part.distinct_sizes, part.square, part.small) == (5, 1, 0)


def test_the_median_of_two_is_the_smaller() -> None:
    assert looked(test_a=[noise(90, 90), noise(80, 80)]).parts[2].median == (80, 80)


def test_gray_has_equal_channels_everywhere() -> None:
    gray = np.repeat(noise()[..., :1], 3, axis=-1)
    nearly = [gray.copy(), gray.copy(), gray.copy()]
    for channel, image in enumerate(nearly):
        image[-1, -1, channel] ^= 1
    assert looked(train_a=[gray, *nearly, noise()]).parts[0].gray == 1


def test_small_is_any_side_below_64() -> None:
    found = looked(train_a=[noise(63, 200), noise(64, 64)], test_b=[noise(9, 9), noise(64, 63)])
    assert [part.small for part in found.parts] == [1, 0, 0, 2]
    assert warnings(found) == [
        "3 image(s) have a side below 64 pixels: enlarged for training, they are blurred."
    ]


def test_repetition_within_a_part() -> None:
    image, other = noise(), noise()
    found = looked(train_a=[image, other, image.copy(), image.copy(), other, noise()])
    assert [part.repeated for part in found.parts] == [3, 0, 0, 0]
    assert found.train_test_a == found.train_test_b == found.a_b == ()


def test_equal_bytes_of_another_shape_are_another_image() -> None:
    image = noise(64, 128)
    found = looked(train_a=[image, image.reshape(128, 64, 3), image[:, ::-1], image[:, ::-1]])
    assert found.parts[0].repeated == 1


def test_images_of_train_and_test() -> None:
    image, other = noise(), noise()
    found = looked(
        train_a=[noise(), image, image],
        test_a=[image.copy(), noise(), image],
        train_b=[other, noise()],
        test_b=[noise(), other],
    )
    pairs = (("trainA/1.png", "testA/0.png"), ("trainA/1.png", "testA/2.png"))
    assert found.train_test_a == pairs
    assert found.train_test_b == (("trainB/0.png", "testB/1.png"),)
    assert found.a_b == ()
    assert [text[:42] for text in warnings(found)] == [
        "2 image(s) of testA are in trainA too, pix",
        "1 image(s) of testB are in trainB too, pix",
    ]


def test_images_of_both_domains() -> None:
    image, other = noise(), noise()
    found = looked(train_a=[image, noise()], test_b=[image, other], test_a=[other, noise()])
    assert found.a_b == (("trainA/0.png", "testB/0.png"), ("testA/0.png", "testB/1.png"))
    assert found.train_test_a == found.train_test_b == ()
    assert [text[:27] for text in warnings(found)] == ["2 image(s) of B are in A to"]


def test_unreadable_images_are_counted_and_passed_over() -> None:
    header = SkippedFile(Path("root/testA/text.jpg"), "text.jpg is text")
    data = dataset(
        train_a=[noise(), ImageError("0 is cut"), noise(), UsageError("gone")],
        test_b=[ImageError("bad"), noise(), noise()],
    )
    found = survey(replace(data, skipped=(header,)))
    assert [part.unreadable for part in found.parts] == [2, 0, 1, 1]
    assert [part.images for part in found.parts] == [2, 2, 2, 2]
    assert [(str(item.path), item.reason) for item in found.unreadable] == [
        ("root/testA/text.jpg", "text.jpg is text"),
        ("trainA/1.png", "0 is cut"),
        ("trainA/3.png", "gone"),
        ("testB/0.png", "bad"),
    ]
    assert warnings(found) == ["4 image(s) cannot be read; they will be passed over."]


@pytest.mark.parametrize("count", [0, 1])
def test_a_part_of_less_than_two(count: int) -> None:
    images = [noise() for _ in range(count)]
    found = looked(train_b=[*images, ImageError("bad")])
    assert warnings(found)[0] == (
        f"trainB has {count} readable image(s): at least 2 are needed, and hundreds are better."
    )
    part = found.parts[1]
    assert (part.smallest, part.median, part.largest) == ((64, 64) if count else None,) * 3


def test_each_image_is_decoded_once_and_reported() -> None:
    data = dataset(train_a=[noise() for _ in range(40)])
    reports: list[tuple[int, str]] = []
    survey(data, lambda done, note="": reports.append((done, note)))
    for name in PART_FIELDS:
        images = getattr(data, name)
        assert images.decoded == dict.fromkeys(range(len(images)), 1)
    assert [done for done, _ in reports] == list(range(1, 47))
    assert reports[39:41] == [(40, "trainA"), (41, "trainB")]


def test_thumbnails_are_spread_through_the_part() -> None:
    flat: list[ImageArray | EdgeganError] = [
        np.full((64, 80, 3), value, np.uint8) for value in range(45)
    ]
    flat[0] = ImageError("bad")
    thumbnails = looked(train_a=flat).parts[0].thumbnails
    assert [image[48, 48, 0] for image in thumbnails] == list(range(4, 45, 4))


def test_the_embedded_emoji_are_clean() -> None:
    found = survey(open_unpaired("emoji"))
    assert warnings(found) == []
    assert found.paired_test
    assert {(part.smallest, part.largest, part.repeated) for part in found.parts} == {
        ((64, 64), (64, 64), 0)
    }
