"""The losses of a distillation against NumPy, and what they are for."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from edgegan.images import FloatArray
from edgegan.train.distillation_losses import alignment_loss, feature_loss, haar_loss
from tests.train.tiny import uniform


def haar_matrix(side: int) -> FloatArray:
    """The orthonormal Haar analysis of one level: low halves above, high halves below."""
    rows = np.zeros((side, side), np.float32)
    for i in range(side // 2):
        rows[i, [2 * i, 2 * i + 1]] = 1 / np.sqrt(2)
        rows[side // 2 + i, [2 * i, 2 * i + 1]] = 1 / np.sqrt(2), -1 / np.sqrt(2)
    return rows


def expected_haar(x: FloatArray, y: FloatArray, levels: int) -> float:
    """The loss by matrix products, channel by channel."""
    rest, total = (x - y).transpose(0, 3, 1, 2), 0.0
    for _ in range(levels):
        rows, columns = (haar_matrix(rest.shape[axis]) for axis in (2, 3))
        bands = rows @ rest @ columns.T
        h, w = rest.shape[2] // 2, rest.shape[3] // 2
        high = bands[..., :h, w:], bands[..., h:, :w], bands[..., h:, w:]
        total += sum(float(np.abs(band).mean()) for band in high)
        rest = bands[..., :h, :w]
    return total


@pytest.mark.parametrize(("size", "levels"), [((16, 8), 3), ((12, 20), 2), ((6, 6), 1)])
def test_the_haar_loss_is_that_of_matrix_products(size: tuple[int, int], levels: int) -> None:
    x, y = uniform(1, (2, *size, 3)), uniform(2, (2, *size, 3))
    assert float(haar_loss(x, y)) == pytest.approx(expected_haar(x, y, levels), rel=1e-5)


def test_the_haar_loss_sees_texture_and_not_brightness() -> None:
    x = uniform(1, (1, 16, 16, 3))
    assert float(haar_loss(x, x)) == 0
    assert float(haar_loss(x, x + 0.5)) == pytest.approx(0, abs=1e-6)
    flat = np.full_like(x, x.mean())
    assert float(haar_loss(x, flat)) > 0.5


def test_alignment_is_the_ratio_of_frobenius_norms() -> None:
    x, y = uniform(1, (2, 4, 4, 3)), uniform(2, (2, 4, 4, 5))
    a, b = x.reshape(-1, 3).astype(np.float64), y.reshape(-1, 5).astype(np.float64)
    norm = np.linalg.norm
    expected = 1 - norm(b.T @ a) ** 2 / (norm(a.T @ a) * norm(b.T @ b))
    assert float(alignment_loss([x], [y])) == pytest.approx(expected, rel=1e-5)


def test_alignment_ignores_rotation_and_scale_of_channels() -> None:
    x, y = uniform(1, (2, 4, 4, 6)), uniform(2, (2, 4, 4, 6))
    rotation = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 6)))[0].astype(np.float32)
    assert float(alignment_loss([x], [3 * x @ rotation])) == pytest.approx(0, abs=1e-5)
    mean = (float(alignment_loss([x], [y])) + 0) / 2
    assert float(alignment_loss([x, x], [y, 2 * x])) == pytest.approx(mean, abs=1e-5)


def test_dead_features_give_a_finite_gradient() -> None:
    x = tf.zeros((1, 2, 2, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = alignment_loss([x], [uniform(1, (1, 2, 2, 4))])
    assert float(loss) == 1
    assert np.isfinite(tape.gradient(loss, x)).all()


def test_features_are_averaged_over_layers() -> None:
    x = [uniform(1, (2, 4, 4, 3)), uniform(2, (2, 2, 2, 8))]
    y = [x[0] + 0.5, x[1] - 0.25]
    assert float(feature_loss(x, y)) == pytest.approx(0.375, rel=1e-5)
