"""Scores of image pairs: how far what came out is from what it should be, image by image."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edgegan.image_metrics import max_lsb, psnr, ssim
from edgegan.images import ImageArray, to_float
from edgegan.train.estimate import Values


def l1(images: ImageArray, references: ImageArray) -> Values:
    """Mean absolute difference of values in [-1, 1], of uint8 `[N, H, W, 3]`: `[N]`."""
    return np.array(
        [
            np.abs(to_float(image) - to_float(reference)).mean()
            for image, reference in zip(images, references, strict=True)
        ]
    )


def pair_scores(images: ImageArray, references: ImageArray) -> Mapping[str, Values]:
    """Measure L1, PSNR (dB) and SSIM of each pair of uint8 `[N, H, W, 3]`."""
    pairs = list(zip(images, references, strict=True))
    return {
        "l1": l1(images, references),
        "psnr": np.array([psnr(*pair) for pair in pairs]),
        "ssim": np.array([ssim(*pair) for pair in pairs]),
    }


def drift_scores(images: ImageArray, references: ImageArray) -> Mapping[str, Values]:
    """Measure PSNR, L1 and the largest difference, in 1/255, of each pair."""
    pairs = list(zip(images, references, strict=True))
    return {
        "psnr": np.array([psnr(*pair) for pair in pairs]),
        "l1": l1(images, references),
        "max_lsb": np.array([float(max_lsb(*pair)) for pair in pairs]),
    }
