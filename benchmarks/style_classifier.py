"""A small net that tells in which style an emoji is drawn, for benchmarks/style_quality.py.

It learns from the training drawings of `emoji-styles` alone, and has nothing to do with the
discriminator of a StarGAN. Half of what it learns from is blurred a little, so that it does not
judge how a drawing was resized.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from edgegan.console import Report, silent
from edgegan.emoji_styles import STYLES, open_emoji_styles
from edgegan.images import FloatArray, ImageArray, to_float
from edgegan.optional import needs

EPOCHS, BATCH, SHIFT = 10, 64, 4
BLUR = 0.8  # pixels, at most
WIDTHS = (16, 32, 64, 96)

Classify = Callable[[ImageArray], Any]


def style_classifier(path: Path, report: Report = silent) -> Classify:
    """Load the classifier from `path`; where there is none, train it and save it there.

    Args:
        path: A .keras file.
        report: Told the epochs done.

    Returns:
        From uint8 `[N, 64, 64, 3]` to the index in `STYLES` of each, `[N]`.
    """
    with needs("train"):
        import tf_keras as keras
    if not path.is_file():
        _train(report).save(path)
    net = keras.models.load_model(path)

    def classify(images: ImageArray) -> Any:
        # Mirrored, too: the mean of both is right more often.
        views = (_on_white(view) for view in (images, images[:, :, ::-1]))
        logits = sum(net.predict(view, batch_size=BATCH, verbose=0) for view in views)
        return np.asarray(logits).argmax(axis=1)

    return classify


def _train(report: Report) -> Any:
    import tf_keras as keras

    keras.utils.set_random_seed(0)
    train = open_emoji_styles().train
    images = _on_white(np.stack([train.images[i] for i in range(len(train.images))]))
    styles = train.labels.argmax(axis=1)
    steps = len(images) // BATCH
    net = keras.Sequential(_layers())
    net.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    rng = np.random.default_rng(0)
    for epoch in range(EPOCHS):
        order = rng.permutation(len(images))[: steps * BATCH].reshape(steps, BATCH)
        for batch in order:
            net.train_on_batch(_augmented(images[batch], rng), styles[batch])
        report(epoch + 1)
    return net


def _on_white(images: ImageArray) -> FloatArray:
    """Make white, the paper of all drawings, 0, as what is padded: `[N, H, W, 3]` in [-2, 0]."""
    return to_float(images) - np.float32(1)


def _augmented(images: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Shift each image at random, mirror half of them, and blur half of them."""
    with needs("train"):
        from edgegan.train.disturbance import disturbed
    size = images.shape[1]
    padded = np.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)))
    moved = np.empty_like(images)
    for i, (top, left) in enumerate(rng.integers(0, 2 * SHIFT + 1, (len(images), 2))):
        moved[i] = padded[i, top : top + size, left : left + size]
    mirrored = rng.random(len(images)) < 0.5
    moved[mirrored] = moved[mirrored][:, :, ::-1]
    weights = rng.uniform(0, BLUR**2 / 2, (len(images), 1, 1, 1))
    weights[rng.random(len(images)) < 0.5] = 0
    blurred: FloatArray = disturbed(moved, weights.astype(np.float32), np.float32(0)).numpy()
    return blurred


def _layers() -> list[Any]:
    import tf_keras as keras

    layers: list[Any] = []
    for index, width in enumerate(WIDTHS):
        layers += [
            keras.layers.Conv2D(width, 3, padding="same", use_bias=False),
            keras.layers.BatchNormalization(momentum=0.95),
            keras.layers.ReLU(),
        ]
        layers += [keras.layers.MaxPool2D()] if index < 3 else []
    return [
        *layers,
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dropout(0.4),
        keras.layers.Dense(len(STYLES)),
    ]
