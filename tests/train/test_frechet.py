from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgegan.train.frechet import Gaussian, frechet_distance, frechet_estimate, gaussian

Array = NDArray[np.float64]


def features(seed: int, count: int, size: int, shift: float = 0.0) -> Array:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, size)) @ rng.normal(size=(size, size)) / size + shift


@pytest.mark.parametrize(("count", "size"), [(200, 16), (20, 64)])
def test_equal_sets_are_0_apart_with_fewer_images_than_features_too(count: int, size: int) -> None:
    one = gaussian(features(0, count, size))
    assert abs(frechet_distance(one, one)) < 1e-6


def test_commuting_gaussians_have_the_closed_form() -> None:
    # With a common basis: |m1 - m2|^2 + sum (sqrt(l1) - sqrt(l2))^2.
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    scales, means = rng.uniform(0.1, 4, (2, 8)), rng.normal(size=(2, 8))
    first, second = (
        Gaussian(mean, basis @ np.diag(scale) @ basis.T)
        for mean, scale in zip(means, scales, strict=True)
    )
    apart = np.sum(np.square(means[0] - means[1]))
    expected = apart + np.sum(np.square(np.sqrt(scales[0]) - np.sqrt(scales[1])))
    assert abs(frechet_distance(first, second) - expected) < 1e-6


def test_it_equals_the_square_root_of_the_product_found_by_iteration() -> None:
    first, second = features(2, 300, 12), features(3, 250, 12, shift=0.3)
    c1, c2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    apart = np.sum(np.square(first.mean(axis=0) - second.mean(axis=0)))
    expected = apart + np.trace(c1 + c2 - 2 * root_by_iteration(c1 @ c2))
    found = frechet_distance(gaussian(first), gaussian(second))
    assert abs(found - expected) < 1e-4
    assert abs(found - frechet_distance(gaussian(second), gaussian(first))) < 1e-9


def test_scipy_agrees() -> None:
    scipy_linalg = pytest.importorskip("scipy.linalg")
    first, second = features(2, 300, 12), features(3, 250, 12, shift=0.3)
    c1, c2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    apart = np.sum(np.square(first.mean(axis=0) - second.mean(axis=0)))
    expected = apart + np.trace(c1 + c2 - 2 * scipy_linalg.sqrtm(c1 @ c2).real)
    assert abs(frechet_distance(gaussian(first), gaussian(second)) - expected) < 1e-4


def root_by_iteration(matrix: Array) -> Array:
    """Denman and Beavers 1976: y -> matrix^(1/2), z -> matrix^(-1/2)."""
    y, z = matrix, np.eye(len(matrix))
    for _ in range(60):
        y, z = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2
    return y


def test_the_order_of_the_images_does_not_matter() -> None:
    first, second = features(4, 60, 6), features(5, 50, 6)
    expected = frechet_distance(gaussian(first), gaussian(second))
    turned = frechet_distance(gaussian(first[::-1]), gaussian(second[::-1]))
    assert abs(turned - expected) < 1e-9


@pytest.mark.parametrize("size", [6, 80])  # images more, and fewer, than features
def test_the_interval_has_the_width_that_new_images_show(size: int) -> None:
    reference = gaussian(features(6, 400, size))
    rng = np.random.default_rng(0)
    shape = np.linalg.cholesky(reference.covariance + 1e-9 * np.eye(size)).T
    drawn = [rng.normal(size=(60, size)) @ shape + 0.2 for _ in range(60)]
    found = [frechet_distance(gaussian(one), reference) for one in drawn]
    estimate = frechet_estimate(drawn[0], reference)
    assert estimate.value == pytest.approx(found[0])
    low, high = estimate.interval
    assert low < estimate.value < high
    assert (high - low) / 4 == pytest.approx(np.std(found), rel=0.6)


def test_a_draw_of_all_images_is_the_distance_itself() -> None:
    from edgegan.train.frechet import _redrawn, _root

    for count, size in ((60, 6), (20, 40)):
        values, reference = features(7, count, size), gaussian(features(8, 300, size))
        turned = values @ _root(reference.covariance)
        expected = frechet_distance(gaussian(values), reference)
        assert _redrawn(values, turned, reference) == pytest.approx(expected, abs=1e-6)
