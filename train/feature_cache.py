"""Features of real images, kept by content: computed once for each set and extractor."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np

from edgegan.atomic import atomic_path
from edgegan.cache_folder import cache_folder
from edgegan.errors import EdgeganError
from edgegan.images import FloatArray, ImageArray
from edgegan.train.features import Extractor


def cached_features(images: ImageArray, extractor: Extractor) -> FloatArray:
    """Return the features of uint8 `[N, H, W, 3]`, from the cache if it has them.

    The key is a hash of every pixel and of the extractor's name, which has its own hash. A
    damaged file is made anew; where the cache cannot be written, nothing is kept.

    Returns:
        float32 `[N, d]`.
    """
    path = cache_folder("features") / f"{_key(images, extractor)}.npz"
    kept = _read(path)
    if kept is not None:
        return kept
    features = extractor(images)
    try:
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, features=features)
    except EdgeganError:
        pass  # a cache is a convenience
    return features


def _key(images: ImageArray, extractor: Extractor) -> str:
    digest = hashlib.sha256(f"{extractor.name}\n{extractor.resize}\n{images.shape}\n".encode())
    digest.update(images.tobytes())
    return digest.hexdigest()


def _read(path: Path) -> FloatArray | None:
    try:
        with np.load(path) as file:
            features: FloatArray = file["features"]
            return features
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
