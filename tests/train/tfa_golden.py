"""What TensorFlow Addons computed, and the files it is read from again."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray
from tests.train.parity import GOLDEN

SIZE = 16
CONFIG = GeneratorConfig(
    image_size=SIZE,
    filters=2,
    residual_blocks=1,
    norm_affine=True,
    norm_epsilon=1e-3,
    conv_padding="same",
)


def unpack(folder: Path) -> Path:
    """Unpack what scripts/build_tfa_golden.py wrote."""
    with zipfile.ZipFile(GOLDEN / "tfa" / "generators.zip") as archive:
        archive.extractall(folder)
    return folder


def recorded(folder: Path, name: str) -> FloatArray:
    """Return the images "x", or what the generator `name` made of them."""
    array: FloatArray = np.load(folder / "outputs.npz")[name]
    return array


def copied(source: Path, folder: Path) -> Path:
    """Copy a file or a folder, to be damaged."""
    target = folder / source.name
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
    return target


def change_hdf5(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the configuration in a whole model."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)


def layer_of(config: dict[str, Any], name: str) -> dict[str, Any]:
    """Find a layer in a model's configuration."""
    found: dict[str, Any]
    (found,) = (x for x in config["config"]["layers"] if x["config"]["name"] == name)
    return found
