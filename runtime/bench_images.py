"""The real images that networks are timed with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgegan.errors import UsageError
from edgegan.images import ImageArray, list_images, resize
from edgegan.manifest import IO
from edgegan.runtime.bench_settings import EMOJI
from edgegan.runtime.image_io import NetworkArray, batch_size, input_size, nhwc, to_batches
from edgegan.runtime.scenario import Scenario

POOL = 8
ANY_SIZE = (256, 256)  # for networks that take any; the papers' size
ANY_BATCH = 8  # offline, for networks that take any number of images


def bench_images(spec: str, io: IO) -> list[ImageArray]:
    """Take up to `POOL` images, spread over the set.

    The embedded emoji get the network's size here. Others keep theirs where the network's
    is fixed, since resizing them is part of the work from end to end.

    Args:
        spec: "emoji", a folder of images, or a data set, whose testA is taken.
        io: The tensors of the network.

    Returns:
        uint8 `[H, W, 3]` each, at least two.

    Raises:
        UsageError: there is no such folder or data set, or it has fewer than two images.
        DataError: the data set is laid out wrongly.
        ImageError: an image is damaged.
    """
    from edgegan.data import FileImages, Images, open_unpaired

    folder = Path(spec)
    files = list_images(folder) if folder.is_dir() else []
    found: Images = FileImages(tuple(files)) if files else open_unpaired(spec).test_a
    if len(found) < 2:
        raise UsageError(f"{spec} has only one image; measuring needs at least two different ones.")
    count = min(POOL, len(found))
    images = [found[index * len(found) // count] for index in range(count)]
    size = input_size(io)
    if size is None or spec == EMOJI:
        return [resize(image, size or ANY_SIZE) for image in images]
    return images


def run_batch(io: IO, scenario: Scenario) -> int:
    """Count the images of one run; where that is free, offline takes `ANY_BATCH`."""
    free = nhwc(io.inputs[0])[0] is None
    return ANY_BATCH if free and scenario.kind == "offline" else batch_size(io)


def image_groups(images: Sequence[ImageArray], batch: int) -> list[list[ImageArray]]:
    """Make as many groups of `batch` images as there are images; the n-th starts with the n-th."""
    count = len(images)
    return [[images[(n + offset) % count] for offset in range(batch)] for n in range(count)]


def network_batch(group: Sequence[ImageArray], io: IO) -> NetworkArray:
    """Turn a group of images into what the network takes in one run."""
    batches = list(to_batches(group, io))  # several only where the file takes any number
    return batches[0] if len(batches) == 1 else np.concatenate(batches)
