"""Feature extractors: nets that describe a picture by a vector, for FID, KID and the like.

`emoji` is embedded; `inception` is the standard of FID, in a file of your own; a PATH is any
.tflite or .onnx net; `keras:NAME` is one of keras.applications, if its weights are there.
Scores in different features cannot be compared, so the extractor's name goes with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegan.errors import UsageError, unknown_name
from edgegan.images import FloatArray, ImageArray, resize

KNOWN = ("emoji", "inception:FILE", "keras:NAME", "a path to a .tflite or .onnx file")
SUFFIXES = (".tflite", ".onnx")


@dataclass(frozen=True, kw_only=True)
class Extractor:
    """A feature net.

    Attributes:
        name: Tells which net it is, to the byte.
        size: (H, W) of what it sees; None if it takes images as they are.
        resize: How images come to that size, in words.
        extract: From uint8 `[N, H, W, 3]` to float32 `[N, d]`.
    """

    name: str
    size: tuple[int, int] | None
    resize: str
    extract: Callable[[ImageArray], FloatArray]

    def __call__(self, images: ImageArray) -> FloatArray:
        """Describe uint8 `[N, H, W, 3]`, of any size, by float32 `[N, d]`."""
        if self.size is None:
            return self.extract(images)
        return self.extract(np.stack([resize(image, self.size) for image in images]))


def bicubic(size: tuple[int, int]) -> str:
    """Describe the resize of `edgegan.images.resize`."""
    return f"Pillow bicubic, antialiased, to {size[0]}x{size[1]}"


def open_extractor(spec: str) -> Extractor:
    """Open the extractor that `spec` names.

    Raises:
        UsageError: it is unknown, or its file does not exist.
        ArtifactError: its file is damaged, of another hash than expected, or no such net.
        MissingRequirement: a package or weights are missing.
    """
    kind, _, rest = spec.partition(":")
    if spec == "emoji":
        return _emoji()
    if kind == "inception":
        from edgegan.train.inception import open_inception

        return open_inception(rest)
    if kind == "keras" and rest:
        from edgegan.train.keras_features import open_keras_features

        return open_keras_features(rest)
    path = Path(spec)
    if path.suffix in SUFFIXES:
        from edgegan.train.feature_files import open_feature_file

        return open_feature_file(path)
    if path.exists() or "/" in spec:
        raise UsageError(f"{spec} is no feature net; expected a file ending in .tflite or .onnx.")
    raise unknown_name("feature extractor", spec, KNOWN)


def feature_gaps(first: FloatArray, second: FloatArray) -> FloatArray:
    """Measure how far pictures are apart, pair by pair, as LPIPS does without its weights.

    The squared distance of the features, scaled to unit length (Zhang et al. 2018, eq. 1).

    Args:
        first: `[N, d]`.
        second: `[N, d]`.

    Returns:
        `[N]`, from 0 for equal directions to 4 for opposite ones.
    """
    units = [x / (np.linalg.norm(x, axis=1, keepdims=True) + 1e-10) for x in (first, second)]
    gaps: FloatArray = np.square(units[0] - units[1]).sum(axis=1)
    return gaps


def _emoji() -> Extractor:
    from edgegan.train.emoji_features import SIZE, emoji_features, emoji_hash

    size = (SIZE, SIZE)
    return Extractor(
        name=f"emoji (embedded, sha256 {emoji_hash()[:12]})",
        size=size,
        resize=bicubic(size),
        extract=emoji_features,
    )
