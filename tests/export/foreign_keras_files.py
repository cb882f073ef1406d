"""A Keras file of a generator from elsewhere, with the model that it was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tf_keras as keras

from edgegan.train.layers import InstanceNormalization, ReflectionPadding2D
from tests.train.tfa_golden import change_hdf5

L = keras.layers


def unet(folder: Path) -> tuple[keras.Model, Path]:
    """Write an untrained network of the standard layers, with skips, 32x32."""
    keras.utils.set_random_seed(1)
    image = keras.Input((32, 32, 3))
    x = stem = L.LeakyReLU(0.2)(L.Conv2D(8, 5, name="stem")(ReflectionPadding2D(2)(image)))
    x = L.Conv2D(16, 3, strides=2, use_bias=False, name="down1")(L.ZeroPadding2D(1)(x))
    x = half = L.ReLU()(InstanceNormalization(affine=True, epsilon=1e-3)(x))
    x = L.Conv2D(24, 4, strides=2, padding="same", name="down2")(x)
    x = inner = L.LeakyReLU(0.1)(L.BatchNormalization()(x))
    x = L.SeparableConv2D(24, 3, padding="same", activation="relu", name="block")(x)
    x = L.Add()([x, inner])
    x = L.Conv2DTranspose(16, 4, strides=2, padding="same", name="up1")(x)
    x = L.Activation("relu")(L.BatchNormalization()(x))
    x = L.UpSampling2D()(L.Concatenate()([x, half]))
    x = L.ReLU()(InstanceNormalization(affine=True)(L.Conv2D(8, 3, padding="same", name="up2")(x)))
    x = L.Conv2D(3, 3, padding="same", name="head")(L.Concatenate()([x, stem]))
    model = keras.Model(image, L.Activation("tanh")(x))
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization | InstanceNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    path = folder / "unet.h5"
    model.save(path)
    change_hdf5(path, _with_addons_layers)
    return model, path


def _with_addons_layers(config: dict[str, Any]) -> None:
    """Describe EdgeGAN's layers as those that the keras-io example and Addons have."""
    for layer in config["config"]["layers"]:
        own = layer["config"]
        if layer["class_name"] == "edgegan>InstanceNormalization":
            layer["class_name"] = "Addons>InstanceNormalization"
            parts = {"center": own["affine"], "scale": own["affine"]}
            told = {"name": own["name"], "epsilon": own["epsilon"], "axis": -1, "groups": -1}
            layer["config"] = {**told, **parts}
        if layer["class_name"] == "edgegan>ReflectionPadding2D":
            layer["class_name"] = "ReflectionPadding2D"
            layer["config"] = {"name": own["name"], "padding": [own["padding"]] * 2}
