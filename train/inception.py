"""`inception`: the Inception network that FID is defined by (Heusel et al. 2017).

Its weights come from the file that pytorch-fid publishes, a conversion of TensorFlow's
inception-2015-12-05. The network is that of keras.applications with one change: the last
block takes the largest value of its neighbourhood where the published network takes their
mean, an oddity that the original graph has. Pictures are resized as pytorch-fid does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from edgegan.errors import ArtifactError, UsageError
from edgegan.images import FloatArray, ImageArray, to_float
from edgegan.manifest import sha256
from edgegan.optional import needs
from edgegan.train.features import Extractor

VARIABLE = "EDGEGAN_INCEPTION"
FILE = "pt_inception-2015-12-05-6726825d.pth"
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
SOURCE = f"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/{FILE}"
SIDE = 299
_BATCH = 16


def open_inception(file: str = "") -> Extractor:
    """Open the FID Inception network, with the weights in `file`.

    Args:
        file: Its path; empty takes the one that EDGEGAN_INCEPTION names.

    Raises:
        UsageError: no file is given, or it does not exist.
        ArtifactError: it is another file than the published one.
        MissingRequirement: PyTorch, which reads it, is not installed.
    """
    path = Path(file or os.environ.get(VARIABLE, ""))
    if not path.is_file():
        given = f"{path} does not exist" if path.name else "no file is given"
        raise UsageError(
            f"The extractor inception needs its weights, and {given}. Download {SOURCE} and name "
            f"it: --features inception:{FILE}, or set {VARIABLE}."
        )
    if (found := sha256(path)) != SHA256:
        raise ArtifactError(
            f"{path} is not the file that FID is defined by: its SHA-256 is {found}, expected "
            f"{SHA256}. Download it again from {SOURCE}."
        )
    with needs("torch-import"):
        import torch
    state = torch.load(path, map_location="cpu", weights_only=True)
    net = inception({name: value.numpy() for name, value in state.items()})

    def extract(images: ImageArray) -> FloatArray:
        starts = range(0, len(images), _BATCH)
        return np.concatenate([_features(net, images[at : at + _BATCH]) for at in starts])

    return Extractor(
        name=f"inception (pytorch-fid's, sha256 {SHA256[:12]})",
        size=None,
        resize=f"bilinear without antialias to {SIDE}x{SIDE}, as pytorch-fid",
        extract=extract,
    )


def inception(state: Mapping[str, Any]) -> keras.Model:
    """Build the network from the weights of a PyTorch file, by their names there.

    Returns:
        From float32 `[N, 299, 299, 3]` in [-1, 1] to `[N, 2048]`.

    Raises:
        ArtifactError: weights are missing, or have another shape.
    """
    net = keras.applications.InceptionV3(
        include_top=False, weights=None, pooling="avg", input_shape=(SIDE, SIDE, 3)
    )
    pools = [layer.name for layer in net.layers if isinstance(layer, keras.layers.AveragePooling2D)]

    def copied(layer: Any) -> Any:
        if layer.name == pools[-1]:
            return keras.layers.MaxPooling2D(3, strides=1, padding="same", name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    net = keras.models.clone_model(net, clone_function=copied)
    names = [name.removesuffix(".conv.weight") for name in state if name.endswith(".conv.weight")]
    convolutions = _created(net, keras.layers.Conv2D)
    norms = _created(net, keras.layers.BatchNormalization)
    if len(names) != len(convolutions):
        raise ArtifactError(f"The file has {len(names)} convolutions; expected 94.")
    for name, convolution, norm in zip(names, convolutions, norms, strict=True):
        _load(state, name, convolution, norm)
    return net


def _load(state: Mapping[str, Any], name: str, convolution: Any, norm: Any) -> None:
    """Set one convolution and the norm after it; Keras's norm has no gain, so it is folded in."""
    kernel = state[f"{name}.conv.weight"].transpose(2, 3, 1, 0)
    gain, shift, mean, variance = (
        state[f"{name}.bn.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
    )
    if kernel.shape != tuple(convolution.kernel.shape):
        raise ArtifactError(
            f"{name} has a kernel {kernel.shape}; expected {tuple(convolution.kernel.shape)}."
        )
    scale = gain / np.sqrt(variance + norm.epsilon)
    convolution.set_weights([kernel * scale])
    no_variance = np.full_like(variance, 1 - norm.epsilon)
    norm.set_weights([shift, mean * scale, no_variance])


def _created(net: keras.Model, kind: type) -> list[Any]:
    """List the layers of a kind in the order they were made in, which PyTorch's names have."""

    def number(layer: Any) -> int:
        digits = layer.name.rpartition("_")[2]
        return int(digits) if digits.isdigit() else -1

    return sorted((layer for layer in net.layers if isinstance(layer, kind)), key=number)


def _features(net: keras.Model, images: ImageArray) -> FloatArray:
    resized = tf.image.resize(to_float(images), (SIDE, SIDE), "bilinear", antialias=False)
    found: FloatArray = net(resized, training=False).numpy()
    return found
