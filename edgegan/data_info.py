"""What a data set holds: sizes, unreadable and repeated images, found in one pass.

Each image is decoded once and forgotten; its size, a digest of its pixels and a few
thumbnails are what stays.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path

import numpy as np

from edgegan.console import Report, silent
from edgegan.contact_sheet import spread, thumbnail
from edgegan.data import PARTS, Images, SkippedFile, UnpairedData
from edgegan.errors import EdgeganError
from edgegan.images import ImageArray

SMALL = 64  # pixels: images with a shorter side are warned of
_THREADS = 4  # Pillow decodes outside Python's lock

Size = tuple[int, int]
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class PartInfo:
    """One part of a data set.

    Attributes:
        name: Such as "trainA".
        sizes: (H, W) of each readable image, by area.
        unreadable: How many images cannot be decoded.
        gray: How many readable images have three equal channels.
        repeated: How many have the pixels of an earlier image of this part.
        thumbnails: Up to 12, evenly spread: uint8 `[96, 96, 3]`.
    """

    name: str
    sizes: tuple[Size, ...]
    unreadable: int
    gray: int
    repeated: int
    thumbnails: tuple[ImageArray, ...]

    @property
    def images(self) -> int:
        """How many images can be decoded."""
        return len(self.sizes)

    @property
    def smallest(self) -> Size | None:
        """The size of least area; None without images, as the next two."""
        return self.sizes[0] if self.sizes else None

    @property
    def median(self) -> Size | None:
        """The size in the middle; of two, the smaller."""
        return self.sizes[(len(self.sizes) - 1) // 2] if self.sizes else None

    @property
    def largest(self) -> Size | None:
        """The size of greatest area."""
        return self.sizes[-1] if self.sizes else None

    @property
    def distinct_sizes(self) -> int:
        """How many different sizes there are."""
        return len(set(self.sizes))

    @property
    def square(self) -> int:
        """How many are as wide as high."""
        return sum(height == width for height, width in self.sizes)

    @property
    def small(self) -> int:
        """How many have a side below `SMALL` pixels."""
        return sum(min(size) < SMALL for size in self.sizes)


@dataclass(frozen=True, kw_only=True, eq=False)
class DataInfo:
    """A whole data set. Images are called by part and name, such as "trainA/1.png".

    Attributes:
        spec: The string that names it.
        paired_test: Whether testA and testB show the same things, in the same order.
        parts: trainA, trainB, testA and testB.
        unreadable: Images that cannot be decoded, and why.
        train_test_a: For each image of testA whose pixels trainA has too: the image of
            trainA, and that of testA.
        train_test_b: The same of domain B.
        a_b: The same of all images of A, and of B.
    """

    spec: str
    paired_test: bool
    parts: tuple[PartInfo, ...]
    unreadable: tuple[SkippedFile, ...]
    train_test_a: tuple[Pair, ...]
    train_test_b: tuple[Pair, ...]
    a_b: tuple[Pair, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Image:
    name: str
    size: Size
    gray: bool
    digest: bytes
    thumbnail: ImageArray | None


def survey(data: UnpairedData, report: Report = silent) -> DataInfo:
    """Decode every image of `data` and describe what is there."""
    sets = dict(zip(PARTS, (data.train_a, data.train_b, data.test_a, data.test_b), strict=True))
    found: dict[str, list[_Image]] = {part: [] for part in PARTS}
    unreadable = list(data.skipped)
    failed = Counter(item.path.parent.name for item in data.skipped)
    for done, (part, seen) in enumerate(_look_at_all(sets), start=1):
        if isinstance(seen, _Image):
            found[part].append(seen)
        else:
            unreadable.append(seen)
            failed[part] += 1
        report(done, part)
    train_a, train_b, test_a, test_b = (found[part] for part in PARTS)
    return DataInfo(
        spec=data.spec,
        paired_test=data.paired_test,
        parts=tuple(_part_info(part, found[part], failed[part]) for part in PARTS),
        unreadable=tuple(unreadable),
        train_test_a=_shared(train_a, test_a),
        train_test_b=_shared(train_b, test_b),
        a_b=_shared(train_a + test_a, train_b + test_b),
    )


def warnings(info: DataInfo) -> list[str]:
    """Say in words what will trouble training, or falsify measurements."""
    lines = [
        f"{part.name} has {part.images} readable image(s): at least 2 are needed, and "
        "hundreds are better."
        for part in info.parts
        if part.images < 2
    ]
    if info.unreadable:
        lines.append(f"{len(info.unreadable)} image(s) cannot be read; they will be passed over.")
    for domain, pairs in (("A", info.train_test_a), ("B", info.train_test_b)):
        if pairs:
            lines.append(
                f"{len(pairs)} image(s) of test{domain} are in train{domain} too, pixel for "
                "pixel: figures on the test set will flatter. Remove them from one of the two."
            )
    if info.a_b:
        lines.append(
            f"{len(info.a_b)} image(s) of B are in A too, pixel for pixel: the domains should "
            "differ. Was a folder copied?"
        )
    small = sum(part.small for part in info.parts)
    if small:
        lines.append(
            f"{small} image(s) have a side below {SMALL} pixels: enlarged for training, they "
            "are blurred."
        )
    return lines


def _look_at_all(sets: Mapping[str, Images]) -> Iterator[tuple[str, _Image | SkippedFile]]:
    """Yield the part of each image, and what is known of it, in order."""
    with ThreadPoolExecutor(_THREADS) as threads:
        for part, images in sets.items():
            labels = [f"{part}/{name}" for name in images.names]
            look = partial(_look, images, labels, frozenset(spread(len(images))))
            for seen in threads.map(look, range(len(images))):
                yield part, seen


def _look(
    images: Images, labels: Sequence[str], shown: frozenset[int], index: int
) -> _Image | SkippedFile:
    try:
        image = images[index]
    except EdgeganError as error:  # a UsageError if the file has just been removed
        return SkippedFile(Path(labels[index]), str(error))
    height, width, _ = image.shape
    red, green, blue = (image[..., channel] for channel in range(3))
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return _Image(
        name=labels[index],
        size=(height, width),
        gray=np.array_equal(red, green) and np.array_equal(red, blue),
        digest=digest.digest(),
        thumbnail=thumbnail(image) if index in shown else None,
    )


def _part_info(part: str, found: Sequence[_Image], unreadable: int) -> PartInfo:
    return PartInfo(
        name=part,
        sizes=tuple(sorted((one.size for one in found), key=lambda size: (prod(size), size))),
        unreadable=unreadable,
        gray=sum(one.gray for one in found),
        repeated=len(found) - len({one.digest for one in found}),
        thumbnails=tuple(one.thumbnail for one in found if one.thumbnail is not None),
    )


def _shared(first: Sequence[_Image], second: Sequence[_Image]) -> tuple[Pair, ...]:
    """Pair each image of `second` with one of `first` that has the same pixels, if any."""
    known = {one.digest: one.name for one in reversed(first)}  # so the earliest stays
    return tuple((known[one.digest], one.name) for one in second if one.digest in known)
