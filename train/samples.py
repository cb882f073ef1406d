"""Training samples: resize, random crop and flip, drawn from the step number alone.

Sample `step` is a pure function of (seed, step), so a resumed run sees the very images
that the uninterrupted one would have seen. As in the reference (data/unaligned_dataset.py
and base_dataset.py): A goes through a new random order each epoch, B is drawn
independently, both are resized to `load_size` (bicubic, aspect ignored), cropped at
random and mirrored half of the time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edgegan.data import Images, SkippedFile, UnpairedData
from edgegan.errors import DataError, ImageError
from edgegan.images import FloatArray, ImageArray, resize, to_float
from edgegan.train.config import CycleGANConfig

_TRIES = 20  # images that may fail to decode in a row
_THREADS, _AHEAD = 2, 4  # that make batches, and batches made ahead


@dataclass
class Sampler:
    """Draws training samples; remembers the files that could not be decoded.

    Attributes:
        data: Where the images come from.
        config: Sizes, batch size, flips and the seed.
        skipped: Files met so far that failed to decode, by domain and name.
    """

    data: UnpairedData
    config: CycleGANConfig
    skipped: dict[tuple[str, str], SkippedFile] = field(default_factory=dict)

    def sample(self, step: int) -> tuple[FloatArray, FloatArray]:
        """Return the batches of step `step`: float32 `[N, S, S, 3]` in [-1, 1], A and B.

        Raises:
            DataError: too many images in a row cannot be decoded.
        """
        count = self.config.data.batch_size
        indices = range(step * count, (step + 1) * count)
        batch_a = [self._draw("A", self.data.train_a, index) for index in indices]
        batch_b = [self._draw("B", self.data.train_b, index) for index in indices]
        return np.stack(batch_a), np.stack(batch_b)

    def batches(self, start: int, stop: int) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield the batches of steps `start` to `stop` - 1, made ahead by other threads."""
        ahead: deque[Future[tuple[FloatArray, FloatArray]]] = deque()
        with ThreadPoolExecutor(_THREADS) as threads:
            for step in range(start, stop):
                ahead.append(threads.submit(self.sample, step))
                if len(ahead) > _AHEAD:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def _draw(self, domain: str, images: Images, index: int) -> FloatArray:
        rng = np.random.default_rng((self.config.train.seed, ord(domain), index))
        epoch, position = divmod(index, len(images))
        choice = int(rng.integers(len(images)))
        if domain == "A":  # every image once an epoch
            order = np.random.default_rng((self.config.train.seed, epoch))
            choice = int(order.permutation(len(images))[position])
        reason = ""
        for _ in range(_TRIES):
            try:
                return self._augment(images[choice], rng)
            except ImageError as error:
                name = images.names[choice]
                reason = str(error)
                self.skipped[domain, name] = SkippedFile(Path(name), reason)
                choice = int(rng.integers(len(images)))
        raise DataError(
            f"{_TRIES} images of train{domain} in a row could not be decoded, the last because "
            f"{reason}"
        )

    def _augment(self, image: ImageArray, rng: np.random.Generator) -> FloatArray:
        load, size = self.config.load_size, self.config.generator.image_size
        top, left = rng.integers(load - size + 1, size=2)
        crop = resize(image, (load, load))[top : top + size, left : left + size]
        if self.config.data.flip and rng.random() < 0.5:
            crop = crop[:, ::-1]
        return to_float(crop)
