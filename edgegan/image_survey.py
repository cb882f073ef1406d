"""Looking at all images of a data set: sizes, unreadable and repeated ones, in one pass.

Each image is decoded once and forgotten; its size, a digest of its pixels and a few
thumbnails are what stays.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path

import numpy as np

from edgegan.console import Report, silent
from edgegan.contact_sheet import spread, thumbnail
from edgegan.data import Images, SkippedFile
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
class SeenImage:
    """What stays of an image.

    Attributes:
        name: Its part and name, such as "trainA/1.png".
        index: Where it is in its part.
        size: (H, W).
        gray: Whether its three channels are equal.
        digest: The same for images of the same pixels.
        thumbnail: uint8 `[96, 96, 3]`, or None if it is not shown.
    """

    name: str
    index: int
    size: Size
    gray: bool
    digest: bytes
    thumbnail: ImageArray | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Survey:
    """What looking at all images has found.

    Attributes:
        seen: By part, its readable images.
        parts: The figures of each part.
        unreadable: Images that cannot be read, and why.
    """

    seen: Mapping[str, Sequence[SeenImage]]
    parts: tuple[PartInfo, ...]
    unreadable: tuple[SkippedFile, ...]


def look_at_all(
    parts: Mapping[str, Images],
    skipped: Sequence[SkippedFile] = (),
    shown: Mapping[str, Collection[int]] | None = None,
    report: Report = silent,
) -> Survey:
    """Decode every image.

    Args:
        parts: The images of each part, by its name.
        skipped: Files known to be unreadable; they count for the part that their folder
            is called after.
        shown: By part, which images get a thumbnail; by default up to 12, evenly spread.
        report: Is told how many images are done, and the part.
    """
    shown = shown or {part: frozenset(spread(len(images))) for part, images in parts.items()}
    seen: dict[str, list[SeenImage]] = {part: [] for part in parts}
    unreadable = list(skipped)
    failed = Counter(item.path.parent.name for item in skipped)
    for done, (part, image) in enumerate(_each(parts, shown), start=1):
        if isinstance(image, SeenImage):
            seen[part].append(image)
        else:
            unreadable.append(image)
            failed[part] += 1
        report(done, part)
    infos = tuple(_part_info(part, seen[part], failed[part]) for part in parts)
    return Survey(seen=seen, parts=infos, unreadable=tuple(unreadable))


def shared_pixels(first: Sequence[SeenImage], second: Sequence[SeenImage]) -> tuple[Pair, ...]:
    """Pair each image of `second` with one of `first` that has the same pixels, if any."""
    known = {one.digest: one.name for one in reversed(first)}  # so the earliest stays
    return tuple((known[one.digest], one.name) for one in second if one.digest in known)


def small_warning(parts: Iterable[PartInfo]) -> list[str]:
    """Warn if there are images with a short side."""
    small = sum(part.small for part in parts)
    text = (
        f"{small} image(s) have a side below {SMALL} pixels: enlarged for training, they are "
        "blurred."
    )
    return [text] if small else []


def _each(
    parts: Mapping[str, Images], shown: Mapping[str, Collection[int]]
) -> Iterator[tuple[str, SeenImage | SkippedFile]]:
    """Yield the part of each image, and what is known of it, in order."""
    with ThreadPoolExecutor(_THREADS) as threads:
        for part, images in parts.items():
            names = [f"{part}/{name}" for name in images.names]
            look = partial(_look, images, names, shown[part])
            for seen in threads.map(look, range(len(images))):
                yield part, seen


def _look(
    images: Images, names: Sequence[str], shown: Collection[int], index: int
) -> SeenImage | SkippedFile:
    try:
        image = images[index]
    except EdgeganError as error:  # a UsageError if the file has just been removed
        return SkippedFile(Path(names[index]), str(error))
    height, width, _ = image.shape
    red, green, blue = (image[..., channel] for channel in range(3))
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return SeenImage(
        name=names[index],
        index=index,
        size=(height, width),
        gray=np.array_equal(red, green) and np.array_equal(red, blue),
        digest=digest.digest(),
        thumbnail=thumbnail(image) if index in shown else None,
    )


def _part_info(part: str, found: Sequence[SeenImage], unreadable: int) -> PartInfo:
    return PartInfo(
        name=part,
        sizes=tuple(sorted((one.size for one in found), key=lambda size: (prod(size), size))),
        unreadable=unreadable,
        gray=sum(one.gray for one in found),
        repeated=len(found) - len({one.digest for one in found}),
        thumbnails=tuple(one.thumbnail for one in found if one.thumbnail is not None),
    )
