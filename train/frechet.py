"""FID: the Frechet distance between two sets of images, in the features of a net.

Each set's features are taken for a Gaussian; the distance between the two is
|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) (Heusel et al. 2017, eq. 6). It falls with the
number of images alone: compare only numbers from equally many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgegan.train.estimate import Estimate, picks

_DRAWS, _FEW_DRAWS, _LARGE = 200, 50, 512

Array = NDArray[np.float64]
Features = NDArray[np.float32] | Array


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Mean `[d]` and covariance `[d, d]` of features, float64."""

    mean: Array
    covariance: Array


def gaussian(features: Features) -> Gaussian:
    """Fit features, `[N, d]` with N of at least 2; the covariance is unbiased."""
    values = features.astype(np.float64)
    mean = values.mean(axis=0)
    centred = values - mean
    return Gaussian(mean, centred.T @ centred / (len(values) - 1))


def frechet_distance(first: Gaussian, second: Gaussian) -> float:
    """Return the Frechet distance; 0 for equal Gaussians.

    tr (C1 C2)^(1/2) is the sum of the singular values of C1^(1/2) C2^(1/2). Both roots come
    from symmetric eigenvalues, which stay real where covariances are singular, unlike a
    root of the product (with fewer images than features they always are).
    """
    product = _root(first.covariance) @ _root(second.covariance)
    overlap = float(np.linalg.svd(product, compute_uv=False).sum())
    return _distance(first, second.mean, float(np.trace(second.covariance)), overlap)


def frechet_estimate(features: Features, reference: Gaussian) -> Estimate:
    """Estimate the FID of some images, `[N, d]`, to a reference that is taken as given.

    Redrawn images hold fewer different ones, which raises the FID; so the draws tell the
    spread, around the value of the images themselves.
    """
    values = features.astype(np.float64)
    turned = values @ _root(reference.covariance)
    few = min(values.shape) > _LARGE  # a draw takes seconds
    chosen = picks(len(values))[: _FEW_DRAWS if few else _DRAWS]
    draws = np.array([_redrawn(values[pick], turned[pick], reference) for pick in chosen])
    value = frechet_distance(gaussian(values), reference)
    return Estimate(value, value + draws - draws.mean(), len(values))


def _redrawn(values: Array, turned: Array, reference: Gaussian) -> float:
    """Return the distance of `values` themselves, without forming their covariance."""
    mean, count = values.mean(axis=0), len(values) - 1
    centred = turned - turned.mean(axis=0)
    small = centred.T @ centred if len(centred) > centred.shape[1] else centred @ centred.T
    eigenvalues = np.linalg.eigvalsh(small / count)
    trace = float(np.square(values - mean).sum() / count)
    return _distance(reference, mean, trace, float(np.sqrt(eigenvalues.clip(min=0)).sum()))


def _distance(first: Gaussian, mean: Array, trace: float, overlap: float) -> float:
    apart = float(np.square(first.mean - mean).sum())
    return apart + float(np.trace(first.covariance)) + trace - 2 * overlap


def _root(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    root: Array = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    return root
