"""The Keras generator as the reference that artifacts are compared with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tf_keras as keras

from edgegan.export.lowering import lower
from edgegan.export.parity import Translator
from edgegan.images import FloatArray, ImageArray, to_float, to_gray, to_uint8
from edgegan.train.generator_file import load_generator


def keras_translator(model: keras.Model) -> Translator:
    """Make a function of an image of the model's size, and its label, to an image."""
    channels = model.inputs[0].shape[-1]

    def translate(image: ImageArray, label: FloatArray | None) -> ImageArray:
        pixels = to_float(to_gray(image) if channels == 1 else image)
        batch = pixels.reshape(1, *image.shape[:2], channels)
        inputs = batch if label is None else [batch, label[None]]
        output = to_uint8(model(inputs, training=False).numpy()[0])
        return np.repeat(output, 3, axis=-1) if channels == 1 else output

    return translate


def keras_at_size(path: Path, size: tuple[int, int]) -> Translator:
    """Open a `.keras` generator for images of `size` (H, W), whatever it was trained at."""
    model, _ = load_generator(path)
    return keras_translator(lower(model, "keras", size))
