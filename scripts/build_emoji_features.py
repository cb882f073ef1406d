"""Train the embedded feature net `emoji` (edgegan/train/emoji_features.py).

    python scripts/build_emoji_features.py TEMPORARY/google/package TEMPORARY/twitter/package \
        TEMPORARY/fluent/package

It learns to tell the styles (Noto, Twemoji, Fluent flat) and the categories of emoji, from
drawings of emoji that neither `emoji` nor `emoji-styles` holds out for its test. The packages
are those of build_emoji.py, and @lobehub/fluent-emoji-flat@1.1.0, unpacked in the same way.
Batch norms are folded into the convolutions, and the weights stored as float16, in
train/emoji_features.npz. At the end the script tells, over the test drawings of `emoji`, how
often the stored net is right.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
import tensorflow as tf
import tf_keras as keras
from build_emoji import read_pairs
from build_emoji_styles import plain, split
from numpy.typing import NDArray
from PIL import Image

from edgegan import console
from edgegan.atomic import atomic_path
from edgegan.emoji import CELL, open_emoji
from edgegan.emoji import read_index as read_emoji
from edgegan.images import FloatArray, ImageArray, decode_image
from edgegan.train.emoji_features import (
    FILE,
    STRIDES,
    classified,
    emoji_features,
    emoji_weights,
    on_white,
)

TARGET = Path(__file__).resolve().parents[1] / "train" / FILE
STYLES = 3
EPOCHS, BATCH, SHIFT = 24, 64, 4
KERNELS, WIDTHS = (5, 3, 3, 3), (32, 64, 96, 128)
EPSILON = 1e-3
BLUR, NOISE = 0.2, 4 / 127.5  # so that it does not judge how a drawing was resized

Answers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Drawings:
    """Drawings with what is to be told: uint8 `[N, 64, 64, 3]`, and two answers for each."""

    images: ImageArray
    styles: Answers
    categories: Answers


def main() -> int:
    """Train, write the file, and print its accuracy."""
    # Several threads add up in another order each time, which makes another net.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for vendor in ("google", "twitter", "fluent"):
        parser.add_argument(vendor, type=Path, help="its unpacked package")
    folders = parser.parse_args()
    train, test = read_drawings(folders.google, folders.twitter, folders.fluent), held_out()
    with console.progress("Learning styles and categories", EPOCHS) as report:
        net = learn(train, report)
    with atomic_path(TARGET) as temporary, temporary.open("wb") as file:
        weights: dict[str, Any] = folded(net)
        np.savez_compressed(file, **weights)
    emoji_weights.cache_clear()
    features = emoji_features(test.images)
    for head, answers in (("styles", test.styles), ("categories", test.categories)):
        right = np.mean(np.array(classified(features, head)) == answers)
        usual = np.bincount(answers).max() / len(answers)
        console.result(f"{head}: right about {right:.1%} of {len(answers)}; the usual {usual:.1%}")
    console.result(f"Wrote {TARGET} ({TARGET.stat().st_size / 1e3:.0f} kB)")
    return 0


def read_drawings(google: Path, twitter: Path, fluent: Path) -> Drawings:
    """Read what to learn from: emoji that no embedded set tests, and no other gender of one."""
    drawn = read_styles(google, twitter, fluent / "assets")
    tested = {one.code for one in read_emoji() if one.split == "test"}
    index = split([one for one in read_emoji() if one.code in drawn])
    part = [one for one in index if one.split == "train" and one.code not in tested]
    categories = _categories()
    return Drawings(
        images=np.stack([image for one in part for image in drawn[one.code]]),
        styles=np.tile(np.arange(STYLES), len(part)),
        categories=np.repeat([categories.index(one.category) for one in part], STYLES),
    )


def held_out() -> Drawings:
    """Take the test drawings of `emoji`, by Noto and Twemoji."""
    data, categories = open_emoji(), _categories()
    index = {f"{one.code}.png": categories.index(one.category) for one in read_emoji()}
    parts = (data.test_a, data.test_b)
    return Drawings(
        images=np.stack([part[i] for part in parts for i in range(len(part))]),
        styles=np.repeat([0, 1], len(data.test_a)),
        categories=np.array([index[name] for part in parts for name in part.names]),
    )


def _categories() -> list[str]:
    return sorted({one.category for one in read_emoji()})


def read_styles(google: Path, twitter: Path, fluent: Path) -> dict[str, list[ImageArray]]:
    """Read the emoji of `emoji` that all vendors draw, each picture once, by code."""
    pairs = {one.emoji.code: one for one in read_pairs(google, twitter)}
    paths = {plain(path.stem): path for path in fluent.iterdir()}
    found: dict[str, list[ImageArray]] = {}
    seen: set[bytes] = set()
    for code in sorted(one.code for one in read_emoji()):
        path = paths.get(plain(code))
        if path is None:
            continue
        picture = without_margin(draw(path))
        if picture.tobytes() not in seen:
            found[code] = [pairs[code].noto, pairs[code].twemoji, picture]
        seen.add(picture.tobytes())
    return found


def draw(path: Path) -> ImageArray:
    """Draw an SVG file, large, on white."""
    size = 16 * CELL
    png = resvg_py.svg_to_bytes(svg_path=str(path), width=size, height=size)
    return decode_image(bytes(png), path.name)


def without_margin(image: ImageArray) -> ImageArray:
    """Shrink a square picture to a cell, without the sixteenth that Fluent keeps free."""
    size = len(image)
    inked = np.argwhere((image < 250).any(axis=2))
    margin = int(min(inked.min(), size - 1 - inked.max(), size // 16))
    box = (margin, margin, size - margin, size - margin)
    return np.asarray(Image.fromarray(image).resize((CELL, CELL), Image.Resampling.BOX, box))


def learn(train: Drawings, report: console.Report) -> keras.Model:
    """Train the net, with its two heads."""
    keras.utils.set_random_seed(0)
    rng, steps = np.random.default_rng(0), len(train.images) // BATCH
    net = build(int(train.categories.max()) + 1)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * steps)
    net.compile(keras.optimizers.AdamW(rate, weight_decay=0.01), [loss, loss])
    images = on_white(train.images)
    for epoch in range(EPOCHS):
        for batch in rng.permutation(len(images))[: steps * BATCH].reshape(steps, BATCH):
            shown = disturbed(moved(images[batch], rng), rng)
            net.train_on_batch(shown, [train.styles[batch], train.categories[batch]])
        report(epoch + 1)
    return net


def build(categories: int) -> keras.Model:
    """Make the net: convolutions with batch norms, and two linear heads."""
    x = image = keras.Input((64, 64, 3))
    for number, (size, width) in enumerate(zip(KERNELS, WIDTHS, strict=True)):
        conv = keras.layers.Conv2D(
            width, size, STRIDES[number], "same", use_bias=False, name=f"conv_{number}"
        )
        norm = keras.layers.BatchNormalization(
            momentum=0.95, epsilon=EPSILON, name=f"norm_{number}"
        )
        x = keras.layers.ReLU()(norm(conv(x)))
    x = keras.layers.Dropout(0.3)(keras.layers.GlobalAveragePooling2D()(x))
    heads = (("styles", STYLES), ("categories", categories))
    return keras.Model(image, [keras.layers.Dense(n, name=name)(x) for name, n in heads])


def folded(net: keras.Model) -> dict[str, NDArray[np.float16]]:
    """Return the weights by name, batch norms folded in, as float16."""
    weights: dict[str, Any] = {}
    for number in range(len(STRIDES)):
        (kernel,) = net.get_layer(f"conv_{number}").get_weights()
        gamma, beta, mean, variance = net.get_layer(f"norm_{number}").get_weights()
        scale = gamma / np.sqrt(variance + EPSILON)
        weights |= {f"kernel_{number}": kernel * scale, f"bias_{number}": beta - mean * scale}
    for head in ("styles", "categories"):
        kernel, bias = net.get_layer(head).get_weights()
        weights |= {f"{head}_kernel": kernel, f"{head}_bias": bias}
    return {name: value.astype(np.float16) for name, value in weights.items()}


def moved(images: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Shift each image a little at random, and mirror half of them."""
    size = images.shape[1]
    padded = np.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)))
    shifted = np.empty_like(images)
    for i, (top, left) in enumerate(rng.integers(0, 2 * SHIFT + 1, (len(images), 2))):
        shifted[i] = padded[i, top : top + size, left : left + size]
    mirrored = rng.random(len(images)) < 0.5
    shifted[mirrored] = shifted[mirrored][:, :, ::-1]
    return shifted


def disturbed(images: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Blur each image and add noise, as much as chance wills."""
    weight = rng.uniform(0, BLUR, (len(images), 1, 1, 1)).astype(np.float32)
    for axis in (1, 2):
        beside = np.roll(images, 1, axis) + np.roll(images, -1, axis)
        images = (1 - 2 * weight) * images + weight * beside
    noise = rng.uniform(0, NOISE, (len(images), 1, 1, 1)) * rng.standard_normal(images.shape)
    return np.clip(images + noise, -2, 0).astype(np.float32)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main())
