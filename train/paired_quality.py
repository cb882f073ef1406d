"""How near translations come to the truth, where the truth is known.

The rows that keep the numbers honest are always there: the untranslated input, and the
input blurred. Blurring alone improves L1 on small sets, so a translation that beats
only the input shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from edgegan.console import Report, silent
from edgegan.data import Images
from edgegan.images import FloatArray, ImageArray, resize, to_float
from edgegan.train.random_features import feature_distance, feature_statistics

BLUR_SIGMA = 2
_BATCH = 50


@dataclass(frozen=True, kw_only=True)
class PairedQuality:
    """Mean distances to the truth over `images` pairs; lower is nearer.

    Attributes:
        name: What was compared with the truth.
        images: Pairs.
        l1: Mean absolute difference of values in [-1, 1].
        l1_ci: Its 95 % bootstrap interval over images.
        feature: Mean feature distance, place by place
            (edgegan.train.random_features.feature_distance).
        feature_ci: Its 95 % bootstrap interval over images.
        style: Mean distance of the feature statistics, each in units of its deviation
            over the truths (edgegan.train.random_features.feature_statistics).
        style_ci: Its 95 % bootstrap interval over images.
    """

    name: str
    images: int
    l1: float
    l1_ci: tuple[float, float]
    feature: float
    feature_ci: tuple[float, float]
    style: float
    style_ci: tuple[float, float]


def paired_quality(
    sources: Images,
    truths: Images,
    translators: dict[str, Callable[[ImageArray], ImageArray]],
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
        results.append(_row(name, images, targets))
        report(len(results), name)
    return results


def blur(image: ImageArray) -> ImageArray:
    """Blur uint8 `[H, W, 3]` with a Gaussian of sigma 2 (Pillow's approximation of it)."""
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(BLUR_SIGMA)))


def _row(name: str, images: FloatArray, targets: FloatArray) -> PairedQuality:
    batches = [slice(start, start + _BATCH) for start in range(0, len(images), _BATCH)]
    l1 = np.abs(images - targets).mean(axis=(1, 2, 3))
    feature = np.concatenate([feature_distance(images[b], targets[b]) for b in batches])
    found, wanted = (
        np.concatenate([feature_statistics(array[b]) for b in batches])
        for array in (images, targets)
    )
    scale = wanted.std(axis=0) + 1e-6
    style = np.sqrt(np.mean(np.square((found - wanted) / scale), axis=1))
    return PairedQuality(
        name=name,
        images=len(images),
        l1=float(l1.mean()),
        l1_ci=_bootstrap(l1),
        feature=float(feature.mean()),
        feature_ci=_bootstrap(feature),
        style=float(style.mean()),
        style_ci=_bootstrap(style),
    )


def _unchanged(image: ImageArray) -> ImageArray:
    return image


def _bootstrap(values: np.ndarray, draws: int = 1000) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    picks = rng.integers(len(values), size=(draws, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
