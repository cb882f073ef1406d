"""The embedded feature net `emoji`, for scores of pictures like emoji.

Four convolutions that learned to tell styles (Noto, Twemoji, Fluent flat) and the categories
("Food & Drink") of emoji apart; the features are the means of the last one's channels.
scripts/build_emoji_features.py trains it, on drawings that neither the test part of
`emoji` nor that of `emoji-styles` has, and says how often it is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edgegan.images import FloatArray, ImageArray, to_float
from edgegan.manifest import sha256

SIZE = 64  # pixels
STRIDES = (2, 2, 2, 1)
FILE = "emoji_features.npz"
_BATCH = 100

Weights = dict[str, NDArray[np.float32]]


def emoji_features(images: ImageArray) -> FloatArray:
    """Describe pictures by 128 features each.

    Args:
        images: uint8 `[N, 64, 64, 3]`.

    Returns:
        float32 `[N, 128]`.
    """
    weights = emoji_weights()
    starts = range(0, len(images), _BATCH)
    found = [_features(images[start : start + _BATCH], weights) for start in starts]
    return np.concatenate(found)


def classified(features: FloatArray, head: str) -> Sequence[int]:
    """Tell what the net takes pictures for.

    Args:
        features: `[N, 128]`.
        head: "styles" or "categories".

    Returns:
        `[N]` numbers, in the order of the file's names of that head.
    """
    weights = emoji_weights()
    logits = features @ weights[f"{head}_kernel"] + weights[f"{head}_bias"]
    return [int(number) for number in logits.argmax(axis=1)]


@lru_cache(maxsize=1)
def emoji_weights() -> Weights:
    """Read the weights: float32, stored as float16."""
    with as_file(files("edgegan.train") / FILE) as path, np.load(path) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


def emoji_hash() -> str:
    """Hash the weights' file."""
    with as_file(files("edgegan.train") / FILE) as path:
        return sha256(path)


def _features(images: ImageArray, weights: Weights) -> FloatArray:
    x: Any = on_white(images)
    for number, stride in enumerate(STRIDES):
        x = tf.nn.conv2d(x, weights[f"kernel_{number}"], stride, "SAME")
        x = tf.nn.relu(x + weights[f"bias_{number}"])
    found: FloatArray = tf.reduce_mean(x, axis=[1, 2]).numpy()
    return found


def on_white(images: ImageArray) -> FloatArray:
    """Make white, the paper of all drawings, 0, as what is padded: `[N, H, W, 3]` in [-2, 0]."""
    return to_float(images) - np.float32(1)
