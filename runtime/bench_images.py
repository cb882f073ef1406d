"""The real images that networks are timed with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgegan.errors import ImageError, UsageError
from edgegan.images import ImageArray, list_images, resize
from edgegan.manifest import IO
from edgegan.runtime.bench_settings import EMOJI
from edgegan.runtime.image_io import NetworkArray, input_size, to_batches

if TYPE_CHECKING:
    from edgegan.data import Images

POOL = 8
ANY_SIZE = (256, 256)  # for networks that take any; the papers' size


def bench_images(spec: str, io: IO, stages: str = "net") -> list[ImageArray]:
    """Take up to `POOL` images, spread over the set; damaged ones are passed over.

    They get the network's size here, one by one, so that large photos do not count as the
    network's memory. Only from end to end, where resizing is part of the work, do they keep
    theirs; but not the embedded emoji, nor where the network takes any size.

    Args:
        spec: "emoji", which are the embedded ones as in all commands, a folder of images, or
            a data set, whose testA is taken.
        io: The tensors of the network.
        stages: "net" or "e2e".

    Returns:
        uint8 `[H, W, 3]` each, at least two.

    Raises:
        UsageError: there is no such folder or data set, or it has fewer than two images.
        DataError: the data set is laid out wrongly.
    """
    size = input_size(io)
    if stages == "e2e" and size is not None and spec != EMOJI:
        images = list(islice(_readable(spec), POOL))
    else:
        images = [resize(one, size or ANY_SIZE) for one in islice(_readable(spec), POOL)]
    if len(images) < 2:
        raise UsageError(
            f"{spec} has only {len(images)} image(s) that can be read; measuring needs at least "
            "two different ones."
        )
    return images


def _readable(spec: str) -> Iterator[ImageArray]:
    """Read images: first some that are spread over the set, then the others."""
    found = _images(spec)
    count = min(POOL, len(found))
    spread = [index * len(found) // count for index in range(count)]
    for index in dict.fromkeys((*spread, *range(len(found)))):
        with suppress(ImageError):
            yield found[index]


def _images(spec: str) -> Images:
    from edgegan.data import FileImages, open_unpaired

    folder = Path(spec)
    files = list_images(folder) if spec != EMOJI and folder.is_dir() else []
    return FileImages(tuple(files)) if files else open_unpaired(spec).test_a


def image_groups(images: Sequence[ImageArray], batch: int) -> list[list[ImageArray]]:
    """Make as many groups of `batch` images as there are images; the n-th starts with the n-th."""
    count = len(images)
    return [[images[(n + offset) % count] for offset in range(batch)] for n in range(count)]


def network_batch(group: Sequence[ImageArray], io: IO) -> NetworkArray:
    """Turn a group of images into what the network takes in one run."""
    batches = list(to_batches(group, io))  # several only where the file takes any number
    return batches[0] if len(batches) == 1 else np.concatenate(batches)
