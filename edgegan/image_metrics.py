"""How far two uint8 images are apart: PSNR, SSIM, and steps of the last bit (LSB).

All functions take uint8 `[H, W, 3]` pairs of one shape.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgegan.images import ImageArray

PSNR_CAP_DB = 99.0  # identical images have no finite PSNR
_SSIM_WINDOW, _SSIM_SIGMA = 11, 1.5


def psnr(image: ImageArray, reference: ImageArray) -> float:
    """Peak signal-to-noise ratio in dB, peak 255, capped at 99 dB."""
    error = float(np.mean(np.square(_difference(image, reference))))
    return PSNR_CAP_DB if error == 0 else min(PSNR_CAP_DB, 10 * float(np.log10(255**2 / error)))


def ssim(image: ImageArray, reference: ImageArray) -> float:
    """Structural similarity in [-1, 1], mean over pixels and channels.

    Wang et al. 2004, eq. 13, with its 11x11 Gaussian window (sigma 1.5), K1 = 0.01 and
    K2 = 0.03. Images smaller than the window are compared with one window of their size.
    """
    x, y = image.astype(np.float64), reference.astype(np.float64)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_x, mean_y = _blur(x), _blur(y)
    var_x, var_y = _blur(x * x) - mean_x**2, _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * covariance + c2) / (var_x + var_y + c2)
    return float(np.mean(luminance * structure))


def max_lsb(image: ImageArray, reference: ImageArray) -> int:
    """Largest difference of one value, in steps of 1/255."""
    return int(np.max(np.abs(_difference(image, reference))))


def share_over_2lsb(image: ImageArray, reference: ImageArray) -> float:
    """Share (0..1) of the values that differ by more than 2/255."""
    return float(np.mean(np.abs(_difference(image, reference)) > 2))


def _difference(image: ImageArray, reference: ImageArray) -> NDArray[np.float64]:
    if image.shape != reference.shape:
        raise ValueError(f"Images of one shape expected; got {image.shape} and {reference.shape}.")
    return image.astype(np.float64) - reference.astype(np.float64)


def _blur(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaussian-filter axes 0 and 1 of `[H, W, C]`, keeping only full windows."""
    for axis in (0, 1):
        window = _gaussian(min(_SSIM_WINDOW, values.shape[axis]))
        views = np.lib.stride_tricks.sliding_window_view(values, len(window), axis=axis)
        values = views @ window
    return values


def _gaussian(length: int) -> NDArray[np.float64]:
    offsets = np.arange(length) - (length - 1) / 2
    weights = np.exp(-(offsets**2) / (2 * _SSIM_SIGMA**2))
    return np.asarray(weights / weights.sum(), dtype=np.float64)
