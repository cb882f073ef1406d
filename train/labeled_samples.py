"""Training samples of StarGAN: images, their labels, and the labels to translate them to.

Sample `step` is a pure function of (seed, step), as in edgegan.train.samples. Each set is
gone through in a new random order every time. Target labels are the labels of the batch in
another order (solver.py of yunjey/stargan), so that they occur as often as real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edgegan.data import SkippedFile
from edgegan.domains import Domain, label_length
from edgegan.images import FloatArray, ImageArray, center_crop, to_float
from edgegan.labeled_data import LabeledData, Labels
from edgegan.train.preprocess import resize_to_channels
from edgegan.train.samples import first_usable, part_of_batch, turn_order
from edgegan.train.stargan_config import StarGANConfig


@dataclass
class LabeledSampler:
    """Draws training samples; remembers the files that could not be used.

    Threads may share it.

    Attributes:
        data: Where the images come from.
        config: Preprocessing, batch size and the seed.
        skipped: Files met so far that could not be used, by set and name.
        arrays: How many arrays a sample has.
    """

    data: LabeledData
    config: StarGANConfig
    skipped: dict[tuple[str, str], SkippedFile] = field(default_factory=dict)
    arrays: int = 3

    def sample(self, step: int, part: int = 0, of: int = 1) -> tuple[FloatArray, ...]:
        """Return one of the `of` equal parts of the batch of `step`.

        Returns:
            Images, float32 `[batch_size / of, S, S, C]` in [-1, 1]; their labels, float32
            `[batch_size / of, label_length]`; and the target labels.

        Raises:
            UsageError: the batch size is no multiple of `of`.
            DataError: too many images in a row cannot be used.
        """
        batch_size, seed = self.config.data.batch_size, self.config.train.seed
        number, turn = dataset_of(seed, step, len(self.data.sets))
        mine = part_of_batch(batch_size, part, of)
        # Labels of the whole batch are drawn on every machine, images only of its own part.
        first = turn * batch_size
        choices = [self._choice(number, index) for index in range(first, first + batch_size)]
        images = []
        for position in mine:
            rng = np.random.default_rng((seed, number, first + position))
            choices[position], image = self._draw(number, choices[position], rng)
            images.append(image)
        labels = full_labels(self.data, number, choices)
        order = np.random.default_rng((seed, ord("T"), step)).permutation(batch_size)
        rows = slice(mine.start, mine.stop)
        return np.stack(images), labels[rows], labels[order][rows]

    def _choice(self, number: int, index: int) -> int:
        count = len(self.data.sets[number].train.images)
        turn, position = divmod(index, count)
        return int(turn_order((self.config.train.seed, ord("O"), number), turn, count)[position])

    def _draw(self, number: int, choice: int, rng: np.random.Generator) -> tuple[int, FloatArray]:
        one = self.data.sets[number]

        def skip(name: str, reason: str) -> None:
            self.skipped[one.spec, name] = SkippedFile(Path(name), reason)

        choice, image = first_usable(
            one.train.images, choice, rng, lambda image, _: prepare(image, self.config, rng), skip
        )
        mirrored = self.config.data.flip and rng.random() < 0.5
        return choice, to_float(image[:, ::-1] if mirrored else image)


def prepare(
    image: ImageArray, config: StarGANConfig, rng: np.random.Generator | None = None
) -> ImageArray:
    """Crop and resize an image as settings say.

    Args:
        image: uint8 `[H, W, 3]`, RGB.
        config: `data.preprocess`, size and channels.
        rng: Makes the random choices of training; None makes none, for samples.

    Returns:
        uint8 `[S, S, C]`.
    """
    size, channels = config.generator.image_size, config.generator.channels
    mode = config.data.preprocess
    if mode == "center_crop":
        image = center_crop(image)
    if mode != "resize_and_crop" or rng is None:
        return resize_to_channels(image, (size, size), channels)
    load = round(size * 286 / 256)
    top, left = rng.integers(load - size + 1, size=2)
    image = resize_to_channels(image, (load, load), channels)
    return image[top : top + size, left : left + size]


def dataset_of(seed: int, step: int, sets: int) -> tuple[int, int]:
    """Tell which data set `step` takes, and how many steps have taken it before.

    Each set is taken once in `sets` steps, whatever its size, in a random order: a fixed
    one could leave the same set to every step that updates the generator.
    """
    turn, position = divmod(step, sets)
    order = np.random.default_rng((seed, ord("S"), turn)).permutation(sets)
    return int(order[position]), turn


def full_labels(data: LabeledData, number: int, rows: Sequence[int]) -> Labels:
    """Place training labels of set `number` among those of all sets, and add the mask.

    Args:
        data: All sets.
        number: Of the set.
        rows: Numbers of its training images.

    Returns:
        float32 `[len(rows), label_length]`.
    """
    own = data.sets[number].train.labels[list(rows)]
    domains: tuple[Domain, ...] = data.domains
    columns = [i for i, domain in enumerate(domains) if domain.dataset == number]
    labels = np.zeros((len(own), label_length(domains)), np.float32)
    labels[:, columns] = own
    if len(data.sets) > 1:
        labels[:, len(domains) + number] = 1.0
    return labels
