"""Feature nets of keras.applications, whose weights Keras has stored on this machine."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from edgegan.errors import MissingRequirement, unknown_name
from edgegan.images import FloatArray, ImageArray
from edgegan.manifest import sha256
from edgegan.train.features import Extractor, bicubic

# The module and the class in keras.applications, and the side of its pictures.
NETS = {
    "inception_v3": ("InceptionV3", 299),
    "mobilenet": ("MobileNet", 224),
    "mobilenet_v2": ("MobileNetV2", 224),
    "resnet50": ("ResNet50", 224),
    "vgg16": ("VGG16", 224),
    "xception": ("Xception", 299),
}


def open_keras_features(name: str) -> Extractor:
    """Open a net of keras.applications: its last feature map, averaged over places.

    Raises:
        UsageError: the name is unknown.
        MissingRequirement: its weights are not on this machine; nothing is downloaded.
    """
    if name not in NETS:
        raise unknown_name("net of keras.applications", name, NETS)
    weights = _weights(name)
    make, side = NETS[name]
    module: Any = importlib.import_module(f"tf_keras.applications.{name}")
    shape = (side, side, 3)
    net = getattr(module, make)(
        include_top=False, weights=str(weights), input_shape=shape, pooling="avg"
    )

    def extract(images: ImageArray) -> FloatArray:
        prepared = module.preprocess_input(images.astype("float32"))
        found: FloatArray = net.predict(prepared, batch_size=16, verbose=0)
        return found

    return Extractor(
        name=f"keras:{name} (sha256 {sha256(weights)[:12]})",
        size=(side, side),
        resize=bicubic((side, side)),
        extract=extract,
    )


def _weights(name: str) -> Path:
    folder = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"
    found = sorted(folder.glob(f"{name}_*no*top.h5")) if folder.is_dir() else []
    if not found:
        make = NETS[name][0]
        raise MissingRequirement(
            f"The weights of {name} are not in {folder}. Where the network allows, Keras fetches "
            f'them: python -c "import tf_keras; tf_keras.applications.{name}.{make}'
            '(include_top=False)"'
        )
    return found[0]
