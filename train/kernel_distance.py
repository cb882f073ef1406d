"""KID: the kernel distance between two sets of images, in the features of a net.

The squared maximum mean discrepancy with the kernel (x . y / d + 1)^3, by the unbiased
estimator (Binkowski et al. 2018, Sec. 4): around 0, on either side, for sets that differ
in nothing, however few the images. They average it over subsets to save time; here all
pairs are used, and the interval is the bootstrap's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from edgegan.train.estimate import DRAWS, Estimate, picks

_ROWS = 512  # of the kernel matrix at a time

Array = NDArray[np.float64]
Features = NDArray[np.float32] | Array


def kernel_distance(first: Features, second: Features) -> float:
    """Return the KID of features `[N, d]` and `[M, d]`, with N and M of at least 2."""
    ones = np.ones((1, len(first))), np.ones((1, len(second)))
    return float(_distances(first, second, *ones)[0])


def kernel_distance_estimate(first: Features, second: Features) -> Estimate:
    """Estimate the KID, with both sets drawn anew.

    An image drawn twice is not compared with itself, which would raise the distance.
    """
    weights = _times_drawn(len(first), 0), _times_drawn(len(second), 1)
    values = _distances(first, second, *weights)
    return Estimate(float(values[0]), values[1:], min(len(first), len(second)))


def _distances(first: Features, second: Features, a: Array, b: Array) -> Array:
    """Compute the distance for each row of the weights of images, `[D, N]` and `[D, M]`."""
    x, y = first.astype(np.float64), second.astype(np.float64)
    between = sum(np.sum(a[:, rows] * (b @ k.T), axis=1) for rows, k in _kernel(x, y))
    between = between / (a.sum(axis=1) * b.sum(axis=1))
    distances: Array = _within(x, a) + _within(y, b) - 2 * between
    return distances


def _within(x: Array, weights: Array) -> Array:
    """Average the kernel over all pairs of different images."""
    total = np.zeros(len(weights))
    for rows, kernel in _kernel(x, x):
        kernel[np.arange(len(kernel)), np.arange(rows.start, rows.start + len(kernel))] = 0
        total += np.sum(weights[:, rows] * (weights @ kernel.T), axis=1)
    pairs: Array = np.square(weights.sum(axis=1)) - np.square(weights).sum(axis=1)
    return total / pairs


def _kernel(x: Array, y: Array) -> Iterator[tuple[slice, Array]]:
    for start in range(0, len(x), _ROWS):
        rows = slice(start, start + _ROWS)
        yield rows, (x[rows] @ y.T / x.shape[1] + 1) ** 3


def _times_drawn(count: int, seed: int) -> Array:
    """Count how often each image is drawn: `[1 + DRAWS, count]`; first, each once."""
    weights = np.zeros((DRAWS, count))
    np.add.at(weights, (np.arange(DRAWS)[:, None], picks(count, seed)), 1.0)
    return np.concatenate([np.ones((1, count)), weights])
