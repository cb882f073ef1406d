"""How near translations come to the truth, where the truth is known.

The rows that keep the numbers honest are always there: the untranslated input, and the
input blurred. Blurring alone improves L1 on small sets, so a translation that beats
only the input shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from edgegan.console import Report, silent
from edgegan.data import Images
from edgegan.images import FloatArray, ImageArray, resize, to_float
from edgegan.train.random_features import feature_distance, feature_statistics

BLUR_SIGMA = 2  # pixels
MEASURES = ("L1", "feature distance", "style distance")
_BATCH = 50

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PairedQuality:
    """The distances of some images to the truth; lower is nearer.

    Attributes:
        name: What was compared with the truth.
        distances: `[N]` values for each of `MEASURES`, one a pair: the mean absolute
            difference of values in [-1, 1]; the feature distance, place by place
            (edgegan.train.random_features.feature_distance); and the distance of the
            feature statistics, each in units of its deviation over the truths
            (edgegan.train.random_features.feature_statistics).
    """

    name: str
    distances: Mapping[str, Values]

    def mean(self, measure: str) -> float:
        """Return the mean distance."""
        return float(self.distances[measure].mean())

    def interval(self, measure: str) -> tuple[float, float]:
        """Return the 95 % bootstrap interval of the mean, over images."""
        return _bootstrap(self.distances[measure])

    def advantage(self, other: PairedQuality, measure: str) -> tuple[float, float]:
        """Return the 95 % interval of how much nearer this is than `other`, pair by pair.

        Above 0, this is nearer to the truth; below 0, the other; around 0, neither.
        """
        return _bootstrap(other.distances[measure] - self.distances[measure])


def paired_quality(
    sources: Images,
    truths: Images,
    translators: Mapping[str, Callable[[ImageArray], ImageArray]],
    size: tuple[int, int],
    report: Report = silent,
) -> list[PairedQuality]:
    """Compare the input, the blurred input and each translation with the truth.

    Args:
        sources: Images of the source domain.
        truths: The same things in the target domain, in the same order.
        translators: From a row's name to uint8 `[H, W, 3]` -> the same.
        size: (H, W) that everything is compared at.
        report: Told the rows finished.

    Returns:
        One row for the input, one for the blurred input, one for each translator.
    """
    rows = {"input, untranslated": _unchanged, f"input, blurred (sigma {BLUR_SIGMA})": blur}
    inputs = [resize(sources[i], size) for i in range(len(sources))]
    targets = to_float(np.stack([resize(truths[i], size) for i in range(len(truths))]))
    results = []
    for name, translate in {**rows, **translators}.items():
        images = to_float(np.stack([translate(image) for image in inputs]))
        results.append(PairedQuality(name, distances_to(images, targets)))
        report(len(results), name)
    return results


def averaged(rows: Sequence[PairedQuality]) -> PairedQuality:
    """Average the distances of the same things, translated in several directions.

    A thing counts once: its directions are not independent, and counted one by one they
    would make the intervals too narrow.

    Args:
        rows: One for each direction, the things in the same order.
    """
    distances = {
        measure: np.mean([row.distances[measure] for row in rows], axis=0) for measure in MEASURES
    }
    return PairedQuality(rows[0].name, distances)


def blur(image: ImageArray) -> ImageArray:
    """Blur uint8 `[H, W, 3]` with a Gaussian of sigma 2 (Pillow's approximation of it)."""
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(BLUR_SIGMA)))


def _unchanged(image: ImageArray) -> ImageArray:
    return image


def distances_to(images: FloatArray, targets: FloatArray) -> dict[str, Values]:
    """Measure each of `images` against the target at its place: `[N, H, W, 3]` in [-1, 1]."""
    batches = [slice(start, start + _BATCH) for start in range(0, len(images), _BATCH)]
    features = np.concatenate([feature_distance(images[b], targets[b]) for b in batches])
    found, wanted = (
        np.concatenate([feature_statistics(array[b]) for b in batches])
        for array in (images, targets)
    )
    scale = wanted.std(axis=0) + 1e-6
    style = np.sqrt(np.mean(np.square((found - wanted) / scale), axis=1))
    l1 = np.abs(images - targets).mean(axis=(1, 2, 3))
    arrays = (l1, features, style)
    return {name: a.astype(np.float64) for name, a in zip(MEASURES, arrays, strict=True)}


def _bootstrap(values: Values, draws: int = 1000) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    picks = rng.integers(len(values), size=(draws, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
