"""Training samples, drawn from the step number alone.

Sample `step` is a pure function of (seed, step), so a resumed run sees the very images
that the uninterrupted one would have seen. The order is the reference's
(data/unaligned_dataset.py of junyanz/pytorch-CycleGAN-and-pix2pix): the longer of the two
sets defines the length of an epoch; A goes through a new random order each time all of A
has been seen, so that every image of A is seen equally often; the image of B beside it is
drawn at random from all of B, with replacement, so that no pair is fixed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgegan.data import Images, SkippedFile, UnpairedData
from edgegan.errors import DataError, ImageError, UsageError
from edgegan.generator import check_size
from edgegan.images import FloatArray, ImageArray, to_float
from edgegan.train.cyclegan_config import CycleGANConfig
from edgegan.train.preprocess import crops, preprocess, scaled_size

_TRIES = 20  # images that may fail to decode in a row


@dataclass
class Sampler:
    """Draws training samples; remembers the files that could not be used.

    Threads may share it.

    Attributes:
        data: Where the images come from.
        config: Preprocessing, batch size and the seed.
        skipped: Files met so far that could not be used, by domain and name.
        arrays: How many arrays a sample has.
    """

    data: UnpairedData
    config: CycleGANConfig
    skipped: dict[tuple[str, str], SkippedFile] = field(default_factory=dict)
    arrays: int = 2

    @property
    def epoch_length(self) -> int:
        """Samples in an epoch: the number of images of the longer set."""
        return max(len(self.data.train_a), len(self.data.train_b))

    @cached_property
    def image_shape(self) -> tuple[int, int]:
        """(H, W) of all samples: the crop's, else what the first readable image of A gives.

        Raises:
            DataError: no image of A can be decoded.
            UsageError: that size does not fit the network.
        """
        if crops(self.config):
            return self.config.crop_size, self.config.crop_size
        images = self.data.train_a
        reason = ""
        for index in range(len(images)):
            try:
                height, width = images[index].shape[:2]
            except ImageError as error:
                reason = str(error)
                self._skip("A", images.names[index], reason)
                continue
            size = scaled_size((height, width), self.config)
            check_size(size, self.config.generator.size_multiple)
            return size
        raise DataError(f"No image of trainA can be decoded, the last because {reason}")

    def sample(self, step: int, part: int = 0, of: int = 1) -> tuple[FloatArray, FloatArray]:
        """Return one of the `of` equal parts of the batches of A and of B at `step`.

        Returns:
            Two arrays, float32 `[batch_size / of, *image_shape, channels]` in [-1, 1].

        Raises:
            UsageError: the batch size is no multiple of `of`.
            DataError: too many images in a row cannot be used, or an image has another
                size than `image_shape`.
        """
        batch_size = self.config.data.batch_size
        mine = part_of_batch(batch_size, part, of)
        indices = range(step * batch_size + mine.start, step * batch_size + mine.stop)
        batch_a = [self._draw("A", self.data.train_a, index) for index in indices]
        batch_b = [self._draw("B", self.data.train_b, index) for index in indices]
        return np.stack(batch_a), np.stack(batch_b)

    def _draw(self, domain: str, images: Images, index: int) -> FloatArray:
        seed = self.config.train.seed
        rng = np.random.default_rng((seed, ord(domain), index))
        choice = int(rng.integers(len(images)))
        if domain == "A":
            turn, position = divmod(index, len(images))
            choice = int(turn_order((seed, ord("O")), turn, len(images))[position])
        choice, image = first_usable(
            images,
            choice,
            rng,
            lambda image, name: preprocess(image, name, self.config, rng),
            lambda name, reason: self._skip(domain, name, reason),
        )
        self._check_shape(image, domain, images.names[choice])
        return to_float(image)

    def _check_shape(self, image: ImageArray, domain: str, name: str) -> None:
        (height, width), expected = image.shape[:2], self.image_shape
        if (height, width) != expected:
            mode = self.config.data.preprocess
            raise DataError(
                f"train{domain}/{name} comes out of data.preprocess={mode} as {height}x{width}, "
                f"the first image of A as {expected[0]}x{expected[1]}. Use "
                "data.preprocess=scale_width_and_crop, which takes images of any size."
            )

    def _skip(self, domain: str, name: str, reason: str) -> None:
        self.skipped[domain, name] = SkippedFile(Path(name), reason)


def part_of_batch(batch_size: int, part: int, of: int) -> range:
    """Return the positions in a batch of one of its `of` equal parts.

    Raises:
        UsageError: the batch size is no multiple of `of`.
    """
    if batch_size % of:
        raise UsageError(
            f"data.batch_size is {batch_size}; it must be a multiple of {of}, the number "
            "of parts that it is divided in."
        )
    count = batch_size // of
    return range(part * count, (part + 1) * count)


def first_usable(
    images: Images,
    choice: int,
    rng: np.random.Generator,
    prepare: Callable[[ImageArray, str], ImageArray],
    skip: Callable[[str, str], None],
) -> tuple[int, ImageArray]:
    """Decode and prepare image `choice`, or, while that fails, others drawn at random.

    Args:
        images: Where to take it from.
        choice: The number of the first to try.
        rng: Draws the others.
        prepare: From an image and its name to what training sees; may raise ImageError.
        skip: Told the name and the fault of each that failed.

    Returns:
        The number of the image that was used, and what `prepare` made of it.

    Raises:
        DataError: too many in a row cannot be used.
    """
    reason = ""
    for _ in range(_TRIES):
        name = images.names[choice]
        try:
            return choice, prepare(images[choice], name)
        except ImageError as error:
            reason = str(error)
            skip(name, reason)
            choice = int(rng.integers(len(images)))
    raise DataError(
        f"{_TRIES} training images in a row could not be used, the last because {reason}"
    )


@lru_cache(maxsize=4)  # the end of one turn and the start of the next are drawn together
def turn_order(key: tuple[int, ...], turn: int, count: int) -> NDArray[np.int64]:
    """Return the order of `count` images the `turn`-th time through them."""
    return np.random.default_rng((*key, turn)).permutation(count)
