"""An independent judge of translations: does an image look like the domain asked for?

A linear classifier on the features of a net that has nothing to do with the generator's
discriminator, learned from the training images (ridge regression on standardised features;
of exclusive domains the one with the highest score wins).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgegan.images import FloatArray

RIDGE = 1.0
Probe = Callable[[FloatArray], NDArray[np.bool_]]


def learn_probe(features: FloatArray, classes: FloatArray, wanted: int) -> Probe:
    """Learn to tell one domain.

    Args:
        features: Of training images, `[N, d]`.
        classes: Their domains, `[N, k]` of 0 and 1: a single one, or those of a group, of
            which each image has one.
        wanted: Column of the domain to tell.

    Returns:
        From features `[M, d]` to whether each image is taken for the domain, `[M]`.
    """
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    x = ((features - mean) / scale).astype(np.float64)
    y = classes.astype(np.float64) * 2 - 1
    middle = y.mean(axis=0)
    penalty = RIDGE * np.eye(x.shape[1])
    weights = np.linalg.solve(x.T @ x + penalty, x.T @ (y - middle))

    def taken(found: FloatArray) -> NDArray[np.bool_]:
        scores = (found - mean) / scale @ weights + middle
        if scores.shape[1] == 1:
            return np.asarray(scores[:, 0] > 0)
        return np.asarray(scores.argmax(axis=1) == wanted)

    return taken
