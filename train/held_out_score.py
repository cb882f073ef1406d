"""`train.eval_every`: a score on held-out images during training, and the best so far.

It is the FID or KID of translated test images to the target's training images, as in
`edgegan eval`, so that the curve and the final evaluation are one number. A GAN's losses
do not tell whether its images get better.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import tensorflow as tf

from edgegan.data import UnpairedData
from edgegan.images import FloatArray, ImageArray, to_float, to_gray, to_uint8
from edgegan.labeled_data import LabeledData
from edgegan.train.checkpoints import Checkpoints
from edgegan.train.config import TrainingConfig
from edgegan.train.evaluation_data import Direction, both_directions, domain_directions
from edgegan.train.feature_cache import cached_features
from edgegan.train.features import open_extractor
from edgegan.train.frechet import frechet_distance, gaussian
from edgegan.train.kernel_distance import kernel_distance
from edgegan.train.trainer import Trainer

SCORE = "held_out_score"
_BATCH = 20


def open_score(
    config: TrainingConfig, data: UnpairedData | LabeledData, gan: Trainer[Any]
) -> Callable[[], float]:
    """Prepare to score the generators of `gan`; the function returned does it.

    Raises:
        UsageError: `train.eval_features` is unknown.
        DataError: there are too few images of a domain.
    """
    size = (config.generator.image_size, config.generator.image_size)
    extractor, limit = open_extractor(config.train.eval_features), config.train.eval_images
    if isinstance(data, LabeledData):
        domains = config.generator.domains
        directions = [
            one for known in data.sets for one in domain_directions(known, domains, size, limit)
        ]
    else:
        trained = {network.name for network in gan.generators}  # a student has one direction
        directions = [one for one in both_directions(data, size, limit) if one.name in trained]
    references = [cached_features(one.training, extractor)[one.reference] for one in directions]
    fitted = [gaussian(reference) for reference in references]

    def score() -> float:
        networks = {network.name: network for network in gan.generators}
        scores = []
        for direction, reference, known in zip(directions, references, fitted, strict=True):
            network = networks.get(direction.name, gan.generators[0])
            features = extractor(_translated(network, direction))
            if config.train.eval_score == "kid":
                scores.append(kernel_distance(features, reference))
            else:
                scores.append(frechet_distance(gaussian(features), known))
        return fmean(scores)

    return score


@dataclass
class BestKept:
    """Remembers the best score of a run, and keeps the checkpoint of its step.

    Attributes:
        folder: Where that lies.
        log: The lines so far; a resumed run goes on from their best.
    """

    folder: Path
    log: Sequence[dict[str, float]]
    _best: float = field(init=False)

    def __post_init__(self) -> None:
        """Take up the best of the lines."""
        self._best = min((line[SCORE] for line in self.log if SCORE in line), default=math.inf)

    def update(self, score: float) -> bool:
        """Take a new score; tell whether it is the best."""
        better = score < self._best
        self._best = min(score, self._best)
        return better

    def save(self, gan: tf.Module, step: int) -> None:
        """Write the checkpoint of `step`, and remove the one before."""
        path = Checkpoints(folder=self.folder).save(gan, step)
        for other in self.folder.glob("step-*"):
            if other != path:
                shutil.rmtree(other)


def _translated(network: Any, direction: Direction) -> ImageArray:
    images, channels = direction.sources, network.inputs[0].shape[-1]
    if channels == 1:
        images = np.stack([to_gray(image) for image in images])[..., None]
    results: list[FloatArray] = []
    for start in range(0, len(images), _BATCH):
        rows = slice(start, start + _BATCH)
        x = to_float(images[rows])
        labels = None if direction.labels is None else direction.labels[rows]
        results.append(network(x if labels is None else [x, labels]).numpy())
    return np.repeat(to_uint8(np.concatenate(results)), 3 // channels, axis=-1)
